package offlist

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// row is a report as it is stored.
type row struct {
	Item
	Reporter      string // sealed
	ReporterIndex string
}

func insert(ctx context.Context, tx *sqldb.Tx, rows ...row) error {
	values := make([][]any, len(rows))
	for i, r := range rows {
		values[i] = []any{r.ID, r.Number, r.Month, r.Day, r.TownID, r.VillageID, r.DepartmentID, string(r.Way), r.What, r.Minutes,
			r.Reporter, r.ReporterIndex, string(r.State), r.Summary, sqldb.MillisOrZero(r.DecidedAt), r.Version, sqldb.Millis(r.CreatedAt)}
	}
	return sqldb.InsertMany(ctx, tx, "offlist", []string{"id", "number", "month", "day", "town_id", "village_id", "department_id", "way", "what",
		"minutes", "reporter", "reporter_index", "state", "summary", "decided_at", "version", "created_at"}, values, "")
}

func update(ctx context.Context, tx *sqldb.Tx, it Item) error {
	_, err := tx.ExecContext(ctx, `UPDATE offlist SET state = $1, summary = $2, decided_at = $3, version = $4 WHERE id = $5`,
		string(it.State), it.Summary, sqldb.MillisOrZero(it.DecidedAt), it.Version, it.ID)
	return err
}

func exists(ctx context.Context, q sqldb.Querier, number string) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM offlist WHERE number = $1`, number).Scan(&n)
	return n > 0, err
}

func countSince(ctx context.Context, q sqldb.Querier, index string, since time.Time) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM offlist WHERE reporter_index = $1 AND created_at > $2`, index, sqldb.Millis(since)).Scan(&n)
	return n, err
}

func readMine(ctx context.Context, q sqldb.Querier, index, before string, limit int) ([]Mine, error) {
	w := sqldb.Where{}
	w.Add(`reporter_index = ?`, index)
	if before != "" {
		w.Add(`id < ?`, before)
	}
	return sqldb.Collect(ctx, q, func(r *sql.Rows, m *Mine) error {
		return r.Scan(&m.ID, &m.Number, &m.Day, &m.DepartmentID, &m.Way, &m.What, &m.Minutes, &m.State, &m.Summary)
	}, `SELECT id, number, day, department_id, way, what, minutes, state, summary FROM offlist
		WHERE `+w.Text()+` ORDER BY id DESC LIMIT `+w.Arg(limit), w.Args...)
}

// itemColumns leave the reporter out: the city office doesn't see them either.
const itemColumns = `id, number, month, day, town_id, village_id, department_id, way, what, minutes, state, summary, decided_at, version, created_at`

func scanItem(scan func(...any) error, it *Item) error {
	var decided, created int64
	err := scan(&it.ID, &it.Number, &it.Month, &it.Day, &it.TownID, &it.VillageID, &it.DepartmentID, &it.Way, &it.What, &it.Minutes,
		&it.State, &it.Summary, &decided, &it.Version, &created)
	it.CreatedAt = sqldb.Time(created)
	if decided != 0 {
		it.DecidedAt = sqldb.Time(decided)
	}
	return err
}

// readDesk lists open reports oldest first, or settled ones latest first. after
// is the id of the last one before.
func readDesk(ctx context.Context, q sqldb.Querier, settled bool, after []string, limit int) ([]Item, error) {
	w := sqldb.Where{}
	order := `created_at, id`
	if settled {
		w.Add(`state <> 'open'`)
		order = `id DESC`
	} else {
		w.Add(`state = 'open'`)
	}
	switch {
	case len(after) == 0:
	case settled:
		w.Add(`id < ?`, after[len(after)-1])
	case len(after) == 2:
		at, err := time.Parse(time.RFC3339Nano, after[0])
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "offlist.bad_cursor")
		}
		w.Add(`(created_at, id) > (?, ?)`, sqldb.Millis(at), after[1])
	}
	return sqldb.Collect(ctx, q, func(r *sql.Rows, it *Item) error { return scanItem(r.Scan, it) },
		`SELECT `+itemColumns+` FROM offlist WHERE `+w.Text()+` ORDER BY `+order+` LIMIT `+w.Arg(limit), w.Args...)
}

// Cursor says where the desk's next page begins.
func (it Item) Cursor() []string {
	return []string{it.CreatedAt.UTC().Format(time.RFC3339Nano), it.ID}
}

func readItem(ctx context.Context, q sqldb.Querier, number string) (it Item, err error) {
	err = scanItem(q.QueryRowContext(ctx, `SELECT `+itemColumns+` FROM offlist WHERE number = $1`, number).Scan, &it)
	if errors.Is(err, sql.ErrNoRows) {
		return it, errs.E(errs.NotFound, "offlist.none")
	}
	return it, err
}
