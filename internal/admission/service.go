package admission

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"bilin/internal/admission/duty"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Options are what a Service needs.
type Options struct {
	DB       *sqldb.DB
	Network  *network.Service
	Policy   *auth.Policy
	Audit    *audit.Log
	Live     *live.Hub
	Calendar func() *workday.Calendar // default the State Council's days
	Duties   func() *duty.Catalog
	// Owed says how many minutes of each lead's month are owed to households on the
	// care list, by cell; unitIDs nil asks for every cell. nil: nothing is.
	Owed func(ctx context.Context, q sqldb.Querier, month string, unitIDs []string) (map[string]int, error)
	Now  func() time.Time // default time.Now
}

// Observer hears of each step of a matter, in its transaction, after it is stored.
// The transaction may run again. unitID is the village of an objection upheld.
type Observer interface {
	MatterStepped(ctx context.Context, tx *sqldb.Tx, m *Matter, kind, unitID string) error
}

// Service carries out what departments and the city office do with matters.
type Service struct {
	opt     Options
	observe []Observer
}

// New returns the service.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Calendar == nil {
		built := sync.OnceValue(func() *workday.Calendar {
			c, err := workday.Default()
			if err != nil {
				panic(err) // part of the program
			}
			return c
		})
		opt.Calendar = built
	}
	return &Service{opt: opt}
}

// Observe has others hear of every step; it is called before the first one.
func (s *Service) Observe(o ...Observer) { s.observe = append(s.observe, o...) }

// Command is what every step of a matter carries.
type Command struct {
	Key     string // idempotency key; a repeat changes nothing
	Version int    // as shown to whoever gives it; 0 if nothing was shown
	Note    string // the reason, which is public
}

// Outcome is what a command left behind.
type Outcome struct {
	Number  string
	State   State
	Version int
}

func (s *Service) now() time.Time { return s.opt.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) tree() *network.Tree { return s.opt.Network.Tree() }

func (s *Service) today() time.Time { return s.opt.Now().In(workday.City) }

// ThisMonth is the month that runs.
func (s *Service) ThisMonth() Month { return Of(s.today()) }

// notHere is the answer for a matter that doesn't exist and for one that isn't
// the asker's to see.
func notHere() error { return errs.E(errs.NotFound, "matter.none") }

// deed is a step of one matter: who may take it, and what it does.
type deed struct {
	action string // "matter.admit"
	kind   string // of the event
	cmd    Command
	extra  string // what else a repeat must ask for
	may    func(m *Matter) error
	rule   func(ctx context.Context, tx *sqldb.Tx, m *Matter, now time.Time) error
	detail func(m *Matter) []Finding
}

// change loads a matter, has the deed change it, and stores it with its event,
// the audit row and the live event, in one transaction and once per key.
func (s *Service) change(ctx context.Context, actor auth.Actor, number string, do deed) (out Outcome, err error) {
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.now()
		m, err := byNumber(ctx, tx, number)
		if err != nil {
			return err
		}
		if err := s.mayRead(actor, m); err != nil {
			return err
		}
		request := []string{m.ID, do.action, do.cmd.Note, do.extra}
		out, err = once.Do(ctx, tx, "admission."+actor.ID(), do.cmd.Key, request, now, func() (Outcome, error) {
			if err := do.may(m); err != nil {
				return Outcome{}, err
			}
			if err := m.CheckVersion(do.cmd.Version); err != nil {
				return Outcome{}, err
			}
			if err := do.rule(ctx, tx, m, now); err != nil {
				return Outcome{}, err
			}
			var findings []Finding
			if do.detail != nil {
				findings = do.detail(m)
			}
			return s.keep(ctx, tx, actor, m, do, findings, now)
		})
		return err
	})
	return out, err
}

// keep stores a changed matter and everything that goes with a step.
func (s *Service) keep(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, m *Matter, do deed, findings []Finding, now time.Time) (Outcome, error) {
	if err := save(ctx, tx, m); err != nil {
		return Outcome{}, err
	}
	e := Event{Seq: m.Seq, At: now, Kind: do.kind, ActorID: actor.ID(), ActorName: actor.Name, Text: do.cmd.Note, Findings: findings}
	e.Role, e.UnitID, e.DepartmentID = role(actor)
	if err := s.record(ctx, tx, actor, m, do.action, e, ""); err != nil {
		return Outcome{}, err
	}
	return Outcome{m.Number, m.State, m.Version}, nil
}

