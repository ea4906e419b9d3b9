-- +goose Up
-- What can be wished for, where the city changed the catalogue that the program brings.
CREATE TABLE wish_kind (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    skill TEXT NOT NULL, -- empty when anybody can
    guardian INTEGER NOT NULL CHECK (guardian IN (0, 1)), -- a child is there
    off INTEGER NOT NULL CHECK (off IN (0, 1)),
    version INTEGER NOT NULL
) STRICT;

-- Volunteers who offer hours, and how far they go until when. asked_at is for taking turns, and shown to nobody.
CREATE TABLE wish_hours (
    volunteer_id TEXT NOT NULL PRIMARY KEY REFERENCES volunteer (id),
    village_id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    reach TEXT NOT NULL CHECK (reach IN ('cell', 'group', 'village', 'town')),
    until_on TEXT NOT NULL,
    asked_at INTEGER NOT NULL, -- 0 for never
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX wish_hours_village ON wish_hours (village_id, until_on);
CREATE INDEX wish_hours_until ON wish_hours (until_on);

CREATE TABLE wish_slot (
    id TEXT NOT NULL PRIMARY KEY,
    volunteer_id TEXT NOT NULL REFERENCES wish_hours (volunteer_id),
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    on_day TEXT NOT NULL, -- once; empty for every week
    from_min INTEGER NOT NULL,
    to_min INTEGER NOT NULL
) STRICT;
CREATE INDEX wish_slot_volunteer ON wish_slot (volunteer_id, id);

-- A small wish. words and thanks_words are sealed under the household's key.
CREATE TABLE wish (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    household_id TEXT NOT NULL,
    cell_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    words TEXT NOT NULL,
    on_day TEXT NOT NULL, -- empty for any
    part TEXT NOT NULL CHECK (part IN ('any', 'morning', 'afternoon', 'evening')),
    state TEXT NOT NULL CHECK (state IN ('open', 'asked', 'taken', 'done', 'withdrawn', 'lapsed')),
    until_on TEXT NOT NULL,
    asked_id TEXT NOT NULL,
    asked_until INTEGER NOT NULL,
    helper_id TEXT NOT NULL, -- the volunteer who took it; of nobody once given back
    meet_day TEXT NOT NULL,
    meet_at INTEGER NOT NULL,
    meet_by TEXT NOT NULL CHECK (meet_by IN ('', 'home', 'help')),
    meet_agreed INTEGER NOT NULL CHECK (meet_agreed IN (0, 1)),
    thanks TEXT NOT NULL,
    thanks_words TEXT NOT NULL,
    posted_by TEXT NOT NULL, -- account; empty for the household itself
    posted_at INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    due_on TEXT NOT NULL, -- of a taken one: then it goes back
    ended_at INTEGER NOT NULL, -- 0 while it isn't over
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX wish_village ON wish (village_id, state, id);
CREATE INDEX wish_cell ON wish (cell_id, state, id);
CREATE INDEX wish_household ON wish (household_id, id);
CREATE INDEX wish_helper ON wish (helper_id, id) WHERE helper_id <> '';
CREATE INDEX wish_asked ON wish (asked_id, id) WHERE asked_id <> '';
CREATE INDEX wish_until ON wish (until_on, id) WHERE ended_at = 0;
CREATE INDEX wish_ended ON wish (ended_at, id) WHERE ended_at > 0;

-- +goose Down
DROP TABLE wish;
DROP TABLE wish_slot;
DROP TABLE wish_hours;
DROP TABLE wish_kind;
