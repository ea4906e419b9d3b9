package feedback

import (
	"context"
	"database/sql"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/sqldb"
)

const columns = `id, number, kind, route, words, key_hash, state, same_id, made_at, due_at, settled_at, version`

func scan(r *sql.Rows, f *Feedback) error {
	var made, due, settled int64
	err := r.Scan(&f.ID, &f.Number, &f.Kind, &f.Route, &f.words, &f.keyHash, &f.State, &f.SameID, &made, &due, &settled, &f.Version)
	f.MadeAt, f.DueAt, f.SettledAt, f.Gone = sqldb.Time(made), sqldb.TimeOrZero(due), sqldb.TimeOrZero(settled), f.words == ""
	return err
}

func list(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Feedback, error) {
	return sqldb.Collect(ctx, q, scan, `SELECT `+columns+` FROM feedback WHERE `+where, args...)
}

func one(ctx context.Context, q sqldb.Querier, where string, args ...any) (*Feedback, error) {
	found, err := list(ctx, q, where, args...)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "feedback.none")
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

const letter = "F"

func byNumber(ctx context.Context, q sqldb.Querier, typed string) (*Feedback, error) {
	num, ok := number.Parse(letter, typed)
	if !ok {
		return nil, errs.E(errs.NotFound, "feedback.none")
	}
	return one(ctx, q, `number = $1`, num)
}

// numbered reserves the next n numbers of a year and returns the first.
func numbered(ctx context.Context, tx *sqldb.Tx, year, n int) (first int, err error) {
	var last int
	err = tx.QueryRowContext(ctx, `INSERT INTO feedback_serial (year, last) VALUES ($1, $2)
		ON CONFLICT (year) DO UPDATE SET last = feedback_serial.last + $2 RETURNING last`, year, n).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("feedback: number: %w", err)
	}
	return last - n + 1, nil
}

func row(f *Feedback) []any {
	return []any{f.ID, f.Number, string(f.Kind), f.Route, f.words, f.keyHash, string(f.State), f.SameID, sqldb.Millis(f.MadeAt), sqldb.MillisOrZero(f.DueAt), sqldb.MillisOrZero(f.SettledAt), f.Version}
}

var columnList = []string{"id", "number", "kind", "route", "words", "key_hash", "state", "same_id", "made_at", "due_at", "settled_at", "version"}

func insert(ctx context.Context, tx *sqldb.Tx, f *Feedback) error {
	return sqldb.InsertMany(ctx, tx, "feedback", columnList, [][]any{row(f)}, "")
}

// update stores what can change, and raises the version.
func update(ctx context.Context, tx *sqldb.Tx, f *Feedback) error {
	f.Version++
	_, err := tx.ExecContext(ctx, `UPDATE feedback SET words = $1, key_hash = $2, state = $3, same_id = $4, due_at = $5, settled_at = $6, version = $7 WHERE id = $8`,
		f.words, f.keyHash, string(f.State), f.SameID, sqldb.MillisOrZero(f.DueAt), sqldb.MillisOrZero(f.SettledAt), f.Version, f.ID)
	return err
}

func answersOf(ctx context.Context, q sqldb.Querier, id string) ([]Answer, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, a *Answer) error {
		var at int64
		err := r.Scan(&a.State, &a.Words, &at)
		a.At = sqldb.Time(at)
		return err
	}, `SELECT state, words, at FROM feedback_answer WHERE feedback_id = $1 ORDER BY n`, id)
}

func insertAnswer(ctx context.Context, tx *sqldb.Tx, f *Feedback, words, by string) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(n), 0) + 1 FROM feedback_answer WHERE feedback_id = $1`, f.ID).Scan(&n); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO feedback_answer (feedback_id, n, state, words, by_id, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		f.ID, n, string(f.State), words, by, sqldb.Millis(f.SettledAt))
	return err
}

func putChange(ctx context.Context, tx *sqldb.Tx, f *Feedback, day, release, sentence string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO feedback_change (feedback_id, kind, route, day, release, sentence) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (feedback_id) DO UPDATE SET release = excluded.release, sentence = excluded.sentence`, f.ID, string(f.Kind), f.Route, day, release, sentence)
	return err
}

func changes(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Change, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, c *Change) error {
		return r.Scan(&c.id, &c.Kind, &c.Route, &c.Day, &c.Release, &c.Sentence)
	}, `SELECT feedback_id, kind, route, day, release, sentence FROM feedback_change WHERE `+where, args...)
}
