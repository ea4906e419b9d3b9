package demand

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Counts says how many demands stand where.
type Counts struct {
	Open, Reopened, Accepted, Asked, Resolved int
	Today, Overdue, Returned, Disputed, Tell  int       // of them, by tab
	Mine, Incoming, Helping, Owed             int       // the actor's own
	Oldest                                    time.Time // of those the network has to do; zero: none
}

// Todo is how many the network has to do something about.
func (c Counts) Todo() int { return c.Open + c.Reopened + c.Accepted }

// Waiting is how many have the resident's turn.
func (c Counts) Waiting() int { return c.Asked + c.Resolved }

// Of returns the count of a tab, -1 for those that aren't counted.
func (c Counts) Of(t Tab) int {
	switch t {
	case TabUnit:
		return c.Todo()
	case TabMine:
		return c.Mine
	case TabIncoming:
		return c.Incoming
	case TabHelping:
		return c.Helping
	case TabToday:
		return c.Today
	case TabOverdue:
		return c.Overdue
	case TabReturned:
		return c.Returned
	case TabReopened:
		return c.Reopened
	case TabOwed:
		return c.Owed
	case TabDisputed:
		return c.Disputed
	case TabTell:
		return c.Tell
	case TabWaiting:
		return c.Waiting()
	}
	return -1
}

// Counts counts what isn't closed of what the actor may see. It costs four queries.
func (s *Service) Counts(ctx context.Context, actor auth.Actor, unitCode string) (Counts, error) {
	var c Counts
	where, err := s.within(actor, unitCode, openStages)
	if err != nil {
		return c, err
	}
	if err := s.countScope(ctx, where, actor, &c); err != nil {
		return c, err
	}
	for _, own := range []struct {
		tab   Tab
		count *int
	}{{TabIncoming, &c.Incoming}, {TabHelping, &c.Helping}, {TabOwed, &c.Owed}} {
		where, err := s.tab(actor, &Filter{Tab: own.tab})
		if err != nil {
			continue // no post to offer anything to: the system itself
		}
		err = s.opt.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM demand WHERE `+where.Text(), where.Args...).Scan(own.count)
		if err != nil {
			return c, fmt.Errorf("demand: count %s: %w", own.tab, err)
		}
	}
	return c, nil
}

func (s *Service) countScope(ctx context.Context, where *conditions, actor auth.Actor, c *Counts) error {
	now := s.now()
	y, m, d := now.In(workday.City).Date()
	moment, midnight := where.Arg(sqldb.Millis(now)), where.Arg(sqldb.Millis(time.Date(y, m, d+1, 0, 0, 0, 0, workday.City)))
	me := where.Arg(orDash(actor.PersonID))
	rows, err := s.opt.DB.Reader().QueryContext(ctx, `SELECT state, COUNT(*), MIN(raised_at),
		COUNT(*) FILTER (WHERE due_at >= `+moment+` AND due_at < `+midnight+`),
		COUNT(*) FILTER (WHERE late_at > 0 OR due_at > 0 AND due_at < `+moment+`),
		COUNT(*) FILTER (WHERE returns > 0 AND disputed = 0 AND pending_unit = ''),
		COUNT(*) FILTER (WHERE disputed = 1),
		COUNT(*) FILTER (WHERE told_at = 0 AND resolved_by <> `+me+`),
		COUNT(*) FILTER (WHERE handler_id = `+me+`)
		FROM demand WHERE stage < 2 AND `+where.Text()+` GROUP BY state`, where.Args...)
	if err != nil {
		return fmt.Errorf("demand: count: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var state State
		var oldest int64
		var n, today, overdue, returned, disputed, tell, mine int
		if err := rows.Scan(&state, &n, &oldest, &today, &overdue, &returned, &disputed, &tell, &mine); err != nil {
			return fmt.Errorf("demand: count: %w", err)
		}
		c.put(state, n, sqldb.Time(oldest))
		if state.Stage() == Todo {
			c.Today, c.Overdue, c.Returned = c.Today+today, c.Overdue+overdue, c.Returned+returned
			c.Disputed, c.Mine = c.Disputed+disputed, c.Mine+mine
		}
		if state.Stage() == Waiting {
			c.Tell += tell
		}
	}
	return rows.Err()
}

func (c *Counts) put(state State, n int, oldest time.Time) {
	switch state {
	case Open:
		c.Open = n
	case Reopened:
		c.Reopened = n
	case Accepted:
		c.Accepted = n
	case Asked:
		c.Asked = n
		return
	case Resolved:
		c.Resolved = n
		return
	}
	if c.Oldest.IsZero() || oldest.Before(c.Oldest) {
		c.Oldest = oldest
	}
}
