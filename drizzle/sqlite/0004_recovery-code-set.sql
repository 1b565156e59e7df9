ALTER TABLE `recovery_code` ADD `code_set` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `totp` ADD `code_set` text DEFAULT '' NOT NULL;