ALTER TABLE "audit" ADD COLUMN "count" integer;--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "count_key" text collate "C";--> statement-breakpoint
CREATE UNIQUE INDEX "audit_count_key" ON "audit" USING btree ("count_key");