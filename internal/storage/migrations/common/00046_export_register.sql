-- +goose Up
-- The register of exports: one row a stream export/<n>. path is of the unit of
-- whoever exported, "/01/0101/", so that a subtree is one comparison.
CREATE TABLE export_register (
    n          BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    who        TEXT   NOT NULL,
    what       TEXT   NOT NULL,
    form       TEXT   NOT NULL,
    filter     TEXT   NOT NULL,
    lines      BIGINT NOT NULL,
    sum        TEXT   NOT NULL,
    case_id    BIGINT NOT NULL,
    path       TEXT   NOT NULL,
    held       BOOLEAN NOT NULL,
    state      TEXT   NOT NULL,
    until      BIGINT NOT NULL,
    decided_by TEXT   NOT NULL,
    decided_at BIGINT,
    taken_at   BIGINT
) @CLUSTER;
CREATE INDEX export_register_held ON export_register (until) WHERE held;
CREATE INDEX export_register_who ON export_register (who, n);
