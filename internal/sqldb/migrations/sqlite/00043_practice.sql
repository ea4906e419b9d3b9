-- +goose Up
-- How a village solved something. edition is the latest of its words, shown the published one (0: none);
-- author_ok and editor_ok are the editions that the two sides agreed to. Nobody counts who reads it.
CREATE TABLE practice (
    id TEXT NOT NULL PRIMARY KEY,
    unit_id TEXT NOT NULL, -- the village or town that did it
    topic TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'offered', 'published', 'withdrawn')),
    title TEXT NOT NULL, -- of the published words, else of the latest
    author_id TEXT NOT NULL,
    edition INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    offered INTEGER NOT NULL, -- the edition that was first given to the editors; those before are its author's own; 0 before
    author_ok INTEGER NOT NULL,
    editor_ok INTEGER NOT NULL,
    adopted INTEGER NOT NULL, -- villages that do it now
    why TEXT NOT NULL, -- it was withdrawn
    made_at INTEGER NOT NULL,
    published_at INTEGER NOT NULL, -- first; 0 before
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX practice_shown ON practice (adopted, published_at, id) WHERE state = 'published';
CREATE INDEX practice_unit ON practice (unit_id, changed_at, id);
CREATE INDEX practice_author ON practice (author_id, changed_at, id);

-- Every edition of the words, so that nothing that somebody wrote is lost.
CREATE TABLE practice_text (
    practice_id TEXT NOT NULL REFERENCES practice (id),
    edition INTEGER NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('author', 'editor')),
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    title TEXT NOT NULL,
    trouble TEXT NOT NULL,
    did TEXT NOT NULL,
    cost TEXT NOT NULL,
    result TEXT NOT NULL,
    mind TEXT NOT NULL,
    PRIMARY KEY (practice_id, edition)
) STRICT, WITHOUT ROWID;

-- What the two sides say to each other about it.
CREATE TABLE practice_comment (
    id TEXT NOT NULL PRIMARY KEY,
    practice_id TEXT NOT NULL REFERENCES practice (id),
    edition INTEGER NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('author', 'editor')),
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    words TEXT NOT NULL
) STRICT;
CREATE INDEX practice_comment_of ON practice_comment (practice_id, id);

CREATE TABLE practice_picture (
    id TEXT NOT NULL PRIMARY KEY,
    practice_id TEXT NOT NULL REFERENCES practice (id),
    alt TEXT NOT NULL,
    image BLOB NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    edition INTEGER NOT NULL -- with which it came: it is shown once that is
) STRICT;
CREATE INDEX practice_picture_of ON practice_picture (practice_id, id);

-- Pairs of neighbouring characters of the published words, for the search.
CREATE TABLE practice_gram (
    gram TEXT NOT NULL,
    practice_id TEXT NOT NULL REFERENCES practice (id),
    PRIMARY KEY (gram, practice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX practice_gram_of ON practice_gram (practice_id);

-- A village that does it too, and what came of it.
CREATE TABLE practice_take (
    practice_id TEXT NOT NULL REFERENCES practice (id),
    village_id TEXT NOT NULL,
    since TEXT NOT NULL, -- day
    came TEXT NOT NULL CHECK (came IN ('', 'worked', 'partly', 'not')),
    words TEXT NOT NULL,
    came_on TEXT NOT NULL, -- day; empty until it is told
    ended_on TEXT NOT NULL, -- day; empty while the village does it
    by_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, village_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX practice_take_village ON practice_take (village_id, practice_id);

-- Talks of leads who are honoured. Of who comes only a number is kept once it is over.
CREATE TABLE talk (
    id TEXT NOT NULL PRIMARY KEY,
    unit_id TEXT NOT NULL, -- whose leads and officials it is for
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    place TEXT NOT NULL,
    at INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    places INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    speaker_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'open', 'declined', 'cancelled')),
    why TEXT NOT NULL, -- it was cancelled
    came INTEGER NOT NULL, -- as a number; -1 until somebody says
    by_id TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX talk_at ON talk (at, id);
CREATE INDEX talk_speaker ON talk (speaker_id, at);

-- Who has a place, so that they can be told when it is cancelled; forgotten a week after.
CREATE TABLE talk_seat (
    talk_id TEXT NOT NULL REFERENCES talk (id),
    person_id TEXT NOT NULL,
    places INTEGER NOT NULL,
    PRIMARY KEY (talk_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX talk_seat_person ON talk_seat (person_id, talk_id);

-- Short lessons: a few cards. Nobody keeps who read them.
CREATE TABLE lesson (
    id TEXT NOT NULL PRIMARY KEY,
    unit_id TEXT NOT NULL,
    title TEXT NOT NULL,
    cards TEXT NOT NULL, -- one a line
    state TEXT NOT NULL CHECK (state IN ('draft', 'offered', 'published', 'withdrawn')),
    why TEXT NOT NULL,
    author_id TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX lesson_state ON lesson (state, published_at, id);
CREATE INDEX lesson_author ON lesson (author_id, id);

-- Questions on a lesson or a talk. Public once answered, without who asked; that is forgotten two months after.
CREATE TABLE lesson_question (
    id TEXT NOT NULL PRIMARY KEY,
    on_id TEXT NOT NULL, -- a lesson's or a talk's
    kind TEXT NOT NULL CHECK (kind IN ('lesson', 'talk')),
    unit_id TEXT NOT NULL,
    asker_id TEXT NOT NULL,
    words TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    answer TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('', 'author', 'editor')),
    answered_at INTEGER NOT NULL, -- 0 before
    version INTEGER NOT NULL
) STRICT;
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
