-- +goose Up
-- Departments that a village or town called to the spot. met_at of 0: nobody has written down yet what came of it.
CREATE TABLE demand_whistle (
    id TEXT COLLATE "C" PRIMARY KEY,
    demand_id TEXT COLLATE "C" NOT NULL REFERENCES demand (id),
    unit_id TEXT COLLATE "C" NOT NULL,
    place TEXT NOT NULL,
    meet_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    met_at BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL
);
CREATE INDEX demand_whistle_demand ON demand_whistle (demand_id, at, id);
CREATE INDEX demand_whistle_unit ON demand_whistle (unit_id, met_at, at, id);

-- What each of them answered, and who of them came.
CREATE TABLE demand_whistle_call (
    whistle_id TEXT COLLATE "C" NOT NULL REFERENCES demand_whistle (id),
    dept_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('called', 'coming', 'cannot')),
    who TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    answered_at BIGINT NOT NULL DEFAULT 0,
    came TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (whistle_id, dept_id)
);
CREATE INDEX demand_whistle_call_dept ON demand_whistle_call (dept_id, state, whistle_id);

-- +goose Down
DROP TABLE demand_whistle_call;
DROP TABLE demand_whistle;
