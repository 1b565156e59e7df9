ALTER TABLE "client" ADD COLUMN "expires_at" bigint;--> statement-breakpoint
CREATE INDEX "client_expiry" ON "client" USING btree ("expires_at");