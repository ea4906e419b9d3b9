-- +goose Up
CREATE TABLE outline (
    unit_id TEXT PRIMARY KEY,
    geojson TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE outline;
