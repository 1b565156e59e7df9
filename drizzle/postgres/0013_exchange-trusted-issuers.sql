CREATE TABLE "trusted_issuer" (
	"issuer" text collate "C" PRIMARY KEY NOT NULL,
	"rules" jsonb NOT NULL,
	"disabled" boolean NOT NULL,
	"created_at" bigint NOT NULL
);
