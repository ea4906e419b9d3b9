-- +goose Up
-- One import of a roster, from the upload to its end. report holds counts only; issues quote cells of the file and are sealed.
CREATE TABLE roster_run (
    id TEXT NOT NULL PRIMARY KEY,
    file_name TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    file_size INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('uploaded', 'checking', 'checked', 'queued', 'running', 'stopped', 'done', 'failed')),
    skip_bad INTEGER NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    scope TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    row_done INTEGER NOT NULL,
    report TEXT NOT NULL,
    issues TEXT NOT NULL,
    error TEXT NOT NULL,
    stop_wanted INTEGER NOT NULL,
    active INTEGER NOT NULL,
    lease TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX roster_run_active ON roster_run (active) WHERE active = 1;
CREATE INDEX roster_run_hash ON roster_run (file_hash, id);
CREATE INDEX roster_run_actor ON roster_run (actor_id, id);

-- The uploaded file in sealed parts, until some days after its import has ended.
CREATE TABLE roster_file (
    run_id TEXT NOT NULL REFERENCES roster_run (id),
    part INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (run_id, part)
) STRICT;

-- +goose Down
DROP TABLE roster_file;
DROP TABLE roster_run;
