CREATE TABLE `account` (
	`sub` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`username_key` text NOT NULL,
	`email` text,
	`email_key` text,
	`email_verified` integer NOT NULL,
	`claims` text NOT NULL,
	`password_hash` text,
	`disabled` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	CONSTRAINT "account_username_is_no_foreign_address" CHECK("account"."username_key" not like '%@%' or ("account"."email_key" is not null and "account"."username_key" = "account"."email_key"))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `account_username` ON `account` (`username_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `account_email` ON `account` (`email_key`);--> statement-breakpoint
CREATE TABLE `audit` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`type` text NOT NULL,
	`sub` text,
	`client_id` text,
	`grant_id` text,
	`session_id` text,
	`ip` text,
	`detail` text,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_expiry` ON `audit` (`expires_at`);--> statement-breakpoint
CREATE TABLE `browser` (
	`browser_hash` text NOT NULL,
	`sub` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`browser_hash`, `sub`),
	FOREIGN KEY (`sub`) REFERENCES `account`(`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `browser_by_sub` ON `browser` (`sub`);--> statement-breakpoint
CREATE INDEX `browser_expiry` ON `browser` (`expires_at`);--> statement-breakpoint
CREATE TABLE `client` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`metadata` text NOT NULL,
	`verified` integer NOT NULL,
	`disabled` integer NOT NULL,
	`own_grant_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `client_secret` (
	`id` text PRIMARY KEY NOT NULL,
	`client_id` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	FOREIGN KEY (`client_id`) REFERENCES `client`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `client_secret_by_client` ON `client_secret` (`client_id`);--> statement-breakpoint
CREATE INDEX `client_secret_expiry` ON `client_secret` (`expires_at`);--> statement-breakpoint
CREATE TABLE `code` (
	`id` text PRIMARY KEY NOT NULL,
	`secret_hash` text NOT NULL,
	`grant_id` text NOT NULL,
	`client_id` text NOT NULL,
	`redirect_uri` text NOT NULL,
	`code_challenge` text NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer,
	`attempts` integer NOT NULL,
	`keep_until` integer NOT NULL,
	FOREIGN KEY (`grant_id`) REFERENCES `access_grant`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `code_by_grant` ON `code` (`grant_id`);--> statement-breakpoint
CREATE INDEX `code_expiry` ON `code` (`keep_until`);--> statement-breakpoint
CREATE TABLE `consent` (
	`sub` text NOT NULL,
	`client_id` text NOT NULL,
	`scope` text NOT NULL,
	`resources` text NOT NULL,
	`granted_at` integer NOT NULL,
	PRIMARY KEY(`sub`, `client_id`),
	FOREIGN KEY (`sub`) REFERENCES `account`(`sub`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`client_id`) REFERENCES `client`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `consent_by_client` ON `consent` (`client_id`);--> statement-breakpoint
CREATE TABLE `access_grant` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`sub` text,
	`client_id` text NOT NULL,
	`sid` text,
	`session_bound` integer NOT NULL,
	`scope` text NOT NULL,
	`resources` text NOT NULL,
	`explicit_resource` integer NOT NULL,
	`claims` text,
	`nonce` text,
	`auth_time` integer,
	`acr` text,
	`amr` text,
	`secret` text NOT NULL,
	`generation` integer NOT NULL,
	`rotated_at` integer,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	`refresh_idle_expires_at` integer,
	`refresh_expires_at` integer,
	`revoked_at` integer,
	`revoked_reason` text,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `grant_by_sub` ON `access_grant` (`sub`,`client_id`) WHERE "access_grant"."sub" is not null;--> statement-breakpoint
CREATE INDEX `grant_by_client` ON `access_grant` (`client_id`,`id`);--> statement-breakpoint
CREATE INDEX `grant_by_session` ON `access_grant` (`sid`) WHERE "access_grant"."sid" is not null;--> statement-breakpoint
CREATE INDEX `grant_expiry` ON `access_grant` (`expires_at`);--> statement-breakpoint
CREATE TABLE `interaction` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`browser_hash` text NOT NULL,
	`client_id` text,
	`request` text,
	`return_to` text,
	`sub` text,
	`authenticated_at` integer,
	`account_chosen` integer NOT NULL,
	`consented` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`completed_at` integer,
	`keep_until` integer NOT NULL,
	FOREIGN KEY (`sub`) REFERENCES `account`(`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `interaction_by_sub` ON `interaction` (`sub`) WHERE "interaction"."sub" is not null;--> statement-breakpoint
CREATE INDEX `interaction_expiry` ON `interaction` (`keep_until`);--> statement-breakpoint
CREATE TABLE `replay_marker` (
	`key` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `replay_marker_expiry` ON `replay_marker` (`expires_at`);--> statement-breakpoint
CREATE TABLE `resource` (
	`identifier` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`token_format` text NOT NULL,
	`token_ttl` integer,
	`signing_alg` text,
	`is_default` integer NOT NULL,
	`disabled` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `revoked_token` (
	`jti` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `revoked_token_expiry` ON `revoked_token` (`expires_at`);--> statement-breakpoint
CREATE TABLE `session` (
	`id` text PRIMARY KEY NOT NULL,
	`secret_hash` text NOT NULL,
	`sid` text NOT NULL,
	`sub` text NOT NULL,
	`auth_time` integer NOT NULL,
	`acr` text NOT NULL,
	`amr` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`idle_expires_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`sub`) REFERENCES `account`(`sub`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `session_by_sub` ON `session` (`sub`,`id`);--> statement-breakpoint
CREATE INDEX `session_expiry` ON `session` (`expires_at`);--> statement-breakpoint
CREATE TABLE `signing_key` (
	`kid` text PRIMARY KEY NOT NULL,
	`alg` text NOT NULL,
	`state` text NOT NULL,
	`sealed` text NOT NULL,
	`public_jwk` text NOT NULL,
	`created_at` integer NOT NULL,
	`activated_at` integer,
	`retired_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_key_one_pending` ON `signing_key` (`alg`) WHERE "signing_key"."state" = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX `signing_key_one_active` ON `signing_key` (`alg`) WHERE "signing_key"."state" = 'active';