ALTER TABLE `client` ADD `expires_at` integer;--> statement-breakpoint
CREATE INDEX `client_expiry` ON `client` (`expires_at`);