-- +goose Up
-- What residents brought. contact is sealed; track_hash is of the resident's secret; stage is whose turn it is: 0 the network's, 1 the resident's, 2 closed.
-- village_id and town_id follow unit_id, so that every office's queue is one index.
CREATE TABLE demand (
    id TEXT COLLATE "C" PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    contact TEXT COLLATE "C",
    household_id TEXT COLLATE "C",
    unit_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    town_id TEXT COLLATE "C" NOT NULL,
    owner_id TEXT COLLATE "C" NOT NULL,
    owner_since BIGINT NOT NULL,
    about_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'accepted', 'resolved', 'confirmed', 'reopened')),
    stage BIGINT NOT NULL CHECK (stage BETWEEN 0 AND 2),
    state_since BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    reopens BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    track_hash TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX demand_by_number ON demand (number);
CREATE INDEX demand_unit ON demand (unit_id, stage, raised_at, id);
CREATE INDEX demand_village ON demand (village_id, stage, raised_at, id);
CREATE INDEX demand_town ON demand (town_id, stage, raised_at, id);
CREATE INDEX demand_owner ON demand (owner_id, stage, raised_at, id);
-- The last two columns of this index: counting all of the city's demands reads nothing else.
CREATE INDEX demand_stage ON demand (stage, raised_at, id, state, about_id);

-- The timeline of a demand. Rows are only ever added. actor_id is for the record; the rest is shown to the resident.
CREATE TABLE demand_event (
    demand_id TEXT COLLATE "C" NOT NULL REFERENCES demand (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    step TEXT COLLATE "C" NOT NULL,
    side TEXT COLLATE "C" NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    unit_name TEXT COLLATE "C" NOT NULL,
    to_unit_id TEXT COLLATE "C" NOT NULL,
    to_unit_name TEXT COLLATE "C" NOT NULL,
    to_person_id TEXT COLLATE "C" NOT NULL,
    to_name TEXT COLLATE "C" NOT NULL,
    to_role TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (demand_id, seq)
);

-- The last number handed out each year, in blocks: a number names a demand and counts nothing.
CREATE TABLE demand_number (
    year BIGINT PRIMARY KEY,
    last BIGINT NOT NULL
);

-- +goose Down
DROP TABLE demand_number;
DROP TABLE demand_event;
DROP TABLE demand;
