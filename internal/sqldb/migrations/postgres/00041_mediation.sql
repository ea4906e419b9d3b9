-- +goose Up
-- Who offered to mediate, in a village or a town. The name is on a public list
-- because they want it there; it goes with them.
CREATE TABLE mediator (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL, -- what they say of themselves
    kinds TEXT COLLATE "C" NOT NULL, -- of quarrels they take, separated by spaces
    household_id TEXT COLLATE "C" NOT NULL,
    cell_id TEXT COLLATE "C" NOT NULL, -- where they lived when they offered
    person_id TEXT COLLATE "C" NOT NULL, -- in the registry, if they were logged in
    key_hash TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'listed', 'left')),
    offered_at BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX mediator_unit ON mediator (unit_id, state, id);
CREATE INDEX mediator_household ON mediator (household_id);

-- A quarrel of two sides. Words and names are sealed under a key of the case's own.
CREATE TABLE mediation (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    village_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('asked', 'choosing', 'called', 'talking', 'agreed', 'ended')),
    outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('', 'refused', 'lapsed', 'ended', 'kept', 'broken')),
    a_household TEXT COLLATE "C" NOT NULL,
    b_household TEXT COLLATE "C" NOT NULL, -- empty until the other side says yes
    a_unit TEXT COLLATE "C" NOT NULL, -- where they live
    b_unit TEXT COLLATE "C" NOT NULL,
    a_hash TEXT COLLATE "C" NOT NULL,
    b_hash TEXT COLLATE "C" NOT NULL, -- of the invitation until the other side says yes
    invite TEXT COLLATE "C" NOT NULL, -- sealed, until the other side answers
    a_name TEXT COLLATE "C" NOT NULL,
    b_name TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    mediator_id TEXT COLLATE "C" NOT NULL,
    a_pick TEXT COLLATE "C" NOT NULL,
    b_pick TEXT COLLATE "C" NOT NULL,
    edition BIGINT NOT NULL, -- of the draft
    a_edition BIGINT NOT NULL, -- which each side confirmed
    b_edition BIGINT NOT NULL,
    follow_on TEXT COLLATE "C" NOT NULL,
    a_holds TEXT COLLATE "C" NOT NULL, -- said at the follow-up
    b_holds TEXT COLLATE "C" NOT NULL,
    stood BIGINT NOT NULL CHECK (stood IN (0, 1)), -- an agreement did, once
    lines BIGINT NOT NULL, -- how many the record has
    asked_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL, -- when something ends by itself
    ended_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX mediation_due ON mediation (due_at, id);
CREATE INDEX mediation_mediator ON mediation (mediator_id, id);
CREATE INDEX mediation_a ON mediation (a_household);
CREATE INDEX mediation_b ON mediation (b_household);

-- The record: what was said, drafted and fixed. Nothing in it is changed.
CREATE TABLE mediation_line (
    mediation_id TEXT COLLATE "C" NOT NULL REFERENCES mediation (id),
    seq BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('words', 'meeting', 'draft')),
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('a', 'b', 'm')),
    words TEXT COLLATE "C" NOT NULL,
    meet_at BIGINT NOT NULL, -- of a meeting
    edition BIGINT NOT NULL, -- of a draft
    at BIGINT NOT NULL,
    PRIMARY KEY (mediation_id, seq)
);

-- Who opened the record when, for both sides to see.
CREATE TABLE mediation_reading (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    mediation_id TEXT COLLATE "C" NOT NULL REFERENCES mediation (id),
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('a', 'b', 'm')),
    at BIGINT NOT NULL
);
CREATE INDEX mediation_reading_of ON mediation_reading (mediation_id, id);

-- Mediators who stepped aside in a case.
CREATE TABLE mediation_aside (
    mediation_id TEXT COLLATE "C" NOT NULL REFERENCES mediation (id),
    mediator_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (mediation_id, mediator_id)
);

-- All that remains: how many ended how, by village and month.
CREATE TABLE mediation_count (
    village_id TEXT COLLATE "C" NOT NULL,
    month TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (village_id, month, outcome)
);
CREATE INDEX mediation_count_month ON mediation_count (month, village_id);

-- What an office decided on a suggestion. title and reasons are the office's own
-- words for everybody; the author's stay in their demand.
CREATE TABLE suggestion (
    demand_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL, -- for everybody; it leads to no demand
    number TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('adopted', 'declined', 'done', 'again', 'withdrawn')),
    title TEXT COLLATE "C" NOT NULL,
    reasons TEXT COLLATE "C" NOT NULL,
    office_unit TEXT COLLATE "C" NOT NULL,
    office_dept TEXT COLLATE "C" NOT NULL,
    office TEXT COLLATE "C" NOT NULL, -- its name at the time
    village_id TEXT COLLATE "C" NOT NULL,
    town_id TEXT COLLATE "C" NOT NULL,
    open BIGINT NOT NULL CHECK (open IN (0, 1)), -- on the public list
    decided_at BIGINT NOT NULL,
    due_on TEXT COLLATE "C" NOT NULL, -- until when what was adopted is to be done
    link_kind TEXT COLLATE "C" NOT NULL,
    link_ref TEXT COLLATE "C" NOT NULL,
    link_words TEXT COLLATE "C" NOT NULL,
    done_words TEXT COLLATE "C" NOT NULL,
    done_on TEXT COLLATE "C" NOT NULL,
    done_at BIGINT NOT NULL,
    moved_at BIGINT NOT NULL, -- decided or done, for the list
    folded TEXT COLLATE "C" NOT NULL, -- for the search
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX suggestion_number ON suggestion (number);
CREATE UNIQUE INDEX suggestion_id ON suggestion (id);
CREATE INDEX suggestion_list ON suggestion (open, moved_at, id);
CREATE INDEX suggestion_town ON suggestion (town_id, open, moved_at, id);
CREATE INDEX suggestion_village ON suggestion (village_id, open, moved_at, id);
CREATE INDEX suggestion_due ON suggestion (due_on, demand_id) WHERE state = 'adopted';

-- +goose Down
DROP TABLE suggestion;
DROP TABLE mediation_count;
DROP TABLE mediation_aside;
DROP TABLE mediation_reading;
DROP TABLE mediation_line;
DROP TABLE mediation;
DROP TABLE mediator;
