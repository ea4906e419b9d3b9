-- +goose Up
CREATE TABLE outline (
    unit_id TEXT COLLATE "C" PRIMARY KEY,
    geojson TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE outline;
