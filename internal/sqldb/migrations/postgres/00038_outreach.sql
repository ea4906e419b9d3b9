-- +goose Up
-- News for every household of an audience. min_size and max_size are people in a household; 0 is no bound.
CREATE TABLE notice (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    alt TEXT COLLATE "C" NOT NULL, -- what the picture shows; empty without one
    min_size BIGINT NOT NULL,
    max_size BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'scheduled', 'sent', 'recalled')),
    edition BIGINT NOT NULL, -- of the words; rises with each correction
    sender_id TEXT COLLATE "C" NOT NULL, -- the highest unit of the audience: in whose name
    by_id TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL, -- of the last correction, or of the recall
    made_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL, -- when it goes out by itself; 0 unless scheduled
    sent_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL, -- when corrected or recalled
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX notice_number ON notice (number);
CREATE INDEX notice_due ON notice (due_at) WHERE state = 'scheduled';
CREATE INDEX notice_sent ON notice (sent_at, id);

-- The units of the audience; none lies within another.
CREATE TABLE notice_unit (
    notice_id TEXT COLLATE "C" NOT NULL REFERENCES notice (id),
    unit_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (notice_id, unit_id)
);
CREATE INDEX notice_unit_unit ON notice_unit (unit_id, notice_id);

CREATE TABLE notice_picture (
    notice_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES notice (id),
    image BYTEA NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL
);

-- The words as they were before a correction.
CREATE TABLE notice_edition (
    notice_id TEXT COLLATE "C" NOT NULL REFERENCES notice (id),
    edition BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL, -- until when they stood
    why TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (notice_id, edition)
);

-- Reach by village: numbers only. odd is how many of those told were entered too quickly to be likely.
CREATE TABLE notice_place (
    notice_id TEXT COLLATE "C" NOT NULL REFERENCES notice (id),
    edition BIGINT NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    households BIGINT NOT NULL,
    unled BIGINT NOT NULL, -- of them in cells that nobody leads
    opened BIGINT NOT NULL,
    told BIGINT NOT NULL,
    met BIGINT NOT NULL,
    reached BIGINT NOT NULL, -- by any of the ways, each once
    odd BIGINT NOT NULL,
    PRIMARY KEY (notice_id, edition, village_id)
);

-- Reach by town and hour since it went out.
CREATE TABLE notice_hour (
    notice_id TEXT COLLATE "C" NOT NULL REFERENCES notice (id),
    edition BIGINT NOT NULL,
    town_id TEXT COLLATE "C" NOT NULL,
    hour BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    told BIGINT NOT NULL,
    met BIGINT NOT NULL,
    PRIMARY KEY (notice_id, edition, town_id, hour)
);

-- That a household was reached, so that it counts once. mark is a keyed digest: it can be
-- asked whether a household is among them, and not which households are. No time, no person.
CREATE TABLE notice_mark (
    notice_id TEXT COLLATE "C" NOT NULL REFERENCES notice (id),
    edition BIGINT NOT NULL,
    mark TEXT COLLATE "C" NOT NULL,
    ways BIGINT NOT NULL, -- 1 opened, 2 told in person, 4 told at a meeting
    PRIMARY KEY (notice_id, edition, mark)
);

-- How many households somebody entered just now, to tell what is too quick; forgotten within the hour.
CREATE TABLE notice_pace (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    notice_id TEXT COLLATE "C" NOT NULL REFERENCES notice (id),
    by_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    households BIGINT NOT NULL
);
CREATE INDEX notice_pace_by ON notice_pace (by_id, notice_id, at);
CREATE INDEX notice_pace_at ON notice_pace (at);

-- A meeting at which it was read out: how many households came, and not who.
CREATE TABLE notice_meeting (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    notice_id TEXT COLLATE "C" NOT NULL REFERENCES notice (id),
    edition BIGINT NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    households BIGINT NOT NULL,
    odd BIGINT NOT NULL CHECK (odd IN (0, 1)), -- more than live there
    at BIGINT NOT NULL
);
CREATE INDEX notice_meeting_notice ON notice_meeting (notice_id, edition, id);

CREATE TABLE notice_serial (
    year BIGINT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

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
