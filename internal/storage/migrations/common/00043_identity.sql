-- +goose Up
-- Operational tables: not derived from events, never part of a rebuild.
-- proved is when the person of a session last proved who he is.
ALTER TABLE session ADD COLUMN proved BIGINT NOT NULL DEFAULT 0;

-- The sign-in history is read across all people, newest first, out of a ledger
-- that holds mostly other events.
CREATE INDEX event_sign ON event (seq) WHERE substr(stream, 1, 5) = 'sign/';

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
