-- +goose Up
-- Examinations: who may read which cases until when. Derived from the stream examination/<id>.
CREATE TABLE examination (
    id        BIGINT PRIMARY KEY,
    person    TEXT   NOT NULL,
    until_day TEXT   NOT NULL,
    opened    BIGINT NOT NULL,
    opened_by TEXT   NOT NULL,
    ended     BIGINT NOT NULL,
    doc       TEXT   NOT NULL
);
CREATE INDEX examination_person ON examination (person, id);

CREATE TABLE examination_case (
    examination BIGINT NOT NULL,
    case_id     BIGINT NOT NULL,
    PRIMARY KEY (examination, case_id)
);
