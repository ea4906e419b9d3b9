-- +goose Up
-- A meeting of a unit's residents. village_id is that of the unit when it was called, for the lists of whole towns.
CREATE TABLE meeting (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    place TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('called', 'held', 'cancelled')),
    why TEXT NOT NULL, -- of the last move, or of the cancelling
    moved INTEGER NOT NULL, -- how often
    notice TEXT NOT NULL, -- number of the notice that invites; empty: nobody was invited
    untold INTEGER NOT NULL CHECK (untold IN (0, 1)), -- 1: those invited don't know of the last change yet
    came INTEGER NOT NULL, -- how many people came, never who; 0 until entered
    edition INTEGER NOT NULL, -- of the minutes that are out; 0: none
    made_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX meeting_number ON meeting (number);
CREATE INDEX meeting_unit ON meeting (unit_id, starts_at, id);
CREATE INDEX meeting_village ON meeting (village_id, starts_at, id);
CREATE INDEX meeting_starts ON meeting (starts_at, id);
CREATE INDEX meeting_untold ON meeting (id) WHERE untold = 1;

-- What is to be spoken of. Of a demand only what it is about is written here, never its words.
CREATE TABLE meeting_item (
    meeting_id TEXT NOT NULL REFERENCES meeting (id),
    pos INTEGER NOT NULL,
    words TEXT NOT NULL,
    demand TEXT NOT NULL, -- number of the demand; empty: a line of its own
    PRIMARY KEY (meeting_id, pos)
) STRICT, WITHOUT ROWID;

-- Minutes: edition 0 is the draft, which is gone once they are out; the others were public from at on.
CREATE TABLE meeting_minutes (
    meeting_id TEXT NOT NULL REFERENCES meeting (id),
    edition INTEGER NOT NULL,
    words TEXT NOT NULL,
    why TEXT NOT NULL, -- what was corrected
    at INTEGER NOT NULL,
    version INTEGER NOT NULL, -- of the draft
    PRIMARY KEY (meeting_id, edition)
) STRICT, WITHOUT ROWID;
CREATE INDEX meeting_minutes_drafts ON meeting_minutes (at) WHERE edition = 0;

-- What was resolved: a demand, which climbs by its own rules, or the promise of a post by a day.
CREATE TABLE meeting_resolution (
    id TEXT NOT NULL PRIMARY KEY,
    meeting_id TEXT NOT NULL REFERENCES meeting (id),
    unit_id TEXT NOT NULL, -- of the meeting
    kind TEXT NOT NULL CHECK (kind IN ('demand', 'promise')),
    words TEXT NOT NULL,
    demand TEXT NOT NULL, -- its number
    track TEXT NOT NULL, -- sealed: what opens the demand to those who held the meeting
    owner_unit TEXT NOT NULL,
    owner_role TEXT NOT NULL,
    due_day TEXT NOT NULL,
    with_unit TEXT NOT NULL, -- who has to see to it now: the owner's unit, or one above when it is long overdue
    next_at INTEGER NOT NULL, -- when it climbs; 0: never
    outcome TEXT NOT NULL, -- what was done
    done_at INTEGER NOT NULL,
    told_at INTEGER NOT NULL, -- when its end was read out; 0: not yet
    made_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX meeting_resolution_meeting ON meeting_resolution (meeting_id, id);
CREATE INDEX meeting_resolution_untold ON meeting_resolution (unit_id, id) WHERE told_at = 0;
CREATE INDEX meeting_resolution_with ON meeting_resolution (with_unit, due_day, id) WHERE done_at = 0;
CREATE INDEX meeting_resolution_next ON meeting_resolution (next_at) WHERE next_at > 0;

-- What became of each, as it was read out at a later meeting.
CREATE TABLE meeting_read (
    meeting_id TEXT NOT NULL REFERENCES meeting (id),
    resolution_id TEXT NOT NULL REFERENCES meeting_resolution (id),
    became TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (meeting_id, resolution_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE meeting_serial (
    year INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE meeting_serial;
DROP TABLE meeting_read;
DROP TABLE meeting_resolution;
DROP TABLE meeting_minutes;
DROP TABLE meeting_item;
DROP TABLE meeting;
