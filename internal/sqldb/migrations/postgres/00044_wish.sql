-- +goose Up
-- What can be wished for, where the city changed the catalogue that the program brings.
CREATE TABLE wish_kind (
    code TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C" NOT NULL,
    skill TEXT COLLATE "C" NOT NULL, -- empty when anybody can
    guardian BIGINT NOT NULL CHECK (guardian IN (0, 1)), -- a child is there
    off BIGINT NOT NULL CHECK (off IN (0, 1)),
    version BIGINT NOT NULL
);

-- Volunteers who offer hours, and how far they go until when. asked_at is for taking turns, and shown to nobody.
CREATE TABLE wish_hours (
    volunteer_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES volunteer (id),
    village_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    reach TEXT COLLATE "C" NOT NULL CHECK (reach IN ('cell', 'group', 'village', 'town')),
    until_on TEXT COLLATE "C" NOT NULL,
    asked_at BIGINT NOT NULL, -- 0 for never
    version BIGINT NOT NULL
);
CREATE INDEX wish_hours_village ON wish_hours (village_id, until_on);
CREATE INDEX wish_hours_until ON wish_hours (until_on);

CREATE TABLE wish_slot (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    volunteer_id TEXT COLLATE "C" NOT NULL REFERENCES wish_hours (volunteer_id),
    weekday BIGINT NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    on_day TEXT COLLATE "C" NOT NULL, -- once; empty for every week
    from_min BIGINT NOT NULL,
    to_min BIGINT NOT NULL
);
CREATE INDEX wish_slot_volunteer ON wish_slot (volunteer_id, id);

-- A small wish. words and thanks_words are sealed under the household's key.
CREATE TABLE wish (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C" NOT NULL,
    cell_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    on_day TEXT COLLATE "C" NOT NULL, -- empty for any
    part TEXT COLLATE "C" NOT NULL CHECK (part IN ('any', 'morning', 'afternoon', 'evening')),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'asked', 'taken', 'done', 'withdrawn', 'lapsed')),
    until_on TEXT COLLATE "C" NOT NULL,
    asked_id TEXT COLLATE "C" NOT NULL,
    asked_until BIGINT NOT NULL,
    helper_id TEXT COLLATE "C" NOT NULL, -- the volunteer who took it; of nobody once given back
    meet_day TEXT COLLATE "C" NOT NULL,
    meet_at BIGINT NOT NULL,
    meet_by TEXT COLLATE "C" NOT NULL CHECK (meet_by IN ('', 'home', 'help')),
    meet_agreed BIGINT NOT NULL CHECK (meet_agreed IN (0, 1)),
    thanks TEXT COLLATE "C" NOT NULL,
    thanks_words TEXT COLLATE "C" NOT NULL,
    posted_by TEXT COLLATE "C" NOT NULL, -- account; empty for the household itself
    posted_at BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    due_on TEXT COLLATE "C" NOT NULL, -- of a taken one: then it goes back
    ended_at BIGINT NOT NULL, -- 0 while it isn't over
    version BIGINT NOT NULL
);
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
