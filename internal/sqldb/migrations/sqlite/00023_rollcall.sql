-- +goose Up
-- Roll-calls: neighbour leads say of each household whether it is safe.
CREATE TABLE rollcall (
    id TEXT PRIMARY KEY,
    unit_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('real', 'drill')),
    order_id TEXT NOT NULL, -- empty for none
    order_number TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'erased')),
    expected INTEGER NOT NULL, -- households when it was opened
    opened_at INTEGER NOT NULL,
    opened_by TEXT NOT NULL, -- a name
    closed_at INTEGER NOT NULL, -- 0 before
    closed_by TEXT NOT NULL,
    erased_at INTEGER NOT NULL, -- 0 while rows are left
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX rollcall_state ON rollcall (state, opened_at);
CREATE INDEX rollcall_opened ON rollcall (opened_at, id);
CREATE INDEX rollcall_order ON rollcall (order_id) WHERE order_id <> '';

-- How far each village is. These stay when the rows are erased.
CREATE TABLE rollcall_village (
    call_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    expected INTEGER NOT NULL,
    safe INTEGER NOT NULL,
    help INTEGER NOT NULL, -- need help, or needed it and were helped
    helped INTEGER NOT NULL, -- of these, who were helped
    not_reached INTEGER NOT NULL,
    PRIMARY KEY (call_id, village_id)
) STRICT, WITHOUT ROWID;

-- How many households were reported for the first time in a minute.
CREATE TABLE rollcall_minute (
    call_id TEXT NOT NULL,
    minute INTEGER NOT NULL, -- since 1970
    village_id TEXT NOT NULL,
    reported INTEGER NOT NULL,
    PRIMARY KEY (call_id, minute, village_id)
) STRICT, WITHOUT ROWID;

-- How many households each unit of a village had when it was opened.
CREATE TABLE rollcall_cells (
    call_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    cells TEXT NOT NULL, -- JSON: households by unit
    PRIMARY KEY (call_id, village_id)
) STRICT, WITHOUT ROWID;

-- What was reported of a household. Erased 30 days after the end.
CREATE TABLE rollcall_report (
    call_id TEXT NOT NULL,
    household_id TEXT NOT NULL,
    village_id TEXT NOT NULL, -- where it lived when it was first reported
    unit_id TEXT NOT NULL,
    answer TEXT NOT NULL CHECK (answer IN ('safe', 'help', 'not_reached')),
    need TEXT NOT NULL, -- of the catalogue, or empty
    first_at INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('self', 'phone', 'paper')),
    help_at INTEGER NOT NULL, -- since when it needs help; 0 for not
    aid TEXT NOT NULL CHECK (aid IN ('', 'under_way', 'helped')),
    aid_at INTEGER NOT NULL,
    aid_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (call_id, household_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollcall_report_unit ON rollcall_report (call_id, village_id, unit_id, answer, aid);
CREATE INDEX rollcall_report_help ON rollcall_report (call_id, help_at, household_id) WHERE answer = 'help';

-- +goose Down
DROP TABLE rollcall_report;
DROP TABLE rollcall_cells;
DROP TABLE rollcall_minute;
DROP TABLE rollcall_village;
DROP TABLE rollcall;
