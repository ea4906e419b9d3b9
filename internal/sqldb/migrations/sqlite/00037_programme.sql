-- +goose Up
-- A town's or village's own points. formulas is JSON by kind of act; edition rises with them.
CREATE TABLE programme (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    name TEXT NOT NULL,
    words TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'running', 'ended')),
    formulas TEXT NOT NULL,
    edition INTEGER NOT NULL,
    budget INTEGER NOT NULL,
    given INTEGER NOT NULL CHECK (given >= 0 AND given <= budget),
    made_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX programme_by_number ON programme (number);
CREATE INDEX programme_unit ON programme (unit_id, id);

-- Who takes part. name is sealed under the member's own key.
CREATE TABLE programme_member (
    id TEXT NOT NULL PRIMARY KEY,
    programme_id TEXT NOT NULL REFERENCES programme (id),
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    household_id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    left_at INTEGER NOT NULL, -- 0 while they take part
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX programme_member_number ON programme_member (programme_id, number);
CREATE INDEX programme_member_household ON programme_member (household_id);

-- A voluntary act. It says by whom it was written down; the points are in the ledger.
CREATE TABLE programme_act (
    id TEXT NOT NULL PRIMARY KEY,
    programme_id TEXT NOT NULL REFERENCES programme (id),
    member_id TEXT NOT NULL REFERENCES programme_member (id),
    kind TEXT NOT NULL,
    quarters INTEGER NOT NULL, -- of an hour
    people INTEGER NOT NULL,
    day TEXT NOT NULL,
    points INTEGER NOT NULL CHECK (points >= 0),
    edition INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX programme_act_day ON programme_act (programme_id, day, id);
CREATE INDEX programme_act_member ON programme_act (member_id, day, id);

CREATE TABLE programme_reward (
    id TEXT NOT NULL PRIMARY KEY,
    programme_id TEXT NOT NULL REFERENCES programme (id),
    name TEXT NOT NULL,
    price INTEGER NOT NULL CHECK (price > 0),
    stock INTEGER NOT NULL CHECK (stock >= 0),
    off INTEGER NOT NULL CHECK (off IN (0, 1)),
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX programme_reward_programme ON programme_reward (programme_id, price, id);

-- A reward that a member chose. code is sealed under the member's key.
CREATE TABLE programme_fetch (
    id TEXT NOT NULL PRIMARY KEY,
    programme_id TEXT NOT NULL REFERENCES programme (id),
    member_id TEXT NOT NULL REFERENCES programme_member (id),
    reward_id TEXT NOT NULL REFERENCES programme_reward (id),
    price INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'fetched', 'returned')),
    code TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    until_on TEXT NOT NULL,
    done_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX programme_fetch_code ON programme_fetch (programme_id, code_hash);
CREATE INDEX programme_fetch_member ON programme_fetch (member_id, id);
CREATE INDEX programme_fetch_until ON programme_fetch (until_on, id) WHERE state = 'waiting';

-- The ledger: entries are only added. Each has two postings that sum to nothing.
CREATE TABLE programme_entry (
    programme_id TEXT NOT NULL REFERENCES programme (id),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('fund', 'unfund', 'award', 'spend', 'return')),
    ref TEXT NOT NULL, -- the act, or the chosen reward
    label TEXT NOT NULL, -- the kind of act, or the reward's name
    digest TEXT NOT NULL, -- of this entry and the one before
    PRIMARY KEY (programme_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE programme_posting (
    programme_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    account TEXT NOT NULL, -- source, budget, rewards, or a member's id
    points INTEGER NOT NULL,
    PRIMARY KEY (programme_id, seq, account),
    FOREIGN KEY (programme_id, seq) REFERENCES programme_entry (programme_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX programme_posting_account ON programme_posting (account, programme_id, seq);

-- What an account holds: the sum of its postings. Only the source may be below nothing.
CREATE TABLE programme_account (
    programme_id TEXT NOT NULL REFERENCES programme (id),
    account TEXT NOT NULL,
    points INTEGER NOT NULL CHECK (points >= 0 OR account = 'source'),
    PRIMARY KEY (programme_id, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE programme_number (
    year INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

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
