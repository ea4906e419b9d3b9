package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"bilin/internal/demand"
	"bilin/internal/sqldb"
)

const (
	dueBudget = time.Minute // what falls due in a minute has moved within the next
	dueNumber = 10_000
)

// measureDue has many demands fall due at one moment, and sees to it that each
// climbs, and only once.
func measureDue(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "due")
	if err != nil {
		return nil, err
	}
	a, err := r.open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	if _, err := a.Demand.Tick(ctx); err != nil { // what the demo city has due
		return nil, err
	}
	n := min(dueNumber, int(r.Round.Seconds()*dueNumber))
	cal := a.Demand.Terms().Calendar
	list, err := storePast(ctx, a, n, cal.Add(a.Now(), -cal.Day()-time.Minute), false)
	if err != nil {
		return nil, err
	}
	bare, err := bareWrites(ctx, filepath.Join(dir, "bare.db"), r.Round)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	moved, err := a.Demand.Tick(ctx)
	took := time.Since(begin)
	if err != nil {
		return nil, err
	}
	if again, err := a.Demand.Tick(ctx); err != nil || again > 0 {
		return nil, fmt.Errorf("%d moved twice, %w", again, err)
	}
	if err := climbedOnce(ctx, a.DB.Reader(), list); err != nil {
		return nil, err
	}
	ours := float64(moved) / took.Seconds()
	return []Row{{
		Work:     fmt.Sprintf("%d demands that fall due in one minute", n),
		Measured: fmt.Sprintf("%.1f s, %s", took.Seconds(), rate(ours)),
		Bare:     rate(bare) + ": one row a durable transaction",
		Ratio:    percent(ours / bare), Budget: "≤ 60 s", Met: took <= dueBudget,
	}}, nil
}

// climbedOnce checks that each of the demands has moved one level up, with one
// line on its timeline that says so.
func climbedOnce(ctx context.Context, q sqldb.Querier, list []*demand.Demand) error {
	wrong := 0
	for _, d := range list {
		var climbs, lines int
		err := q.QueryRowContext(ctx, `SELECT climbs, (SELECT COUNT(*) FROM demand_event WHERE demand_id = demand.id AND reason = 'overdue')
			FROM demand WHERE id = $1`, d.ID).Scan(&climbs, &lines)
		if err != nil {
			return err
		}
		if climbs != 1 || lines != 1 {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d didn't climb exactly once", wrong, len(list))
	}
	return nil
}
