-- +goose Up
-- A round of honours. categories is JSON: key, name and places of each.
CREATE TABLE honour_round (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'open', 'voting', 'published', 'awarded')),
    categories TEXT COLLATE "C" NOT NULL,
    nominate_until TEXT COLLATE "C" NOT NULL,
    vote_until BIGINT NOT NULL, -- 0 before the vote
    publish_days BIGINT NOT NULL, -- working days
    published_at BIGINT NOT NULL,
    publish_until BIGINT NOT NULL,
    awarded_at BIGINT NOT NULL,
    opened_year BIGINT NOT NULL, -- 0 while it is a draft
    run_off BIGINT NOT NULL CHECK (run_off IN (0, 1)),
    tidied BIGINT NOT NULL CHECK (tidied IN (0, 1)), -- what isn't needed any more is erased
    made_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX honour_round_by_number ON honour_round (number);
CREATE INDEX honour_round_year ON honour_round (opened_year);

-- Who judges. ballot is sealed under the round's key, and emptied once it is counted.
CREATE TABLE honour_panel (
    round_id TEXT COLLATE "C" NOT NULL REFERENCES honour_round (id),
    person_id TEXT COLLATE "C" NOT NULL,
    voted_at BIGINT NOT NULL, -- 0 while the ballot isn't in
    ballot TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (round_id, person_id)
);
CREATE INDEX honour_panel_person ON honour_panel (person_id, round_id);

-- Somebody with a citation. name, citation, check_words and praise are sealed under
-- the nomination's own key; name is empty once the person had themself erased.
CREATE TABLE honour_nomination (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    round_id TEXT COLLATE "C" NOT NULL REFERENCES honour_round (id),
    category TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('lead', 'volunteer', 'team')),
    nominee_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL, -- '' of a team
    unit_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    citation TEXT COLLATE "C" NOT NULL,
    checked BIGINT NOT NULL CHECK (checked IN (0, 1)),
    is_true BIGINT NOT NULL CHECK (is_true IN (0, 1)),
    check_words TEXT COLLATE "C" NOT NULL,
    praise TEXT COLLATE "C" NOT NULL,
    checked_by TEXT COLLATE "C" NOT NULL,
    asked BIGINT NOT NULL CHECK (asked IN (0, 1)),
    agrees BIGINT NOT NULL CHECK (agrees IN (0, 1)),
    consent_by TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C" NOT NULL CHECK (result IN ('', 'proposed', 'tied', 'not', 'objected')),
    withdrawn BIGINT NOT NULL CHECK (withdrawn IN (0, 1)),
    by_resident BIGINT NOT NULL CHECK (by_resident IN (0, 1)),
    by_person TEXT COLLATE "C" NOT NULL,
    by_household TEXT COLLATE "C" NOT NULL,
    key_hash TEXT COLLATE "C" NOT NULL,
    made_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX honour_nomination_round ON honour_nomination (round_id, id);
CREATE INDEX honour_nomination_unit ON honour_nomination (unit_id, id) WHERE checked = 0 AND withdrawn = 0;
CREATE INDEX honour_nomination_person ON honour_nomination (person_id, id);
CREATE INDEX honour_nomination_household ON honour_nomination (by_household, id);
-- Somebody stands once in a round.
CREATE UNIQUE INDEX honour_nomination_once ON honour_nomination (round_id, nominee_id) WHERE withdrawn = 0 AND (checked = 0 OR is_true = 1) AND nominee_id <> '';

-- Who of the panel is kept from which nomination, and why.
CREATE TABLE honour_recusal (
    nomination_id TEXT COLLATE "C" NOT NULL REFERENCES honour_nomination (id),
    person_id TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL CHECK (why IN ('self', 'nominator', 'household', 'line', 'checker', 'relative')),
    PRIMARY KEY (nomination_id, person_id)
);

-- What somebody has against what was published. words, sender and answer are
-- sealed under the objection's own key.
CREATE TABLE honour_objection (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    round_id TEXT COLLATE "C" NOT NULL REFERENCES honour_round (id),
    nomination_id TEXT COLLATE "C" NOT NULL REFERENCES honour_nomination (id),
    words TEXT COLLATE "C" NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    upheld BIGINT NOT NULL CHECK (upheld IN (0, 1)),
    answered_by TEXT COLLATE "C" NOT NULL,
    answered_at BIGINT NOT NULL, -- 0 while it waits
    key_hash TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX honour_objection_round ON honour_objection (round_id, id);
CREATE INDEX honour_objection_waits ON honour_objection (round_id) WHERE answered_at = 0;

-- The number stays and verifies whatever becomes of the name. reason is sealed
-- under the nomination's key.
CREATE TABLE honour_certificate (
    number TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL,
    round_id TEXT COLLATE "C" NOT NULL REFERENCES honour_round (id),
    nomination_id TEXT COLLATE "C" NOT NULL REFERENCES honour_nomination (id),
    kind TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('valid', 'revoked', 'withdrawn')),
    listed BIGINT NOT NULL CHECK (listed IN (0, 1)),
    day TEXT COLLATE "C" NOT NULL,
    asked_by TEXT COLLATE "C" NOT NULL, -- who asked to take it back
    reason TEXT COLLATE "C" NOT NULL,
    revoked_on TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX honour_certificate_round ON honour_certificate (round_id, number);
CREATE INDEX honour_certificate_person ON honour_certificate (person_id, number);
CREATE INDEX honour_certificate_nomination ON honour_certificate (nomination_id);

CREATE TABLE honour_number (
    letter TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (letter, year)
);

-- Who of the registry lives in a household: for what is kept from one's own.
CREATE INDEX person_home ON person (household_id);

-- +goose Down
DROP INDEX person_home;
DROP TABLE honour_number;
DROP TABLE honour_certificate;
DROP TABLE honour_objection;
DROP TABLE honour_recusal;
DROP TABLE honour_nomination;
DROP TABLE honour_panel;
DROP TABLE honour_round;
