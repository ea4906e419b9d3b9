-- +goose Up
-- By which version of the method quarters are reckoned from one on: the last
-- decision whose quarter has come.
CREATE TABLE outcome_method (
    id TEXT COLLATE "C" PRIMARY KEY,
    from_period BIGINT NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    by_name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE outcome_method;
