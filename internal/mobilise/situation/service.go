package situation

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// RollCalls knows the roll-call of an order; rollcall.Service does.
type RollCalls interface {
	OfOrder(ctx context.Context, orderID string) (*rollcall.Call, rollcall.Totals, error)
	Curve(ctx context.Context, callID string) ([]rollcall.Point, error)
}

// Options are what a Service works with.
type Options struct {
	DB        *sqldb.DB
	Network   *network.Service
	Orders    *mobilise.Service
	RollCalls RollCalls // nil: there are none
	Policy    *auth.Policy
	Audit     *audit.Log
	Live      *live.Hub
	Now       func() time.Time
	Logger    *slog.Logger
}

// Service keeps the boards that somebody looks at.
type Service struct {
	o       Options
	pace    time.Duration // between two compositions of one board
	beat    time.Duration // how often a board that rests is composed all the same
	idle    time.Duration // how long a board is kept that nobody looks at
	mu      sync.Mutex
	watch   map[string]*watch // by order id
	ticking sync.Mutex
	moved   map[string]figures // by order id, as the last Tick found them
	work    sync.WaitGroup
	end     context.CancelFunc
	ctx     context.Context //nolint:containedctx // the life of what it composes in the background
}

// New returns the service, and has the hub ask it for boards. Close ends it.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Service{o: o, pace: 500 * time.Millisecond, beat: 20 * time.Second, idle: 2 * time.Minute, watch: map[string]*watch{}}
	s.ctx, s.end = context.WithCancel(context.Background())
	o.Live.Compose(TopicPrefix, s.followed)
	return s
}

// Close ends what goes on in the background.
func (s *Service) Close() {
	s.end()
	s.work.Wait()
}

// May says what somebody can do on a board.
type May struct{ Steer, Value bool }

// View returns an order's board, and what the asker may do on it.
func (s *Service) View(ctx context.Context, actor auth.Actor, number string) (*Snapshot, May, error) {
	o, err := s.order(ctx, actor, number)
	if err != nil {
		return nil, May{}, err
	}
	if !s.over(actor, ActBoard, o) {
		return nil, May{}, auth.Denied(actor)
	}
	if o.IssuedAt.IsZero() {
		return nil, May{}, errs.E(errs.NotFound, "situation.not_issued")
	}
	snap, err := s.Snapshot(ctx, o.ID)
	if err != nil {
		return nil, May{}, err
	}
	may := May{Steer: s.mayDo(actor, ActSteer, o) == nil, Value: s.mayDo(actor, ActValue, o) == nil}
	return snap, may, nil
}

// order returns an order if the asker may see it.
func (s *Service) order(ctx context.Context, actor auth.Actor, number string) (*mobilise.Order, error) {
	o, _, err := s.o.Orders.Get(ctx, actor, number)
	return o, err
}

// over reports whether somebody holds an action over the place of an order or
// over a part of it.
func (s *Service) over(actor auth.Actor, action auth.Action, o *mobilise.Order) bool {
	tree := s.o.Network.Tree()
	for _, unit := range s.o.Policy.Scope(actor, action) {
		if tree.Contains(unit, o.UnitID) || tree.Contains(o.UnitID, unit) {
			return true
		}
	}
	return false
}

// mayDo asks for a right on an order that is under way.
func (s *Service) mayDo(actor auth.Actor, action auth.Action, o *mobilise.Order) error {
	steers := s.o.Policy.Can(actor, ActSteer, auth.Object{UnitID: o.UnitID}) == nil
	switch {
	case !steers && (action == ActSteer || !s.over(actor, action, o)):
		return auth.Denied(actor)
	case !o.Live():
		return errs.E(errs.Conflict, "situation.over")
	}
	return nil
}

