CREATE TABLE "write_check" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"filler" text NOT NULL
);
