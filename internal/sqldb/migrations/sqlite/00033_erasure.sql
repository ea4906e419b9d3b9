-- +goose Up
-- Whose key was destroyed, when and why (a code). It holds no personal data, and is never taken back: what a restored backup brings again is destroyed again.
CREATE TABLE erasure (
    subject TEXT NOT NULL PRIMARY KEY,
    why TEXT NOT NULL,
    at INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0 -- the key is known to be gone
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_open ON erasure (at) WHERE done = 0;

-- +goose Down
DROP TABLE erasure;
