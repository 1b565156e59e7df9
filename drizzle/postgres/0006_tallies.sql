CREATE TABLE "tally" (
	"key" text collate "C" PRIMARY KEY NOT NULL,
	"count" integer NOT NULL,
	"open_at" bigint NOT NULL,
	"life" text NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "tally_expiry" ON "tally" USING btree ("expires_at");