CREATE TABLE `pushed_request` (
	`id` text PRIMARY KEY NOT NULL,
	`client_id` text NOT NULL,
	`hash` text NOT NULL,
	`params` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `pushed_request_by_client` ON `pushed_request` (`client_id`);--> statement-breakpoint
CREATE INDEX `pushed_request_expiry` ON `pushed_request` (`expires_at`);