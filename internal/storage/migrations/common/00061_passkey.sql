-- +goose Up
-- Operational tables: not derived from events, never part of a rebuild.
-- Security keys and passkeys of people: public keys and counters, no secret.
CREATE TABLE passkey (
    id      TEXT   PRIMARY KEY,
    person  TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    doc     TEXT   NOT NULL,
    created BIGINT NOT NULL,
    last_in BIGINT NOT NULL
) @CLUSTER;
CREATE INDEX passkey_person ON passkey (person);

-- What a session was asked to sign; taken away by the first answer.
CREATE TABLE passkey_challenge (
    session TEXT   PRIMARY KEY,
    doc     TEXT   NOT NULL,
    expires BIGINT NOT NULL
) @CLUSTER;
