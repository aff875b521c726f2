-- +goose Up
-- Texts of laws that were imported, and their articles: derived from the streams
-- law/<instrument>. from_ is the first day in force, empty when it is not known.
CREATE TABLE law_version (
    id        TEXT    NOT NULL,
    n         BIGINT  NOT NULL,
    part      TEXT    NOT NULL,
    from_     TEXT    NOT NULL,
    digest    TEXT    NOT NULL,
    at        BIGINT  NOT NULL,
    by_       TEXT    NOT NULL,
    file      TEXT    NOT NULL,
    withdrawn BOOLEAN NOT NULL,
    changed   BIGINT  NOT NULL,
    doc       TEXT    NOT NULL,
    PRIMARY KEY (id, n)
) @CLUSTER;

CREATE TABLE law_article (
    id     TEXT   NOT NULL,
    n      BIGINT NOT NULL,
    pos    BIGINT NOT NULL,
    number TEXT   NOT NULL,
    doc    TEXT   NOT NULL,
    PRIMARY KEY (id, n, pos)
) @CLUSTER;
CREATE INDEX law_article_number ON law_article (id, number);

-- Which case relies on which article, in its findings and its decision: derived
-- from the complaint's events.
CREATE TABLE law_cited (
    case_id    BIGINT NOT NULL,
    instrument TEXT   NOT NULL,
    article    TEXT   NOT NULL,
    PRIMARY KEY (case_id, instrument, article)
) @CLUSTER;
CREATE INDEX law_cited_article ON law_cited (instrument, article, case_id);
