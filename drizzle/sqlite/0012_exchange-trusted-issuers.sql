CREATE TABLE `trusted_issuer` (
	`issuer` text PRIMARY KEY NOT NULL,
	`rules` text NOT NULL,
	`disabled` integer NOT NULL,
	`created_at` integer NOT NULL
);
