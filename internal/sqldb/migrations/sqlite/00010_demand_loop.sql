-- +goose Up
-- The whole loop: categories, time limits, transfers, silence. stage 3 follows another demand. Times of 0 are "none";
-- next_at is the first moment at which the clock itself has something to do. SQLite can't widen a CHECK, so its tables are made anew.
CREATE TABLE demand_next (
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
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'waiting', 'resolved', 'reopened', 'confirmed', 'unconfirmed', 'withdrawn', 'merged')),
    stage INTEGER NOT NULL CHECK (stage BETWEEN 0 AND 3),
    state_since INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    reopens INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    track_hash TEXT NOT NULL,
    category_id TEXT NOT NULL DEFAULT '',
    urgency INTEGER NOT NULL DEFAULT 0,
    private INTEGER NOT NULL DEFAULT 0,
    confined INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL DEFAULT 'resident',
    author_id TEXT NOT NULL DEFAULT '',
    claim_id TEXT NOT NULL DEFAULT '',
    lon REAL,
    lat REAL,
    place TEXT NOT NULL DEFAULT '',
    publish INTEGER NOT NULL DEFAULT 0,
    channel TEXT NOT NULL DEFAULT 'page',
    track TEXT NOT NULL DEFAULT '',
    owner_dept TEXT NOT NULL DEFAULT '',
    handler_id TEXT NOT NULL DEFAULT '',
    rung INTEGER NOT NULL DEFAULT 0,
    clock_limit INTEGER NOT NULL DEFAULT 0,
    clock_used INTEGER NOT NULL DEFAULT 0,
    clock_since INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL DEFAULT 0,
    late_at INTEGER NOT NULL DEFAULT 0,
    climbs INTEGER NOT NULL DEFAULT 0,
    handovers INTEGER NOT NULL DEFAULT 0,
    returns INTEGER NOT NULL DEFAULT 0,
    pending_unit TEXT NOT NULL DEFAULT '',
    pending_dept TEXT NOT NULL DEFAULT '',
    pending_at INTEGER NOT NULL DEFAULT 0,
    pending_due INTEGER NOT NULL DEFAULT 0,
    disputed INTEGER NOT NULL DEFAULT 0,
    bound INTEGER NOT NULL DEFAULT 0,
    merged_into TEXT NOT NULL DEFAULT '',
    resolved_at INTEGER NOT NULL DEFAULT 0,
    first_resolved_at INTEGER NOT NULL DEFAULT 0,
    closed_at INTEGER NOT NULL DEFAULT 0,
    resolved_by TEXT NOT NULL DEFAULT '',
    resolved_rung INTEGER NOT NULL DEFAULT 0,
    told_at INTEGER NOT NULL DEFAULT 0,
    silent_at INTEGER NOT NULL DEFAULT 0,
    satisfied INTEGER NOT NULL DEFAULT 0,
    satisfied_why TEXT NOT NULL DEFAULT '',
    recheck INTEGER NOT NULL DEFAULT 0,
    rechecked INTEGER NOT NULL DEFAULT 0,
    check_at INTEGER NOT NULL DEFAULT 0,
    follows INTEGER NOT NULL DEFAULT 0,
    photos INTEGER NOT NULL DEFAULT 0,
    search TEXT NOT NULL DEFAULT '',
    remind_at INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL DEFAULT 0,
    day TEXT NOT NULL DEFAULT '',
    touched_at INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO demand_next (id, number, kind, text, contact, household_id, unit_id, village_id, town_id, owner_id, owner_since, about_id, state, stage, state_since, raised_at, reopens, version, seq, track_hash) SELECT id, number, kind, text, contact, household_id, unit_id, village_id, town_id, owner_id, owner_since, about_id, state, stage, state_since, raised_at, reopens, version, seq, track_hash FROM demand;
