package rollcall

import (
	"context"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Order is what a roll-call needs to know of the order it belongs to.
type Order struct {
	ID, Number, UnitID string
	Drill, Live        bool
	Person             bool // it is about a missing person: erased before a roll-call would be
	Rehearsal          bool // nobody but its program sees it
}

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Now     func() time.Time
	// Order finds the order with a number, if the actor may see it. nil: there are none.
	Order func(ctx context.Context, actor auth.Actor, number string) (Order, error)
	// First names those households of units that are asked first, because they are
	// owed it. nil: nobody is.
	First func(ctx context.Context, unitIDs []string) (map[string]bool, error)
	// Note writes into an order's timeline that its roll-call was opened or ended. nil: nowhere.
	Note func(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c *Call) error
}

// Service keeps roll-calls.
type Service struct{ o Options }

// New returns the service.
func New(o Options) *Service { return &Service{o} }

// Start opens a roll-call.
type Start struct {
	Key, UnitID, Reason string
	Drill               bool
	OrderNumber         string // "" for none
}

// Extent is whom a roll-call of a unit would ask.
type Extent struct {
	Households, Cells, Leads int
	Unled                    int // households that no lead can report
}

// Extent says whom a roll-call of a unit would ask.
func (s *Service) Extent(unitID string) Extent {
	c := s.o.Network.Tree().Coverage(unitID)
	return Extent{Households: c.Households, Cells: c.Units[network.Cell], Leads: c.Leads, Unled: c.Uncovered}
}

// MayOpen lists the units that the actor's own posts may open one for.
func (s *Service) MayOpen(actor auth.Actor) (unitIDs []string) {
	return s.o.Policy.Scope(actor, ActOpen)
}

// MayOpenAt reports whether the actor may open one for a unit.
func (s *Service) MayOpenAt(actor auth.Actor, unitID string) bool {
	return s.o.Policy.Can(actor, ActOpen, auth.Object{UnitID: unitID}) == nil
}

// OrderOf finds the order that a roll-call is to belong to. Its board and its
// report show that one, so only who could open one for all of the order's place
// gives it one.
func (s *Service) OrderOf(ctx context.Context, actor auth.Actor, number string) (Order, error) {
	if s.o.Order == nil {
		return Order{}, errs.E(errs.NotFound, "rollcall.no_order")
	}
	o, err := s.o.Order(ctx, actor, number)
	switch {
	case err != nil:
		return o, err
	case o.Person:
		return o, errs.Refuse("order", "rollcall.order_person")
	case o.Rehearsal:
		return o, errs.Refuse("order", "rollcall.order_rehearsal")
	case !o.Live:
		return o, errs.Refuse("order", "rollcall.order_over", "number", o.Number)
	case !s.MayOpenAt(actor, o.UnitID):
		return o, errs.Refuse("order", "rollcall.order_wider", "number", o.Number)
	}
	return o, nil
}

// Check says what is wrong with a start, before anybody is asked to confirm it,
// and returns it as it will be: a drill's order makes it a drill.
func (s *Service) Check(ctx context.Context, actor auth.Actor, cmd Start) (Start, error) {
	call, _, err := s.prepare(ctx, actor, cmd)
	if err != nil {
		return cmd, err
	}
	open, err := readOpen(ctx, s.o.DB.Reader())
	if err == nil {
		err = s.overlaps(call, open)
	}
	cmd.Reason, cmd.Drill = call.Reason, call.IsDrill()
	return cmd, err
}

// prepare makes the call that a start asks for, and what it expects.
func (s *Service) prepare(ctx context.Context, actor auth.Actor, cmd Start) (*Call, scope, error) {
	tree := s.o.Network.Tree()
	unit := tree.ByID(cmd.UnitID)
	if unit == nil || !unit.Active() || unit.Level > network.Group {
		return nil, nil, errs.Refuse("unit", "rollcall.no_unit")
	}
	if err := s.o.Policy.Can(actor, ActOpen, auth.Object{UnitID: unit.ID}); err != nil {
		return nil, nil, err
	}
	reason, err := checkReason(cmd.Reason)
	if err != nil {
		return nil, nil, err
	}
	c := &Call{ID: sqldb.NewID(), UnitID: unit.ID, Kind: mobilise.Real, Reason: reason, State: Open, OpenedAt: s.o.Now(), OpenedBy: actor.Name, Version: 1}
	if cmd.Drill {
		c.Kind = mobilise.Drill
	}
	if cmd.OrderNumber != "" {
		o, err := s.OrderOf(ctx, actor, cmd.OrderNumber)
		if err != nil {
			return nil, nil, err
		}
		c.OrderID, c.OrderNumber, c.Kind = o.ID, o.Number, mobilise.Real
		if o.Drill {
			c.Kind = mobilise.Drill
		}
	}
	sc := expected(tree, unit)
	for _, units := range sc {
		for _, n := range units {
			c.Expected += n
		}
	}
	if c.Expected == 0 {
		return nil, nil, errs.Refuse("unit", "rollcall.nobody")
	}
	return c, sc, nil
}

