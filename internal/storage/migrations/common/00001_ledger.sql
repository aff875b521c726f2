-- +goose Up
-- One row an event. Nothing updates or deletes here; UNIQUE (stream, version) is
-- the optimistic lock. body is the canonical public JSON; what is personal lies
-- sealed beside it, and sealed_sum keeps its digest when it is erased.
CREATE TABLE event (
    seq        @SEQ,
    stream     TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    by_        TEXT   NOT NULL,
    body       @BYTES NOT NULL,
    sealed_sum @BYTES,
    prev       @BYTES NOT NULL,
    hash       @BYTES NOT NULL,
    alg        TEXT   NOT NULL,
    UNIQUE (stream, version)
);

-- The ciphertext of an event's private part, apart from it so that erasing leaves the chain whole.
CREATE TABLE sealed (
    seq @ID PRIMARY KEY,
    ct  @BYTES NOT NULL
);

-- The wrapped key of a stream. An erased stream keeps the row without a key.
CREATE TABLE stream_key (
    stream    TEXT PRIMARY KEY,
    alg       TEXT NOT NULL,
    wrapped   @BYTES,
    erased_at BIGINT
) @CLUSTER;

-- The hashes of the Merkle tree over all events in the order of their storage
-- index, 256 of 32 bytes a row.
CREATE TABLE tree_hash (
    pack   @ID PRIMARY KEY,
    hashes @BYTES NOT NULL
);

-- Which event stands on which leaf: 8 bytes of seq each, 1024 a row.
CREATE TABLE leaf (
    pack @ID PRIMARY KEY,
    seqs @BYTES NOT NULL
);

-- Signed tree heads in note form.
CREATE TABLE checkpoint (
    size @ID PRIMARY KEY,
    at   BIGINT NOT NULL,
    note TEXT   NOT NULL
);

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value @BYTES NOT NULL
) @CLUSTER;

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    next BIGINT NOT NULL
) @CLUSTER;

-- Answers to requests that carried an idempotency key; digest is of the request,
-- so that a key used twice for different requests is refused.
CREATE TABLE idempotency (
    key      TEXT   NOT NULL,
    person   TEXT   NOT NULL,
    digest   @BYTES NOT NULL,
    status   BIGINT NOT NULL,
    response @BYTES NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (key, person)
) @CLUSTER;
CREATE INDEX idempotency_at ON idempotency (at);
