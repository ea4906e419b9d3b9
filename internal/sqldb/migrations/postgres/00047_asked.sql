-- +goose Up
-- What is asked of a record is done in the record; a wrong tap is taken back; a
-- need ends in the open; a household reads its own words only where it proved itself.
ALTER TABLE privacy_request ADD COLUMN stood TEXT COLLATE "C" NOT NULL DEFAULT ''; -- an index of what a correction is about, as it stood when it was asked for
ALTER TABLE privacy_request ADD COLUMN ordered TEXT COLLATE "C" NOT NULL DEFAULT ''; -- what the privacy officer decided about a correction that the village carries out; empty: nothing
ALTER TABLE privacy_request ADD COLUMN ordered_at BIGINT NOT NULL DEFAULT 0; -- 0: never
ALTER TABLE privacy_request ADD COLUMN unchanged BIGINT NOT NULL DEFAULT 0; -- 1: granted, and nothing had to be changed
ALTER TABLE care_contact ADD COLUMN missed_on TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the day on which somebody said last that nobody was home; empty: none, or taken back
ALTER TABLE care_contact ADD COLUMN missed_was TEXT COLLATE "C" NOT NULL DEFAULT ''; -- how the contact stood before, as JSON, while it can be taken back
ALTER TABLE care_need ADD COLUMN off_why TEXT COLLATE "C" NOT NULL DEFAULT ''; -- why it was taken out of use
ALTER TABLE care_need ADD COLUMN off_on TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the day since which
ALTER TABLE care_proposal ADD COLUMN off BIGINT NOT NULL DEFAULT 0; -- 1: to take the need out of use
ALTER TABLE care_proposal ADD COLUMN why TEXT COLLATE "C" NOT NULL DEFAULT ''; -- why it is to be taken out of use
ALTER TABLE demand ADD COLUMN proved BIGINT NOT NULL DEFAULT 0; -- 1: raised by somebody who had proved to be of the household
CREATE INDEX demand_claim ON demand (claim_id) WHERE claim_id <> '';
CREATE INDEX care_contact_missed ON care_contact (village_id, missed_on) WHERE missed_on <> '';

-- +goose Down
DROP INDEX care_contact_missed;
DROP INDEX demand_claim;
ALTER TABLE demand DROP COLUMN proved;
ALTER TABLE care_proposal DROP COLUMN why;
ALTER TABLE care_proposal DROP COLUMN off;
ALTER TABLE care_need DROP COLUMN off_on;
ALTER TABLE care_need DROP COLUMN off_why;
ALTER TABLE care_contact DROP COLUMN missed_was;
ALTER TABLE care_contact DROP COLUMN missed_on;
ALTER TABLE privacy_request DROP COLUMN unchanged;
ALTER TABLE privacy_request DROP COLUMN ordered_at;
ALTER TABLE privacy_request DROP COLUMN ordered;
ALTER TABLE privacy_request DROP COLUMN stood;
