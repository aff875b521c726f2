-- +goose Up
-- The events of old closed cases from the second on, packed, one row a case. The
-- first event stays in its table: by it streams are listed, and its number is the
-- key here. head is the hash of the last packed event, to which the chain must lead.
CREATE TABLE archive (
    first  @ID PRIMARY KEY,
    last   BIGINT NOT NULL,
    events BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    head   @BYTES NOT NULL,
    pack   @BYTES NOT NULL
);
-- When a case was packed as it stands; null once something has happened in it since.
ALTER TABLE complaint ADD COLUMN archived_at BIGINT;
CREATE INDEX complaint_to_archive ON complaint (closed_on, id) WHERE archived_at IS NULL AND closed_on IS NOT NULL;
-- What it holds, in one row: counting ten million cases takes minutes.
CREATE TABLE archive_size (
    one    BIGINT PRIMARY KEY,
    cases  BIGINT NOT NULL,
    events BIGINT NOT NULL,
    bytes  BIGINT NOT NULL
);
INSERT INTO archive_size (one, cases, events, bytes) VALUES (1, 0, 0, 0);