// Add puts an objective on the board and returns its id; asked again, the same.
func (s *Service) Add(ctx context.Context, actor auth.Actor, c Add) (id string, err error) {
	asked := c
	if c, err = c.check(s.o.Now()); err != nil {
		return "", err
	}
	return s.do(ctx, actor, ActSteer, c.Number, c.Key, asked, func(tx *sqldb.Tx, order *mobilise.Order) (did, error) {
		list, err := readObjectives(ctx, tx, order.ID)
		if err != nil {
			return did{}, err
		}
		if len(list) >= MaxObjectives {
			return did{}, errs.E(errs.Conflict, "situation.too_many", "max", MaxObjectives)
		}
		o := &Objective{ID: sqldb.NewID(), OrderID: order.ID, Name: c.Name, Unit: c.Unit, Start: c.Start, Target: c.Target,
			Deadline: c.Deadline, AddedAt: s.o.Now(), AddedBy: actor.Name}
		if err := insertObjective(ctx, tx, o, actor.ID()); err != nil {
			return did{}, err
		}
		p := Point{At: o.AddedAt, Value: o.Start, By: actor.Name}
		o.Points = []Point{p}
		return did{o.ID, []mobilise.Event{event(EventAdded, o)}}, insertPoint(ctx, tx, o, p, actor.ID())
	})
}

// Value says how far an objective is.
type Value struct {
	Key, Number, ObjectiveID string
	Value                    int64
	Version                  int // of the objective as it was shown; 0 is any
}

// Set adds a value to an objective.
func (s *Service) Set(ctx context.Context, actor auth.Actor, c Value) error {
	_, err := s.do(ctx, actor, ActValue, c.Number, c.Key, c, func(tx *sqldb.Tx, order *mobilise.Order) (did, error) {
		o, err := objectiveIn(ctx, tx, order.ID, c.ObjectiveID)
		if err != nil {
			return did{}, err
		}
		if c.Version != 0 && c.Version != o.Version() {
			return did{}, errs.E(errs.Stale, "situation.set_since", "value", o.Current(), "unit", o.Unit, "by", o.last().By)
		}
		p, turn, err := o.Set(c.Value, actor.Name, s.o.Now())
		if err != nil {
			return did{}, err
		}
		events := []mobilise.Event{event(EventSet, o)}
		switch turn {
		case Arrives:
			events = append(events, event(EventReached, o))
		case Falls:
			events = append(events, event(EventLost, o))
		case Moves:
		}
		return did{o.ID, events}, insertPoint(ctx, tx, o, p, actor.ID())
	})
	return err
}

// Strike takes an objective off the board, with a reason. Its values stay in
// the timeline.
type Strike struct {
	Key, Number, ObjectiveID, Reason string
	Version                          int
}

// Strike takes an objective off the board.
func (s *Service) Strike(ctx context.Context, actor auth.Actor, c Strike) (err error) {
	asked := c
	if c.Reason, err = words("reason", c.Reason, MaxNote); err != nil {
		return err
	}
	_, err = s.do(ctx, actor, ActSteer, c.Number, c.Key, asked, func(tx *sqldb.Tx, order *mobilise.Order) (did, error) {
		o, err := objectiveIn(ctx, tx, order.ID, c.ObjectiveID)
		if err != nil {
			return did{}, err
		}
		if c.Version != 0 && c.Version != o.Version() {
			return did{}, errs.E(errs.Stale, "situation.set_since", "value", o.Current(), "unit", o.Unit, "by", o.last().By)
		}
		e := event(EventStruck, o)
		e.Text = c.Reason
		return did{o.ID, []mobilise.Event{e}}, strike(ctx, tx, o.ID, actor.ID(), s.o.Now())
	})
	return err
}

// Note is something that happened, for the timeline.
type Note struct{ Key, Number, Text string }

