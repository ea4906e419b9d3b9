-- +goose Up
-- One row: the revision of the indicator catalogue.
CREATE TABLE outcome_rev (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    rev BIGINT NOT NULL
);
INSERT INTO outcome_rev (id, rev) VALUES (1, 0);

-- Outcome figures. A context figure is shown and never judged.
CREATE TABLE indicator (
    id TEXT COLLATE "C" PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C" NOT NULL,
    definition TEXT COLLATE "C" NOT NULL,
    definition_en TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL, -- its code; empty where residents are the source
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('feed', 'confirmed', 'reopened', 'prompt')),
    measure TEXT COLLATE "C" NOT NULL CHECK (measure IN ('rate', 'share')),
    better TEXT COLLATE "C" NOT NULL CHECK (better IN ('lower', 'higher')),
    numerator TEXT COLLATE "C" NOT NULL,
    numerator_en TEXT COLLATE "C" NOT NULL,
    denominator TEXT COLLATE "C" NOT NULL,
    denominator_en TEXT COLLATE "C" NOT NULL,
    per BIGINT NOT NULL,
    weight BIGINT NOT NULL CHECK (weight BETWEEN 0 AND 10),
    context BIGINT NOT NULL CHECK (context IN (0, 1)),
    window_quarters BIGINT NOT NULL CHECK (window_quarters BETWEEN 1 AND 4),
    retired BIGINT NOT NULL CHECK (retired IN (0, 1)),
    sort BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CHECK (context = 0 OR weight = 0)
);
CREATE UNIQUE INDEX indicator_code ON indicator (code);

-- Deliveries of values: a file, a pull, or what residents said.
CREATE TABLE outcome_batch (
    id TEXT COLLATE "C" PRIMARY KEY,
    indicator_id TEXT COLLATE "C" NOT NULL,
    way TEXT COLLATE "C" NOT NULL CHECK (way IN ('file', 'http', 'sql', 'residents')),
    name TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    rows_read BIGINT NOT NULL,
    rows_new BIGINT NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    by_name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX outcome_batch_indicator ON outcome_batch (indicator_id, at, id);

-- Values, never overwritten: a corrected one has the next version. seq is the
-- order in which they came.
CREATE TABLE outcome_value (
    indicator_id TEXT COLLATE "C" NOT NULL,
    period BIGINT NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    num BIGINT NOT NULL CHECK (num >= 0),
    den BIGINT NOT NULL CHECK (den >= 0),
    seq BIGINT NOT NULL,
    batch_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (indicator_id, period, unit_id, version)
);

-- One row: the last seq given out.
CREATE TABLE outcome_seq (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    last BIGINT NOT NULL
);
INSERT INTO outcome_seq (id, last) VALUES (1, 0);

-- Pulls: an address or a database that is asked at an interval. secret is sealed.
CREATE TABLE outcome_pull (
    id TEXT COLLATE "C" PRIMARY KEY,
    indicator_id TEXT COLLATE "C" NOT NULL,
    way TEXT COLLATE "C" NOT NULL CHECK (way IN ('http', 'sql')),
    address TEXT COLLATE "C" NOT NULL, -- without anything secret
    secret TEXT COLLATE "C" NOT NULL,
    query TEXT COLLATE "C" NOT NULL, -- of SQL
    hours BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL, -- 0 before the first
    failing_since BIGINT NOT NULL, -- 0 while it works
    error TEXT COLLATE "C" NOT NULL,
    ended_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX outcome_pull_next ON outcome_pull (next_at) WHERE ended_at = 0;

-- A period's lights: in preview, open to objections, or published and frozen.
CREATE TABLE outcome_release (
    period BIGINT PRIMARY KEY,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('preview', 'objection', 'published')),
    method TEXT COLLATE "C" NOT NULL, -- version of the method
    settings TEXT COLLATE "C" NOT NULL, -- JSON: thresholds and the catalogue as they were
    as_of BIGINT NOT NULL, -- seq of the last value that it knew
    previewed_at BIGINT NOT NULL,
    objections_until BIGINT NOT NULL,
    published_at BIGINT NOT NULL, -- 0 before
    published_by TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL, -- SHA-256 of the cells in their order
    signature TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL
);

-- The cells of a release as they were published.
CREATE TABLE outcome_cell (
    period BIGINT NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    indicator_id TEXT COLLATE "C" NOT NULL,
    cell TEXT COLLATE "C" NOT NULL, -- JSON
    PRIMARY KEY (period, unit_id, indicator_id)
);

-- What a town or village said against its figures before publication.
CREATE TABLE outcome_objection (
    id TEXT COLLATE "C" PRIMARY KEY,
    period BIGINT NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    indicator_id TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    by_name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    upheld BIGINT NOT NULL CHECK (upheld IN (0, 1)),
    answered_by TEXT COLLATE "C" NOT NULL,
    answered_at BIGINT NOT NULL, -- 0 before
    version BIGINT NOT NULL
);
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
