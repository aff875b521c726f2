-- +goose Up
-- The product register, derived from events. code is what complaints are coded with.
CREATE TABLE product (
    id     TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    line   TEXT NOT NULL,
    issuer TEXT NOT NULL,
    code   TEXT NOT NULL,
    status TEXT NOT NULL,
    doc    TEXT NOT NULL
);
CREATE INDEX product_line ON product (line, id);
