-- +goose Up
-- The number of a demand that shows what was done of a suggestion isn't told to
-- everybody, nor found by: it was in the words and in what the search reads.
UPDATE suggestion SET folded = replace(folded, '|' || replace(link_words, ' ', '') || '|', '||'), link_ref = replace(link_words, ' ', ''), link_words = '' WHERE link_kind = 'demand' AND link_words <> '';

-- Where neighbours met before their unit was joined to another; empty: it wasn't.
ALTER TABLE meeting ADD COLUMN from_unit TEXT COLLATE "C" NOT NULL DEFAULT '';

-- An invitation that is on its way: it is written down before it is sent, so that
-- it is sent once, in these words, whatever fails in between. It is gone once it is out.
CREATE TABLE meeting_invitation (
    meeting_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES meeting (id),
    key TEXT COLLATE "C" NOT NULL, -- of the form, so that a repeat is known
    title TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    households BIGINT NOT NULL, -- as they were shown
    actor_id TEXT COLLATE "C" NOT NULL, -- who invites
    actor_name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);

CREATE INDEX meeting_resolution_owner ON meeting_resolution (owner_unit, due_day, id) WHERE done_at = 0;

-- +goose Down
DROP INDEX meeting_resolution_owner;
DROP TABLE meeting_invitation;
ALTER TABLE meeting DROP COLUMN from_unit;
