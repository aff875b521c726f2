-- +goose Up
-- Read tables. Every row is derived from events and can be rebuilt from them.
CREATE TABLE unit (
    id     TEXT PRIMARY KEY,
    doc    TEXT NOT NULL
) @CLUSTER;

CREATE TABLE person (
    id       TEXT PRIMARY KEY,
    login    TEXT NOT NULL UNIQUE,
    unit     TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    doc      TEXT NOT NULL
);

-- One row a case. s2 to s5 are the handling unit's path below head office, so that
-- a subtree is one equality and a worklist page is read from an index in its own order.
-- card is what a list shows of a person and of the matter, sealed under the case's key.
-- An open case always has a next due date: the clock invariant.
CREATE TABLE complaint (
    id            @ID PRIMARY KEY,
    number        TEXT   NOT NULL UNIQUE,
    version       BIGINT NOT NULL,
    nature        TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    ending        TEXT   NOT NULL,
    open          BOOLEAN NOT NULL,
    received_on   TEXT   NOT NULL,
    registered_at BIGINT NOT NULL,
    closed_on     TEXT,
    told_on       TEXT,
    told_late     BOOLEAN NOT NULL,
    unit          TEXT   NOT NULL,
    s2            TEXT,
    s3            TEXT,
    s4            TEXT,
    s5            TEXT,
    owner         TEXT   NOT NULL,
    offer_unit    TEXT,
    offer_person  TEXT,
    next_due      TEXT,
    next_kind     TEXT   NOT NULL,
    step          BIGINT NOT NULL,
    channel       TEXT   NOT NULL,
    marks         TEXT   NOT NULL,
    refs          BIGINT NOT NULL,
    product       TEXT   NOT NULL,
    reason        TEXT   NOT NULL,
    amount        BIGINT NOT NULL,
    redress       BIGINT NOT NULL,
    satisfaction  BIGINT NOT NULL,
    vulnerable    BOOLEAN NOT NULL,
    regulator     BOOLEAN NOT NULL,
    waiting       BIGINT NOT NULL,
    merged_into   BIGINT,
    card          @BYTES,
    CHECK (NOT open OR next_due IS NOT NULL)
);
CREATE INDEX complaint_due ON complaint (next_due, id) WHERE open;
CREATE INDEX complaint_due2 ON complaint (s2, next_due, id) WHERE open AND s2 IS NOT NULL;
CREATE INDEX complaint_due3 ON complaint (s3, next_due, id) WHERE open AND s3 IS NOT NULL;
CREATE INDEX complaint_due4 ON complaint (s4, next_due, id) WHERE open AND s4 IS NOT NULL;
CREATE INDEX complaint_due5 ON complaint (s5, next_due, id) WHERE open AND s5 IS NOT NULL;
CREATE INDEX complaint_owner ON complaint (owner, next_due, id) WHERE open;
CREATE INDEX complaint_offer ON complaint (offer_unit, id) WHERE offer_unit IS NOT NULL;
CREATE INDEX complaint_received ON complaint (received_on, id);

CREATE TABLE complaint_reference (
    case_id     BIGINT NOT NULL,
    n           BIGINT NOT NULL,
    channel     TEXT   NOT NULL,
    number      TEXT   NOT NULL,
    received_on TEXT   NOT NULL,
    PRIMARY KEY (case_id, n)
) @CLUSTER;
CREATE INDEX complaint_reference_number ON complaint_reference (number, case_id) WHERE number <> '';

CREATE TABLE complaint_import (
    key     TEXT PRIMARY KEY,
    case_id BIGINT NOT NULL
) @CLUSTER;

CREATE TABLE complaint_recusal (
    case_id BIGINT NOT NULL,
    who     TEXT   NOT NULL,
    PRIMARY KEY (case_id, who)
) @CLUSTER;

CREATE INDEX complaint_recusal_who ON complaint_recusal (who, case_id);

CREATE TABLE complaint_approval (
    case_id  BIGINT NOT NULL,
    n        BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    rule     TEXT   NOT NULL,
    amount   BIGINT NOT NULL,
    asked_by TEXT   NOT NULL,
    asked_at BIGINT NOT NULL,
    state    TEXT   NOT NULL,
    PRIMARY KEY (case_id, n)
) @CLUSTER;
CREATE INDEX complaint_approval_open ON complaint_approval (asked_at, case_id) WHERE state = 'asked';

-- Who read what of whom: one row an event of the access streams.
CREATE TABLE access_log (
    id      BIGINT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    who     TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    case_id BIGINT NOT NULL,
    what    TEXT   NOT NULL
);
CREATE INDEX access_log_case ON access_log (case_id, at);
CREATE INDEX access_log_at ON access_log (at);
