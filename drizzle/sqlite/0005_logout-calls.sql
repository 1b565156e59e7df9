CREATE TABLE `logout_call` (
	`sid` text NOT NULL,
	`client_id` text NOT NULL,
	`sub` text NOT NULL,
	`attempts` integer NOT NULL,
	`due_at` integer,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`sid`, `client_id`),
	FOREIGN KEY (`client_id`) REFERENCES `client`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `logout_call_by_sub` ON `logout_call` (`sub`);--> statement-breakpoint
CREATE INDEX `logout_call_by_client` ON `logout_call` (`client_id`,`due_at`);--> statement-breakpoint
CREATE INDEX `logout_call_due` ON `logout_call` (`due_at`,`client_id`) WHERE "logout_call"."due_at" is not null;--> statement-breakpoint
CREATE INDEX `logout_call_expiry` ON `logout_call` (`expires_at`);