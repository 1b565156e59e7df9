CREATE TABLE `tally` (
	`key` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	`open_at` integer NOT NULL,
	`life` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `tally_expiry` ON `tally` (`expires_at`);