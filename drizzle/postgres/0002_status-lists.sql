CREATE TABLE "revocation" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"list" integer NOT NULL,
	"index" integer NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "status_list" (
	"id" integer PRIMARY KEY NOT NULL,
	"taken" integer NOT NULL,
	"expires_at" bigint
);
--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "status_list" integer;--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "status_index" integer;--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "status_retired_at" bigint;--> statement-breakpoint
CREATE INDEX "revocation_expiry" ON "revocation" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "status_list_expiry" ON "status_list" USING btree ("expires_at");