-- +goose Up
-- A digest of the words by which a document is found, which an index of texts cannot give
-- back: by it a rebuild knows what need not be written again. NULL for what an earlier
-- program indexed.
ALTER TABLE search_doc ADD COLUMN digest BIGINT;
