package monthly

import (
	"context"
	"database/sql"
	"strings"

	"bilin/internal/admission"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Bounds of the desk for what leads returned.
const (
	mostReturns = 50  // tasks a page shows
	mostMatters = 30  // matters it counts
	mostAtOnce  = 500 // tasks one answer settles
)

// Returns lists what leads returned, the oldest first, a page at most from a
// task on; number is the matter's, or "" for all.
func (s *Service) Returns(ctx context.Context, actor auth.Actor, number, after string) (list []Task, more bool, err error) {
	if err := s.opt.Policy.Can(actor, admission.ActReturns, auth.Object{}); err != nil {
		return nil, false, err
	}
	list, err = tasks(ctx, s.opt.DB.Reader(), `t.state = 'returned' AND t.id > $1 AND ($2 = '' OR m.number = $2) ORDER BY t.id LIMIT $3`, after, number, mostReturns+1)
	if more = len(list) > mostReturns; more {
		list = list[:mostReturns]
	}
	return list, more, err
}

// ReturnsWaiting counts them.
func (s *Service) ReturnsWaiting(ctx context.Context) (n int, err error) {
	err = s.opt.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM task WHERE state = 'returned'`).Scan(&n)
	return n, err
}

// ReturnsOf is how often a matter was given back and waits for an answer.
type ReturnsOf struct {
	Number, Title string
	Count         int
}

// ReturnsByMatter counts what waits by matter, the most first.
func (s *Service) ReturnsByMatter(ctx context.Context, actor auth.Actor) ([]ReturnsOf, error) {
	if err := s.opt.Policy.Can(actor, admission.ActReturns, auth.Object{}); err != nil {
		return nil, err
	}
	return sqldb.Collect(ctx, s.opt.DB.Reader(), func(r *sql.Rows, v *ReturnsOf) error { return r.Scan(&v.Number, &v.Title, &v.Count) },
		`SELECT m.number, m.title, COUNT(*) FROM task t JOIN matter m ON m.id = t.matter_id WHERE t.state = 'returned'
			GROUP BY m.number, m.title ORDER BY COUNT(*) DESC, m.number LIMIT $1`, mostMatters)
}

// SettleMatter answers everything that was returned of one matter at once, and
// says how many tasks that were. It needs words, whichever way it goes.
func (s *Service) SettleMatter(ctx context.Context, actor auth.Actor, number string, agree bool, cmd Command) (settled int, err error) {
	if err := s.opt.Policy.Can(actor, admission.ActReturns, auth.Object{}); err != nil {
		return 0, err
	}
	note := strings.TrimSpace(cmd.Note)
	if note == "" || len([]rune(note)) > maxReason {
		return 0, errs.E(errs.Invalid, "monthly.check").WithField("note", "monthly.no_reason")
	}
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		settled, err = once.Do(ctx, tx, "monthly."+actor.ID(), cmd.Key, []any{"settle", number, agree, note}, s.now(), func() (int, error) {
			list, err := tasks(ctx, tx, `t.state = 'returned' AND m.number = $1 ORDER BY t.id LIMIT $2`, number, mostAtOnce)
			for i := range list {
				if _, err := s.carryOut(ctx, tx, actor, &list[i], Command{}, settling(agree, note)); err != nil {
					return 0, err
				}
			}
			return len(list), err
		})
		return err
	})
	return settled, err
}

// settling is the answer to what was returned: cancelled, or to be done after all.
func settling(agree bool, note string) step {
	if agree {
		return step{action: "task.agree", may: admission.ActReturns, from: []TaskState{Returned}, to: Cancelled, reason: note}
	}
	return step{action: "task.insist", may: admission.ActReturns, from: []TaskState{Returned}, to: Open, reason: note, delta: tally{returned: -1}}
}
