-- +goose Up
-- What an order is to reach: a number from a start to a target.
CREATE TABLE call_objective (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    name TEXT NOT NULL,
    unit TEXT NOT NULL, -- the word behind the number
    start_value INTEGER NOT NULL,
    target INTEGER NOT NULL,
    deadline_at INTEGER NOT NULL, -- 0 for none
    added_at INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    adder TEXT NOT NULL,
    struck_at INTEGER NOT NULL, -- 0 while it stands on the board
    struck_by TEXT NOT NULL
) STRICT;
CREATE INDEX call_objective_order ON call_objective (order_id, added_at, id);

-- How far it was, and from when on; only ever added to.
CREATE TABLE call_objective_point (
    objective_id TEXT NOT NULL,
    n INTEGER NOT NULL, -- from 1, the start
    at INTEGER NOT NULL,
    value INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (objective_id, n)
) STRICT, WITHOUT ROWID;

-- When a share of an order's people or households was first seen passed.
CREATE TABLE call_mark (
    order_id TEXT NOT NULL,
    what TEXT NOT NULL,
    pct INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (order_id, what, pct)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE call_mark;
DROP TABLE call_objective_point;
DROP TABLE call_objective;
