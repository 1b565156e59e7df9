CREATE TABLE "device_request" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"secret_hash" text NOT NULL,
	"user_code" text collate "C" NOT NULL,
	"client_id" text collate "C" NOT NULL,
	"scope" jsonb NOT NULL,
	"resources" jsonb NOT NULL,
	"explicit_resource" boolean NOT NULL,
	"ip" text,
	"interval" integer NOT NULL,
	"polled_at" bigint,
	"answered_in" text collate "C",
	"grant_id" text collate "C",
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"keep_until" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "interaction" ADD COLUMN "device_request_id" text collate "C";--> statement-breakpoint
CREATE UNIQUE INDEX "device_request_user_code" ON "device_request" USING btree ("user_code");--> statement-breakpoint
CREATE INDEX "device_request_by_client" ON "device_request" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "device_request_expiry" ON "device_request" USING btree ("keep_until");