-- +goose Up
-- Protocols of erasing, the cases on them, and the holds against it; all derived
-- from the streams retention/<n> and hold/<n>.
CREATE TABLE retention_run (
    n          BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    who        TEXT   NOT NULL,
    ground     TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    cases      BIGINT NOT NULL,
    erased     BIGINT NOT NULL,
    skipped    BIGINT NOT NULL,
    decided_by TEXT   NOT NULL,
    ended_at   BIGINT
) @CLUSTER;

CREATE TABLE retention_case (
    case_id BIGINT NOT NULL,
    run     BIGINT NOT NULL,
    state   TEXT   NOT NULL,
    PRIMARY KEY (case_id, run)
) @CLUSTER;

CREATE TABLE legal_hold (
    n         BIGINT PRIMARY KEY,
    case_id   BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    who       TEXT   NOT NULL,
    until     TEXT,
    lifted_at BIGINT
) @CLUSTER;
CREATE INDEX legal_hold_case ON legal_hold (case_id);

-- What is due is walked from the oldest closing on.
CREATE INDEX complaint_closed ON complaint (closed_on, id) WHERE closed_on IS NOT NULL;
CREATE INDEX complaint_merged ON complaint (merged_into) WHERE merged_into IS NOT NULL;
