-- +goose Up
-- What can be found: doc grows with time, so that newest first is its order.
-- owner is the case that the document belongs to. keys repeats its rows of
-- search_key (8 bytes each), so that they are found when it changes.
CREATE TABLE search_doc (
    doc   @ID PRIMARY KEY,
    owner BIGINT NOT NULL,
    keys  @BYTES
);

-- Exact keys (a person, a contract, a band of a text), for looking up many at once
-- while a case is registered: a point in one tree, where the full-text index has to
-- look into each of its segments.
CREATE TABLE search_key (
    key BIGINT NOT NULL,
    doc BIGINT NOT NULL,
    PRIMARY KEY (key, doc)
) @CLUSTER;
