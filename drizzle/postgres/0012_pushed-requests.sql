CREATE TABLE "pushed_request" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"client_id" text collate "C" NOT NULL,
	"hash" text NOT NULL,
	"params" text NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "pushed_request_by_client" ON "pushed_request" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "pushed_request_expiry" ON "pushed_request" USING btree ("expires_at");