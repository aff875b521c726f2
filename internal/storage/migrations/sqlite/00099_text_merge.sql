-- +goose Up
-- FTS5 merges a segment by itself once a tenth of its documents are deleted, within the
-- commit of whoever deletes, and a run of deleted ones is as long as it is: while a million
-- cases were rebuilt, single commits took twenty seconds. What is deleted is merged away
-- when nobody writes (Settle).
INSERT INTO search_fts (search_fts, rank) VALUES ('deletemerge', 0);
