-- +goose Up
-- What the program does by itself to keep the data: one row a run of a backup. An
-- operational table, not derived from events. touched moves while a run is at
-- work, so that another copy of the program sees one that has died.
CREATE TABLE upkeep (
    id      TEXT PRIMARY KEY,
    kind    TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    started BIGINT NOT NULL,
    touched BIGINT NOT NULL,
    ended   BIGINT NOT NULL,
    doc     TEXT   NOT NULL
) @CLUSTER;
CREATE INDEX upkeep_kind ON upkeep (kind, started);
