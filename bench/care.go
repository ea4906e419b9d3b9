package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// A round of the care list has to be over before the next one, and one with
// nothing to do is hardly noticed.
const (
	careBudget = 30 * time.Second
	idleBudget = 2 * time.Second
)

// readContacts runs the queries of a lead's contacts.
func readContacts(ctx context.Context, a *app.App, actor auth.Actor) error {
	if _, _, err := a.Care.ContactsDue(ctx, actor, "", 50); err != nil {
		return err
	}
	_, err := a.Care.SaidToday(ctx, actor)
	return err
}

// measureCare has every open contact of the demo city miss its day, and sees to
// it that each climbs once; then it takes a round with nothing to do.
func measureCare(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "care")
	if err != nil {
		return nil, err
	}
	a, err := r.open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	if err := a.Care.Tick(ctx); err != nil { // what the demo city has due
		return nil, err
	}
	entries, open, err := late(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	bare, err := bareWrites(ctx, filepath.Join(dir, "bare.db"), r.Round)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := a.Care.Tick(ctx); err != nil {
		return nil, err
	}
	took := time.Since(begin)
	var moved int
	if err := a.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM care_contact WHERE state = 'open' AND limit_on > '2000-01-01' AND owed_on = '2000-01-01'`).Scan(&moved); err != nil {
		return nil, err
	}
	if moved != open {
		return nil, fmt.Errorf("%d of %d contacts climbed", moved, open)
	}
	begin = time.Now()
	if err := a.Care.Tick(ctx); err != nil {
		return nil, err
	}
	idle := time.Since(begin)
	ours := float64(moved) / took.Seconds()
	return []Row{
		{Work: fmt.Sprintf("%d contacts that nobody reported, of %d entries of the care list", open, entries), Measured: fmt.Sprintf("%.1f s, %s", took.Seconds(), rate(ours)),
			Bare: rate(bare) + ": one row a durable transaction", Ratio: percent(ours / bare), Budget: "≤ 30 s", Met: took <= careBudget},
		{Work: "a round of the care list with nothing to do", Measured: millis(idle), Budget: "≤ 2 s", Met: idle <= idleBudget},
	}, nil
}

// late sets the days of every contact that can climb back to long ago.
func late(ctx context.Context, db *sqldb.DB) (entries, open int, err error) {
	err = db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM care_entry`).Scan(&entries); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `UPDATE care_contact SET owed_on = '2000-01-01', due_on = '2000-01-01', limit_on = '2000-01-01' WHERE state = 'open' AND step < 3`)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		open = int(n)
		return err
	})
	return entries, open, err
}
