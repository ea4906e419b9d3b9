-- +goose Up
-- What demands are about, how long each rung has (working minutes; category_id "" is the city's default), and officials' answers
-- kept for another time. rev numbers every change of the first two.
CREATE TABLE demand_catalog (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    rev BIGINT NOT NULL
);
INSERT INTO demand_catalog (id, rev) VALUES (1, 1);
CREATE TABLE demand_category (
    id TEXT COLLATE "C" PRIMARY KEY,
    parent_id TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    department_id TEXT COLLATE "C" NOT NULL,
    retired BIGINT NOT NULL CHECK (retired IN (0, 1)),
    sort BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX demand_category_code ON demand_category (code);
CREATE TABLE demand_limit (
    category_id TEXT COLLATE "C" NOT NULL,
    urgency BIGINT NOT NULL,
    rung BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    PRIMARY KEY (category_id, urgency, rung)
);
CREATE TABLE demand_template (
    id TEXT COLLATE "C" PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL,
    department_id TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    text TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX demand_template_unit ON demand_template (unit_id, department_id, title, id);

-- +goose Down
DROP TABLE demand_template;
DROP TABLE demand_limit;
DROP TABLE demand_category;
DROP TABLE demand_catalog;
