-- +goose Up
-- What both sides agree to includes the topic; what was taken back needs both again;
-- who asked a question can't be found by its time or its id.
ALTER TABLE practice_text ADD COLUMN topic TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE practice_text SET topic = (SELECT p.topic FROM practice p WHERE p.id = practice_text.practice_id);
UPDATE practice SET author_ok = 0, editor_ok = 0 WHERE state = 'withdrawn';
UPDATE lesson_question SET asked_at = asked_at - (asked_at + 28800000) % 86400000, id = md5('question' || id); -- the day, in the city's time
DROP INDEX lesson_question_on;
CREATE INDEX lesson_question_on ON lesson_question (on_id, asked_at, id);
ALTER TABLE talk ADD COLUMN was_at BIGINT NOT NULL DEFAULT 0; -- when it was to be, until it was moved; 0: never moved
ALTER TABLE talk ADD COLUMN was_place TEXT COLLATE "C" NOT NULL DEFAULT ''; -- and where

-- +goose Down
ALTER TABLE talk DROP COLUMN was_place;
ALTER TABLE talk DROP COLUMN was_at;
DROP INDEX lesson_question_on;
CREATE INDEX lesson_question_on ON lesson_question (on_id, id);
ALTER TABLE practice_text DROP COLUMN topic;
