-- +goose Up
-- What residents brought. contact is sealed; track_hash is of the resident's secret; stage is whose turn it is: 0 the network's, 1 the resident's, 2 closed.
-- village_id and town_id follow unit_id, so that every office's queue is one index.
CREATE TABLE demand (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    contact TEXT,
    household_id TEXT,
    unit_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    town_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner_since INTEGER NOT NULL,
    about_id TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'resolved', 'confirmed', 'reopened')),
    stage INTEGER NOT NULL CHECK (stage BETWEEN 0 AND 2),
    state_since INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    reopens INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    track_hash TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX demand_by_number ON demand (number);
CREATE INDEX demand_unit ON demand (unit_id, stage, raised_at, id);
CREATE INDEX demand_village ON demand (village_id, stage, raised_at, id);
CREATE INDEX demand_town ON demand (town_id, stage, raised_at, id);
CREATE INDEX demand_owner ON demand (owner_id, stage, raised_at, id);
-- The last two columns of this index: counting all of the city's demands reads nothing else.
CREATE INDEX demand_stage ON demand (stage, raised_at, id, state, about_id);

-- The timeline of a demand. Rows are only ever added. actor_id is for the record; the rest is shown to the resident.
CREATE TABLE demand_event (
    demand_id TEXT NOT NULL REFERENCES demand (id),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    step TEXT NOT NULL,
    side TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    unit_name TEXT NOT NULL,
    to_unit_id TEXT NOT NULL,
    to_unit_name TEXT NOT NULL,
    to_person_id TEXT NOT NULL,
    to_name TEXT NOT NULL,
    to_role TEXT NOT NULL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (demand_id, seq)
) STRICT;

-- The last number handed out each year, in blocks: a number names a demand and counts nothing.
CREATE TABLE demand_number (
    year INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE demand_number;
DROP TABLE demand_event;
DROP TABLE demand;
