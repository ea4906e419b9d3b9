-- +goose Up
-- Departments that a village or town called to the spot. met_at of 0: nobody has written down yet what came of it.
CREATE TABLE demand_whistle (
    id TEXT PRIMARY KEY,
    demand_id TEXT NOT NULL REFERENCES demand (id),
    unit_id TEXT NOT NULL,
    place TEXT NOT NULL,
    meet_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    at INTEGER NOT NULL,
    met_at INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX demand_whistle_demand ON demand_whistle (demand_id, at, id);
CREATE INDEX demand_whistle_unit ON demand_whistle (unit_id, met_at, at, id);

-- What each of them answered, and who of them came.
CREATE TABLE demand_whistle_call (
    whistle_id TEXT NOT NULL REFERENCES demand_whistle (id),
    dept_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('called', 'coming', 'cannot')),
    who TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    answered_at INTEGER NOT NULL DEFAULT 0,
    came TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (whistle_id, dept_id)
) STRICT;
CREATE INDEX demand_whistle_call_dept ON demand_whistle_call (dept_id, state, whistle_id);

-- +goose Down
DROP TABLE demand_whistle_call;
DROP TABLE demand_whistle;
