-- +goose Up
-- What can be found: doc grows with time, so that newest first is its order.
-- owner is the case that the document belongs to.
CREATE TABLE search_doc (
    doc   @ID PRIMARY KEY,
    owner BIGINT NOT NULL
);
CREATE INDEX search_doc_owner ON search_doc (owner);
