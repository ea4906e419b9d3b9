-- +goose Up
-- That an entry of a household ended, for a month: whoever listed or renewed it
-- last can't list the household anew meanwhile, and against its word needs paper.
-- What the entry was for is gone.
CREATE TABLE care_ended (
    id TEXT COLLATE "C" PRIMARY KEY, -- the entry's
    household_id TEXT COLLATE "C" NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL, -- who listed or renewed it last
    why TEXT COLLATE "C" NOT NULL,
    ended_on TEXT COLLATE "C" NOT NULL -- a day
);
CREATE INDEX care_ended_household ON care_ended (household_id, ended_on);
CREATE INDEX care_ended_on ON care_ended (ended_on);

-- +goose Down
DROP TABLE care_ended;
