-- +goose Up
-- What is to leave the house: one row a message, written in the transaction that
-- causes it and kept as the log afterwards. An operational table, not derived from
-- events. due is when it is tried next; whoever claims a row moves due on, so that
-- a copy of the program that died gives it back by itself. doc holds no personal
-- data of consumers: numbers of cases, days and addresses of pages.
CREATE TABLE outbox (
    id      TEXT PRIMARY KEY,
    way     TEXT   NOT NULL,
    target  TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    created BIGINT NOT NULL,
    due     BIGINT NOT NULL,
    tries   BIGINT NOT NULL,
    tried   BIGINT NOT NULL,
    code    BIGINT NOT NULL,
    took    BIGINT NOT NULL,
    answer  TEXT   NOT NULL,
    doc     TEXT   NOT NULL
) @CLUSTER;
CREATE INDEX outbox_due ON outbox (due, id) WHERE state = 'waiting';
CREATE INDEX outbox_log ON outbox (way, created, id);
CREATE INDEX outbox_state ON outbox (way, state, created);

-- What each person wants by e-mail, and where to.
CREATE TABLE mail_wish (
    person  TEXT PRIMARY KEY,
    address TEXT    NOT NULL,
    digest  BOOLEAN NOT NULL,
    overdue BOOLEAN NOT NULL,
    urgent  BOOLEAN NOT NULL
) @CLUSTER;
