-- +goose Up
-- What the codings of a case depend on, one row a case: situation is the codes taken
-- down, the channel and what people picked (coding.Key), left_out the rule by which
-- the case is not counted. Codes of authorities stand nowhere: they follow from the
-- situation and the tables of the day, so that a new table changes no row.
CREATE TABLE case_coding (
    id            @ID PRIMARY KEY,
    unit          TEXT NOT NULL,
    s2            TEXT,
    s3            TEXT,
    s4            TEXT,
    s5            TEXT,
    received_on   TEXT NOT NULL,
    registered_on TEXT NOT NULL,
    situation     TEXT NOT NULL,
    left_out      TEXT NOT NULL
);
-- Counts are read from this index alone and in its order.
CREATE INDEX case_coding_count ON case_coding (situation, left_out, registered_on, received_on, unit);
