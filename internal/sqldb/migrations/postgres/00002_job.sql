-- +goose Up
CREATE TABLE job (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind        TEXT COLLATE "C" NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    payload     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'retry', 'done', 'dead')),
    run_at      BIGINT NOT NULL,
    attempt     BIGINT NOT NULL,
    lease       TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    error       TEXT NOT NULL,
    finished_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE state IN ('queued', 'running', 'retry') AND key <> '';
CREATE INDEX job_due ON job (run_at, id) WHERE state IN ('queued', 'retry');
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE state IN ('done', 'dead');

CREATE TABLE job_schedule (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE job_schedule;
DROP TABLE job;
