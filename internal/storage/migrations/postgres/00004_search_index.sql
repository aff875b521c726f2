-- +goose Up
CREATE TABLE search_fts (
    doc    BIGINT PRIMARY KEY,
    tokens TSVECTOR NOT NULL
);
CREATE INDEX search_fts_tokens ON search_fts USING gin (tokens);
