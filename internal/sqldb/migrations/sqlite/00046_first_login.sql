-- +goose Up
-- Who made an account, or last gave its owner a link, and when it was first
-- used: somebody else of the owner's line says whether it was the owner.
CREATE TABLE first_login (
    account_id TEXT PRIMARY KEY REFERENCES account (id),
    made_by TEXT NOT NULL,
    made_name TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    at INTEGER,
    device TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('', 'theirs', 'not_theirs')),
    decided_by TEXT NOT NULL,
    decided_name TEXT NOT NULL,
    decided_at INTEGER
) STRICT;

CREATE INDEX first_login_open ON first_login (at) WHERE outcome = '' AND at IS NOT NULL;

-- +goose Down
DROP TABLE first_login;
