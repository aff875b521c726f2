-- +goose Up
-- Only which document has which token: no positions, no sizes worth keeping, no
-- text. Tokens are of a-z2-7, for which the ascii tokenizer is the cheapest.
-- Few merges: many groups are committed and each adds a segment; see docs/performance.md.
CREATE VIRTUAL TABLE search_fts USING fts5 (tokens, content='', contentless_delete=1, detail=none, tokenize='ascii');
