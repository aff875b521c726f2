-- +goose Up
-- One process writes and the rows come in the order of their commits, so what has
-- no leaf yet is simply what is newer than the last leaf.
CREATE VIEW unsequenced AS SELECT seq FROM event WHERE seq > (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'last_leaf');
