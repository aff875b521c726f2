-- +goose Up
-- Receivers that ask to be left alone for a time: until then nothing that waits for
-- them is claimed. An operational table beside the outbox; a row that is over is
-- dropped with the next one.
CREATE TABLE outbox_hold (
    way    TEXT   NOT NULL,
    target TEXT   NOT NULL,
    until  BIGINT NOT NULL,
    PRIMARY KEY (way, target)
) @CLUSTER;
