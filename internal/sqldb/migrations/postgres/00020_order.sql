-- +goose Up
-- Orders call people out.
CREATE TABLE call_order (
    id TEXT COLLATE "C" PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL, -- the smallest unit that holds all who are called
    from_unit_id TEXT COLLATE "C" NOT NULL, -- whose order it is: the unit that its proposer stands over
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('real', 'drill')),
    hazard TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'active', 'closed', 'cancelled', 'refused')),
    title TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    do_text TEXT COLLATE "C" NOT NULL,
    where_text TEXT COLLATE "C" NOT NULL,
    until_at BIGINT NOT NULL,
    edition BIGINT NOT NULL,
    audience TEXT COLLATE "C" NOT NULL, -- JSON
    channels TEXT COLLATE "C" NOT NULL, -- separated by commas, in their order
    wait_minutes BIGINT NOT NULL,
    people BIGINT NOT NULL,
    alert_id TEXT COLLATE "C" NOT NULL,
    proposed_at BIGINT NOT NULL,
    proposed_by TEXT COLLATE "C" NOT NULL,
    proposer TEXT COLLATE "C" NOT NULL,
    decided_at BIGINT NOT NULL, -- 0 before
    decided_by TEXT COLLATE "C" NOT NULL,
    decider TEXT COLLATE "C" NOT NULL,
    issued_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    end_note TEXT COLLATE "C" NOT NULL,
    case_number TEXT COLLATE "C" NOT NULL, -- of an order about a missing person
    asked_by TEXT COLLATE "C" NOT NULL,
    reviewed_at BIGINT NOT NULL,
    reviewed_by TEXT COLLATE "C" NOT NULL,
    review_note TEXT COLLATE "C" NOT NULL,
    erased_at BIGINT NOT NULL,
    event_seq BIGINT NOT NULL, -- the last of its timeline
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX call_order_number ON call_order (number);
CREATE INDEX call_order_state ON call_order (state, proposed_at);
CREATE INDEX call_order_proposed ON call_order (proposed_at, id);

-- One row: how many orders each year has had.
CREATE TABLE call_order_year (
    year BIGINT PRIMARY KEY,
    last BIGINT NOT NULL
);

-- What happened in an order; only ever added to.
CREATE TABLE call_event (
    order_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL, -- JSON, or empty
    actor_id TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (order_id, seq)
);

-- Each person called by an order. Times are 0 until they come.
CREATE TABLE call_receipt (
    order_id TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    team_id TEXT COLLATE "C" NOT NULL,
    standing BIGINT NOT NULL DEFAULT 0 CHECK (standing BETWEEN 0 AND 7),
    told BIGINT NOT NULL DEFAULT 0,
    told_by BIGINT NOT NULL DEFAULT 0, -- bits of the channels that took a message
    fresh_by BIGINT NOT NULL DEFAULT 0, -- those of them that took the edition in told
    refused_by BIGINT NOT NULL DEFAULT 0, -- and of those that never will
    tried BIGINT NOT NULL DEFAULT 0,
    due BIGINT NOT NULL,
    handed_at BIGINT NOT NULL DEFAULT 0,
    delivered_at BIGINT NOT NULL DEFAULT 0,
    seen_at BIGINT NOT NULL DEFAULT 0,
    answered_at BIGINT NOT NULL DEFAULT 0,
    arrived_at BIGINT NOT NULL DEFAULT 0,
    released_at BIGINT NOT NULL DEFAULT 0,
    knock_at BIGINT NOT NULL DEFAULT 0,
    reason TEXT COLLATE "C" NOT NULL DEFAULT '',
    way TEXT COLLATE "C" NOT NULL DEFAULT '',
    entered_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, n)
);
CREATE INDEX call_receipt_person ON call_receipt (person_id, order_id);
CREATE INDEX call_receipt_knock ON call_receipt (order_id, village_id) WHERE knock_at > 0;

-- A message to one person by one channel. Its key is why nobody is told the same twice.
CREATE TABLE call_try (
    order_id TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    edition BIGINT NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('handing', 'taken', 'failed', 'refused', 'unsure')),
    attempts BIGINT NOT NULL,
    at BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    error TEXT COLLATE "C" NOT NULL, -- message key
    PRIMARY KEY (order_id, n, edition, channel)
);

-- Officials who were told at how many doors to knock.
CREATE TABLE call_knock (
    order_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    doors BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, person_id)
);

-- Chat groups and mailing lists that were told of an edition, each at most once.
CREATE TABLE call_group (
    order_id TEXT COLLATE "C" NOT NULL,
    edition BIGINT NOT NULL,
    target TEXT COLLATE "C" NOT NULL, -- team:ID, or city:PLACE
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('handing', 'taken', 'failed', 'refused', 'unsure')),
    at BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    error TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (order_id, edition, target)
);

-- Channels that fail, since when and why; a row for each that was ever used.
CREATE TABLE call_channel (
    channel TEXT COLLATE "C" PRIMARY KEY,
    down_since BIGINT NOT NULL, -- 0 while it works
    error TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE call_group;
DROP TABLE call_knock;
DROP TABLE call_channel;
DROP TABLE call_try;
DROP TABLE call_receipt;
DROP TABLE call_event;
DROP TABLE call_order_year;
DROP TABLE call_order;
