-- +goose Up
-- One row: the revision of the modes that are on.
CREATE TABLE emergency_rev (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    rev INTEGER NOT NULL
) STRICT;
INSERT INTO emergency_rev (id, rev) VALUES (1, 1);

-- A unit with all below it in emergency mode: routine tasks are paused there.
CREATE TABLE emergency_mode (
    id TEXT PRIMARY KEY,
    unit_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    started_by TEXT NOT NULL,
    until_at INTEGER NOT NULL, -- it ends by itself then
    ended_at INTEGER NOT NULL, -- 0 while it is on
    ended_by TEXT NOT NULL,
    note TEXT NOT NULL,
    restored_at INTEGER NOT NULL, -- when what had waited went out again; 0 before
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX emergency_mode_started ON emergency_mode (started_at, id);
CREATE UNIQUE INDEX emergency_mode_on ON emergency_mode (unit_id) WHERE ended_at = 0;

-- +goose Down
DROP TABLE emergency_mode;
DROP TABLE emergency_rev;
