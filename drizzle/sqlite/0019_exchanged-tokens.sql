CREATE TABLE `exchanged_token` (
	`jti` text PRIMARY KEY NOT NULL,
	`status_list` integer,
	`status_index` integer,
	`revoked_at` integer,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `exchanged_token_expiry` ON `exchanged_token` (`expires_at`);
--> statement-breakpoint
-- Written by hand: what revokes an exchanged token writes the revocation, and what ends a grant, or the tokens that it
-- was given so far, ends in the same statement what was exchanged for them. Their keys begin with the grant's id.
CREATE TRIGGER `revocation_of_exchanged_token` AFTER UPDATE OF `revoked_at` ON `exchanged_token`
WHEN OLD.`revoked_at` IS NULL AND NEW.`revoked_at` IS NOT NULL AND NEW.`status_index` IS NOT NULL
BEGIN
	INSERT INTO `revocation` (`list`, `index`, `expires_at`)
	VALUES (NEW.`status_list`, NEW.`status_index`, NEW.`revoked_at` + 86700);
END;
--> statement-breakpoint
CREATE TRIGGER `exchanged_tokens_of_grant` AFTER UPDATE OF `revoked_at` ON `access_grant`
WHEN OLD.`revoked_at` IS NULL AND NEW.`revoked_at` IS NOT NULL
BEGIN
	UPDATE `exchanged_token` SET `revoked_at` = NEW.`revoked_at`
	WHERE `jti` > NEW.`id` || '.' AND `jti` < NEW.`id` || '/' AND `revoked_at` IS NULL;
END;
--> statement-breakpoint
CREATE TRIGGER `exchanged_tokens_of_tokens` AFTER UPDATE OF `status_retired_at` ON `access_grant`
WHEN OLD.`status_index` IS NOT NULL AND NEW.`status_index` IS NULL AND OLD.`revoked_at` IS NULL
BEGIN
	UPDATE `exchanged_token` SET `revoked_at` = NEW.`status_retired_at`
	WHERE `jti` > NEW.`id` || '.' AND `jti` < NEW.`id` || '/' AND `revoked_at` IS NULL;
END;
