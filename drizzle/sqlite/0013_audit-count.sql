ALTER TABLE `audit` ADD `count` integer;--> statement-breakpoint
ALTER TABLE `audit` ADD `count_key` text;--> statement-breakpoint
CREATE UNIQUE INDEX `audit_count_key` ON `audit` (`count_key`);