// record writes the event and the audit row, tells the observers and the open pages.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, m *Matter, action string, e Event, unitID string) error {
	if err := addEvent(ctx, tx, m.ID, e); err != nil {
		return err
	}
	entry := audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "matter", ObjectID: m.ID, UnitID: unitID,
		Detail: map[string]string{"number": m.Number, "state": string(m.State)}}
	if err := s.opt.Audit.Append(ctx, tx, entry); err != nil {
		return err
	}
	for _, o := range s.observe {
		if err := o.MatterStepped(ctx, tx, m, e.Kind, unitID); err != nil {
			return err
		}
	}
	for _, topic := range []string{"matter:" + m.ID, "matters"} {
		if err := s.opt.Live.Publish(ctx, tx, topic, ""); err != nil {
			return err
		}
	}
	return nil
}

// Put is a form to be kept: a new draft, or a draft or returned matter changed.
type Put struct {
	Key     string
	Number  string // "" for a new one
	Version int
	Content Content
}

// Put keeps a department's form. It may be incomplete in nothing that Check asks for.
func (s *Service) Put(ctx context.Context, actor auth.Actor, p Put) (Outcome, error) {
	if err := p.Content.Check(); err != nil {
		return Outcome{}, err
	}
	if err := s.known(&p.Content); err != nil {
		return Outcome{}, err
	}
	if err := s.mayDraft(actor, p.Content.DepartmentID); err != nil {
		return Outcome{}, err
	}
	raw, err := json.Marshal(p.Content)
	if err != nil {
		return Outcome{}, err
	}
	if p.Number == "" {
		return s.draft(ctx, actor, p, string(raw))
	}
	return s.change(ctx, actor, p.Number, deed{
		action: "matter.change", kind: "changed", cmd: Command{Key: p.Key, Version: p.Version}, extra: string(raw),
		may: func(m *Matter) error { return s.mayDraft(actor, m.DepartmentID) },
		rule: func(_ context.Context, _ *sqldb.Tx, m *Matter, _ time.Time) error {
			if m.State != Draft && m.State != Returned {
				return errs.E(errs.Conflict, "matter.not_now", "state", string(m.State))
			}
			m.Content = p.Content
			return nil
		},
	})
}

// known refuses units, departments and functions that aren't there.
func (s *Service) known(c *Content) error {
	bad := errs.E(errs.Invalid, "matter.check")
	if s.tree().Department(c.DepartmentID) == nil {
		return bad.WithField("department", "matter.unknown")
	}
	if f, ok := s.opt.Duties().Function(c.FunctionID); !ok || f.ParentID == "" {
		return bad.WithField("function", "matter.unknown")
	}
	if d, ok := s.opt.Duties().Duty(c.DutyID); c.DutyID != "" && !ok {
		return bad.WithField("duty", "matter.unknown")
	} else if c.DutyID != "" && d.List != string(c.Duty) {
		return bad.WithField("list", "matter.other_list")
	}
	for _, id := range c.UnitIDs {
		if u := s.tree().ByID(id); u == nil || !u.Active() {
			return bad.WithField("units", "matter.unknown")
		}
	}
	return nil
}

func (s *Service) draft(ctx context.Context, actor auth.Actor, p Put, request string) (out Outcome, err error) {
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.now()
		out, err = once.Do(ctx, tx, "admission."+actor.ID(), p.Key, []string{"draft", request}, now, func() (Outcome, error) {
			m, err := s.fresh(ctx, tx, actor, p.Content, now)
			if err != nil {
				return Outcome{}, err
			}
			e := Event{At: now, Kind: "drafted", ActorID: actor.ID(), ActorName: actor.Name}
			e.Role, e.UnitID, e.DepartmentID = role(actor)
			if err := insert(ctx, tx, m); err != nil {
				return Outcome{}, err
			}
			return Outcome{m.Number, m.State, m.Version}, s.record(ctx, tx, actor, m, "matter.draft", e, "")
		})
		return err
	})
	return out, err
}

func (s *Service) fresh(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c Content, now time.Time) (*Matter, error) {
	number, err := nextNumber(ctx, tx, now.In(workday.City).Year())
	if err != nil {
		return nil, err
	}
	return &Matter{ID: sqldb.NewID(), Number: number, Content: c, State: Draft, Priority: 5, CreatedAt: now, CreatedBy: actor.ID(), Version: 1}, nil
}
