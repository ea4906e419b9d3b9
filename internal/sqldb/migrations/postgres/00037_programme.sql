-- +goose Up
-- A town's or village's own points. formulas is JSON by kind of act; edition rises with them.
CREATE TABLE programme (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'running', 'ended')),
    formulas TEXT COLLATE "C" NOT NULL,
    edition BIGINT NOT NULL,
    budget BIGINT NOT NULL,
    given BIGINT NOT NULL CHECK (given >= 0 AND given <= budget),
    made_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX programme_by_number ON programme (number);
CREATE INDEX programme_unit ON programme (unit_id, id);

-- Who takes part. name is sealed under the member's own key.
CREATE TABLE programme_member (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    programme_id TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    number TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    key_hash TEXT COLLATE "C" NOT NULL,
    joined_at BIGINT NOT NULL,
    left_at BIGINT NOT NULL, -- 0 while they take part
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX programme_member_number ON programme_member (programme_id, number);
CREATE INDEX programme_member_household ON programme_member (household_id);

-- A voluntary act. It says by whom it was written down; the points are in the ledger.
CREATE TABLE programme_act (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    programme_id TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    member_id TEXT COLLATE "C" NOT NULL REFERENCES programme_member (id),
    kind TEXT COLLATE "C" NOT NULL,
    quarters BIGINT NOT NULL, -- of an hour
    people BIGINT NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    points BIGINT NOT NULL CHECK (points >= 0),
    edition BIGINT NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX programme_act_day ON programme_act (programme_id, day, id);
CREATE INDEX programme_act_member ON programme_act (member_id, day, id);

CREATE TABLE programme_reward (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    programme_id TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    name TEXT COLLATE "C" NOT NULL,
    price BIGINT NOT NULL CHECK (price > 0),
    stock BIGINT NOT NULL CHECK (stock >= 0),
    off BIGINT NOT NULL CHECK (off IN (0, 1)),
    version BIGINT NOT NULL
);
CREATE INDEX programme_reward_programme ON programme_reward (programme_id, price, id);

-- A reward that a member chose. code is sealed under the member's key.
CREATE TABLE programme_fetch (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    programme_id TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    member_id TEXT COLLATE "C" NOT NULL REFERENCES programme_member (id),
    reward_id TEXT COLLATE "C" NOT NULL REFERENCES programme_reward (id),
    price BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'fetched', 'returned')),
    code TEXT COLLATE "C" NOT NULL,
    code_hash TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    until_on TEXT COLLATE "C" NOT NULL,
    done_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX programme_fetch_code ON programme_fetch (programme_id, code_hash);
CREATE INDEX programme_fetch_member ON programme_fetch (member_id, id);
CREATE INDEX programme_fetch_until ON programme_fetch (until_on, id) WHERE state = 'waiting';

-- The ledger: entries are only added. Each has two postings that sum to nothing.
CREATE TABLE programme_entry (
    programme_id TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('fund', 'unfund', 'award', 'spend', 'return')),
    ref TEXT COLLATE "C" NOT NULL, -- the act, or the chosen reward
    label TEXT COLLATE "C" NOT NULL, -- the kind of act, or the reward's name
    digest TEXT COLLATE "C" NOT NULL, -- of this entry and the one before
    PRIMARY KEY (programme_id, seq)
);

CREATE TABLE programme_posting (
    programme_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL, -- source, budget, rewards, or a member's id
    points BIGINT NOT NULL,
    PRIMARY KEY (programme_id, seq, account),
    FOREIGN KEY (programme_id, seq) REFERENCES programme_entry (programme_id, seq)
);
CREATE INDEX programme_posting_account ON programme_posting (account, programme_id, seq);

-- What an account holds: the sum of its postings. Only the source may be below nothing.
CREATE TABLE programme_account (
    programme_id TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    account TEXT COLLATE "C" NOT NULL,
    points BIGINT NOT NULL CHECK (points >= 0 OR account = 'source'),
    PRIMARY KEY (programme_id, account)
);

CREATE TABLE programme_number (
    year BIGINT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

-- +goose Down
DROP TABLE programme_number;
DROP TABLE programme_account;
DROP TABLE programme_posting;
DROP TABLE programme_entry;
DROP TABLE programme_fetch;
DROP TABLE programme_reward;
DROP TABLE programme_act;
DROP TABLE programme_member;
DROP TABLE programme;
