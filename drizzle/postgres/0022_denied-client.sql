CREATE TABLE "denied_client" (
	"kind" text collate "C" NOT NULL,
	"value" text collate "C" NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "denied_client_kind_value_pk" PRIMARY KEY("kind","value")
);
--> statement-breakpoint
-- Written by hand, as in 0008: every node remembers the list.
CREATE CONSTRAINT TRIGGER "memory_of_denied_client" AFTER INSERT OR UPDATE OR DELETE ON "denied_client"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "change_memory_version"();
--> statement-breakpoint
CREATE TRIGGER "memory_of_denied_clients" AFTER TRUNCATE ON "denied_client" EXECUTE FUNCTION "change_memory_version"();
