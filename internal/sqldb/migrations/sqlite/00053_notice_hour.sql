-- +goose Up
-- That a number was asked whether it wishes to hear notices, so that it isn't asked
-- again and again, whoever enters it and whatever became of it; forgotten after 30 days.
CREATE TABLE notice_asked (
    id TEXT NOT NULL PRIMARY KEY,
    mark TEXT NOT NULL, -- a keyed digest of the number
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_asked_mark ON notice_asked (mark, at);
CREATE INDEX notice_asked_at ON notice_asked (at);
INSERT INTO notice_asked (id, mark, at) SELECT id, mark, asked_at FROM notice_phone;

-- Which telephones had a notice, or may have: written down before it is handed to the
-- gateway, so that a recall goes to them and to nobody else. Gone with the telephone, and after 90 days.
CREATE TABLE notice_text (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    phone_id TEXT NOT NULL,
    PRIMARY KEY (notice_id, phone_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_text_phone ON notice_text (phone_id);
INSERT INTO notice_text (notice_id, phone_id)
    WITH RECURSIVE home (leaf, unit_id) AS (
        SELECT h.unit_id, h.unit_id FROM notice_phone p JOIN household h ON h.id = p.household_id WHERE p.agreed_at > 0
        UNION SELECT home.leaf, u.parent_id FROM home JOIN unit u ON u.id = home.unit_id WHERE u.parent_id <> ''
    )
    SELECT DISTINCT r.notice_id, p.id FROM notice_run r JOIN notice_unit a ON a.notice_id = r.notice_id JOIN home ON home.unit_id = a.unit_id
    JOIN household h ON h.unit_id = home.leaf JOIN notice_phone p ON p.household_id = h.id
    WHERE r.kind = 'news' AND p.agreed_at > 0 AND p.id <= r.last_id;

-- Where a run is: village by village, and in each from telephone to telephone.
ALTER TABLE notice_run ADD COLUMN village_id TEXT NOT NULL DEFAULT '';
ALTER TABLE notice_run ADD COLUMN busy_until INTEGER NOT NULL DEFAULT 0; -- a message may be with the gateway until then
ALTER TABLE notice_run ADD COLUMN opened INTEGER NOT NULL DEFAULT 0; -- households that opened the page by a message's link
UPDATE notice_run SET sent = 0, failed = 0, last_id = '' WHERE state = 'going' AND kind = 'news'; -- it goes through all again: the gateway drops what it had, and sent counts it
CREATE INDEX notice_phone_agreed ON notice_phone (unit_id) WHERE agreed_at > 0;
ALTER TABLE notice_phone ADD COLUMN opener TEXT NOT NULL DEFAULT ''; -- in the link of its messages: that it was opened is counted by it, and nothing else
UPDATE notice_phone SET opener = substr(id, 25);
CREATE UNIQUE INDEX notice_phone_opener ON notice_phone (opener);

-- Reach by the hour is kept by village as long as a notice is counted; then, and of what
-- went out before, by town.
ALTER TABLE notice_hour RENAME COLUMN town_id TO place_id;
ALTER TABLE notice_hour ADD COLUMN reached INTEGER NOT NULL DEFAULT 0; -- for the first time, by any of the ways
ALTER TABLE notice ADD COLUMN summed INTEGER NOT NULL DEFAULT 0; -- 1: its hours are by town
CREATE INDEX notice_unsummed ON notice (sent_at) WHERE summed = 0;

-- +goose Down
DROP INDEX notice_unsummed;
ALTER TABLE notice DROP COLUMN summed;
ALTER TABLE notice_hour DROP COLUMN reached;
ALTER TABLE notice_hour RENAME COLUMN place_id TO town_id;
DROP INDEX notice_phone_opener;
ALTER TABLE notice_phone DROP COLUMN opener;
DROP INDEX notice_phone_agreed;
ALTER TABLE notice_run DROP COLUMN opened;
ALTER TABLE notice_run DROP COLUMN busy_until;
ALTER TABLE notice_run DROP COLUMN village_id;
DROP TABLE notice_text;
DROP TABLE notice_asked;
