-- +goose Up
-- Read tables of the library of cases. Every row is derived from events. path is
-- the case's unit with everything above it, /01/0101/, for those who may approve.
-- shown says that an edition is in the library; work how far the next one is.
-- card is the title, sealed under the precedent's own stream.
CREATE TABLE precedent (
    id          @ID PRIMARY KEY,
    number      TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    source      BIGINT NOT NULL,
    path        TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    work        TEXT   NOT NULL,
    shown       BOOLEAN NOT NULL,
    proposer    TEXT   NOT NULL,
    editor      TEXT   NOT NULL,
    returned    BOOLEAN NOT NULL,
    editions    BIGINT NOT NULL,
    cited       BIGINT NOT NULL,
    changed_on  TEXT   NOT NULL,
    approved_on TEXT,
    days        BIGINT NOT NULL,
    satisfaction BIGINT NOT NULL,
    escalated   BOOLEAN NOT NULL,
    card        @BYTES
);
CREATE UNIQUE INDEX precedent_number ON precedent (number) WHERE number <> '';
CREATE UNIQUE INDEX precedent_source ON precedent (source) WHERE state <> 'withdrawn';
CREATE INDEX precedent_shown ON precedent (approved_on, id) WHERE shown;
CREATE INDEX precedent_work ON precedent (work, id) WHERE work <> '';

-- What an approved precedent is filtered by.
CREATE TABLE precedent_tag (
    precedent_id BIGINT NOT NULL,
    topic        TEXT   NOT NULL,
    value        TEXT   NOT NULL,
    PRIMARY KEY (topic, value, precedent_id)
) @CLUSTER;
CREATE INDEX precedent_tag_of ON precedent_tag (precedent_id);
