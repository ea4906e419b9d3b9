-- +goose Up
-- Roll-calls: neighbour leads say of each household whether it is safe.
CREATE TABLE rollcall (
    id TEXT COLLATE "C" PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('real', 'drill')),
    order_id TEXT COLLATE "C" NOT NULL, -- empty for none
    order_number TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'closed', 'erased')),
    expected BIGINT NOT NULL, -- households when it was opened
    opened_at BIGINT NOT NULL,
    opened_by TEXT COLLATE "C" NOT NULL, -- a name
    closed_at BIGINT NOT NULL, -- 0 before
    closed_by TEXT COLLATE "C" NOT NULL,
    erased_at BIGINT NOT NULL, -- 0 while rows are left
    version BIGINT NOT NULL
);
CREATE INDEX rollcall_state ON rollcall (state, opened_at);
CREATE INDEX rollcall_opened ON rollcall (opened_at, id);
CREATE INDEX rollcall_order ON rollcall (order_id) WHERE order_id <> '';

-- How far each village is. These stay when the rows are erased.
CREATE TABLE rollcall_village (
    call_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    expected BIGINT NOT NULL,
    safe BIGINT NOT NULL,
    help BIGINT NOT NULL, -- need help, or needed it and were helped
    helped BIGINT NOT NULL, -- of these, who were helped
    not_reached BIGINT NOT NULL,
    PRIMARY KEY (call_id, village_id)
);

-- How many households were reported for the first time in a minute.
CREATE TABLE rollcall_minute (
    call_id TEXT COLLATE "C" NOT NULL,
    minute BIGINT NOT NULL, -- since 1970
    village_id TEXT COLLATE "C" NOT NULL,
    reported BIGINT NOT NULL,
    PRIMARY KEY (call_id, minute, village_id)
);

-- How many households each unit of a village had when it was opened.
CREATE TABLE rollcall_cells (
    call_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    cells TEXT COLLATE "C" NOT NULL, -- JSON: households by unit
    PRIMARY KEY (call_id, village_id)
);

-- What was reported of a household. Erased 30 days after the end.
CREATE TABLE rollcall_report (
    call_id TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL, -- where it lived when it was first reported
    unit_id TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL CHECK (answer IN ('safe', 'help', 'not_reached')),
    need TEXT COLLATE "C" NOT NULL, -- of the catalogue, or empty
    first_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    by_name TEXT COLLATE "C" NOT NULL,
    way TEXT COLLATE "C" NOT NULL CHECK (way IN ('self', 'phone', 'paper')),
    help_at BIGINT NOT NULL, -- since when it needs help; 0 for not
    aid TEXT COLLATE "C" NOT NULL CHECK (aid IN ('', 'under_way', 'helped')),
    aid_at BIGINT NOT NULL,
    aid_by TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (call_id, household_id)
);
CREATE INDEX rollcall_report_unit ON rollcall_report (call_id, village_id, unit_id, answer, aid);
CREATE INDEX rollcall_report_help ON rollcall_report (call_id, help_at, household_id) WHERE answer = 'help';

-- +goose Down
DROP TABLE rollcall_report;
DROP TABLE rollcall_cells;
DROP TABLE rollcall_minute;
DROP TABLE rollcall_village;
DROP TABLE rollcall;
