-- +goose Up
-- What the statistics of reviews count: stretches in which a desk owed its
-- opinion, the first submission, working days to the decision, and what the
-- first stage said of a finding before head office. All derived from events;
-- rows from before are filled by a rebuild.
ALTER TABLE review ADD COLUMN handed_on TEXT;
ALTER TABLE review ADD COLUMN took BIGINT;
ALTER TABLE review ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
CREATE INDEX review_handed ON review (handed_on, id) WHERE handed_on IS NOT NULL;
CREATE INDEX review_decided ON review (decided_on, id) WHERE decided_on IS NOT NULL;

ALTER TABLE review_finding ADD COLUMN stage TEXT NOT NULL DEFAULT '';
ALTER TABLE review_finding ADD COLUMN first_verdict TEXT NOT NULL DEFAULT '';
ALTER TABLE review_finding ADD COLUMN first_judge TEXT NOT NULL DEFAULT '';

CREATE TABLE review_turn (
    review_id BIGINT  NOT NULL,
    n         BIGINT  NOT NULL,
    stage     TEXT    NOT NULL,
    urgent    BOOLEAN NOT NULL,
    from_on   TEXT    NOT NULL,
    due       TEXT,
    end_on    TEXT,
    sent_back BOOLEAN NOT NULL,
    days      BIGINT  NOT NULL,
    late      BOOLEAN NOT NULL,
    PRIMARY KEY (review_id, n)
) @CLUSTER;
CREATE INDEX review_turn_end ON review_turn (end_on, review_id) WHERE end_on IS NOT NULL;
