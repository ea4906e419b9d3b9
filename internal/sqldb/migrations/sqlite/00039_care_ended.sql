-- +goose Up
-- That an entry of a household ended, for a month: whoever listed or renewed it
-- last can't list the household anew meanwhile, and against its word needs paper.
-- What the entry was for is gone.
CREATE TABLE care_ended (
    id TEXT PRIMARY KEY, -- the entry's
    household_id TEXT NOT NULL,
    by_id TEXT NOT NULL, -- who listed or renewed it last
    why TEXT NOT NULL,
    ended_on TEXT NOT NULL -- a day
) STRICT;
CREATE INDEX care_ended_household ON care_ended (household_id, ended_on);
CREATE INDEX care_ended_on ON care_ended (ended_on);

-- +goose Down
DROP TABLE care_ended;
