ALTER TABLE "interaction" ADD COLUMN "response" text;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "form_id" text;