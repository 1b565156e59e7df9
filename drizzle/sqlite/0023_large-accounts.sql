DROP INDEX `grant_by_sub`;--> statement-breakpoint
DROP INDEX `grant_by_client`;--> statement-breakpoint
CREATE INDEX `grant_by_session` ON `access_grant` (`sub`,`session_bound`,`sid`) WHERE "access_grant"."sid" is not null and "access_grant"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX `grant_by_sub` ON `access_grant` (`sub`,`client_id`,`id`) WHERE "access_grant"."sub" is not null and "access_grant"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX `grant_by_client` ON `access_grant` (`client_id`,`id`) WHERE "access_grant"."revoked_at" is null;--> statement-breakpoint
DROP INDEX `logout_call_by_sub`;--> statement-breakpoint
CREATE INDEX `logout_call_by_sub` ON `logout_call` (`sub`) WHERE "logout_call"."due_at" is null;--> statement-breakpoint
ALTER TABLE `account` ADD `removed_at` integer;--> statement-breakpoint
CREATE INDEX `account_removal` ON `account` (`removed_at`) WHERE "account"."removed_at" is not null;--> statement-breakpoint
CREATE INDEX `session_by_sid` ON `session` (`sid`);