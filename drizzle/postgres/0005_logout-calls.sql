CREATE TABLE "logout_call" (
	"sid" text collate "C" NOT NULL,
	"client_id" text collate "C" NOT NULL,
	"sub" text collate "C" NOT NULL,
	"attempts" integer NOT NULL,
	"due_at" bigint,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "logout_call_sid_client_id_pk" PRIMARY KEY("sid","client_id")
);
--> statement-breakpoint
ALTER TABLE "logout_call" ADD CONSTRAINT "logout_call_client_id_client_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."client"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "logout_call_by_sub" ON "logout_call" USING btree ("sub");--> statement-breakpoint
CREATE INDEX "logout_call_by_client" ON "logout_call" USING btree ("client_id","due_at");--> statement-breakpoint
CREATE INDEX "logout_call_due" ON "logout_call" USING btree ("due_at","client_id") WHERE "logout_call"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "logout_call_expiry" ON "logout_call" USING btree ("expires_at");