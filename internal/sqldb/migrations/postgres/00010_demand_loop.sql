-- +goose Up
-- The whole loop: categories, time limits, transfers, silence. stage 3 follows another demand. Times of 0 are "none";
-- next_at is the first moment at which the clock itself has something to do.
ALTER TABLE demand DROP CONSTRAINT demand_state_check;
ALTER TABLE demand DROP CONSTRAINT demand_stage_check;
ALTER TABLE demand ADD CONSTRAINT demand_state_check CHECK (state IN ('open', 'accepted', 'waiting', 'resolved', 'reopened', 'confirmed', 'unconfirmed', 'withdrawn', 'merged'));
ALTER TABLE demand ADD CONSTRAINT demand_stage_check CHECK (stage BETWEEN 0 AND 3);
ALTER TABLE demand
    ADD COLUMN category_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN urgency BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN private BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN confined BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN source TEXT COLLATE "C" NOT NULL DEFAULT 'resident',
    ADD COLUMN author_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN claim_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN lon DOUBLE PRECISION,
    ADD COLUMN lat DOUBLE PRECISION,
    ADD COLUMN place TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN publish BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN channel TEXT COLLATE "C" NOT NULL DEFAULT 'page',
    ADD COLUMN track TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN owner_dept TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN handler_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN rung BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN clock_limit BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN clock_used BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN clock_since BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN late_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN climbs BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN handovers BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN returns BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN pending_unit TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN pending_dept TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN pending_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN pending_due BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN disputed BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN bound BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN merged_into TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN resolved_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN first_resolved_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN closed_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN resolved_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN resolved_rung BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN silent_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN satisfied BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN satisfied_why TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN recheck BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN rechecked BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN check_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN follows BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN photos BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN search TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN remind_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN next_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN day TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN touched_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE demand_event
    ADD COLUMN internal BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN basis TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN to_dept_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN dept_id TEXT COLLATE "C" NOT NULL DEFAULT '';
-- What was raised before: its clocks are started by the program, which next_at tells.
UPDATE demand SET search = text, touched_at = state_since, confined = CASE WHEN kind = 'complaint' THEN 1 ELSE 0 END, day = to_char(to_timestamp(raised_at / 1000 + 28800) AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
    rung = COALESCE((SELECT CASE level WHEN 2 THEN 4 WHEN 3 THEN 3 WHEN 5 THEN 2 WHEN 6 THEN 1 ELSE 6 END FROM unit WHERE unit.id = demand.owner_id), 6);
UPDATE demand SET next_at = raised_at WHERE stage = 0;
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
    demand_id TEXT COLLATE "C" NOT NULL REFERENCES demand (id),
    unit_id TEXT COLLATE "C" NOT NULL,
    dept_id TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (demand_id, unit_id, dept_id)
);
CREATE INDEX demand_helper_unit ON demand_helper (unit_id, dept_id, demand_id);

-- Who else has the same trouble, and how to tell them; contact is sealed.
CREATE TABLE demand_follow (
    id TEXT COLLATE "C" PRIMARY KEY,
    demand_id TEXT COLLATE "C" NOT NULL REFERENCES demand (id),
    contact TEXT COLLATE "C",
    at BIGINT NOT NULL
);
CREATE INDEX demand_follow_demand ON demand_follow (demand_id, id);

-- Pictures without what a camera writes beside them, sealed.
CREATE TABLE demand_photo (
    id TEXT COLLATE "C" PRIMARY KEY,
    demand_id TEXT COLLATE "C" NOT NULL REFERENCES demand (id),
    seq BIGINT NOT NULL,
    side TEXT COLLATE "C" NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    image TEXT COLLATE "C" NOT NULL,
    thumb TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
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
ALTER TABLE demand_event
    DROP COLUMN internal,
    DROP COLUMN basis,
    DROP COLUMN to_dept_id,
    DROP COLUMN dept_id;
ALTER TABLE demand
    DROP COLUMN category_id,
    DROP COLUMN urgency,
    DROP COLUMN private,
    DROP COLUMN confined,
    DROP COLUMN source,
    DROP COLUMN author_id,
    DROP COLUMN claim_id,
    DROP COLUMN lon,
    DROP COLUMN lat,
    DROP COLUMN place,
    DROP COLUMN publish,
    DROP COLUMN channel,
    DROP COLUMN track,
    DROP COLUMN owner_dept,
    DROP COLUMN handler_id,
    DROP COLUMN rung,
    DROP COLUMN clock_limit,
    DROP COLUMN clock_used,
    DROP COLUMN clock_since,
    DROP COLUMN due_at,
    DROP COLUMN late_at,
    DROP COLUMN climbs,
    DROP COLUMN handovers,
    DROP COLUMN returns,
    DROP COLUMN pending_unit,
    DROP COLUMN pending_dept,
    DROP COLUMN pending_at,
    DROP COLUMN pending_due,
    DROP COLUMN disputed,
    DROP COLUMN bound,
    DROP COLUMN merged_into,
    DROP COLUMN resolved_at,
    DROP COLUMN first_resolved_at,
    DROP COLUMN closed_at,
    DROP COLUMN resolved_by,
    DROP COLUMN resolved_rung,
    DROP COLUMN told_at,
    DROP COLUMN silent_at,
    DROP COLUMN satisfied,
    DROP COLUMN satisfied_why,
    DROP COLUMN recheck,
    DROP COLUMN rechecked,
    DROP COLUMN check_at,
    DROP COLUMN follows,
    DROP COLUMN photos,
    DROP COLUMN search,
    DROP COLUMN remind_at,
    DROP COLUMN next_at,
    DROP COLUMN day,
    DROP COLUMN touched_at;