// expected counts the households at and under a unit, of each village by unit.
func expected(tree *network.Tree, unit *network.Unit) scope {
	sc := scope{}
	village := tree.At(unit, network.Village)
	for _, u := range tree.Subtree(unit) { // in preorder: a village comes before what lies in it
		if u.Level == network.Village {
			village = u
		}
		if village == nil || u.Level < network.Village {
			continue
		}
		if sc[village.ID] == nil {
			sc[village.ID] = map[string]int{}
		}
		if u.Households > 0 {
			sc[village.ID][u.ID] = u.Households
		}
	}
	return sc
}

// overlaps refuses a second one of the kind over the same households.
func (s *Service) overlaps(c *Call, open []*Call) error {
	tree := s.o.Network.Tree()
	for _, o := range open {
		if o.Kind == c.Kind && (tree.Contains(o.UnitID, c.UnitID) || tree.Contains(c.UnitID, o.UnitID)) {
			return errs.E(errs.Conflict, "rollcall.on_already", "at", s.placeOf(o.UnitID))
		}
	}
	if len(open) >= mostOpen {
		return errs.E(errs.Conflict, "rollcall.too_many", "max", mostOpen)
	}
	return nil
}

func (s *Service) placeOf(unitID string) string {
	if u := s.o.Network.Tree().ByID(unitID); u != nil {
		return u.Name
	}
	return ""
}

// Open opens a roll-call and returns its id. It writes a row for each village,
// none for a household.
func (s *Service) Open(ctx context.Context, actor auth.Actor, cmd Start) (id string, err error) {
	c, sc, err := s.prepare(ctx, actor, cmd)
	if err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		id, err = once.Do(ctx, tx, "rollcall.open/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (string, error) {
			open, err := readOpen(ctx, tx)
			if err != nil {
				return "", err
			}
			if err := s.overlaps(c, open); err != nil {
				return "", err
			}
			if err := insertCall(ctx, tx, c); err != nil {
				return "", err
			}
			if err := insertScope(ctx, tx, c.ID, sc); err != nil {
				return "", err
			}
			detail := map[string]any{"kind": c.Kind, "households": c.Expected, "order": c.OrderNumber}
			return c.ID, s.finish(ctx, tx, actor, "rollcall.open", c, detail)
		})
		return err
	})
	return id, err
}

// End ends a roll-call.
type End struct {
	Key, ID string
	Version int // at which it was shown; 0 if it wasn't
}

// Close ends the reports. What is still owed stays on the list of help.
func (s *Service) Close(ctx context.Context, actor auth.Actor, cmd End) error {
	c, err := s.Call(ctx, actor, cmd.ID)
	if err != nil {
		return err
	}
	if err := s.o.Policy.Can(actor, ActOpen, auth.Object{UnitID: c.UnitID}); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "rollcall.close/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			return true, s.end(ctx, tx, actor, cmd)
		})
		return err
	})
}

func (s *Service) end(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd End) error {
	c, err := readCall(ctx, tx, cmd.ID)
	if err != nil {
		return err
	}
	if err := c.end(cmd.Version, actor.Name, s.o.Now()); err != nil {
		return err
	}
	if err := updateCall(ctx, tx, c); err != nil {
		return err
	}
	return s.finish(ctx, tx, actor, "rollcall.close", c, nil)
}

// finish writes the records of an opening or an end and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, c *Call, detail any) error {
	if c.OrderID != "" && s.o.Note != nil {
		if err := s.o.Note(ctx, tx, actor, c); err != nil {
			return err
		}
	}
	err := s.record(ctx, tx, actor, action, c.ID, c.UnitID, detail)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, Topic, OfOne+c.ID)
}

// record writes an audit row. It never says how a household is: the record
// can't be erased.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, callID, unitID string, detail any) error {
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "rollcall", ObjectID: callID, UnitID: unitID, Detail: detail})
}

func (s *Service) tell(ctx context.Context, tx *sqldb.Tx, topics ...string) error {
	if s.o.Live == nil {
		return nil
	}
	for _, topic := range topics {
		if err := s.o.Live.Publish(ctx, tx, topic, ""); err != nil {
			return err
		}
	}
	return nil
}
