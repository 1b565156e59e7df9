CREATE TABLE "account" (
	"sub" text collate "C" PRIMARY KEY NOT NULL,
	"username" text NOT NULL,
	"username_key" text collate "C" NOT NULL,
	"email" text,
	"email_key" text collate "C",
	"email_verified" boolean NOT NULL,
	"claims" jsonb NOT NULL,
	"password_hash" text,
	"disabled" boolean NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "account_username_is_no_foreign_address" CHECK ("account"."username_key" not like '%@%' or ("account"."email_key" is not null and "account"."username_key" = "account"."email_key"))
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"type" text NOT NULL,
	"sub" text collate "C",
	"client_id" text collate "C",
	"grant_id" text collate "C",
	"session_id" text collate "C",
	"ip" text,
	"detail" jsonb,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "browser" (
	"browser_hash" text collate "C" NOT NULL,
	"sub" text collate "C" NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "browser_browser_hash_sub_pk" PRIMARY KEY("browser_hash","sub")
);
--> statement-breakpoint
CREATE TABLE "client" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"metadata" jsonb NOT NULL,
	"verified" boolean NOT NULL,
	"disabled" boolean NOT NULL,
	"own_grant_id" text collate "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "client_secret" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"client_id" text collate "C" NOT NULL,
	"hash" text NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint
);
--> statement-breakpoint
CREATE TABLE "code" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"secret_hash" text NOT NULL,
	"grant_id" text collate "C" NOT NULL,
	"client_id" text collate "C" NOT NULL,
	"redirect_uri" text NOT NULL,
	"code_challenge" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"used_at" bigint,
	"attempts" integer NOT NULL,
	"keep_until" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "consent" (
	"sub" text collate "C" NOT NULL,
	"client_id" text collate "C" NOT NULL,
	"scope" jsonb NOT NULL,
	"resources" jsonb NOT NULL,
	"granted_at" bigint NOT NULL,
	CONSTRAINT "consent_sub_client_id_pk" PRIMARY KEY("sub","client_id")
);
--> statement-breakpoint
CREATE TABLE "access_grant" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"sub" text collate "C",
	"client_id" text collate "C" NOT NULL,
	"sid" text collate "C",
	"session_bound" boolean NOT NULL,
	"scope" jsonb NOT NULL,
	"resources" jsonb NOT NULL,
	"explicit_resource" boolean NOT NULL,
	"claims" jsonb,
	"nonce" text,
	"auth_time" bigint,
	"acr" text,
	"amr" jsonb,
	"secret" text NOT NULL,
	"generation" integer NOT NULL,
	"rotated_at" bigint,
	"created_at" bigint NOT NULL,
	"last_used_at" bigint,
	"refresh_idle_expires_at" bigint,
	"refresh_expires_at" bigint,
	"revoked_at" bigint,
	"revoked_reason" text,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "interaction" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"browser_hash" text NOT NULL,
	"client_id" text collate "C",
	"request" jsonb,
	"return_to" text,
	"sub" text collate "C",
	"authenticated_at" bigint,
	"account_chosen" boolean NOT NULL,
	"consented" boolean,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"completed_at" bigint,
	"keep_until" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "replay_marker" (
	"key" text collate "C" PRIMARY KEY NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "resource" (
	"identifier" text collate "C" PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"token_format" text NOT NULL,
	"token_ttl" integer,
	"signing_alg" text,
	"is_default" boolean NOT NULL,
	"disabled" boolean NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "revoked_token" (
	"jti" text collate "C" PRIMARY KEY NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"secret_hash" text NOT NULL,
	"sid" text collate "C" NOT NULL,
	"sub" text collate "C" NOT NULL,
	"auth_time" bigint NOT NULL,
	"acr" text NOT NULL,
	"amr" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	"last_seen_at" bigint NOT NULL,
	"idle_expires_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "signing_key" (
	"kid" text collate "C" PRIMARY KEY NOT NULL,
	"alg" text NOT NULL,
	"state" text NOT NULL,
	"sealed" text NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	"activated_at" bigint,
	"retired_at" bigint
);
--> statement-breakpoint
ALTER TABLE "browser" ADD CONSTRAINT "browser_sub_account_sub_fk" FOREIGN KEY ("sub") REFERENCES "public"."account"("sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "client_secret" ADD CONSTRAINT "client_secret_client_id_client_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."client"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "code" ADD CONSTRAINT "code_grant_id_access_grant_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."access_grant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent" ADD CONSTRAINT "consent_sub_account_sub_fk" FOREIGN KEY ("sub") REFERENCES "public"."account"("sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent" ADD CONSTRAINT "consent_client_id_client_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."client"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interaction" ADD CONSTRAINT "interaction_sub_account_sub_fk" FOREIGN KEY ("sub") REFERENCES "public"."account"("sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_sub_account_sub_fk" FOREIGN KEY ("sub") REFERENCES "public"."account"("sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "account_username" ON "account" USING btree ("username_key");--> statement-breakpoint
CREATE UNIQUE INDEX "account_email" ON "account" USING btree ("email_key");--> statement-breakpoint
CREATE INDEX "audit_expiry" ON "audit" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "browser_by_sub" ON "browser" USING btree ("sub");--> statement-breakpoint
CREATE INDEX "browser_expiry" ON "browser" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "client_secret_by_client" ON "client_secret" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "client_secret_expiry" ON "client_secret" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "code_by_grant" ON "code" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "code_expiry" ON "code" USING btree ("keep_until");--> statement-breakpoint
CREATE INDEX "consent_by_client" ON "consent" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "grant_by_sub" ON "access_grant" USING btree ("sub","client_id") WHERE "access_grant"."sub" is not null;--> statement-breakpoint
CREATE INDEX "grant_by_client" ON "access_grant" USING btree ("client_id","id");--> statement-breakpoint
CREATE INDEX "grant_by_session" ON "access_grant" USING btree ("sid") WHERE "access_grant"."sid" is not null;--> statement-breakpoint
CREATE INDEX "grant_expiry" ON "access_grant" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "interaction_by_sub" ON "interaction" USING btree ("sub") WHERE "interaction"."sub" is not null;--> statement-breakpoint
CREATE INDEX "interaction_expiry" ON "interaction" USING btree ("keep_until");--> statement-breakpoint
CREATE INDEX "replay_marker_expiry" ON "replay_marker" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "revoked_token_expiry" ON "revoked_token" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "session_by_sub" ON "session" USING btree ("sub","id");--> statement-breakpoint
CREATE INDEX "session_expiry" ON "session" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "signing_key_one_pending" ON "signing_key" USING btree ("alg") WHERE "signing_key"."state" = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX "signing_key_one_active" ON "signing_key" USING btree ("alg") WHERE "signing_key"."state" = 'active';