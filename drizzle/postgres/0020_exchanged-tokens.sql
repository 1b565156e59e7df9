CREATE TABLE "exchanged_token" (
	"jti" text collate "C" PRIMARY KEY NOT NULL,
	"status_list" integer,
	"status_index" integer,
	"revoked_at" bigint,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "exchanged_token_expiry" ON "exchanged_token" USING btree ("expires_at");
--> statement-breakpoint
-- Written by hand: what revokes an exchanged token writes the revocation, and what ends a grant, or the tokens that it
-- was given so far, ends in the same statement what was exchanged for them. Their keys begin with the grant's id.
-- The lock of the revocations is taken before any row here is: a statement that ends a grant has it when it comes to
-- these rows, and no two statements may wait for each other.
CREATE FUNCTION "lock_revocations"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(32199706694870372);
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "lock_before_exchanged_tokens" BEFORE UPDATE OF "revoked_at" ON "exchanged_token" FOR EACH STATEMENT
EXECUTE FUNCTION "lock_revocations"();
--> statement-breakpoint
CREATE FUNCTION "tell_revocation_of_exchanged_token"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "revocation" ("list", "index", "expires_at")
	VALUES (NEW."status_list", NEW."status_index", NEW."revoked_at" + 86700);
	PERFORM pg_notify('grantor_revocation', '');
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "revocation_of_exchanged_token" AFTER UPDATE OF "revoked_at" ON "exchanged_token" FOR EACH ROW
WHEN (OLD."revoked_at" IS NULL AND NEW."revoked_at" IS NOT NULL AND NEW."status_index" IS NOT NULL)
EXECUTE FUNCTION "tell_revocation_of_exchanged_token"();
--> statement-breakpoint
CREATE FUNCTION "revoke_exchanged_tokens"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE "exchanged_token" SET "revoked_at" = coalesce(NEW."revoked_at", NEW."status_retired_at")
	WHERE "jti" > NEW."id" || '.' AND "jti" < NEW."id" || '/' AND "revoked_at" IS NULL;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "exchanged_tokens_of_grant" AFTER UPDATE OF "revoked_at" ON "access_grant" FOR EACH ROW
WHEN (OLD."revoked_at" IS NULL AND NEW."revoked_at" IS NOT NULL)
EXECUTE FUNCTION "revoke_exchanged_tokens"();
--> statement-breakpoint
CREATE TRIGGER "exchanged_tokens_of_tokens" AFTER UPDATE OF "status_retired_at" ON "access_grant" FOR EACH ROW
WHEN (OLD."status_index" IS NOT NULL AND NEW."status_index" IS NULL AND OLD."revoked_at" IS NULL)
EXECUTE FUNCTION "revoke_exchanged_tokens"();
--> statement-breakpoint
-- A token that is made while its grant ends waits for that, and is then found to have ended.
CREATE FUNCTION "lock_grant_of_exchanged_token"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM 1 FROM "access_grant" WHERE "id" = split_part(NEW."jti", '.', 1) FOR SHARE;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "lock_grant_before_exchanged_token" BEFORE INSERT ON "exchanged_token" FOR EACH ROW
EXECUTE FUNCTION "lock_grant_of_exchanged_token"();
