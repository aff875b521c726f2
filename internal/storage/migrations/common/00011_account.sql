-- +goose Up
-- Operational tables: not derived from events, never part of a rebuild.
-- totp and totp_new hold an authenticator's secret sealed under a key of the
-- account; totp_new waits for its first code.
CREATE TABLE account (
    person       TEXT PRIMARY KEY,
    password     TEXT   NOT NULL,
    must_change  BOOLEAN NOT NULL,
    totp         @BYTES,
    totp_new     @BYTES,
    totp_step    BIGINT NOT NULL,
    recovery     TEXT   NOT NULL,
    epoch        BIGINT NOT NULL
) @CLUSTER;

-- Failed sign-ins by blinded login name, known or not: people type passwords
-- into the wrong field.
CREATE TABLE attempt (
    login    TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last     BIGINT NOT NULL
) @CLUSTER;

CREATE TABLE session (
    hash      TEXT PRIMARY KEY,
    person    TEXT   NOT NULL,
    epoch     BIGINT NOT NULL,
    created   BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    ip        TEXT   NOT NULL,
    agent     TEXT   NOT NULL,
    totp      BOOLEAN NOT NULL
) @CLUSTER;
CREATE INDEX session_person ON session (person);

CREATE TABLE api_token (
    id       TEXT PRIMARY KEY,
    hash     TEXT   NOT NULL,
    person   TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    scopes   TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    last_use BIGINT NOT NULL,
    revoked  BOOLEAN NOT NULL
) @CLUSTER;

-- The consumer's way to a case: a hash of the secret, never the secret.
CREATE TABLE portal_secret (
    number  TEXT PRIMARY KEY,
    case_id BIGINT NOT NULL,
    hash    TEXT   NOT NULL
) @CLUSTER;

CREATE TABLE rate (
    bucket TEXT PRIMARY KEY,
    since  BIGINT NOT NULL,
    n      BIGINT NOT NULL
) @CLUSTER;

CREATE TABLE setting (
    id    TEXT PRIMARY KEY,
    value TEXT NOT NULL
) @CLUSTER;

CREATE TABLE holiday_year (
    year BIGINT PRIMARY KEY,
    doc  TEXT NOT NULL
);

-- Long work with its progress: imports, exports.
CREATE TABLE job (
    id       TEXT PRIMARY KEY,
    kind     TEXT   NOT NULL,
    person   TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    total    BIGINT NOT NULL,
    done     BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    doc      TEXT   NOT NULL,
    file     TEXT   NOT NULL
) @CLUSTER;
