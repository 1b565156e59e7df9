ALTER TABLE `tally` ADD `in_flight` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tally` ADD `in_flight_until` integer DEFAULT 0 NOT NULL;