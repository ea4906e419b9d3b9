-- +goose Up
-- By which version of the method quarters are reckoned from one on: the last
-- decision whose quarter has come.
CREATE TABLE outcome_method (
    id TEXT PRIMARY KEY,
    from_period INTEGER NOT NULL,
    version TEXT NOT NULL,
    why TEXT NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE outcome_method;
