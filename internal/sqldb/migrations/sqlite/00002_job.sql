-- +goose Up
CREATE TABLE job (
    id          TEXT NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL,
    key         TEXT NOT NULL,
    payload     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'retry', 'done', 'dead')),
    run_at      INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    lease       TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    error       TEXT NOT NULL,
    finished_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE state IN ('queued', 'running', 'retry') AND key <> '';
CREATE INDEX job_due ON job (run_at, id) WHERE state IN ('queued', 'retry');
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE state IN ('done', 'dead');

CREATE TABLE job_schedule (
    name    TEXT NOT NULL PRIMARY KEY,
    next_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE job_schedule;
DROP TABLE job;
