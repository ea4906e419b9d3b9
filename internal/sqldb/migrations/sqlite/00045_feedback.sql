-- +goose Up
-- What somebody says about Bilin itself. Who they are is not kept; words are sealed under a key of their own.
CREATE TABLE feedback (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    route TEXT NOT NULL, -- the pattern of the page it was said on, "/notices/{number}"; never an address
    words TEXT NOT NULL, -- sealed; empty once taken back or past its term
    key_hash TEXT NOT NULL, -- of the author's key; empty likewise
    state TEXT NOT NULL CHECK (state IN ('new', 'answered', 'doing', 'changed', 'declined', 'withdrawn')),
    same_id TEXT NOT NULL, -- the one that says the same and is answered for both; empty
    made_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL, -- by when the desk owes a word; 0 when it owes none
    settled_at INTEGER NOT NULL, -- when it was changed or declined, or last answered; 0
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX feedback_number ON feedback (number);
CREATE INDEX feedback_state ON feedback (state, made_at, id);
CREATE INDEX feedback_made ON feedback (made_at, id);
CREATE INDEX feedback_same ON feedback (same_id) WHERE same_id <> '';
CREATE INDEX feedback_route ON feedback (route, made_at);

-- What the desk said, in order. Everybody who said the same reads it.
CREATE TABLE feedback_answer (
    feedback_id TEXT NOT NULL REFERENCES feedback (id),
    n INTEGER NOT NULL,
    state TEXT NOT NULL, -- that it led to
    words TEXT NOT NULL,
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (feedback_id, n)
) STRICT, WITHOUT ROWID;

-- What was changed because of it, in the desk's own words: this is public.
CREATE TABLE feedback_change (
    feedback_id TEXT NOT NULL PRIMARY KEY REFERENCES feedback (id),
    kind TEXT NOT NULL,
    route TEXT NOT NULL,
    day TEXT NOT NULL,
    release TEXT NOT NULL, -- the version of Bilin that brings it
    sentence TEXT NOT NULL
) STRICT;
CREATE INDEX feedback_change_day ON feedback_change (day, feedback_id);

CREATE TABLE feedback_serial (
    year INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- Telephones that households asked to hear notices by. Sealed under the household's key; active once the telephone itself agreed.
CREATE TABLE notice_phone (
    id TEXT NOT NULL PRIMARY KEY,
    household_id TEXT NOT NULL,
    unit_id TEXT NOT NULL, -- where it lived when it asked, to estimate by
    mark TEXT NOT NULL, -- a keyed digest of the number: to ask it no more than now and then
    phone TEXT NOT NULL, -- sealed
    token TEXT NOT NULL, -- sealed: opens the page on which it agrees and ends
    token_hash TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    agreed_at INTEGER NOT NULL -- 0 until it did
) STRICT;
CREATE UNIQUE INDEX notice_phone_token ON notice_phone (token_hash);
CREATE INDEX notice_phone_household ON notice_phone (household_id);
CREATE INDEX notice_phone_mark ON notice_phone (mark, asked_at);

-- A notice that goes out by short message: how far it is. The month's budget is the sum of its parts.
CREATE TABLE notice_run (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    edition INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('news', 'recall')),
    month TEXT NOT NULL,
    parts INTEGER NOT NULL, -- that a gateway charges for one of it
    planned INTEGER NOT NULL, -- telephones
    sent INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    last_id TEXT NOT NULL, -- of the telephone that was done last
    state TEXT NOT NULL CHECK (state IN ('going', 'done', 'stopped')),
    at INTEGER NOT NULL,
    PRIMARY KEY (notice_id, edition, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_run_month ON notice_run (month);

-- 1: also by short message when it goes out.
ALTER TABLE notice ADD COLUMN short INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE notice DROP COLUMN short;
DROP TABLE notice_run;
DROP TABLE notice_phone;
DROP TABLE feedback_serial;
DROP TABLE feedback_change;
DROP TABLE feedback_answer;
DROP TABLE feedback;
