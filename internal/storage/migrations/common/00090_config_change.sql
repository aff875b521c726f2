-- +goose Up
-- Changes of the configuration under four eyes: one row a stream change/<n>.
-- affects is the people whose rights change, "/p1/p2/".
CREATE TABLE config_change (
    n          BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    who        TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    mode       TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    affects    TEXT   NOT NULL,
    until      BIGINT NOT NULL,
    decided_by TEXT   NOT NULL,
    decided_at BIGINT
) @CLUSTER;
CREATE INDEX config_change_waiting ON config_change (until) WHERE state = 'waiting';
