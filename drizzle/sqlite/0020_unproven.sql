CREATE TABLE `unproven` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`row` text NOT NULL,
	`address` text NOT NULL,
	`bytes` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `unproven_by_address` ON `unproven` (`address`,`id`,`bytes`);--> statement-breakpoint
CREATE INDEX `unproven_by_row` ON `unproven` (`row`);--> statement-breakpoint
CREATE INDEX `unproven_expiry` ON `unproven` (`expires_at`);