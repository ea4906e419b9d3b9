-- +goose Up
-- Figures of mediation are made once a year and never change; what they are made
-- from goes then. Openings are noted by day; two put a mediator on the list; who
-- wants hears that there is something new.
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

ALTER TABLE mediator ADD COLUMN checked_by TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the person who said yes first; another's lists them
ALTER TABLE mediation ADD COLUMN a_tell BIGINT NOT NULL DEFAULT 0; -- 1: the household's number is told that there is something new
ALTER TABLE mediation ADD COLUMN b_tell BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mediation ADD COLUMN moved_at BIGINT NOT NULL DEFAULT 0; -- when something was new last
CREATE INDEX mediation_follow ON mediation (follow_on) WHERE state = 'agreed';

-- +goose Down
DROP INDEX mediation_follow;
ALTER TABLE mediation DROP COLUMN moved_at;
ALTER TABLE mediation DROP COLUMN b_tell;
ALTER TABLE mediation DROP COLUMN a_tell;
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
