ALTER TABLE `resource` ADD `default_scope` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `resource` ADD `clients` text DEFAULT '"all"' NOT NULL;--> statement-breakpoint
UPDATE `resource` SET `default_scope` = (SELECT json_group_array(json_extract(value, '$.name')) FROM json_each(`scopes`));
