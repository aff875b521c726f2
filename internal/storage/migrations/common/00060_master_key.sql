-- +goose Up
-- One row for each master key that opens the database: one, and two while a change
-- goes on. bundle is the root of all keys that stay, sealed under the master key of
-- the row; bridge is the wrapping key of the other row, so that either master key
-- opens everything meanwhile. legacy: the root is the first master key itself.
CREATE TABLE master_key (
    gen    BIGINT  PRIMARY KEY,
    bundle @BYTES  NOT NULL,
    bridge @BYTES,
    legacy BOOLEAN NOT NULL,
    at     BIGINT  NOT NULL
) @CLUSTER;

-- Under which of them a stream's key is wrapped; NULL is the first. The reference
-- refuses a key under a master key that has been replaced meanwhile.
ALTER TABLE stream_key ADD COLUMN gen BIGINT REFERENCES master_key (gen);
