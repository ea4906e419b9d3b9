-- +goose Up
-- Backups that the server made, or tried to make, by itself.
CREATE TABLE backup_run (
    id TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    file TEXT NOT NULL,
    size INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    error TEXT NOT NULL -- message key, empty if it went well
) STRICT;
CREATE INDEX backup_run_started ON backup_run (started_at);

-- +goose Down
DROP TABLE backup_run;
