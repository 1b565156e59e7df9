ALTER TABLE "code" DISABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP TABLE "code" CASCADE;--> statement-breakpoint
DROP INDEX "grant_by_session";--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "code_hash" text;--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "redirect_uri" text;--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "code_challenge" text;--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "code_expires_at" bigint;--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "code_used_at" bigint;--> statement-breakpoint
ALTER TABLE "access_grant" ADD COLUMN "code_misses" integer;