ALTER TABLE `interaction` ADD `response` text;--> statement-breakpoint
ALTER TABLE `session` ADD `form_id` text;