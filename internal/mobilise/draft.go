package mobilise

import (
	"context"
	"database/sql"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Draft says what an order would be and whom it would call, and makes none: for
// the last look before it goes out. All that is wrong with it is told at once.
func (s *Service) Draft(ctx context.Context, actor auth.Actor, c Propose) (*Order, Count, error) {
	if !s.o.Policy.May(actor, ActIssue) {
		return nil, Count{}, auth.Denied(actor)
	}
	now := s.o.Now()
	c, wrong := c.check(now)
	who, err := s.Preview(ctx, actor, c.Audience)
	if err == nil && who.People == 0 {
		err = errs.Refuse("who", "order.nobody")
	}
	if err := together(wrong, err); err != nil {
		return nil, who, err
	}
	o := &Order{UnitID: who.UnitID, Kind: c.Kind, Hazard: c.Hazard, State: Active, Words: c.Words, Edition: 1, Audience: c.Audience, Channels: c.Channels,
		Wait: time.Duration(c.Wait) * time.Minute, People: who.People, AlertID: c.AlertID, ProposedAt: now, Missing: c.Missing}
	return o, who, nil
}

// together makes one error of two, so that a form shows what both say.
func together(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil || errs.KindOf(a) != errs.Invalid:
		return a
	case errs.KindOf(b) != errs.Invalid:
		return b
	}
	both := errs.E(errs.Invalid, "order.invalid")
	both.Fields = append(append(both.Fields, errs.As(a).Fields...), errs.As(b).Fields...)
	return both
}

// Recount counts whom a proposed order would call now, for whoever approves it.
// It asks for no right: the order's page did.
func (s *Service) Recount(ctx context.Context, o *Order) (Count, error) {
	return s.Preview(ctx, auth.System("order.audience"), o.Audience)
}

// Tallies counts the people of several orders, without their villages.
func (s *Service) Tallies(ctx context.Context, orderIDs []string) (map[string]Tally, error) {
	out := make(map[string]Tally, len(orderIDs))
	if len(orderIDs) == 0 {
		return out, nil
	}
	var w sqldb.Where
	answered := w.Arg(int(Cant))
	w.In("order_id", orderIDs)
	type row struct {
		id           string
		standing     Standing
		knock, count int
	}
	rows, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *row) error { return r.Scan(&x.id, &x.standing, &x.knock, &x.count) },
		`SELECT order_id, standing, CASE WHEN knock_at > 0 AND standing < `+answered+` AND way = '' THEN 1 ELSE 0 END AS knock, count(*)
		FROM call_receipt WHERE `+w.Text()+` GROUP BY order_id, standing, knock`, w.Args...)
	for _, x := range rows {
		t := out[x.id]
		t.At = s.o.Now()
		t.add(&VillageTally{}, x.standing, x.knock == 1, x.count)
		out[x.id] = t
	}
	return out, err
}

// LastEvents lists the latest of an order's timeline, the newest first.
func (s *Service) LastEvents(ctx context.Context, orderID string, limit int) ([]Event, error) {
	return sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, e *Event) error {
		var at int64
		err := r.Scan(&e.Seq, &at, &e.Kind, &e.Text, &e.Detail, &e.ActorID, &e.Actor)
		e.At = sqldb.Time(at)
		return err
	}, `SELECT seq, at, kind, text, detail, actor_id, actor FROM call_event WHERE order_id = $1 ORDER BY seq DESC LIMIT $2`, orderID, limit)
}