CREATE TABLE demand_event_next (
    demand_id TEXT NOT NULL REFERENCES demand_next (id),
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
    internal INTEGER NOT NULL DEFAULT 0,
    basis TEXT NOT NULL DEFAULT '',
    to_dept_id TEXT NOT NULL DEFAULT '',
    dept_id TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (demand_id, seq)
) STRICT;
INSERT INTO demand_event_next (demand_id, seq, at, step, side, actor_id, name, role, unit_id, unit_name, to_unit_id, to_unit_name, to_person_id, to_name, to_role, reason, text, state) SELECT demand_id, seq, at, step, side, actor_id, name, role, unit_id, unit_name, to_unit_id, to_unit_name, to_person_id, to_name, to_role, reason, text, state FROM demand_event;
DROP TABLE demand_event;
DROP TABLE demand;
ALTER TABLE demand_next RENAME TO demand;
ALTER TABLE demand_event_next RENAME TO demand_event;
-- What was raised before: its clocks are started by the program, which next_at tells.
UPDATE demand SET search = text, touched_at = state_since, confined = CASE WHEN kind = 'complaint' THEN 1 ELSE 0 END, day = strftime('%Y-%m-%d', raised_at / 1000 + 28800, 'unixepoch'),
    rung = COALESCE((SELECT CASE level WHEN 2 THEN 4 WHEN 3 THEN 3 WHEN 5 THEN 2 WHEN 6 THEN 1 ELSE 6 END FROM unit WHERE unit.id = demand.owner_id), 6);
UPDATE demand SET next_at = raised_at WHERE stage = 0;
CREATE UNIQUE INDEX demand_by_number ON demand (number);
CREATE INDEX demand_unit ON demand (unit_id, stage, raised_at, id);
CREATE INDEX demand_village ON demand (village_id, stage, raised_at, id);
CREATE INDEX demand_town ON demand (town_id, stage, raised_at, id);
CREATE INDEX demand_owner ON demand (owner_id, stage, raised_at, id);
CREATE INDEX demand_stage ON demand (stage, raised_at, id, state, about_id);
CREATE INDEX demand_handler ON demand (handler_id, stage, due_at, id);
CREATE INDEX demand_dept ON demand (owner_dept, stage, due_at, id) WHERE owner_dept <> '';
CREATE INDEX demand_pending_unit ON demand (pending_unit, pending_at, id) WHERE pending_unit <> '';
CREATE INDEX demand_pending_dept ON demand (pending_dept, pending_at, id) WHERE pending_dept <> '';
CREATE INDEX demand_due ON demand (stage, due_at, id);
CREATE INDEX demand_village_due ON demand (village_id, stage, due_at, id);
CREATE INDEX demand_town_due ON demand (town_id, stage, due_at, id);
CREATE INDEX demand_disputed ON demand (disputed, pending_at, id) WHERE disputed = 1;
CREATE INDEX demand_next ON demand (next_at, id) WHERE next_at > 0;
CREATE INDEX demand_merged ON demand (merged_into) WHERE merged_into <> '';
CREATE INDEX demand_touched ON demand (stage, touched_at, id);
CREATE INDEX demand_village_touched ON demand (village_id, stage, touched_at, id);
CREATE INDEX demand_town_touched ON demand (town_id, stage, touched_at, id);
CREATE INDEX demand_day ON demand (day, town_id);

-- Who else works on a demand beside its owner.
CREATE TABLE demand_helper (
    demand_id TEXT NOT NULL REFERENCES demand (id),
    unit_id TEXT NOT NULL,
    dept_id TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (demand_id, unit_id, dept_id)
) STRICT;
CREATE INDEX demand_helper_unit ON demand_helper (unit_id, dept_id, demand_id);

