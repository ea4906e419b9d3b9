-- +goose Up
-- What the places of a unit's households are called (花明北路, 李家湾), how many households are there, and the range of their house numbers (0: none).
CREATE TABLE place (
    unit_id TEXT COLLATE "C" NOT NULL,
    stem TEXT COLLATE "C" NOT NULL,
    households BIGINT NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    PRIMARY KEY (unit_id, stem)
);
CREATE INDEX place_stem ON place (stem, unit_id);

-- The pairs of neighbouring characters of each stem: 花明 明北 北路.
CREATE TABLE place_gram (
    gram TEXT COLLATE "C" NOT NULL,
    stem TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (gram, stem)
);

-- +goose Down
DROP TABLE place_gram;
DROP TABLE place;
