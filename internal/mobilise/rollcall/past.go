package rollcall

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

// Past is a roll-call of which only the totals are known: one from before the
// city had this program.
type Past struct {
	UnitID, Reason       string
	Drill                bool
	OrderID, OrderNumber string
	OpenedAt, ClosedAt   time.Time
	By                   string
	Villages             map[string]Totals
	Minutes              map[string]map[time.Time]int // by village: households reported first in a minute
}

// Remember writes down a past roll-call and returns its id. It is erased from
// the first: it never had rows.
func (s *Service) Remember(ctx context.Context, actor auth.Actor, p Past) (string, error) {
	if !actor.System {
		return "", auth.Denied(actor)
	}
	reason, err := checkReason(p.Reason)
	if err != nil {
		return "", err
	}
	c := &Call{ID: sqldb.NewID(), UnitID: p.UnitID, Kind: mobilise.Real, OrderID: p.OrderID, OrderNumber: p.OrderNumber, Reason: reason, State: Erased,
		OpenedAt: p.OpenedAt, OpenedBy: p.By, ClosedAt: p.ClosedAt, ClosedBy: p.By, ErasedAt: p.ClosedAt.Add(Kept), Version: 1}
	if p.Drill {
		c.Kind = mobilise.Drill
	}
	villages, minutes, err := p.rows(c)
	if err != nil {
		return "", err
	}
	return c.ID, s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := insertCall(ctx, tx, c); err != nil {
			return err
		}
		if err := sqldb.InsertMany(ctx, tx, "rollcall_village", villageColumns, villages, ""); err != nil {
			return err
		}
		if err := sqldb.InsertMany(ctx, tx, "rollcall_minute", []string{"call_id", "minute", "village_id", "reported"}, minutes, ""); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "rollcall.remember", c.ID, c.UnitID, nil)
	})
}

// rows are the counters of a past roll-call, if its minutes add up to its totals.
func (p Past) rows(c *Call) (villages, minutes [][]any, err error) {
	for id, t := range p.Villages {
		c.Expected += t.Expected
		villages = append(villages, []any{c.ID, id, t.Expected, t.Safe, t.Help, t.Helped, t.NotReached})
		reported := 0
		for at, n := range p.Minutes[id] {
			reported += n
			minutes = append(minutes, []any{c.ID, minuteOf(at), id, n})
		}
		if reported != t.Reported() {
			return nil, nil, errs.E(errs.Invalid, "rollcall.not_a_sum")
		}
	}
	return villages, minutes, nil
}
