-- +goose Up
-- What the city owes for a demand that it failed: why, who owes the answer and until when. It is attached to the demand and ends with it; there is no index, and must be none, that would list it by whose demand it is.
ALTER TABLE demand ADD COLUMN owed_why TEXT NOT NULL DEFAULT '';
ALTER TABLE demand ADD COLUMN owed_unit TEXT NOT NULL DEFAULT '';
ALTER TABLE demand ADD COLUMN owed_role TEXT NOT NULL DEFAULT '';
ALTER TABLE demand ADD COLUMN owed_person TEXT NOT NULL DEFAULT '';
ALTER TABLE demand ADD COLUMN owed_name TEXT NOT NULL DEFAULT '';
ALTER TABLE demand ADD COLUMN owed_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE demand ADD COLUMN owed_due INTEGER NOT NULL DEFAULT 0;
ALTER TABLE demand ADD COLUMN owed_answered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE demand ADD COLUMN owed_passed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX demand_owed ON demand (owed_unit, owed_due, id) WHERE owed_unit <> '';
-- Those that were failed before: the clock looks at them again at once.
UPDATE demand SET next_at = 1 WHERE stage < 2 AND (reopens >= 2 OR late_at > 0);

-- +goose Down
DROP INDEX demand_owed;
ALTER TABLE demand DROP COLUMN owed_passed;
ALTER TABLE demand DROP COLUMN owed_answered;
ALTER TABLE demand DROP COLUMN owed_due;
ALTER TABLE demand DROP COLUMN owed_since;
ALTER TABLE demand DROP COLUMN owed_name;
ALTER TABLE demand DROP COLUMN owed_person;
ALTER TABLE demand DROP COLUMN owed_role;
ALTER TABLE demand DROP COLUMN owed_unit;
ALTER TABLE demand DROP COLUMN owed_why;
