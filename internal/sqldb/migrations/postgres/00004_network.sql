-- +goose Up
-- Units of the city's one tree. households, residents and overlapping (a word OVERLAPS is reserved on PostgreSQL) count the active households directly in the unit; commands keep them.
CREATE TABLE unit (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    level BIGINT NOT NULL CHECK (level BETWEEN 1 AND 6),
    parent_id TEXT COLLATE "C" REFERENCES unit (id),
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    approx BIGINT NOT NULL DEFAULT 0,
    households BIGINT NOT NULL DEFAULT 0,
    residents BIGINT NOT NULL DEFAULT 0,
    overlapping BIGINT NOT NULL DEFAULT 0,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
    successor_id TEXT COLLATE "C" REFERENCES unit (id),
    started_on TEXT COLLATE "C" NOT NULL,
    ended_on TEXT COLLATE "C",
    rev BIGINT NOT NULL
);
CREATE INDEX unit_parent ON unit (parent_id);
CREATE INDEX unit_rev ON unit (rev);

-- Codes that units had before they moved; they still lead to the unit.
CREATE TABLE unit_code (
    code TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL REFERENCES unit (id),
    until_ms BIGINT NOT NULL
);
CREATE INDEX unit_code_unit ON unit_code (unit_id);

-- What happened to a unit, readable for ever.
CREATE TABLE unit_change (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL REFERENCES unit (id),
    kind TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL,
    actor_name TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL
);
CREATE INDEX unit_change_unit ON unit_change (unit_id, at);

-- Departments of the city.
CREATE TABLE department (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL
);
CREATE INDEX department_rev ON department (rev);

-- People who hold posts. phone is sealed, phone_index is blind.
CREATE TABLE person (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C",
    phone_index TEXT COLLATE "C",
    show_phone BIGINT NOT NULL DEFAULT 0,
    household_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    rev BIGINT NOT NULL
);
CREATE INDEX person_name ON person (name, id);
CREATE INDEX person_phone ON person (phone_index);
CREATE INDEX person_rev ON person (rev);

-- A role at a unit, whoever holds it.
CREATE TABLE post (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL REFERENCES unit (id),
    department_id TEXT COLLATE "C" REFERENCES department (id),
    role TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
    rev BIGINT NOT NULL
);
CREATE INDEX post_unit ON post (unit_id);
CREATE INDEX post_rev ON post (rev);

-- Who holds a post from when to when; acting is a stand-in.
CREATE TABLE appointment (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    post_id TEXT COLLATE "C" NOT NULL REFERENCES post (id),
    person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    acting BIGINT NOT NULL DEFAULT 0,
    starts_on TEXT COLLATE "C" NOT NULL,
    until_on TEXT COLLATE "C",
    ended_on TEXT COLLATE "C",
    end_reason TEXT COLLATE "C",
    rev BIGINT NOT NULL
);
CREATE INDEX appointment_post ON appointment (post_id);
CREATE INDEX appointment_person ON appointment (person_id);
CREATE INDEX appointment_rev ON appointment (rev);
CREATE UNIQUE INDEX appointment_open ON appointment (post_id, acting) WHERE ended_on IS NULL;

-- Households. door is the random code of the door card, roster_key the household's identity in rosters.
CREATE TABLE household (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL REFERENCES unit (id),
    ref TEXT COLLATE "C" NOT NULL DEFAULT '',
    door TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    address_key TEXT COLLATE "C" NOT NULL,
    head TEXT COLLATE "C" NOT NULL DEFAULT '',
    phone TEXT COLLATE "C",
    phone_index TEXT COLLATE "C",
    size BIGINT NOT NULL DEFAULT 1,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'left')),
    version BIGINT NOT NULL DEFAULT 1,
    roster_key TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX household_door ON household (door);
CREATE UNIQUE INDEX household_roster ON household (roster_key);
CREATE INDEX household_unit ON household (unit_id, id);
CREATE INDEX household_address ON household (address_key);
CREATE INDEX household_phone ON household (phone_index) WHERE phone_index IS NOT NULL;

-- Another cell that claims a household, until somebody settles it.
CREATE TABLE household_claim (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    household_id TEXT COLLATE "C" NOT NULL REFERENCES household (id),
    unit_id TEXT COLLATE "C" NOT NULL REFERENCES unit (id),
    source TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX household_claim_once ON household_claim (household_id, unit_id);
CREATE INDEX household_claim_unit ON household_claim (unit_id);

-- How somebody comes to a lead's post: nominated, reviewed, filed, on public notice, appointed.
CREATE TABLE selection (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    post_id TEXT COLLATE "C" NOT NULL REFERENCES post (id),
    person_name TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" REFERENCES person (id),
    phone TEXT COLLATE "C",
    source TEXT COLLATE "C" NOT NULL,
    statement TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    notice_until TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX selection_state ON selection (state, id);
CREATE INDEX selection_post ON selection (post_id);

-- Each step of a selection.
CREATE TABLE selection_event (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    selection_id TEXT COLLATE "C" NOT NULL REFERENCES selection (id),
    at BIGINT NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL,
    actor_name TEXT COLLATE "C" NOT NULL,
    step TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL
);
CREATE INDEX selection_event_selection ON selection_event (selection_id, at);

-- What went from one holder of a post to the next.
CREATE TABLE handover (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    post_id TEXT COLLATE "C" NOT NULL REFERENCES post (id),
    from_person TEXT COLLATE "C" REFERENCES person (id),
    to_person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    at BIGINT NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    items TEXT COLLATE "C" NOT NULL
);
CREATE INDEX handover_post ON handover (post_id, at);

-- One row: the last revision handed out to a change of the tree.
CREATE TABLE tree_rev (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    rev BIGINT NOT NULL
);
INSERT INTO tree_rev (id, rev) VALUES (1, 0);

-- +goose Down
DROP TABLE tree_rev;
DROP TABLE handover;
DROP TABLE selection_event;
DROP TABLE selection;
DROP TABLE household_claim;
DROP TABLE household;
DROP TABLE appointment;
DROP TABLE post;
DROP TABLE person;
DROP TABLE department;
DROP TABLE unit_change;
DROP TABLE unit_code;
DROP TABLE unit;
