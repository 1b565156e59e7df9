CREATE TABLE "action_token" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"secret_hash" text NOT NULL,
	"purpose" text NOT NULL,
	"sub" text collate "C",
	"email" text NOT NULL,
	"interaction_id" text collate "C",
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"used_at" bigint
);
--> statement-breakpoint
CREATE TABLE "passkey" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"sub" text collate "C" NOT NULL,
	"public_key" text NOT NULL,
	"sign_count" bigint NOT NULL,
	"transports" jsonb NOT NULL,
	"name" text NOT NULL,
	"synced" boolean NOT NULL,
	"backed_up" boolean NOT NULL,
	"created_at" bigint NOT NULL,
	"last_used_at" bigint
);
--> statement-breakpoint
CREATE TABLE "recovery_code" (
	"sub" text collate "C" NOT NULL,
	"hash" text collate "C" NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "recovery_code_sub_hash_pk" PRIMARY KEY("sub","hash")
);
--> statement-breakpoint
CREATE TABLE "totp" (
	"sub" text collate "C" PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"last_step" bigint NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "account" ADD COLUMN "password_set_at" bigint;--> statement-breakpoint
ALTER TABLE "account" ADD COLUMN "second_factor_required" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "account" ADD COLUMN "passkey_offered_at" bigint;--> statement-breakpoint
ALTER TABLE "interaction" ADD COLUMN "demand" jsonb;--> statement-breakpoint
ALTER TABLE "interaction" ADD COLUMN "pending" jsonb;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "kept" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "ip" text;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "browser" text;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "system" text;--> statement-breakpoint
ALTER TABLE "action_token" ADD CONSTRAINT "action_token_sub_account_sub_fk" FOREIGN KEY ("sub") REFERENCES "public"."account"("sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkey" ADD CONSTRAINT "passkey_sub_account_sub_fk" FOREIGN KEY ("sub") REFERENCES "public"."account"("sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_code" ADD CONSTRAINT "recovery_code_sub_account_sub_fk" FOREIGN KEY ("sub") REFERENCES "public"."account"("sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "totp" ADD CONSTRAINT "totp_sub_account_sub_fk" FOREIGN KEY ("sub") REFERENCES "public"."account"("sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "action_token_by_sub" ON "action_token" USING btree ("sub") WHERE "action_token"."sub" is not null;--> statement-breakpoint
CREATE INDEX "action_token_expiry" ON "action_token" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "passkey_by_sub" ON "passkey" USING btree ("sub");--> statement-breakpoint
CREATE INDEX "audit_by_sub" ON "audit" USING btree ("sub","id") WHERE "audit"."sub" is not null;