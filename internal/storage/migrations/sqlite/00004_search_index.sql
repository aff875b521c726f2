-- +goose Up
-- Only which document has which token: no positions, no sizes worth keeping, no
-- text. Tokens are of a-z2-7, for which the ascii tokenizer is the cheapest.
CREATE VIRTUAL TABLE search_fts USING fts5 (tokens, content='', contentless_delete=1, detail=none, tokenize='ascii');
-- Every group of writes adds a segment. Merging 16 at a time writes each row half as
-- often as the default of 4 and still leaves a search a few dozen segments to look into.
INSERT INTO search_fts (search_fts, rank) VALUES ('automerge', 16);
INSERT INTO search_fts (search_fts, rank) VALUES ('crisismerge', 48);
