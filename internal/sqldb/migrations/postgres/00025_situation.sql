-- +goose Up
-- What an order is to reach: a number from a start to a target.
CREATE TABLE call_objective (
    id TEXT COLLATE "C" PRIMARY KEY,
    order_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    unit TEXT COLLATE "C" NOT NULL, -- the word behind the number
    start_value BIGINT NOT NULL,
    target BIGINT NOT NULL,
    deadline_at BIGINT NOT NULL, -- 0 for none
    added_at BIGINT NOT NULL,
    added_by TEXT COLLATE "C" NOT NULL,
    adder TEXT COLLATE "C" NOT NULL,
    struck_at BIGINT NOT NULL, -- 0 while it stands on the board
    struck_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX call_objective_order ON call_objective (order_id, added_at, id);

-- How far it was, and from when on; only ever added to.
CREATE TABLE call_objective_point (
    objective_id TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL, -- from 1, the start
    at BIGINT NOT NULL,
    value BIGINT NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (objective_id, n)
);

-- When a share of an order's people or households was first seen passed.
CREATE TABLE call_mark (
    order_id TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    pct BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (order_id, what, pct)
);

-- +goose Down
DROP TABLE call_mark;
DROP TABLE call_objective_point;
DROP TABLE call_objective;
