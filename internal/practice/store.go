package practice

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

const columns = `p.id, p.unit_id, p.topic, p.state, p.title, p.author_id, p.edition, p.shown, p.offered, p.author_ok, p.editor_ok, p.adopted, p.why, p.made_at, p.published_at, p.changed_at, p.version`

func scan(r *sql.Rows, p *Practice) error {
	var made, out, changed int64
	err := r.Scan(&p.ID, &p.UnitID, &p.Topic, &p.State, &p.Title, &p.author, &p.Edition, &p.Shown, &p.offered, &p.AuthorOK, &p.EditorOK, &p.Adopted, &p.Why, &made, &out, &changed, &p.version, &p.met)
	p.MadeAt, p.PublishedAt, p.ChangedAt = sqldb.TimeOrZero(made), sqldb.TimeOrZero(out), sqldb.TimeOrZero(changed)
	return err
}

func practices(ctx context.Context, q sqldb.Querier, rest string, args ...any) ([]Practice, error) {
	return sqldb.Collect(ctx, q, scan, `SELECT `+columns+`, 0 FROM practice p `+rest, args...)
}

func practiceByID(ctx context.Context, q sqldb.Querier, id string) (*Practice, error) {
	list, err := practices(ctx, q, `WHERE p.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "practice.none")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func insert(ctx context.Context, tx *sqldb.Tx, p *Practice) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO practice (id, unit_id, topic, state, title, author_id, edition, shown, offered, author_ok, editor_ok, adopted, why, made_at, published_at, changed_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		p.ID, p.UnitID, string(p.Topic), string(p.State), p.Title, p.author, p.Edition, p.Shown, p.offered, p.AuthorOK, p.EditorOK, p.Adopted, p.Why, sqldb.MillisOrZero(p.MadeAt), sqldb.MillisOrZero(p.PublishedAt), sqldb.MillisOrZero(p.ChangedAt), 1)
	return err
}

// update stores what can change. Two at once end in a Conflict, not in a loss.
func update(ctx context.Context, tx *sqldb.Tx, p *Practice) error {
	got, err := tx.ExecContext(ctx, `UPDATE practice SET topic = $1, state = $2, title = $3, edition = $4, shown = $5, offered = $6, author_ok = $7, editor_ok = $8, why = $9, published_at = $10, changed_at = $11, version = version + 1
		WHERE id = $12 AND version = $13`,
		string(p.Topic), string(p.State), p.Title, p.Edition, p.Shown, p.offered, p.AuthorOK, p.EditorOK, p.Why, sqldb.MillisOrZero(p.PublishedAt), sqldb.MillisOrZero(p.ChangedAt), p.ID, p.version)
	if err != nil {
		return err
	}
	if n, err := got.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return errs.E(errs.Stale, "practice.changed_since")
}

func insertText(ctx context.Context, tx *sqldb.Tx, id string, e Edition) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO practice_text (practice_id, edition, side, by_id, at, title, trouble, did, cost, result, mind, topic) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		id, e.Number, string(e.Side), e.by, sqldb.Millis(e.At), e.Title, e.Trouble, e.Did, e.Cost, e.Result, e.Mind, string(e.Topic))
	return err
}

func scanText(r *sql.Rows, e *Edition) error {
	var at int64
	err := r.Scan(&e.Number, &e.Side, &e.by, &at, &e.Title, &e.Trouble, &e.Did, &e.Cost, &e.Result, &e.Mind, &e.Topic)
	e.At = sqldb.Time(at)
	return err
}

const textColumns = `SELECT edition, side, by_id, at, title, trouble, did, cost, result, mind, topic FROM practice_text `

func textOf(ctx context.Context, q sqldb.Querier, id string, edition int) (Edition, error) {
	list, err := sqldb.Collect(ctx, q, scanText, textColumns+`WHERE practice_id = $1 AND edition = $2`, id, edition)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "practice.none")
	}
	if err != nil {
		return Edition{}, err
	}
	return list[0], nil
}

// editionsOf returns the latest editions, newest first.
func editionsOf(ctx context.Context, q sqldb.Querier, id string, limit int) ([]Edition, error) {
	return sqldb.Collect(ctx, q, scanText, textColumns+`WHERE practice_id = $1 ORDER BY edition DESC LIMIT $2`, id, limit)
}

func insertComment(ctx context.Context, tx *sqldb.Tx, id, by string, c Comment) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO practice_comment (id, practice_id, edition, side, by_id, at, words) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		sqldb.NewID(), id, c.Edition, string(c.Side), by, sqldb.Millis(c.At), c.Words)
	return err
}

func commentsOf(ctx context.Context, q sqldb.Querier, id string) ([]Comment, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, c *Comment) error {
		var at int64
		err := r.Scan(&c.Edition, &c.Side, &c.Words, &at)
		c.At = sqldb.Time(at)
		return err
	}, `SELECT edition, side, words, at FROM practice_comment WHERE practice_id = $1 ORDER BY id DESC LIMIT 200`, id)
}

func insertPicture(ctx context.Context, tx *sqldb.Tx, id string, edition int, p *Picture) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM practice_picture WHERE practice_id = $1`, id).Scan(&n); err != nil {
		return err
	}
	if n >= MaxPictures {
		return errs.Refuse("picture", "practice.too_many_pictures", "max", MaxPictures)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO practice_picture (id, practice_id, alt, image, width, height, edition) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		sqldb.NewID(), id, p.Alt, p.Image, p.Width, p.Height, edition)
	return err
}

