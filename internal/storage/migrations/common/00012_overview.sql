-- +goose Up
-- What the overview counts is read from indexes alone: a page of counts must not
-- walk through a million wide rows.
CREATE INDEX complaint_overview ON complaint (unit, reason, product, channel, open) WHERE open;
CREATE INDEX complaint_waiting ON complaint (unit, received_on, open) WHERE open;
CREATE INDEX complaint_told ON complaint (told_on, received_on, told_late, satisfaction, unit) WHERE told_on IS NOT NULL;
DROP INDEX complaint_received;
CREATE INDEX complaint_received ON complaint (received_on, id, open, unit);
