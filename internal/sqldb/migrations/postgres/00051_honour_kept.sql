-- +goose Up
-- What honours keep no longer than it is needed. ended: the key of a round's ballots
-- is destroyed. Who nominated is a mark of their id in the round, until the vote is counted.
ALTER TABLE honour_round ADD COLUMN ended BIGINT NOT NULL DEFAULT 0;
ALTER TABLE honour_nomination ADD COLUMN consent_how TEXT COLLATE "C" NOT NULL DEFAULT ''; -- self, person, phone, paper; '' while the nominee hasn't answered
ALTER TABLE honour_nomination ADD COLUMN consent_at BIGINT NOT NULL DEFAULT 0;
UPDATE honour_nomination SET by_person = '', by_household = '' WHERE round_id IN (SELECT id FROM honour_round WHERE state IN ('published', 'awarded'));

-- +goose Down
ALTER TABLE honour_nomination DROP COLUMN consent_at;
ALTER TABLE honour_nomination DROP COLUMN consent_how;
ALTER TABLE honour_round DROP COLUMN ended;
