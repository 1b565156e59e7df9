-- Written by hand: what the nodes remember is as old as the version in this row, so whatever changes such a row gives
-- it another, in the same transaction. A drawn one: a count would be reached twice when a standby that lacks the last
-- commits takes over. The table has one row; where it has none, nothing is remembered.
CREATE TABLE "memory_version" AS SELECT gen_random_uuid() AS "version";
--> statement-breakpoint
-- Once in a transaction, whose changes are seen together. The setting goes back with it, also at a savepoint.
CREATE FUNCTION "change_memory_version"() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = '4s' AS $$
BEGIN
	IF current_setting('grantor.memory_version', true) IS DISTINCT FROM 'changed' THEN
		UPDATE "memory_version" SET "version" = gen_random_uuid();
		PERFORM set_config('grantor.memory_version', 'changed', true);
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
-- Deferred to the commit: who has locked the one row waits for no other, so that no two transactions wait for each other.
CREATE CONSTRAINT TRIGGER "memory_of_client" AFTER INSERT OR UPDATE OR DELETE ON "client"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "change_memory_version"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "memory_of_client_secret" AFTER INSERT OR UPDATE OR DELETE ON "client_secret"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "change_memory_version"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "memory_of_resource" AFTER INSERT OR UPDATE OR DELETE ON "resource"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "change_memory_version"();
--> statement-breakpoint
-- Of grants only the clients' own are remembered; those of users change all the time.
CREATE CONSTRAINT TRIGGER "memory_of_grant_begun" AFTER INSERT ON "access_grant"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW."kind" = 'client')
EXECUTE FUNCTION "change_memory_version"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "memory_of_grant" AFTER UPDATE ON "access_grant"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD."kind" = 'client' OR NEW."kind" = 'client')
EXECUTE FUNCTION "change_memory_version"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "memory_of_grant_removed" AFTER DELETE ON "access_grant"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD."kind" = 'client')
EXECUTE FUNCTION "change_memory_version"();
--> statement-breakpoint
-- TRUNCATE can be told of at once only. It takes the secrets along with their clients.
CREATE TRIGGER "memory_of_client_secrets" AFTER TRUNCATE ON "client_secret" EXECUTE FUNCTION "change_memory_version"();
--> statement-breakpoint
CREATE TRIGGER "memory_of_resources" AFTER TRUNCATE ON "resource" EXECUTE FUNCTION "change_memory_version"();
--> statement-breakpoint
CREATE TRIGGER "memory_of_grants" AFTER TRUNCATE ON "access_grant" EXECUTE FUNCTION "change_memory_version"();
