ALTER TABLE "recovery_code" ADD COLUMN "code_set" text collate "C" DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "totp" ADD COLUMN "code_set" text collate "C" DEFAULT '' NOT NULL;