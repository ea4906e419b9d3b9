-- +goose Up
-- What demands are about, how long each rung has (working minutes; category_id "" is the city's default), and officials' answers
-- kept for another time. rev numbers every change of the first two.
CREATE TABLE demand_catalog (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    rev INTEGER NOT NULL
) STRICT;
INSERT INTO demand_catalog (id, rev) VALUES (1, 1);
CREATE TABLE demand_category (
    id TEXT PRIMARY KEY,
    parent_id TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    department_id TEXT NOT NULL,
    retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
    sort INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX demand_category_code ON demand_category (code);
CREATE TABLE demand_limit (
    category_id TEXT NOT NULL,
    urgency INTEGER NOT NULL,
    rung INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    PRIMARY KEY (category_id, urgency, rung)
) STRICT;
CREATE TABLE demand_template (
    id TEXT PRIMARY KEY,
    unit_id TEXT NOT NULL,
    department_id TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX demand_template_unit ON demand_template (unit_id, department_id, title, id);

-- +goose Down
DROP TABLE demand_template;
DROP TABLE demand_limit;
DROP TABLE demand_category;
DROP TABLE demand_catalog;
