-- +goose Up
-- Whose key was destroyed, when and why (a code). It holds no personal data, and is never taken back: what a restored backup brings again is destroyed again.
CREATE TABLE erasure (
    subject TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    why TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    done BIGINT NOT NULL DEFAULT 0, -- the key is known to be gone
    learned BIGINT NOT NULL DEFAULT 0 -- from the key store, after the data came from a backup: what isn't sealed is to be dropped again
);
CREATE INDEX erasure_open ON erasure (at) WHERE done = 0;
CREATE INDEX erasure_learned ON erasure (subject) WHERE learned = 1;

-- Households that left and whose key ends after its term.
CREATE TABLE household_gone (
    household_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES household (id),
    at BIGINT NOT NULL
);
CREATE INDEX household_gone_at ON household_gone (at);

-- +goose Down
DROP TABLE household_gone;
DROP TABLE erasure;
