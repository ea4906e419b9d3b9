package lesson

import (
	"context"
	"database/sql"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

const lessonColumns = `SELECT id, unit_id, title, cards, state, why, author_id, made_at, published_at, changed_at, version FROM lesson `

func scanLesson(r *sql.Rows, l *Lesson) error {
	var cards string
	var made, out, changed int64
	err := r.Scan(&l.ID, &l.UnitID, &l.Title, &cards, &l.State, &l.Why, &l.author, &made, &out, &changed, &l.Version)
	l.Cards = strings.Split(cards, "\n")
	l.MadeAt, l.PublishedAt, l.ChangedAt = sqldb.TimeOrZero(made), sqldb.TimeOrZero(out), sqldb.TimeOrZero(changed)
	return err
}

// lessons reads lessons with their authors' names, in two queries.
func lessons(ctx context.Context, q sqldb.Querier, rest string, args ...any) ([]Lesson, error) {
	list, err := sqldb.Collect(ctx, q, scanLesson, lessonColumns+rest, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, l := range list {
		ids[i] = l.author
	}
	names, err := network.PersonNames(ctx, q, ids)
	for i := range list {
		list[i].Author = names[list[i].author]
	}
	return list, err
}

func lessonByID(ctx context.Context, q sqldb.Querier, id string) (*Lesson, error) {
	list, err := lessons(ctx, q, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "lesson.none")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func insertLesson(ctx context.Context, tx *sqldb.Tx, l *Lesson) error {
	return sqldb.InsertMany(ctx, tx, "lesson", []string{"id", "unit_id", "title", "cards", "state", "why", "author_id", "made_at", "published_at", "changed_at", "version"},
		[][]any{{l.ID, l.UnitID, l.Title, strings.Join(l.Cards, "\n"), string(l.State), l.Why, l.author, sqldb.MillisOrZero(l.MadeAt), sqldb.MillisOrZero(l.PublishedAt), sqldb.MillisOrZero(l.ChangedAt), 1}}, "")
}

// stored says that exactly one row of the version that was read was changed.
func stored(got sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := got.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return errs.E(errs.Stale, "lesson.changed_since")
}

func updateLesson(ctx context.Context, tx *sqldb.Tx, l *Lesson) error {
	return stored(tx.ExecContext(ctx, `UPDATE lesson SET title = $1, cards = $2, state = $3, why = $4, published_at = $5, changed_at = $6, version = version + 1 WHERE id = $7 AND version = $8`,
		l.Title, strings.Join(l.Cards, "\n"), string(l.State), l.Why, sqldb.MillisOrZero(l.PublishedAt), sqldb.MillisOrZero(l.ChangedAt), l.ID, l.Version))
}

const talkColumns = `SELECT t.id, t.unit_id, t.title, t.about, t.place, t.at, t.minutes, t.places, t.taken, t.speaker_id, t.state, t.why, t.came, t.changed_at, t.version, t.was_at, t.was_place FROM talk t `

func scanTalk(r *sql.Rows, t *Talk) error {
	var at, changed, was int64
	err := r.Scan(&t.ID, &t.UnitID, &t.Title, &t.About, &t.Place, &at, &t.Minutes, &t.Places, &t.Taken, &t.speaker, &t.State, &t.Why, &t.Came, &changed, &t.Version, &was, &t.WasPlace)
	t.At, t.WasAt, t.ChangedAt = sqldb.Time(at), sqldb.TimeOrZero(was), sqldb.TimeOrZero(changed)
	return err
}

// talks reads talks with their speakers' names, in two queries.
func talks(ctx context.Context, q sqldb.Querier, rest string, args ...any) ([]Talk, error) {
	list, err := sqldb.Collect(ctx, q, scanTalk, talkColumns+rest, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = t.speaker
	}
	names, err := network.PersonNames(ctx, q, ids)
	for i := range list {
		list[i].Speaker = names[list[i].speaker]
	}
	return list, err
}

func talkByID(ctx context.Context, q sqldb.Querier, id string) (*Talk, error) {
	list, err := talks(ctx, q, `WHERE t.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "lesson.no_talk")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func insertTalk(ctx context.Context, tx *sqldb.Tx, t *Talk, by string) error {
	return sqldb.InsertMany(ctx, tx, "talk", []string{"id", "unit_id", "title", "about", "place", "at", "minutes", "places", "taken", "speaker_id", "state", "why", "came", "by_id", "made_at", "changed_at", "version"},
		[][]any{{t.ID, t.UnitID, t.Title, t.About, t.Place, sqldb.Millis(t.At), t.Minutes, t.Places, t.Taken, t.speaker, string(t.State), t.Why, t.Came, by, sqldb.MillisOrZero(t.ChangedAt), sqldb.MillisOrZero(t.ChangedAt), 1}}, "")
}

func updateTalk(ctx context.Context, tx *sqldb.Tx, t *Talk) error {
	return stored(tx.ExecContext(ctx, `UPDATE talk SET taken = $1, state = $2, why = $3, came = $4, changed_at = $5, at = $6, place = $7, was_at = $8, was_place = $9, version = version + 1 WHERE id = $10 AND version = $11`,
		t.Taken, string(t.State), t.Why, t.Came, sqldb.MillisOrZero(t.ChangedAt), sqldb.Millis(t.At), t.Place, sqldb.MillisOrZero(t.WasAt), t.WasPlace, t.ID, t.Version))
}

// seatOf is how many places somebody has at a talk.
func seatOf(ctx context.Context, q sqldb.Querier, talkID, personID string) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(SUM(places), 0) FROM talk_seat WHERE talk_id = $1 AND person_id = $2`, talkID, personID).Scan(&n)
	return n, err
}

func putSeat(ctx context.Context, tx *sqldb.Tx, talkID, personID string, n int) (err error) {
	if n == 0 {
		_, err = tx.ExecContext(ctx, `DELETE FROM talk_seat WHERE talk_id = $1 AND person_id = $2`, talkID, personID)
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO talk_seat (talk_id, person_id, places) VALUES ($1, $2, $3) ON CONFLICT (talk_id, person_id) DO UPDATE SET places = excluded.places`, talkID, personID, n)
	return err
}

// seated are those who have a place.
func seated(ctx context.Context, q sqldb.Querier, talkID string) ([]string, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, id *string) error { return r.Scan(id) }, `SELECT person_id FROM talk_seat WHERE talk_id = $1 ORDER BY person_id`, talkID)
}

const questionColumns = `SELECT q.id, q.on_id, q.kind, q.unit_id, q.asker_id, q.words, q.asked_at, q.answer, q.side, q.answered_at, q.version FROM lesson_question q `

func scanQuestion(r *sql.Rows, q *Question) error {
	var asked, answered int64
	err := r.Scan(&q.ID, &q.On, &q.Kind, &q.UnitID, &q.asker, &q.Words, &asked, &q.Answer, &q.Side, &answered, &q.Version)
	q.AskedAt, q.AnsweredAt = sqldb.Time(asked), sqldb.TimeOrZero(answered)
	return err
}

// scanTitled is scanQuestion, with the title of what it is about at the end.
func scanTitled(r *sql.Rows, q *Question) error {
	var asked, answered int64
	err := r.Scan(&q.ID, &q.On, &q.Kind, &q.UnitID, &q.asker, &q.Words, &asked, &q.Answer, &q.Side, &answered, &q.Version, &q.Title)
	q.AskedAt, q.AnsweredAt = sqldb.Time(asked), sqldb.TimeOrZero(answered)
	return err
}

func questions(ctx context.Context, q sqldb.Querier, rest string, args ...any) ([]Question, error) {
	return sqldb.Collect(ctx, q, scanQuestion, questionColumns+rest, args...)
}

func questionByID(ctx context.Context, q sqldb.Querier, id string) (*Question, error) {
	list, err := questions(ctx, q, `WHERE q.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "lesson.no_question")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func insertQuestion(ctx context.Context, tx *sqldb.Tx, q *Question) error {
	return sqldb.InsertMany(ctx, tx, "lesson_question", []string{"id", "on_id", "kind", "unit_id", "asker_id", "words", "asked_at", "answer", "side", "answered_at", "version"},
		[][]any{{q.ID, q.On, string(q.Kind), q.UnitID, q.asker, q.Words, sqldb.Millis(q.AskedAt), q.Answer, string(q.Side), sqldb.MillisOrZero(q.AnsweredAt), 1}}, "")
}

func updateQuestion(ctx context.Context, tx *sqldb.Tx, q *Question) error {
	return stored(tx.ExecContext(ctx, `UPDATE lesson_question SET answer = $1, side = $2, answered_at = $3, version = version + 1 WHERE id = $4 AND version = $5`,
		q.Answer, string(q.Side), sqldb.MillisOrZero(q.AnsweredAt), q.ID, q.Version))
}
