-- +goose Up
-- Who made an account, or last gave its owner a link, and when it was first
-- used: somebody else of the owner's line says whether it was the owner.
CREATE TABLE first_login (
    account_id TEXT COLLATE "C" PRIMARY KEY REFERENCES account (id),
    made_by TEXT COLLATE "C" NOT NULL,
    made_name TEXT COLLATE "C" NOT NULL,
    made_at BIGINT NOT NULL,
    at BIGINT,
    device TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('', 'theirs', 'not_theirs')),
    decided_by TEXT COLLATE "C" NOT NULL,
    decided_name TEXT COLLATE "C" NOT NULL,
    decided_at BIGINT
);

CREATE INDEX first_login_open ON first_login (at) WHERE outcome = '' AND at IS NOT NULL;

-- +goose Down
DROP TABLE first_login;
