-- +goose Up
-- A volunteer learns an address once the household or its lead agreed to them, and
-- the household sees that they did. What can wait is told once a day.
ALTER TABLE wish ADD COLUMN welcome BIGINT NOT NULL DEFAULT 0; -- 1: the household or its lead agreed to whoever took it
ALTER TABLE wish ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0; -- when the volunteer first saw the address; 0: not yet
UPDATE wish SET welcome = 1 WHERE state = 'taken' AND (meet_agreed = 1 OR meet_by = 'home');

CREATE TABLE quiet_told (
    mark TEXT COLLATE "C" PRIMARY KEY, -- a keyed mark of whom it went to: a person, or a household
    on_day TEXT COLLATE "C" NOT NULL, -- the day on which it did; dropped the next
    job_id TEXT COLLATE "C" NOT NULL -- of which message, so that it can be tried again
);
CREATE INDEX quiet_told_day ON quiet_told (on_day);

-- +goose Down
DROP TABLE quiet_told;
ALTER TABLE wish DROP COLUMN told_at;
ALTER TABLE wish DROP COLUMN welcome;
