CREATE TABLE `factor_removal` (
	`sub` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`secret_hash` text NOT NULL,
	`requested_at` integer NOT NULL,
	`due_at` integer NOT NULL,
	`started_at` integer,
	FOREIGN KEY (`sub`) REFERENCES `account`(`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `factor_removal_id` ON `factor_removal` (`id`);--> statement-breakpoint
CREATE INDEX `factor_removal_due` ON `factor_removal` (`due_at`);--> statement-breakpoint
ALTER TABLE `account` ADD `password_reset_at` integer;