-- +goose Up
-- What people decided on suggestions: the latest answer per topic and subject of a
-- case. Answers that are texts stay sealed in the ledger; their value is empty here.
CREATE TABLE complaint_judgement (
  case_id    BIGINT NOT NULL,
  n          INTEGER NOT NULL,
  topic      TEXT NOT NULL,
  subject    INTEGER NOT NULL,
  value      TEXT NOT NULL,
  suggested  TEXT NOT NULL,
  source     TEXT NOT NULL,
  confidence INTEGER NOT NULL,
  verdict    TEXT NOT NULL,
  judged_by  TEXT NOT NULL,
  judged_at  BIGINT NOT NULL,
  judged_on  TEXT NOT NULL,
  PRIMARY KEY (case_id, n)
);
CREATE INDEX complaint_judgement_topic ON complaint_judgement (topic, judged_on, case_id);
