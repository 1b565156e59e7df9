CREATE TABLE `revocation` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`list` integer NOT NULL,
	`index` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `revocation_expiry` ON `revocation` (`expires_at`);--> statement-breakpoint
CREATE TABLE `status_list` (
	`id` integer PRIMARY KEY NOT NULL,
	`taken` integer NOT NULL,
	`expires_at` integer
);
--> statement-breakpoint
CREATE INDEX `status_list_expiry` ON `status_list` (`expires_at`);--> statement-breakpoint
ALTER TABLE `access_grant` ADD `status_list` integer;--> statement-breakpoint
ALTER TABLE `access_grant` ADD `status_index` integer;--> statement-breakpoint
ALTER TABLE `access_grant` ADD `status_retired_at` integer;