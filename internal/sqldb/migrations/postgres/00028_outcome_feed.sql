-- +goose Up
-- By how much a value's counts are turned before they are rounded for publication.
ALTER TABLE outcome_value ADD COLUMN turns BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE outcome_value DROP COLUMN turns;
