CREATE TABLE "unproven" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"row" text collate "C" NOT NULL,
	"address" text collate "C" NOT NULL,
	"bytes" integer NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "unproven_by_address" ON "unproven" USING btree ("address","id","bytes");--> statement-breakpoint
CREATE INDEX "unproven_by_row" ON "unproven" USING btree ("row");--> statement-breakpoint
CREATE INDEX "unproven_expiry" ON "unproven" USING btree ("expires_at");