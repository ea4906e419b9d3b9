-- +goose Up
-- own: its author reported it themselves, and so doesn't handle it. person: the blind index of a follower's number, once per demand.
ALTER TABLE demand ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
ALTER TABLE demand_follow ADD COLUMN person TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX demand_follow_person ON demand_follow (demand_id, person) WHERE person <> '';

-- +goose Down
DROP INDEX demand_follow_person;
ALTER TABLE demand_follow DROP COLUMN person;
ALTER TABLE demand DROP COLUMN own;
