-- +goose Up
-- What came by mail: one row a stream inbox/<id>, derived from it. A message is
-- named for ever by mailbox, validity and uid, so that it is taken once whoever
-- fetches; card is who wrote what about, sealed under the stream's key.
CREATE TABLE inbox (
    id       BIGINT PRIMARY KEY,
    state    TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    box      TEXT   NOT NULL,
    validity BIGINT NOT NULL,
    uid      BIGINT NOT NULL,
    size     BIGINT NOT NULL,
    sum      TEXT   NOT NULL,
    mid      TEXT   NOT NULL,
    case_id  BIGINT NOT NULL,
    why      TEXT   NOT NULL,
    by_      TEXT   NOT NULL,
    settled  BIGINT,
    card     @BYTES,
    UNIQUE (box, validity, uid)
) @CLUSTER;
CREATE INDEX inbox_state ON inbox (state, id);
CREATE INDEX inbox_sum ON inbox (sum, id);
CREATE INDEX inbox_mid ON inbox (mid, id) WHERE mid <> '';
