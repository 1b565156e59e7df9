-- Written by hand: what revokes a grant, or retires the index that its tokens carry, tells so in the same statement.
-- A token lives a day at most; five minutes more are for clocks that differ.
-- The lock ('revoked' as bytes) is held until the commit, so that ids are in the order in which they can be seen; it
-- is taken after every row is locked, so that no two statements wait for each other.
CREATE FUNCTION "tell_revocation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(32199706694870372);
	INSERT INTO "revocation" ("list", "index", "expires_at")
	VALUES (OLD."status_list", OLD."status_index", coalesce(NEW."revoked_at", NEW."status_retired_at") + 86700);
	PERFORM pg_notify('grantor_revocation', '');
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "revocation_of_grant" AFTER UPDATE OF "revoked_at" ON "access_grant" FOR EACH ROW
WHEN (OLD."revoked_at" IS NULL AND NEW."revoked_at" IS NOT NULL AND NEW."status_index" IS NOT NULL)
EXECUTE FUNCTION "tell_revocation"();
--> statement-breakpoint
CREATE TRIGGER "revocation_of_tokens" AFTER UPDATE OF "status_retired_at" ON "access_grant" FOR EACH ROW
WHEN (OLD."status_index" IS NOT NULL AND NEW."status_index" IS NULL AND OLD."revoked_at" IS NULL)
EXECUTE FUNCTION "tell_revocation"();
