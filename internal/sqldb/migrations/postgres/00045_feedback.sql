-- +goose Up
-- What somebody says about Bilin itself. Who they are is not kept; words are sealed under a key of their own.
CREATE TABLE feedback (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    route TEXT COLLATE "C" NOT NULL, -- the pattern of the page it was said on, "/notices/{number}"; never an address
    words TEXT COLLATE "C" NOT NULL, -- sealed; empty once taken back or past its term
    key_hash TEXT COLLATE "C" NOT NULL, -- of the author's key; empty likewise
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('new', 'answered', 'doing', 'changed', 'declined', 'withdrawn')),
    same_id TEXT COLLATE "C" NOT NULL, -- the one that says the same and is answered for both; empty
    made_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL, -- by when the desk owes a word; 0 when it owes none
    settled_at BIGINT NOT NULL, -- when it was changed or declined, or last answered; 0
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX feedback_number ON feedback (number);
CREATE INDEX feedback_state ON feedback (state, made_at, id);
CREATE INDEX feedback_made ON feedback (made_at, id);
CREATE INDEX feedback_same ON feedback (same_id) WHERE same_id <> '';
CREATE INDEX feedback_route ON feedback (route, made_at);

-- What the desk said, in order. Everybody who said the same reads it.
CREATE TABLE feedback_answer (
    feedback_id TEXT COLLATE "C" NOT NULL REFERENCES feedback (id),
    n BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL, -- that it led to
    words TEXT COLLATE "C" NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (feedback_id, n)
);

-- What was changed because of it, in the desk's own words: this is public.
CREATE TABLE feedback_change (
    feedback_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES feedback (id),
    kind TEXT COLLATE "C" NOT NULL,
    route TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    release TEXT COLLATE "C" NOT NULL, -- the version of Bilin that brings it
    sentence TEXT COLLATE "C" NOT NULL
);
CREATE INDEX feedback_change_day ON feedback_change (day, feedback_id);

CREATE TABLE feedback_serial (
    year BIGINT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

-- Telephones that households asked to hear notices by. Sealed under the household's key; active once the telephone itself agreed.
CREATE TABLE notice_phone (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    household_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL, -- where it lived when it asked, to estimate by
    mark TEXT COLLATE "C" NOT NULL, -- a keyed digest of the number: to ask it no more than now and then
    phone TEXT COLLATE "C" NOT NULL, -- sealed
    token TEXT COLLATE "C" NOT NULL, -- sealed: opens the page on which it agrees and ends
    token_hash TEXT COLLATE "C" NOT NULL,
    asked_at BIGINT NOT NULL,
    agreed_at BIGINT NOT NULL -- 0 until it did
);
CREATE UNIQUE INDEX notice_phone_token ON notice_phone (token_hash);
CREATE INDEX notice_phone_household ON notice_phone (household_id);
CREATE INDEX notice_phone_mark ON notice_phone (mark, asked_at);

-- A notice that goes out by short message: how far it is. The month's budget is the sum of its parts.
CREATE TABLE notice_run (
    notice_id TEXT COLLATE "C" NOT NULL REFERENCES notice (id),
    edition BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('news', 'recall')),
    month TEXT COLLATE "C" NOT NULL,
    parts BIGINT NOT NULL, -- that a gateway charges for one of it
    planned BIGINT NOT NULL, -- telephones
    sent BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    last_id TEXT COLLATE "C" NOT NULL, -- of the telephone that was done last
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('going', 'done', 'stopped')),
    at BIGINT NOT NULL,
    PRIMARY KEY (notice_id, edition, kind)
);
CREATE INDEX notice_run_month ON notice_run (month);

-- 1: also by short message when it goes out.
ALTER TABLE notice ADD COLUMN short BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE notice DROP COLUMN short;
DROP TABLE notice_run;
DROP TABLE notice_phone;
DROP TABLE feedback_serial;
DROP TABLE feedback_change;
DROP TABLE feedback_answer;
DROP TABLE feedback;
