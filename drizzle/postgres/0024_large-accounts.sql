DROP INDEX "grant_by_sub";--> statement-breakpoint
DROP INDEX "grant_by_client";--> statement-breakpoint
DROP INDEX "logout_call_by_sub";--> statement-breakpoint
ALTER TABLE "account" ADD COLUMN "removed_at" bigint;--> statement-breakpoint
CREATE INDEX "account_removal" ON "account" USING btree ("removed_at") WHERE "account"."removed_at" is not null;--> statement-breakpoint
CREATE INDEX "grant_by_session" ON "access_grant" USING btree ("sub","session_bound","sid") WHERE "access_grant"."sid" is not null and "access_grant"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "session_by_sid" ON "session" USING btree ("sid");--> statement-breakpoint
CREATE INDEX "grant_by_sub" ON "access_grant" USING btree ("sub","client_id","id") WHERE "access_grant"."sub" is not null and "access_grant"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "grant_by_client" ON "access_grant" USING btree ("client_id","id") WHERE "access_grant"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "logout_call_by_sub" ON "logout_call" USING btree ("sub") WHERE "logout_call"."due_at" is null;