-- Written by hand: what revokes a grant, or retires the index that its tokens carry, tells so in the same statement.
-- A token lives a day at most; five minutes more are for clocks that differ.
CREATE TRIGGER `revocation_of_grant` AFTER UPDATE OF `revoked_at` ON `access_grant`
WHEN OLD.`revoked_at` IS NULL AND NEW.`revoked_at` IS NOT NULL AND NEW.`status_index` IS NOT NULL
BEGIN
	INSERT INTO `revocation` (`list`, `index`, `expires_at`)
	VALUES (NEW.`status_list`, NEW.`status_index`, NEW.`revoked_at` + 86700);
END;
--> statement-breakpoint
CREATE TRIGGER `revocation_of_tokens` AFTER UPDATE OF `status_retired_at` ON `access_grant`
WHEN OLD.`status_index` IS NOT NULL AND NEW.`status_index` IS NULL AND OLD.`revoked_at` IS NULL
BEGIN
	INSERT INTO `revocation` (`list`, `index`, `expires_at`)
	VALUES (OLD.`status_list`, OLD.`status_index`, NEW.`status_retired_at` + 86700);
END;
