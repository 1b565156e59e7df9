CREATE TABLE `write_check` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`filler` text NOT NULL
);
