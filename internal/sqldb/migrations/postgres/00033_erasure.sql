-- +goose Up
-- Whose key was destroyed, when and why (a code). It holds no personal data, and is never taken back: what a restored backup brings again is destroyed again.
CREATE TABLE erasure (
    subject TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    why TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    done BIGINT NOT NULL DEFAULT 0 -- the key is known to be gone
);
CREATE INDEX erasure_open ON erasure (at) WHERE done = 0;

-- +goose Down
DROP TABLE erasure;
