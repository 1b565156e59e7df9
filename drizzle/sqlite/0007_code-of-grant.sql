DROP TABLE `code`;--> statement-breakpoint
DROP INDEX `grant_by_session`;--> statement-breakpoint
ALTER TABLE `access_grant` ADD `code_hash` text;--> statement-breakpoint
ALTER TABLE `access_grant` ADD `redirect_uri` text;--> statement-breakpoint
ALTER TABLE `access_grant` ADD `code_challenge` text;--> statement-breakpoint
ALTER TABLE `access_grant` ADD `code_expires_at` integer;--> statement-breakpoint
ALTER TABLE `access_grant` ADD `code_used_at` integer;--> statement-breakpoint
ALTER TABLE `access_grant` ADD `code_misses` integer;