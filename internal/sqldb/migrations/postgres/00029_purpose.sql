-- +goose Up
-- That sealed data of a household was opened: what the household sees. Kept three years.
CREATE TABLE purpose_reading (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    household_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL, -- its cell
    at BIGINT NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL, -- as what; empty for the system
    by_unit_id TEXT COLLATE "C" NOT NULL, -- and where
    ground_kind TEXT COLLATE "C" NOT NULL,
    ground_id TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL, -- of the work
    what TEXT COLLATE "C" NOT NULL
);
CREATE INDEX purpose_reading_household ON purpose_reading (household_id, at, id);
CREATE INDEX purpose_reading_at ON purpose_reading (at);

-- Glass that was broken: access without open work, until it is reviewed.
CREATE TABLE purpose_glass (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    household_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    actor_name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    by_unit_id TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL CHECK (reason IN ('danger', 'rescue', 'damage', 'asked', 'another')),
    words TEXT COLLATE "C" NOT NULL,
    opened_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL, -- of the review
    reads BIGINT NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL CHECK (verdict IN ('', 'justified', 'unjustified')),
    reviewed_at BIGINT NOT NULL, -- 0 before
    reviewed_by TEXT COLLATE "C" NOT NULL,
    reviewer TEXT COLLATE "C" NOT NULL, -- a name
    note TEXT COLLATE "C" NOT NULL,
    told_at BIGINT NOT NULL, -- when the city office heard that the review is overdue; 0 before
    version BIGINT NOT NULL
);
CREATE INDEX purpose_glass_opened ON purpose_glass (opened_at, id);
CREATE INDEX purpose_glass_open ON purpose_glass (due_at, id) WHERE verdict = '';
CREATE INDEX purpose_glass_household ON purpose_glass (household_id, opened_at, id);

-- Codes with which a household shows that it is itself: by SMS, or on paper from the village.
CREATE TABLE privacy_code (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('sms', 'paper')),
    household_id TEXT COLLATE "C" NOT NULL, -- empty where there was none to send to
    hash TEXT COLLATE "C" NOT NULL,
    made_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL, -- an account, or empty
    made_name TEXT COLLATE "C" NOT NULL,
    used_at BIGINT NOT NULL, -- 0 before
    tries BIGINT NOT NULL -- wrong ones
);
CREATE INDEX privacy_code_hash ON privacy_code (hash) WHERE kind = 'paper';
CREATE INDEX privacy_code_household ON privacy_code (household_id, made_at);
CREATE INDEX privacy_code_until ON privacy_code (until_at);

-- A household that looks at what is held about it.
CREATE TABLE privacy_session (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    household_id TEXT COLLATE "C" NOT NULL,
    way TEXT COLLATE "C" NOT NULL CHECK (way IN ('sms', 'paper')),
    made_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX privacy_session_until ON privacy_session (until_at);

-- What a household asks for; the clock runs until it is answered with reasons.
CREATE TABLE privacy_request (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    key_hash TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('correct', 'object', 'withdraw', 'erase')),
    holder TEXT COLLATE "C" NOT NULL, -- whose record is meant; empty for all
    item TEXT COLLATE "C" NOT NULL, -- the record, or empty
    words TEXT COLLATE "C" NOT NULL, -- sealed
    way TEXT COLLATE "C" NOT NULL CHECK (way IN ('sms', 'paper')),
    desk TEXT COLLATE "C" NOT NULL CHECK (desk IN ('village', 'officer')), -- who answers
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done')),
    made_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL, -- promised
    climb_at BIGINT NOT NULL, -- when the officer takes over from the village; 0 for never
    warned_at BIGINT NOT NULL, -- 0 before
    climbed_at BIGINT NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('', 'granted', 'partly', 'refused')),
    answer TEXT COLLATE "C" NOT NULL, -- sealed
    law TEXT COLLATE "C" NOT NULL, -- on which it was refused, even in part
    answered_at BIGINT NOT NULL,
    answered_by TEXT COLLATE "C" NOT NULL,
    answered_role TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX privacy_request_number ON privacy_request (number);
CREATE INDEX privacy_request_desk ON privacy_request (desk, state, due_at, id);
CREATE INDEX privacy_request_village ON privacy_request (village_id, state, due_at, id);
CREATE INDEX privacy_request_household ON privacy_request (household_id, made_at, id);
CREATE INDEX privacy_request_due ON privacy_request (due_at, id) WHERE state = 'open';

-- What became of a request, step by step.
CREATE TABLE privacy_step (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    request_id TEXT COLLATE "C" NOT NULL REFERENCES privacy_request (id),
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL, -- who did it; empty for the household or the system
    unit_id TEXT COLLATE "C" NOT NULL
);
CREATE INDEX privacy_step_request ON privacy_step (request_id, at, id);

CREATE TABLE privacy_number (
    year BIGINT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

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
