-- +goose Up
-- Operational tables: not derived from events, never part of a rebuild.
-- proved is when the person of a session last proved who he is.
ALTER TABLE session ADD COLUMN proved BIGINT NOT NULL DEFAULT 0;

-- The sign-in history is read across all people, newest first, out of a ledger
-- that holds mostly other events.
CREATE INDEX event_sign ON event (seq) WHERE substr(stream, 1, 5) = 'sign/';

-- Security keys (WebAuthn). doc is the public key with its counter as the library
-- writes it: nothing secret.
CREATE TABLE credential (
    id       TEXT PRIMARY KEY,
    person   TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    doc      TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    last_use BIGINT NOT NULL
) @CLUSTER;
CREATE INDEX credential_person ON credential (person, created);

-- What a browser was asked to sign, by the session that asked; used once.
CREATE TABLE challenge (
    session TEXT PRIMARY KEY,
    kind    TEXT   NOT NULL,
    doc     TEXT   NOT NULL,
    until   BIGINT NOT NULL
) @CLUSTER;

-- Who a person is at a source outside: a directory (LDAP) or an issuer (OIDC).
-- A person with a row here has no password here.
CREATE TABLE external_identity (
    source  TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    person  TEXT   NOT NULL,
    created BIGINT NOT NULL,
    last_in BIGINT NOT NULL,
    PRIMARY KEY (source, subject)
) @CLUSTER;
CREATE UNIQUE INDEX external_identity_person ON external_identity (person);
