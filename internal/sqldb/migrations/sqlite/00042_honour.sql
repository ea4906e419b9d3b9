-- +goose Up
-- A round of honours. categories is JSON: key, name and places of each.
CREATE TABLE honour_round (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    words TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'open', 'voting', 'published', 'awarded')),
    categories TEXT NOT NULL,
    nominate_until TEXT NOT NULL,
    vote_until INTEGER NOT NULL, -- 0 before the vote
    publish_days INTEGER NOT NULL, -- working days
    published_at INTEGER NOT NULL,
    publish_until INTEGER NOT NULL,
    awarded_at INTEGER NOT NULL,
    opened_year INTEGER NOT NULL, -- 0 while it is a draft
    run_off INTEGER NOT NULL CHECK (run_off IN (0, 1)),
    tidied INTEGER NOT NULL CHECK (tidied IN (0, 1)), -- what isn't needed any more is erased
    made_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX honour_round_by_number ON honour_round (number);
CREATE INDEX honour_round_year ON honour_round (opened_year);

-- Who judges. ballot is sealed under the round's key, and emptied once it is counted.
CREATE TABLE honour_panel (
    round_id TEXT NOT NULL REFERENCES honour_round (id),
    person_id TEXT NOT NULL,
    voted_at INTEGER NOT NULL, -- 0 while the ballot isn't in
    ballot TEXT NOT NULL,
    PRIMARY KEY (round_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX honour_panel_person ON honour_panel (person_id, round_id);

-- Somebody with a citation. name, citation, check_words and praise are sealed under
-- the nomination's own key; name is empty once the person had themself erased.
CREATE TABLE honour_nomination (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    round_id TEXT NOT NULL REFERENCES honour_round (id),
    category TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lead', 'volunteer', 'team')),
    nominee_id TEXT NOT NULL,
    person_id TEXT NOT NULL, -- '' of a team
    unit_id TEXT NOT NULL,
    name TEXT NOT NULL,
    citation TEXT NOT NULL,
    checked INTEGER NOT NULL CHECK (checked IN (0, 1)),
    is_true INTEGER NOT NULL CHECK (is_true IN (0, 1)),
    check_words TEXT NOT NULL,
    praise TEXT NOT NULL,
    checked_by TEXT NOT NULL,
    asked INTEGER NOT NULL CHECK (asked IN (0, 1)),
    agrees INTEGER NOT NULL CHECK (agrees IN (0, 1)),
    consent_by TEXT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('', 'proposed', 'tied', 'not', 'objected')),
    withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    by_resident INTEGER NOT NULL CHECK (by_resident IN (0, 1)),
    by_person TEXT NOT NULL,
    by_household TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX honour_nomination_round ON honour_nomination (round_id, id);
CREATE INDEX honour_nomination_unit ON honour_nomination (unit_id, id) WHERE checked = 0 AND withdrawn = 0;
CREATE INDEX honour_nomination_person ON honour_nomination (person_id, id);
CREATE INDEX honour_nomination_household ON honour_nomination (by_household, id);
-- Somebody stands once in a round.
CREATE UNIQUE INDEX honour_nomination_once ON honour_nomination (round_id, nominee_id) WHERE withdrawn = 0 AND (checked = 0 OR is_true = 1) AND nominee_id <> '';

-- Who of the panel is kept from which nomination, and why.
CREATE TABLE honour_recusal (
    nomination_id TEXT NOT NULL REFERENCES honour_nomination (id),
    person_id TEXT NOT NULL,
    why TEXT NOT NULL CHECK (why IN ('self', 'nominator', 'household', 'line', 'checker', 'relative')),
    PRIMARY KEY (nomination_id, person_id)
) STRICT, WITHOUT ROWID;

-- What somebody has against what was published. words, sender and answer are
-- sealed under the objection's own key.
CREATE TABLE honour_objection (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    round_id TEXT NOT NULL REFERENCES honour_round (id),
    nomination_id TEXT NOT NULL REFERENCES honour_nomination (id),
    words TEXT NOT NULL,
    sender TEXT NOT NULL,
    answer TEXT NOT NULL,
    upheld INTEGER NOT NULL CHECK (upheld IN (0, 1)),
    answered_by TEXT NOT NULL,
    answered_at INTEGER NOT NULL, -- 0 while it waits
    key_hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX honour_objection_round ON honour_objection (round_id, id);
CREATE INDEX honour_objection_waits ON honour_objection (round_id) WHERE answered_at = 0;

-- The number stays and verifies whatever becomes of the name. reason is sealed
-- under the nomination's key.
CREATE TABLE honour_certificate (
    number TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    round_id TEXT NOT NULL REFERENCES honour_round (id),
    nomination_id TEXT NOT NULL REFERENCES honour_nomination (id),
    kind TEXT NOT NULL,
    person_id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    category TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('valid', 'revoked', 'withdrawn')),
    listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
    day TEXT NOT NULL,
    asked_by TEXT NOT NULL, -- who asked to take it back
    reason TEXT NOT NULL,
    revoked_on TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX honour_certificate_round ON honour_certificate (round_id, number);
CREATE INDEX honour_certificate_person ON honour_certificate (person_id, number);
CREATE INDEX honour_certificate_nomination ON honour_certificate (nomination_id);

CREATE TABLE honour_number (
    letter TEXT NOT NULL,
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (letter, year)
) STRICT, WITHOUT ROWID;

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
