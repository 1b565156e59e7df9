ALTER TABLE "tally" ADD COLUMN "in_flight" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tally" ADD COLUMN "in_flight_until" bigint DEFAULT 0 NOT NULL;