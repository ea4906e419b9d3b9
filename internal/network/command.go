package network

import (
	"context"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// work is what a command's body has at hand.
type work struct {
	tx    *sqldb.Tx
	s     *Service
	actor auth.Actor
	now   time.Time
	day   string
	rev   int64 // of every row of the tree that the command writes

	seconded bool // a second person agreed
}

// record is what the log keeps of a command. It names nobody.
type record struct {
	kind, id, unitID string
	detail           any
}

// run runs a command: once per key, in one transaction with its audit row and
// its live event, and with the tree brought up to it before it returns. name is
// the command's in the log; request is what must be equal when the key is.
func run[T any](ctx context.Context, s *Service, actor auth.Actor, name, key string, request any,
	body func(ctx context.Context, w *work) (T, record, error),
) (T, error) {
	var out T
	var rev int64
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.now()
		var err error
		out, err = once.Do(ctx, tx, name+"/"+actor.ID(), key, request, now, func() (T, error) {
			w := &work{tx: tx, s: s, actor: actor, now: now, day: now.In(cityZone).Format(dayLayout)}
			var err error
			if w.rev, err = nextRev(ctx, tx); err != nil {
				return out, err
			}
			rev = w.rev
			result, rec, err := body(ctx, w)
			if err != nil {
				return result, err
			}
			return result, w.finish(ctx, name, rec)
		})
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	s.settle(ctx, rev)
	return out, nil
}

func (w *work) finish(ctx context.Context, name string, rec record) error {
	err := w.s.audit.Append(ctx, w.tx, audit.Entry{
		ActorID: w.actor.ID(), ActorName: w.actor.Name, Action: name,
		ObjectKind: rec.kind, ObjectID: rec.id, UnitID: rec.unitID, Detail: rec.detail,
	})
	if err != nil {
		return err
	}
	return w.s.publish(ctx, w.tx, rec.unitID)
}

// publish tells open pages that the network, and a unit of it, changed.
func (s *Service) publish(ctx context.Context, tx *sqldb.Tx, unitID string) error {
	if s.live == nil {
		return nil
	}
	if err := s.live.Publish(ctx, tx, "network", unitID); err != nil || unitID == "" {
		return err
	}
	return s.live.Publish(ctx, tx, "unit:"+unitID, "")
}

// mayManage asks for the right over a unit, which is held at the unit above it.
func (s *Service) mayManage(actor auth.Actor, unitID string) error {
	return s.policy.Can(actor, ActManage, auth.Object{UnitID: s.above(unitID)})
}

// mayArrange asks for the right over what lies in a unit.
func (s *Service) mayArrange(actor auth.Actor, unitID string) error {
	return s.policy.Can(actor, ActManage, auth.Object{UnitID: unitID})
}

// mayAppoint asks for the right over a unit's posts. The city's own are the
// administrator's.
func (s *Service) mayAppoint(actor auth.Actor, unitID string) error {
	if t := s.Tree(); unitID == t.RootID() {
		return s.policy.Can(actor, ActAppointCity, auth.Object{UnitID: unitID})
	}
	return s.policy.Can(actor, ActAppoint, auth.Object{UnitID: s.above(unitID)})
}

// above returns the unit at which the right over a unit is held. For a unit
// nobody knows it is one nobody holds.
func (s *Service) above(unitID string) string {
	t := s.Tree()
	u := t.Current(t.ByID(unitID))
	if u == nil {
		return unitID
	}
	return or(u.ParentID, u.ID)
}

var errNoUnit = errs.E(errs.NotFound, "network.no_unit")
