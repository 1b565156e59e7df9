DROP INDEX "action_token_by_sub";--> statement-breakpoint
DROP INDEX "audit_by_sub";--> statement-breakpoint
ALTER TABLE "recovery_code" ADD COLUMN "code_set" text collate "C" DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "totp" ADD COLUMN "code_set" text collate "C" DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "action_token_by_sub" ON "action_token" USING btree ("sub");--> statement-breakpoint
CREATE INDEX "audit_by_sub" ON "audit" USING btree ("sub","id");