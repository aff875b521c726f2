-- +goose Up
-- Read tables of the consumer-protection review. Every row is derived from events.
-- s2 to s5 are the submitting unit's path below head office. waits says who has
-- to act: submitter, reviewer, decider, or nobody. card is the title, sealed.
CREATE TABLE review (
    id           @ID PRIMARY KEY,
    number       TEXT   NOT NULL UNIQUE,
    version      BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    stage        TEXT   NOT NULL,
    open         BOOLEAN NOT NULL,
    urgent       BOOLEAN NOT NULL,
    product      TEXT   NOT NULL,
    unit         TEXT   NOT NULL,
    s2           TEXT,
    s3           TEXT,
    s4           TEXT,
    s5           TEXT,
    creator      TEXT   NOT NULL,
    reviewer     TEXT   NOT NULL,
    deputy       TEXT   NOT NULL,
    waits        TEXT   NOT NULL,
    created_on   TEXT   NOT NULL,
    submitted_on TEXT,
    opinion_on   TEXT,
    decided_on   TEXT,
    due          TEXT,
    until_on     TEXT,
    clearance    TEXT,
    rounds       BIGINT NOT NULL,
    materials    BIGINT NOT NULL,
    found        BIGINT NOT NULL,
    unjudged     BIGINT NOT NULL,
    points       BIGINT NOT NULL,
    open_points  BIGINT NOT NULL,
    prior        BIGINT,
    card         @BYTES
);
CREATE INDEX review_waits ON review (waits, due, id) WHERE open;
CREATE INDEX review_created ON review (created_on, id);
CREATE INDEX review_product ON review (product, id) WHERE product <> '';
CREATE INDEX review_until ON review (until_on, id) WHERE until_on IS NOT NULL;

CREATE TABLE review_recusal (
    review_id BIGINT NOT NULL,
    who       TEXT   NOT NULL,
    PRIMARY KEY (review_id, who)
) @CLUSTER;

-- The versions of materials: sum is the digest of the folded text.
CREATE TABLE review_material (
    review_id BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    sum       TEXT   NOT NULL,
    PRIMARY KEY (review_id, n)
) @CLUSTER;
CREATE INDEX review_material_sum ON review_material (sum, review_id, n);

-- Blind keys of passages, by which a near copy is found.
CREATE TABLE review_print (
    key       BIGINT NOT NULL,
    review_id BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (key, review_id, n)
) @CLUSTER;

CREATE TABLE review_finding (
    review_id BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    material  BIGINT NOT NULL,
    pack      TEXT   NOT NULL,
    rule      TEXT   NOT NULL,
    severity  TEXT   NOT NULL,
    verdict   TEXT   NOT NULL,
    person    TEXT   NOT NULL,
    judge     TEXT   NOT NULL,
    judged_on TEXT,
    PRIMARY KEY (review_id, n)
) @CLUSTER;
CREATE INDEX review_finding_rule ON review_finding (rule, verdict, review_id);

CREATE TABLE review_point (
    review_id BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    must      BOOLEAN NOT NULL,
    state     TEXT   NOT NULL,
    answer    TEXT   NOT NULL,
    returned  BIGINT NOT NULL,
    PRIMARY KEY (review_id, n)
) @CLUSTER;

