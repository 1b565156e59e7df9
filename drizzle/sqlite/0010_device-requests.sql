CREATE TABLE `device_request` (
	`id` text PRIMARY KEY NOT NULL,
	`secret_hash` text NOT NULL,
	`user_code` text NOT NULL,
	`client_id` text NOT NULL,
	`scope` text NOT NULL,
	`resources` text NOT NULL,
	`explicit_resource` integer NOT NULL,
	`ip` text,
	`interval` integer NOT NULL,
	`polled_at` integer,
	`answered_in` text,
	`grant_id` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`keep_until` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `device_request_user_code` ON `device_request` (`user_code`);--> statement-breakpoint
CREATE INDEX `device_request_by_client` ON `device_request` (`client_id`);--> statement-breakpoint
CREATE INDEX `device_request_expiry` ON `device_request` (`keep_until`);--> statement-breakpoint
ALTER TABLE `interaction` ADD `device_request_id` text;