-- +goose Up
-- One row: the revision of the indicator catalogue.
CREATE TABLE outcome_rev (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    rev INTEGER NOT NULL
) STRICT;
INSERT INTO outcome_rev (id, rev) VALUES (1, 0);

-- Outcome figures. A context figure is shown and never judged.
CREATE TABLE indicator (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    definition TEXT NOT NULL,
    definition_en TEXT NOT NULL,
    department TEXT NOT NULL, -- its code; empty where residents are the source
    source TEXT NOT NULL CHECK (source IN ('feed', 'confirmed', 'reopened', 'prompt')),
    measure TEXT NOT NULL CHECK (measure IN ('rate', 'share')),
    better TEXT NOT NULL CHECK (better IN ('lower', 'higher')),
    numerator TEXT NOT NULL,
    numerator_en TEXT NOT NULL,
    denominator TEXT NOT NULL,
    denominator_en TEXT NOT NULL,
    per INTEGER NOT NULL,
    weight INTEGER NOT NULL CHECK (weight BETWEEN 0 AND 10),
    context INTEGER NOT NULL CHECK (context IN (0, 1)),
    window_quarters INTEGER NOT NULL CHECK (window_quarters BETWEEN 1 AND 4),
    retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
    sort INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CHECK (context = 0 OR weight = 0)
) STRICT;
CREATE UNIQUE INDEX indicator_code ON indicator (code);

-- Deliveries of values: a file, a pull, or what residents said.
CREATE TABLE outcome_batch (
    id TEXT PRIMARY KEY,
    indicator_id TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('file', 'http', 'sql', 'residents')),
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    rows_read INTEGER NOT NULL,
    rows_new INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX outcome_batch_indicator ON outcome_batch (indicator_id, at, id);

-- Values, never overwritten: a corrected one has the next version. seq is the
-- order in which they came.
CREATE TABLE outcome_value (
    indicator_id TEXT NOT NULL,
    period INTEGER NOT NULL,
    unit_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    num INTEGER NOT NULL CHECK (num >= 0),
    den INTEGER NOT NULL CHECK (den >= 0),
    seq INTEGER NOT NULL,
    batch_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (indicator_id, period, unit_id, version)
) STRICT, WITHOUT ROWID;

-- One row: the last seq given out.
CREATE TABLE outcome_seq (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO outcome_seq (id, last) VALUES (1, 0);

-- Pulls: an address or a database that is asked at an interval. secret is sealed.
CREATE TABLE outcome_pull (
    id TEXT PRIMARY KEY,
    indicator_id TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('http', 'sql')),
    address TEXT NOT NULL, -- without anything secret
    secret TEXT NOT NULL,
    query TEXT NOT NULL, -- of SQL
    hours INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL, -- 0 before the first
    failing_since INTEGER NOT NULL, -- 0 while it works
    error TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX outcome_pull_next ON outcome_pull (next_at) WHERE ended_at = 0;

-- A period's lights: in preview, open to objections, or published and frozen.
CREATE TABLE outcome_release (
    period INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('preview', 'objection', 'published')),
    method TEXT NOT NULL, -- version of the method
    settings TEXT NOT NULL, -- JSON: thresholds and the catalogue as they were
    as_of INTEGER NOT NULL, -- seq of the last value that it knew
    previewed_at INTEGER NOT NULL,
    objections_until INTEGER NOT NULL,
    published_at INTEGER NOT NULL, -- 0 before
    published_by TEXT NOT NULL,
    digest TEXT NOT NULL, -- SHA-256 of the cells in their order
    signature TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- The cells of a release as they were published.
CREATE TABLE outcome_cell (
    period INTEGER NOT NULL,
    unit_id TEXT NOT NULL,
    indicator_id TEXT NOT NULL,
    cell TEXT NOT NULL, -- JSON
    PRIMARY KEY (period, unit_id, indicator_id)
) STRICT, WITHOUT ROWID;

-- What a town or village said against its figures before publication.
CREATE TABLE outcome_objection (
    id TEXT PRIMARY KEY,
    period INTEGER NOT NULL,
    unit_id TEXT NOT NULL,
    indicator_id TEXT NOT NULL,
    text TEXT NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    answer TEXT NOT NULL,
    upheld INTEGER NOT NULL CHECK (upheld IN (0, 1)),
    answered_by TEXT NOT NULL,
    answered_at INTEGER NOT NULL, -- 0 before
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX outcome_objection_period ON outcome_objection (period, at, id);
CREATE INDEX outcome_objection_unit ON outcome_objection (unit_id, period);

-- +goose Down
DROP TABLE outcome_objection;
DROP TABLE outcome_cell;
DROP TABLE outcome_release;
DROP TABLE outcome_pull;
DROP TABLE outcome_seq;
DROP TABLE outcome_value;
DROP TABLE outcome_batch;
DROP TABLE indicator;
DROP TABLE outcome_rev;
