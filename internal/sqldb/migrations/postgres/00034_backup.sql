-- +goose Up
-- Backups that the server made, or tried to make, by itself.
CREATE TABLE backup_run (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    error TEXT COLLATE "C" NOT NULL -- message key, empty if it went well
);
CREATE INDEX backup_run_started ON backup_run (started_at);

-- +goose Down
DROP TABLE backup_run;
