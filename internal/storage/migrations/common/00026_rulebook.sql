-- +goose Up
-- How often shadow rules would have spoken, by day: what decides whether one is
-- switched on. The rulebook itself is the fold of its stream.
CREATE TABLE rule_shadow (
    rule TEXT   NOT NULL,
    day  TEXT   NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (rule, day)
);

