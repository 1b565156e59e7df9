CREATE TABLE `action_token` (
	`id` text PRIMARY KEY NOT NULL,
	`secret_hash` text NOT NULL,
	`purpose` text NOT NULL,
	`sub` text,
	`email` text NOT NULL,
	`interaction_id` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer,
	FOREIGN KEY (`sub`) REFERENCES `account`(`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `action_token_by_sub` ON `action_token` (`sub`) WHERE "action_token"."sub" is not null;--> statement-breakpoint
CREATE INDEX `action_token_expiry` ON `action_token` (`expires_at`);--> statement-breakpoint
CREATE TABLE `passkey` (
	`id` text PRIMARY KEY NOT NULL,
	`sub` text NOT NULL,
	`public_key` text NOT NULL,
	`sign_count` integer NOT NULL,
	`transports` text NOT NULL,
	`name` text NOT NULL,
	`synced` integer NOT NULL,
	`backed_up` integer NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	FOREIGN KEY (`sub`) REFERENCES `account`(`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `passkey_by_sub` ON `passkey` (`sub`);--> statement-breakpoint
CREATE TABLE `recovery_code` (
	`sub` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`sub`, `hash`),
	FOREIGN KEY (`sub`) REFERENCES `account`(`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `totp` (
	`sub` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`last_step` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`sub`) REFERENCES `account`(`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `account` ADD `password_set_at` integer;--> statement-breakpoint
ALTER TABLE `account` ADD `second_factor_required` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `account` ADD `passkey_offered_at` integer;--> statement-breakpoint
ALTER TABLE `interaction` ADD `demand` text;--> statement-breakpoint
ALTER TABLE `interaction` ADD `pending` text;--> statement-breakpoint
ALTER TABLE `session` ADD `kept` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `session` ADD `ip` text;--> statement-breakpoint
ALTER TABLE `session` ADD `browser` text;--> statement-breakpoint
ALTER TABLE `session` ADD `system` text;--> statement-breakpoint
CREATE INDEX `audit_by_sub` ON `audit` (`sub`,`id`) WHERE "audit"."sub" is not null;