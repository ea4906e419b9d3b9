-- +goose Up
-- How a telephone hears notices: in writing, or called and read to.
ALTER TABLE notice_phone ADD COLUMN way TEXT NOT NULL DEFAULT 'sms' CHECK (way IN ('sms', 'voice'));

-- Messages and calls are two runs: calls wait for the day, and messages don't wait for them.
CREATE TABLE notice_run_by_way (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    edition INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('news', 'recall')),
    way TEXT NOT NULL CHECK (way IN ('sms', 'voice')),
    month TEXT NOT NULL,
    parts INTEGER NOT NULL, -- that a gateway charges for one of it
    planned INTEGER NOT NULL, -- telephones
    sent INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    last_id TEXT NOT NULL, -- of the telephone that was done last
    state TEXT NOT NULL CHECK (state IN ('going', 'done', 'stopped')),
    at INTEGER NOT NULL,
    village_id TEXT NOT NULL DEFAULT '',
    busy_until INTEGER NOT NULL DEFAULT 0, -- one may be with the gateway until then
    opened INTEGER NOT NULL DEFAULT 0, -- households that opened the page by a message's link
    PRIMARY KEY (notice_id, edition, kind, way)
) STRICT, WITHOUT ROWID;
INSERT INTO notice_run_by_way (notice_id, edition, kind, way, month, parts, planned, sent, failed, last_id, state, at, village_id, busy_until, opened)
    SELECT notice_id, edition, kind, 'sms', month, parts, planned, sent, failed, last_id, state, at, village_id, busy_until, opened FROM notice_run;
DROP TABLE notice_run;
ALTER TABLE notice_run_by_way RENAME TO notice_run;
CREATE INDEX notice_run_month ON notice_run (month);

-- +goose Down
CREATE TABLE notice_run_one (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    edition INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('news', 'recall')),
    month TEXT NOT NULL,
    parts INTEGER NOT NULL,
    planned INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    last_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('going', 'done', 'stopped')),
    at INTEGER NOT NULL,
    village_id TEXT NOT NULL DEFAULT '',
    busy_until INTEGER NOT NULL DEFAULT 0,
    opened INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (notice_id, edition, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO notice_run_one (notice_id, edition, kind, month, parts, planned, sent, failed, last_id, state, at, village_id, busy_until, opened)
    SELECT notice_id, edition, kind, month, parts, planned, sent, failed, last_id, state, at, village_id, busy_until, opened FROM notice_run WHERE way = 'sms';
DROP TABLE notice_run;
ALTER TABLE notice_run_one RENAME TO notice_run;
CREATE INDEX notice_run_month ON notice_run (month);
DELETE FROM notice_text WHERE phone_id IN (SELECT id FROM notice_phone WHERE way = 'voice');
DELETE FROM notice_phone WHERE way = 'voice';
ALTER TABLE notice_phone DROP COLUMN way;
