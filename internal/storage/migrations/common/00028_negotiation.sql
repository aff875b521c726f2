-- +goose Up
-- What comparable closed cases were given: the range of the negotiation sheet.
CREATE INDEX complaint_comparable ON complaint (product, reason, closed_on, id) WHERE state = 'closed' AND ending = 'decision';
