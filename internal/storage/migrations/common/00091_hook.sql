-- +goose Up
-- Targets of outgoing webhooks: one row a stream hook/<id> that was not deleted,
-- derived from it, with what is asked at each event of a case. Address and secrets
-- stand in the ledger only, sealed under the stream's key.
CREATE TABLE hook (
    id     BIGINT PRIMARY KEY,
    active BOOLEAN NOT NULL,
    unit   TEXT    NOT NULL,
    kinds  TEXT    NOT NULL
) @CLUSTER;
-- The log of one target.
CREATE INDEX outbox_target ON outbox (way, target, created, id);
-- What waits for one target, to be put off or called in together.
CREATE INDEX outbox_waiting ON outbox (way, target, due) WHERE state = 'waiting';
