package dispatch

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

// Groups knows the addresses of the chat groups and mailing lists that hear of
// an order beside its people, who each have a receipt.
type Groups struct {
	Team  func(ctx context.Context, teamID string) (address string, err error) // "" if the team has none
	City  []string                                                             // these hear of every order
	Allow []string                                                             // host:port that may have a private address
}

// tellGroups is the job that tells the groups of one edition of an order. A
// group can't tell a repeat from a second message, so each is told at most
// once: what is about to be sent is written down first, and not sent again.
func (s *Service) tellGroups(ctx context.Context, run job.Run) error {
	var about mobilise.GroupJob
	if err := run.Decode(&about); err != nil {
		return err
	}
	o, err := mobilise.ReadOrder(ctx, s.o.DB.Reader(), about.OrderID)
	if err != nil || o.Edition != about.Edition { // a later one tells them
		return err
	}
	if o.IsRehearsal() {
		return job.Fatal(errRehearsal)
	}
	if o.Hazard == mobilise.Missing {
		return nil // what is erased after three days isn't told where it can't be
	}
	if s.o.Now().Sub(sqldb.Time(about.At)) > groupNews {
		return nil
	}
	targets, err := s.targets(ctx, o)
	if err != nil {
		return err
	}
	var failed error // one that can't be told keeps none of the others from it
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		failed = errors.Join(failed, s.tellGroup(ctx, o, name, targets[name]))
	}
	return failed
}

// groupNews is how old an edition may be to be told at all: what is older, a
// group heard of otherwise.
const groupNews = time.Hour

// targets are the addresses by what they are called in the table.
func (s *Service) targets(ctx context.Context, o *mobilise.Order) (map[string]string, error) {
	out := map[string]string{}
	for i, address := range s.o.Groups.City {
		out["city:"+strconv.Itoa(i)] = address
	}
	if s.o.Groups.Team == nil {
		return out, nil
	}
	teams, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, id *string) error { return r.Scan(id) },
		`SELECT DISTINCT team_id FROM call_receipt WHERE order_id = $1 AND team_id <> ''`, o.ID)
	for _, id := range teams {
		address, failed := s.o.Groups.Team(auth.With(ctx, clock), id)
		if failed != nil {
			return nil, failed
		}
		if address != "" {
			out["team:"+id] = address
		}
	}
	return out, err
}

// tellGroup sends one group an order's words. What certainly didn't arrive may
// be tried again with the job; what may have arrived is left at that.
func (s *Service) tellGroup(ctx context.Context, o *mobilise.Order, name, address string) error {
	mine, err := s.claimGroup(ctx, o, name)
	if err != nil || !mine {
		return err
	}
	sender, err := gateway.NewGroup(address, s.o.Groups.Allow)
	if err == nil {
		err = sender.Send(ctx, gateway.GroupMessage{ID: fmt.Sprintf("%s.%d.%s", o.Number, o.Edition, name), Title: s.head(o), Text: s.groupText(o), URL: s.o.PublicURL + "/orders/" + o.Number})
	}
	state := taken
	switch {
	case err == nil:
	case gateway.MayHaveArrived(err):
		state = unsure
	case errs.KindOf(err) == errs.Invalid:
		state = refused
	default:
		state = failed
	}
	if err != nil {
		s.o.Logger.Warn("dispatch: a group wasn't told", "order", o.Number, "group", name, "why", errs.CodeOf(err))
	}
	written := s.o.DB.Write(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE call_group SET state = $1, error = $2, settled_at = $3 WHERE order_id = $4 AND edition = $5 AND target = $6`,
			state, codeOf(err), sqldb.Millis(s.o.Now()), o.ID, o.Edition, name)
		return err
	})
	if written == nil && state == failed {
		return err // the job tries again
	}
	return written
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return errs.CodeOf(err)
}

// claimGroup writes down that a group is about to be told, unless it was.
func (s *Service) claimGroup(ctx context.Context, o *mobilise.Order, name string) (mine bool, err error) {
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO call_group (order_id, edition, target, state, at, settled_at, error) VALUES ($1, $2, $3, 'handing', $4, 0, '')
			ON CONFLICT (order_id, edition, target) DO UPDATE SET state = 'handing', at = excluded.at WHERE call_group.state = 'failed'`,
			o.ID, o.Edition, name, sqldb.Millis(s.o.Now()))
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		mine = n == 1
		return err
	})
	return mine, err
}

func (s *Service) groupText(o *mobilise.Order) string {
	key := "order.msg.group"
	switch {
	case o.State == mobilise.Cancelled:
		key = "order.msg.group_cancelled"
	case o.State == mobilise.Closed:
		key = "order.msg.group_closed"
	case o.Edition > 1:
		key = "order.msg.group_corrected"
	}
	return s.t(key, "what", mobilise.Stopped(o.What), "do", mobilise.Stopped(o.Do), "where", mobilise.Stopped(o.Where), "until", clockTime(o.Until), "note", o.EndNote)
}
