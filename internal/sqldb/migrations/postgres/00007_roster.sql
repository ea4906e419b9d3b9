-- +goose Up
-- One import of a roster, from the upload to its end. report holds counts only; issues quote cells of the file and are sealed.
CREATE TABLE roster_run (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    file_name TEXT COLLATE "C" NOT NULL,
    file_hash TEXT COLLATE "C" NOT NULL,
    file_size BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('uploaded', 'checking', 'checked', 'queued', 'running', 'stopped', 'done', 'failed')),
    skip_bad BIGINT NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL,
    actor_name TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    row_count BIGINT NOT NULL,
    row_done BIGINT NOT NULL,
    report TEXT COLLATE "C" NOT NULL,
    issues TEXT COLLATE "C" NOT NULL,
    error TEXT COLLATE "C" NOT NULL,
    stop_wanted BIGINT NOT NULL,
    active BIGINT NOT NULL,
    lease TEXT COLLATE "C" NOT NULL,
    lease_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX roster_run_active ON roster_run (active) WHERE active = 1;
CREATE INDEX roster_run_hash ON roster_run (file_hash, id);
CREATE INDEX roster_run_actor ON roster_run (actor_id, id);

-- The uploaded file in sealed parts, until some days after its import has ended.
CREATE TABLE roster_file (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES roster_run (id),
    part BIGINT NOT NULL,
    data TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, part)
);

-- +goose Down
DROP TABLE roster_file;
DROP TABLE roster_run;
