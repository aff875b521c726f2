-- +goose Up
-- What the page of a case asks each time: the messages that name it and wait.
CREATE INDEX inbox_case ON inbox (case_id, state, id);
