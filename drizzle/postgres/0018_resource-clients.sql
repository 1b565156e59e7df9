ALTER TABLE "resource" ADD COLUMN "default_scope" jsonb DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "resource" ADD COLUMN "clients" jsonb DEFAULT '"all"' NOT NULL;--> statement-breakpoint
UPDATE "resource" SET "default_scope" = jsonb_path_query_array("scopes", '$[*].name');
