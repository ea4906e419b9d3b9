-- +goose Up
-- How a village solved something. edition is the latest of its words, shown the published one (0: none);
-- author_ok and editor_ok are the editions that the two sides agreed to. Nobody counts who reads it.
CREATE TABLE practice (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL, -- the village or town that did it
    topic TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'offered', 'published', 'withdrawn')),
    title TEXT COLLATE "C" NOT NULL, -- of the published words, else of the latest
    author_id TEXT COLLATE "C" NOT NULL,
    edition BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    offered BIGINT NOT NULL, -- the edition that was first given to the editors; those before are its author's own; 0 before
    author_ok BIGINT NOT NULL,
    editor_ok BIGINT NOT NULL,
    adopted BIGINT NOT NULL, -- villages that do it now
    why TEXT COLLATE "C" NOT NULL, -- it was withdrawn
    made_at BIGINT NOT NULL,
    published_at BIGINT NOT NULL, -- first; 0 before
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX practice_shown ON practice (adopted, published_at, id) WHERE state = 'published';
CREATE INDEX practice_unit ON practice (unit_id, changed_at, id);
CREATE INDEX practice_author ON practice (author_id, changed_at, id);

-- Every edition of the words, so that nothing that somebody wrote is lost.
CREATE TABLE practice_text (
    practice_id TEXT COLLATE "C" NOT NULL REFERENCES practice (id),
    edition BIGINT NOT NULL,
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('author', 'editor')),
    by_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    trouble TEXT COLLATE "C" NOT NULL,
    did TEXT COLLATE "C" NOT NULL,
    cost TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    mind TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (practice_id, edition)
);

-- What the two sides say to each other about it.
CREATE TABLE practice_comment (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    practice_id TEXT COLLATE "C" NOT NULL REFERENCES practice (id),
    edition BIGINT NOT NULL,
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('author', 'editor')),
    by_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    words TEXT COLLATE "C" NOT NULL
);
CREATE INDEX practice_comment_of ON practice_comment (practice_id, id);

CREATE TABLE practice_picture (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    practice_id TEXT COLLATE "C" NOT NULL REFERENCES practice (id),
    alt TEXT COLLATE "C" NOT NULL,
    image BYTEA NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    edition BIGINT NOT NULL -- with which it came: it is shown once that is
);
CREATE INDEX practice_picture_of ON practice_picture (practice_id, id);

-- Pairs of neighbouring characters of the published words, for the search.
CREATE TABLE practice_gram (
    gram TEXT COLLATE "C" NOT NULL,
    practice_id TEXT COLLATE "C" NOT NULL REFERENCES practice (id),
    PRIMARY KEY (gram, practice_id)
);
CREATE INDEX practice_gram_of ON practice_gram (practice_id);

-- A village that does it too, and what came of it.
CREATE TABLE practice_take (
    practice_id TEXT COLLATE "C" NOT NULL REFERENCES practice (id),
    village_id TEXT COLLATE "C" NOT NULL,
    since TEXT COLLATE "C" NOT NULL, -- day
    came TEXT COLLATE "C" NOT NULL CHECK (came IN ('', 'worked', 'partly', 'not')),
    words TEXT COLLATE "C" NOT NULL,
    came_on TEXT COLLATE "C" NOT NULL, -- day; empty until it is told
    ended_on TEXT COLLATE "C" NOT NULL, -- day; empty while the village does it
    by_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (practice_id, village_id)
);
CREATE INDEX practice_take_village ON practice_take (village_id, practice_id);

-- Talks of leads who are honoured. Of who comes only a number is kept once it is over.
CREATE TABLE talk (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL, -- whose leads and officials it is for
    title TEXT COLLATE "C" NOT NULL,
    about TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    places BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    speaker_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('asked', 'open', 'declined', 'cancelled')),
    why TEXT COLLATE "C" NOT NULL, -- it was cancelled
    came BIGINT NOT NULL, -- as a number; -1 until somebody says
    by_id TEXT COLLATE "C" NOT NULL,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX talk_at ON talk (at, id);
CREATE INDEX talk_speaker ON talk (speaker_id, at);

-- Who has a place, so that they can be told when it is cancelled; forgotten a week after.
CREATE TABLE talk_seat (
    talk_id TEXT COLLATE "C" NOT NULL REFERENCES talk (id),
    person_id TEXT COLLATE "C" NOT NULL,
    places BIGINT NOT NULL,
    PRIMARY KEY (talk_id, person_id)
);
CREATE INDEX talk_seat_person ON talk_seat (person_id, talk_id);

-- Short lessons: a few cards. Nobody keeps who read them.
CREATE TABLE lesson (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    unit_id TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    cards TEXT COLLATE "C" NOT NULL, -- one a line
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'offered', 'published', 'withdrawn')),
    why TEXT COLLATE "C" NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL,
    made_at BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX lesson_state ON lesson (state, published_at, id);
CREATE INDEX lesson_author ON lesson (author_id, id);

-- Questions on a lesson or a talk. Public once answered, without who asked; that is forgotten two months after.
CREATE TABLE lesson_question (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    on_id TEXT COLLATE "C" NOT NULL, -- a lesson's or a talk's
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('lesson', 'talk')),
    unit_id TEXT COLLATE "C" NOT NULL,
    asker_id TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    asked_at BIGINT NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('', 'author', 'editor')),
    answered_at BIGINT NOT NULL, -- 0 before
    version BIGINT NOT NULL
);
CREATE INDEX lesson_question_on ON lesson_question (on_id, id);
CREATE INDEX lesson_question_open ON lesson_question (answered_at, unit_id, id);
CREATE INDEX lesson_question_asker ON lesson_question (asker_id, id);

-- +goose Down
DROP TABLE lesson_question;
DROP TABLE lesson;
DROP TABLE talk_seat;
DROP TABLE talk;
DROP TABLE practice_take;
DROP TABLE practice_gram;
DROP TABLE practice_picture;
DROP TABLE practice_comment;
DROP TABLE practice_text;
DROP TABLE practice;
