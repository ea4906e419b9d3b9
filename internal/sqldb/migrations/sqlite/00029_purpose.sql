-- +goose Up
-- That sealed data of a household was opened: what the household sees. Kept three years.
CREATE TABLE purpose_reading (
    id TEXT NOT NULL PRIMARY KEY,
    household_id TEXT NOT NULL,
    unit_id TEXT NOT NULL, -- its cell
    at INTEGER NOT NULL,
    actor_id TEXT NOT NULL,
    role TEXT NOT NULL, -- as what; empty for the system
    by_unit_id TEXT NOT NULL, -- and where
    ground_kind TEXT NOT NULL,
    ground_id TEXT NOT NULL,
    title TEXT NOT NULL, -- of the work
    what TEXT NOT NULL
) STRICT;
CREATE INDEX purpose_reading_household ON purpose_reading (household_id, at, id);
CREATE INDEX purpose_reading_at ON purpose_reading (at);

-- Glass that was broken: access without open work, until it is reviewed.
CREATE TABLE purpose_glass (
    id TEXT NOT NULL PRIMARY KEY,
    household_id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    role TEXT NOT NULL,
    by_unit_id TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('danger', 'rescue', 'damage', 'asked', 'another')),
    words TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL, -- of the review
    reads INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('', 'justified', 'unjustified')),
    reviewed_at INTEGER NOT NULL, -- 0 before
    reviewed_by TEXT NOT NULL,
    reviewer TEXT NOT NULL, -- a name
    note TEXT NOT NULL,
    told_at INTEGER NOT NULL, -- when the city office heard that the review is overdue; 0 before
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX purpose_glass_opened ON purpose_glass (opened_at, id);
CREATE INDEX purpose_glass_open ON purpose_glass (due_at, id) WHERE verdict = '';
CREATE INDEX purpose_glass_household ON purpose_glass (household_id, opened_at, id);

-- Codes with which a household shows that it is itself: by SMS, or on paper from the village.
CREATE TABLE privacy_code (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('sms', 'paper')),
    household_id TEXT NOT NULL, -- empty where there was none to send to
    hash TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    made_by TEXT NOT NULL, -- an account, or empty
    made_name TEXT NOT NULL,
    used_at INTEGER NOT NULL, -- 0 before
    tries INTEGER NOT NULL -- wrong ones
) STRICT;
CREATE INDEX privacy_code_hash ON privacy_code (hash) WHERE kind = 'paper';
CREATE INDEX privacy_code_household ON privacy_code (household_id, made_at);
CREATE INDEX privacy_code_until ON privacy_code (until_at);

-- A household that looks at what is held about it.
CREATE TABLE privacy_session (
    hash TEXT NOT NULL PRIMARY KEY,
    household_id TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('sms', 'paper')),
    made_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL
) STRICT;
CREATE INDEX privacy_session_until ON privacy_session (until_at);

-- What a household asks for; the clock runs until it is answered with reasons.
CREATE TABLE privacy_request (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    household_id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('correct', 'object', 'withdraw', 'erase')),
    holder TEXT NOT NULL, -- whose record is meant; empty for all
    item TEXT NOT NULL, -- the record, or empty
    words TEXT NOT NULL, -- sealed
    way TEXT NOT NULL CHECK (way IN ('sms', 'paper')),
    desk TEXT NOT NULL CHECK (desk IN ('village', 'officer')), -- who answers
    state TEXT NOT NULL CHECK (state IN ('open', 'done')),
    made_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL, -- promised
    climb_at INTEGER NOT NULL, -- when the officer takes over from the village; 0 for never
    warned_at INTEGER NOT NULL, -- 0 before
    climbed_at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('', 'granted', 'partly', 'refused')),
    answer TEXT NOT NULL, -- sealed
    law TEXT NOT NULL, -- on which it was refused, even in part
    answered_at INTEGER NOT NULL,
    answered_by TEXT NOT NULL,
    answered_role TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX privacy_request_number ON privacy_request (number);
CREATE INDEX privacy_request_desk ON privacy_request (desk, state, due_at, id);
CREATE INDEX privacy_request_village ON privacy_request (village_id, state, due_at, id);
CREATE INDEX privacy_request_household ON privacy_request (household_id, made_at, id);
CREATE INDEX privacy_request_due ON privacy_request (due_at, id) WHERE state = 'open';

-- What became of a request, step by step.
CREATE TABLE privacy_step (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES privacy_request (id),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    role TEXT NOT NULL, -- who did it; empty for the household or the system
    unit_id TEXT NOT NULL
) STRICT;
CREATE INDEX privacy_step_request ON privacy_step (request_id, at, id);

CREATE TABLE privacy_number (
    year INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- What a household has raised, for those who work on it and for itself.
CREATE INDEX demand_household ON demand (household_id, raised_at) WHERE household_id IS NOT NULL;

-- +goose Down
DROP INDEX demand_household;
DROP TABLE privacy_number;
DROP TABLE privacy_step;
DROP TABLE privacy_request;
DROP TABLE privacy_session;
DROP TABLE privacy_code;
DROP TABLE purpose_glass;
DROP TABLE purpose_reading;