-- Who else has the same trouble, and how to tell them; contact is sealed.
CREATE TABLE demand_follow (
    id TEXT PRIMARY KEY,
    demand_id TEXT NOT NULL REFERENCES demand (id),
    contact TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX demand_follow_demand ON demand_follow (demand_id, id);

-- Pictures without what a camera writes beside them, sealed.
CREATE TABLE demand_photo (
    id TEXT PRIMARY KEY,
    demand_id TEXT NOT NULL REFERENCES demand (id),
    seq INTEGER NOT NULL,
    side TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    image TEXT NOT NULL,
    thumb TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX demand_photo_demand ON demand_photo (demand_id, id);

-- +goose Down
DROP TABLE demand_photo;
DROP TABLE demand_follow;
DROP TABLE demand_helper;
DROP INDEX demand_handler;
DROP INDEX demand_dept;
DROP INDEX demand_pending_unit;
DROP INDEX demand_pending_dept;
DROP INDEX demand_due;
DROP INDEX demand_village_due;
DROP INDEX demand_town_due;
DROP INDEX demand_disputed;
DROP INDEX demand_next;
DROP INDEX demand_merged;
DROP INDEX demand_touched;
DROP INDEX demand_village_touched;
DROP INDEX demand_town_touched;
DROP INDEX demand_day;
ALTER TABLE demand_event DROP COLUMN internal;
ALTER TABLE demand_event DROP COLUMN basis;
ALTER TABLE demand_event DROP COLUMN to_dept_id;
ALTER TABLE demand_event DROP COLUMN dept_id;
ALTER TABLE demand DROP COLUMN category_id;
ALTER TABLE demand DROP COLUMN urgency;
ALTER TABLE demand DROP COLUMN private;
ALTER TABLE demand DROP COLUMN confined;
ALTER TABLE demand DROP COLUMN source;
ALTER TABLE demand DROP COLUMN author_id;
ALTER TABLE demand DROP COLUMN claim_id;
ALTER TABLE demand DROP COLUMN lon;
ALTER TABLE demand DROP COLUMN lat;
ALTER TABLE demand DROP COLUMN place;
ALTER TABLE demand DROP COLUMN publish;
ALTER TABLE demand DROP COLUMN channel;
ALTER TABLE demand DROP COLUMN track;
ALTER TABLE demand DROP COLUMN owner_dept;
ALTER TABLE demand DROP COLUMN handler_id;
ALTER TABLE demand DROP COLUMN rung;
ALTER TABLE demand DROP COLUMN clock_limit;
ALTER TABLE demand DROP COLUMN clock_used;
ALTER TABLE demand DROP COLUMN clock_since;
ALTER TABLE demand DROP COLUMN due_at;
ALTER TABLE demand DROP COLUMN late_at;
ALTER TABLE demand DROP COLUMN climbs;
ALTER TABLE demand DROP COLUMN handovers;
ALTER TABLE demand DROP COLUMN returns;
ALTER TABLE demand DROP COLUMN pending_unit;
ALTER TABLE demand DROP COLUMN pending_dept;
ALTER TABLE demand DROP COLUMN pending_at;
ALTER TABLE demand DROP COLUMN pending_due;
ALTER TABLE demand DROP COLUMN disputed;
ALTER TABLE demand DROP COLUMN bound;
ALTER TABLE demand DROP COLUMN merged_into;
ALTER TABLE demand DROP COLUMN resolved_at;
ALTER TABLE demand DROP COLUMN first_resolved_at;
ALTER TABLE demand DROP COLUMN closed_at;
ALTER TABLE demand DROP COLUMN resolved_by;
ALTER TABLE demand DROP COLUMN resolved_rung;
ALTER TABLE demand DROP COLUMN told_at;
ALTER TABLE demand DROP COLUMN silent_at;
ALTER TABLE demand DROP COLUMN satisfied;
ALTER TABLE demand DROP COLUMN satisfied_why;
ALTER TABLE demand DROP COLUMN recheck;
ALTER TABLE demand DROP COLUMN rechecked;
ALTER TABLE demand DROP COLUMN check_at;
ALTER TABLE demand DROP COLUMN follows;
ALTER TABLE demand DROP COLUMN photos;
ALTER TABLE demand DROP COLUMN search;
ALTER TABLE demand DROP COLUMN remind_at;
ALTER TABLE demand DROP COLUMN next_at;
ALTER TABLE demand DROP COLUMN day;
ALTER TABLE demand DROP COLUMN touched_at;
