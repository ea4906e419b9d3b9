-- +goose Up
-- Figures of mediation are made once a year and never change; what they are made
-- from goes then. Openings are noted by day; two put a mediator on the list; who
-- left a number hears that there is something new.
CREATE TABLE mediation_tally (
    village_id TEXT COLLATE "C" NOT NULL,
    year TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (village_id, year, outcome)
);
CREATE INDEX mediation_tally_year ON mediation_tally (year);
INSERT INTO mediation_tally (village_id, year, outcome, n)
    SELECT village_id, substr(month, 1, 4), outcome, SUM(n) FROM mediation_count GROUP BY village_id, substr(month, 1, 4), outcome;
DROP TABLE mediation_count;

-- What is told of a year, in full tens, as the network was when it closed.
CREATE TABLE mediation_figure (
    unit_id TEXT COLLATE "C" NOT NULL,
    year TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C" NOT NULL,
    kept BIGINT NOT NULL,
    broken BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    lapsed BIGINT NOT NULL,
    PRIMARY KEY (unit_id, year)
);
CREATE INDEX mediation_figure_under ON mediation_figure (parent_id, year);

-- On which days who opened the record, for both sides to see.
CREATE TABLE mediation_opened (
    mediation_id TEXT COLLATE "C" NOT NULL REFERENCES mediation (id),
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('a', 'b', 'm')),
    mediator_id TEXT COLLATE "C" NOT NULL, -- of the side m: which
    day TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL, -- the last time on that day
    PRIMARY KEY (mediation_id, side, mediator_id, day)
);
INSERT INTO mediation_opened (mediation_id, side, mediator_id, day, at)
    SELECT r.mediation_id, r.side, CASE r.side WHEN 'm' THEN m.mediator_id ELSE '' END, to_char(to_timestamp((r.at + 28800000) / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD'), MAX(r.at)
    FROM mediation_reading r JOIN mediation m ON m.id = r.mediation_id GROUP BY 1, 2, 3, 4;
DROP TABLE mediation_reading;

ALTER TABLE mediator ADD COLUMN checked_by TEXT COLLATE "C" NOT NULL DEFAULT ''; -- who said yes first; the second lists
ALTER TABLE mediator ADD COLUMN phone TEXT COLLATE "C" NOT NULL DEFAULT ''; -- sealed; empty: not told
ALTER TABLE mediation ADD COLUMN a_phone TEXT COLLATE "C" NOT NULL DEFAULT ''; -- sealed; empty: not told
ALTER TABLE mediation ADD COLUMN b_phone TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE mediation ADD COLUMN a_told BIGINT NOT NULL DEFAULT 0; -- when each was told last that there is something new
ALTER TABLE mediation ADD COLUMN b_told BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mediation ADD COLUMN m_told BIGINT NOT NULL DEFAULT 0;

-- How often a number was told something lately, so that nobody floods a stranger's.
CREATE TABLE mediation_told (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    mark TEXT COLLATE "C" NOT NULL, -- an index of the number
    at BIGINT NOT NULL
);
CREATE INDEX mediation_told_mark ON mediation_told (mark, at);

-- +goose Down
DROP TABLE mediation_told;
ALTER TABLE mediation DROP COLUMN m_told;
ALTER TABLE mediation DROP COLUMN b_told;
ALTER TABLE mediation DROP COLUMN a_told;
ALTER TABLE mediation DROP COLUMN b_phone;
ALTER TABLE mediation DROP COLUMN a_phone;
ALTER TABLE mediator DROP COLUMN phone;
ALTER TABLE mediator DROP COLUMN checked_by;
CREATE TABLE mediation_reading (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    mediation_id TEXT COLLATE "C" NOT NULL REFERENCES mediation (id),
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('a', 'b', 'm')),
    at BIGINT NOT NULL
);
CREATE INDEX mediation_reading_of ON mediation_reading (mediation_id, id);
DROP TABLE mediation_opened;
DROP TABLE mediation_figure;
CREATE TABLE mediation_count (
    village_id TEXT COLLATE "C" NOT NULL,
    month TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (village_id, month, outcome)
);
CREATE INDEX mediation_count_month ON mediation_count (month, village_id);
DROP TABLE mediation_tally;