// Note appends to the timeline. What was wrong is corrected by another note.
func (s *Service) Note(ctx context.Context, actor auth.Actor, c Note) (err error) {
	asked := c
	if c.Text, err = words("note", c.Text, MaxNote); err != nil {
		return err
	}
	_, err = s.do(ctx, actor, ActSteer, c.Number, c.Key, asked, func(*sqldb.Tx, *mobilise.Order) (did, error) {
		return did{events: []mobilise.Event{{Kind: EventNote, Text: c.Text}}}, nil
	})
	return err
}

// did is what a command leaves in the timeline and the record.
type did struct {
	objectiveID string
	events      []mobilise.Event
}

// do carries out a command on an order that is under way, once for its key, and
// returns the id of the objective that it was about, if any.
func (s *Service) do(ctx context.Context, actor auth.Actor, action auth.Action, number, key string, asked any, fn func(*sqldb.Tx, *mobilise.Order) (did, error)) (id string, err error) {
	order, err := s.order(ctx, actor, number)
	if err != nil {
		return "", err
	}
	if err := s.mayDo(actor, action, order); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		id, err = once.Do(ctx, tx, "situation/"+actor.ID(), key, asked, s.o.Now(), func() (string, error) {
			if state, err := stateIn(ctx, tx, order.ID); err != nil || state != mobilise.Active {
				return "", or(err, errs.E(errs.Conflict, "situation.over"))
			}
			d, err := fn(tx, order)
			if err != nil {
				return "", err
			}
			return d.objectiveID, s.finish(ctx, tx, actor, order, d)
		})
		return err
	})
	if err == nil {
		s.settle(ctx, order.ID)
	}
	return id, err
}

func or(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// finish writes the timeline and the record, and tells the boards.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, order *mobilise.Order, d did) error {
	for _, e := range d.events {
		e.At, e.ActorID, e.Actor = s.o.Now(), actor.ID(), actor.Name
		if err := mobilise.AddEvent(ctx, tx, order.ID, e); err != nil {
			return err
		}
	}
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "order." + d.events[0].Kind,
		ObjectKind: "order", ObjectID: order.ID, UnitID: order.UnitID, Detail: map[string]any{"number": order.Number, "objective": d.objectiveID}})
	if err != nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, mobilise.Topic(order.ID), "")
}

// event is an objective's entry in the timeline, with its numbers beside it.
func event(kind string, o *Objective) mobilise.Event {
	detail, err := json.Marshal(said{Name: o.Name, Unit: o.Unit, Value: o.Current(), Start: o.Start, Target: o.Target})
	if err != nil {
		detail = nil
	}
	return mobilise.Event{Kind: kind, Detail: string(detail)}
}

// said is the detail of an entry that the board added.
type said struct {
	Name   string `json:"name,omitempty"`
	Unit   string `json:"unit,omitempty"`
	Value  int64  `json:"value"`
	Start  int64  `json:"start"`
	Target int64  `json:"target"`
	What   string `json:"what,omitempty"`
	Pct    int    `json:"pct,omitempty"`
	After  int64  `json:"after,omitempty"` // ms since the order was issued
}

// Sentence is what an entry of the board says: a message key with its slots.
// ok is false for the entries of others, and for those whose words were erased.
func Sentence(e mobilise.Event) (key string, args []any, ok bool) {
	var d said
	if e.Detail == "" || json.Unmarshal([]byte(e.Detail), &d) != nil {
		return "", nil, false
	}
	switch e.Kind {
	case EventAdded, EventSet, EventReached, EventLost, EventStruck:
		return "situation.said." + e.Kind, []any{"name", d.Name, "unit", d.Unit, "value", d.Value, "start", d.Start, "target", d.Target}, d.Name != ""
	case EventMark:
		key, minutes := "situation.said.mark_"+d.What, max(1, (d.After+30_000)/60_000)
		if minutes < 120 {
			return key, []any{"pct", d.Pct, "minutes", minutes}, true
		}
		return key + "_long", []any{"pct", d.Pct, "hours", minutes / 60, "minutes", minutes % 60}, true
	}
	return "", nil, false
}
