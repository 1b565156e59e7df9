DROP INDEX `action_token_by_sub`;--> statement-breakpoint
CREATE INDEX `action_token_by_sub` ON `action_token` (`sub`);--> statement-breakpoint
DROP INDEX `audit_by_sub`;--> statement-breakpoint
CREATE INDEX `audit_by_sub` ON `audit` (`sub`,`id`);--> statement-breakpoint
ALTER TABLE `recovery_code` ADD `code_set` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `totp` ADD `code_set` text DEFAULT '' NOT NULL;