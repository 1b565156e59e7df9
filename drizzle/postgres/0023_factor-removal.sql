CREATE TABLE "factor_removal" (
	"sub" text collate "C" PRIMARY KEY NOT NULL,
	"id" text collate "C" NOT NULL,
	"secret_hash" text NOT NULL,
	"requested_at" bigint NOT NULL,
	"due_at" bigint NOT NULL,
	"started_at" bigint
);
--> statement-breakpoint
ALTER TABLE "account" ADD COLUMN "password_reset_at" bigint;--> statement-breakpoint
ALTER TABLE "factor_removal" ADD CONSTRAINT "factor_removal_sub_account_sub_fk" FOREIGN KEY ("sub") REFERENCES "public"."account"("sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "factor_removal_id" ON "factor_removal" USING btree ("id");--> statement-breakpoint
CREATE INDEX "factor_removal_due" ON "factor_removal" USING btree ("due_at");