-- +goose Up
-- Orders call people out.
CREATE TABLE call_order (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    unit_id TEXT NOT NULL, -- the smallest unit that holds all who are called
    from_unit_id TEXT NOT NULL, -- whose order it is: the unit that its proposer stands over
    kind TEXT NOT NULL CHECK (kind IN ('real', 'drill')),
    hazard TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'active', 'closed', 'cancelled', 'refused')),
    title TEXT NOT NULL,
    what TEXT NOT NULL,
    do_text TEXT NOT NULL,
    where_text TEXT NOT NULL,
    until_at INTEGER NOT NULL,
    edition INTEGER NOT NULL,
    audience TEXT NOT NULL, -- JSON
    channels TEXT NOT NULL, -- separated by commas, in their order
    wait_minutes INTEGER NOT NULL,
    people INTEGER NOT NULL,
    alert_id TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    proposer TEXT NOT NULL,
    decided_at INTEGER NOT NULL, -- 0 before
    decided_by TEXT NOT NULL,
    decider TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    end_note TEXT NOT NULL,
    case_number TEXT NOT NULL, -- of an order about a missing person
    asked_by TEXT NOT NULL,
    reviewed_at INTEGER NOT NULL,
    reviewed_by TEXT NOT NULL,
    review_note TEXT NOT NULL,
    erased_at INTEGER NOT NULL,
    event_seq INTEGER NOT NULL, -- the last of its timeline
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX call_order_number ON call_order (number);
CREATE INDEX call_order_state ON call_order (state, proposed_at);
CREATE INDEX call_order_proposed ON call_order (proposed_at, id);

-- One row: how many orders each year has had.
CREATE TABLE call_order_year (
    year INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- What happened in an order; only ever added to.
CREATE TABLE call_event (
    order_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    detail TEXT NOT NULL, -- JSON, or empty
    actor_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (order_id, seq)
) STRICT;

-- Each person called by an order. Times are 0 until they come.
CREATE TABLE call_receipt (
    order_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    role TEXT NOT NULL,
    team_id TEXT NOT NULL,
    standing INTEGER NOT NULL DEFAULT 0 CHECK (standing BETWEEN 0 AND 7),
    told INTEGER NOT NULL DEFAULT 0,
    told_by INTEGER NOT NULL DEFAULT 0, -- bits of the channels that took a message
    fresh_by INTEGER NOT NULL DEFAULT 0, -- those of them that took the edition in told
    refused_by INTEGER NOT NULL DEFAULT 0, -- and of those that never will
    tried INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL,
    handed_at INTEGER NOT NULL DEFAULT 0,
    delivered_at INTEGER NOT NULL DEFAULT 0,
    seen_at INTEGER NOT NULL DEFAULT 0,
    answered_at INTEGER NOT NULL DEFAULT 0,
    arrived_at INTEGER NOT NULL DEFAULT 0,
    released_at INTEGER NOT NULL DEFAULT 0,
    knock_at INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    way TEXT NOT NULL DEFAULT '',
    entered_by TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_receipt_person ON call_receipt (person_id, order_id);
CREATE INDEX call_receipt_knock ON call_receipt (order_id, village_id) WHERE knock_at > 0;

-- A message to one person by one channel. Its key is why nobody is told the same twice.
CREATE TABLE call_try (
    order_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    edition INTEGER NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('handing', 'taken', 'failed', 'refused', 'unsure')),
    attempts INTEGER NOT NULL,
    at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    error TEXT NOT NULL, -- message key
    PRIMARY KEY (order_id, n, edition, channel)
) STRICT, WITHOUT ROWID;

-- Officials who were told at how many doors to knock.
CREATE TABLE call_knock (
    order_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    doors INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    PRIMARY KEY (order_id, person_id)
) STRICT, WITHOUT ROWID;

-- Chat groups and mailing lists that were told of an edition, each at most once.
CREATE TABLE call_group (
    order_id TEXT NOT NULL,
    edition INTEGER NOT NULL,
    target TEXT NOT NULL, -- team:ID, or city:PLACE
    state TEXT NOT NULL CHECK (state IN ('handing', 'taken', 'failed', 'refused', 'unsure')),
    at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (order_id, edition, target)
) STRICT, WITHOUT ROWID;

-- Channels that fail, since when and why; a row for each that was ever used.
CREATE TABLE call_channel (
    channel TEXT PRIMARY KEY,
    down_since INTEGER NOT NULL, -- 0 while it works
    error TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE call_group;
DROP TABLE call_knock;
DROP TABLE call_channel;
DROP TABLE call_try;
DROP TABLE call_receipt;
DROP TABLE call_event;
DROP TABLE call_order_year;
DROP TABLE call_order;
