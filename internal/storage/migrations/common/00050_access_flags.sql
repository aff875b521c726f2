-- +goose Up
-- How often a person read in an hour, by kind of reading: what is usual for the
-- person is answered from here and not from the access record.
CREATE TABLE access_count (
    who   TEXT   NOT NULL,
    kind  TEXT   NOT NULL,
    hour  BIGINT NOT NULL,
    reads BIGINT NOT NULL,
    PRIMARY KEY (who, kind, hour)
) @CLUSTER;
INSERT INTO access_count (who, kind, hour, reads) SELECT who, kind, at - at % 3600000000, count(*) FROM access_log GROUP BY who, kind, at - at % 3600000000;

CREATE INDEX access_count_hour ON access_count (hour, who, kind, reads);
CREATE INDEX access_log_who ON access_log (who, at);

-- Flags of unusual reading, derived from the streams reading/<rule>/<who>/<start>.
CREATE TABLE access_flag (
    stream    TEXT   PRIMARY KEY,
    rule      TEXT   NOT NULL,
    who       TEXT   NOT NULL,
    start     BIGINT NOT NULL,
    reads     BIGINT NOT NULL,
    usual     BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    closed_by TEXT   NOT NULL,
    closed_at BIGINT,
    verdict   TEXT   NOT NULL
) @CLUSTER;
CREATE INDEX access_flag_open ON access_flag (at) WHERE closed_at IS NULL;

-- Up to when the readings were looked at; not derived.
CREATE TABLE access_scan (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL
) @CLUSTER;
