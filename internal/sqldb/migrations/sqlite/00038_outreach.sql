-- +goose Up
-- News for every household of an audience. min_size and max_size are people in a household; 0 is no bound.
CREATE TABLE notice (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    words TEXT NOT NULL,
    alt TEXT NOT NULL, -- what the picture shows; empty without one
    min_size INTEGER NOT NULL,
    max_size INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'scheduled', 'sent', 'recalled')),
    edition INTEGER NOT NULL, -- of the words; rises with each correction
    sender_id TEXT NOT NULL, -- the highest unit of the audience: in whose name
    by_id TEXT NOT NULL,
    why TEXT NOT NULL, -- of the last correction, or of the recall
    made_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL, -- when it goes out by itself; 0 unless scheduled
    sent_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL, -- when corrected or recalled
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX notice_number ON notice (number);
CREATE INDEX notice_due ON notice (due_at) WHERE state = 'scheduled';
CREATE INDEX notice_sent ON notice (sent_at, id);

-- The units of the audience; none lies within another.
CREATE TABLE notice_unit (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    unit_id TEXT NOT NULL,
    PRIMARY KEY (notice_id, unit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_unit_unit ON notice_unit (unit_id, notice_id);

CREATE TABLE notice_picture (
    notice_id TEXT NOT NULL PRIMARY KEY REFERENCES notice (id),
    image BLOB NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL
) STRICT;

-- The words as they were before a correction.
CREATE TABLE notice_edition (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    edition INTEGER NOT NULL,
    title TEXT NOT NULL,
    words TEXT NOT NULL,
    at INTEGER NOT NULL, -- until when they stood
    why TEXT NOT NULL,
    PRIMARY KEY (notice_id, edition)
) STRICT, WITHOUT ROWID;

-- Reach by village: numbers only. odd is how many of those told were entered too quickly to be likely.
CREATE TABLE notice_place (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    edition INTEGER NOT NULL,
    village_id TEXT NOT NULL,
    households INTEGER NOT NULL,
    unled INTEGER NOT NULL, -- of them in cells that nobody leads
    opened INTEGER NOT NULL,
    told INTEGER NOT NULL,
    met INTEGER NOT NULL,
    reached INTEGER NOT NULL, -- by any of the ways, each once
    odd INTEGER NOT NULL,
    PRIMARY KEY (notice_id, edition, village_id)
) STRICT, WITHOUT ROWID;

-- Reach by town and hour since it went out.
CREATE TABLE notice_hour (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    edition INTEGER NOT NULL,
    town_id TEXT NOT NULL,
    hour INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    told INTEGER NOT NULL,
    met INTEGER NOT NULL,
    PRIMARY KEY (notice_id, edition, town_id, hour)
) STRICT, WITHOUT ROWID;

-- That a household was reached, so that it counts once. mark is a keyed digest: it can be
-- asked whether a household is among them, and not which households are. No time, no person.
CREATE TABLE notice_mark (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    edition INTEGER NOT NULL,
    mark TEXT NOT NULL,
    ways INTEGER NOT NULL, -- 1 opened, 2 told in person, 4 told at a meeting
    PRIMARY KEY (notice_id, edition, mark)
) STRICT, WITHOUT ROWID;

-- How many households somebody entered just now, to tell what is too quick; forgotten within the hour.
CREATE TABLE notice_pace (
    id TEXT NOT NULL PRIMARY KEY,
    notice_id TEXT NOT NULL REFERENCES notice (id),
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    households INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_pace_by ON notice_pace (by_id, notice_id, at);
CREATE INDEX notice_pace_at ON notice_pace (at);

-- A meeting at which it was read out: how many households came, and not who.
CREATE TABLE notice_meeting (
    id TEXT NOT NULL PRIMARY KEY,
    notice_id TEXT NOT NULL REFERENCES notice (id),
    edition INTEGER NOT NULL,
    unit_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    day TEXT NOT NULL,
    households INTEGER NOT NULL,
    odd INTEGER NOT NULL CHECK (odd IN (0, 1)), -- more than live there
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_meeting_notice ON notice_meeting (notice_id, edition, id);

CREATE TABLE notice_serial (
    year INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE notice_serial;
DROP TABLE notice_meeting;
DROP TABLE notice_pace;
DROP TABLE notice_mark;
DROP TABLE notice_hour;
DROP TABLE notice_place;
DROP TABLE notice_edition;
DROP TABLE notice_picture;
DROP TABLE notice_unit;
DROP TABLE notice;