// picturesOf lists a practice's pictures that came until an edition, without the images.
func picturesOf(ctx context.Context, q sqldb.Querier, id string, until int) ([]Picture, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, p *Picture) error { return r.Scan(&p.ID, &p.Alt, &p.Width, &p.Height, &p.Edition) },
		`SELECT id, alt, width, height, edition FROM practice_picture WHERE practice_id = $1 AND edition <= $2 ORDER BY id`, id, until)
}

func pictureByID(ctx context.Context, q sqldb.Querier, id, picture string) (*Picture, error) {
	p := &Picture{}
	err := q.QueryRowContext(ctx, `SELECT id, alt, image, width, height, edition FROM practice_picture WHERE practice_id = $1 AND id = $2`, id, picture).Scan(&p.ID, &p.Alt, &p.Image, &p.Width, &p.Height, &p.Edition)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.E(errs.NotFound, "practice.no_picture")
	}
	return p, err
}

func deletePicture(ctx context.Context, tx *sqldb.Tx, id, picture string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM practice_picture WHERE practice_id = $1 AND id = $2`, id, picture)
	return err
}

// regram puts the published words into the search; none takes them out.
func regram(ctx context.Context, tx *sqldb.Tx, id string, text *Text) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM practice_gram WHERE practice_id = $1`, id); err != nil {
		return fmt.Errorf("practice: search: %w", err)
	}
	if text == nil {
		return nil
	}
	return insertGrams(ctx, tx, id, *text)
}

func insertGrams(ctx context.Context, tx *sqldb.Tx, id string, text Text) error {
	words := ""
	for _, s := range text.Sections() {
		words += s.Words + "\n"
	}
	var rows [][]any
	for _, g := range grams(words) {
		rows = append(rows, []any{g, id})
	}
	return sqldb.InsertMany(ctx, tx, "practice_gram", []string{"gram", "practice_id"}, rows, "")
}

func takeOf(ctx context.Context, q sqldb.Querier, id, village string) (*Take, error) {
	list, err := takes(ctx, q, `WHERE practice_id = $1 AND village_id = $2`, id, village)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func takes(ctx context.Context, q sqldb.Querier, rest string, args ...any) ([]Take, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, t *Take) error {
		return r.Scan(&t.PracticeID, &t.VillageID, &t.Since, &t.Came, &t.Words, &t.CameOn, &t.EndedOn, &t.by, &t.Version)
	}, `SELECT practice_id, village_id, since, came, words, came_on, ended_on, by_id, version FROM practice_take `+rest, args...)
}

var takeColumns = []string{"practice_id", "village_id", "since", "came", "words", "came_on", "ended_on", "by_id", "version"}

func (t *Take) row() []any {
	return []any{t.PracticeID, t.VillageID, t.Since, string(t.Came), t.Words, t.CameOn, t.EndedOn, t.by, t.Version}
}

// putTake stores a village's take-up, and the number of villages that do it now.
func putTake(ctx context.Context, tx *sqldb.Tx, t *Take) error {
	t.Version++
	err := sqldb.InsertMany(ctx, tx, "practice_take", takeColumns, [][]any{t.row()},
		`ON CONFLICT (practice_id, village_id) DO UPDATE SET since = excluded.since, came = excluded.came, words = excluded.words, came_on = excluded.came_on, ended_on = excluded.ended_on, by_id = excluded.by_id, version = excluded.version`)
	if err != nil {
		return err
	}
	return adopt(ctx, tx, t.PracticeID)
}

// dropTake takes back a tap that nothing was said about.
func dropTake(ctx context.Context, tx *sqldb.Tx, t *Take) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM practice_take WHERE practice_id = $1 AND village_id = $2`, t.PracticeID, t.VillageID); err != nil {
		return err
	}
	return adopt(ctx, tx, t.PracticeID)
}

func adopt(ctx context.Context, tx *sqldb.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE practice SET adopted = (SELECT COUNT(*) FROM practice_take WHERE practice_id = $1 AND ended_on = '') WHERE id = $1`, id)
	return err
}
