package demand

import (
	"context"
	_ "embed"
	"sync/atomic"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Options are what a Service needs.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Sealer  *seal.Sealer
	Now     func() time.Time // default time.Now
}

// Service carries out what residents and the network do with demands.
type Service struct {
	opt     Options
	numbers numbers
	rehomed atomic.Int64 // revision of the tree that all demands are filed by
}

// New returns the service.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Service{opt: opt}
}

// Command is what every change of a demand carries.
type Command struct {
	Key     string // idempotency key; a repeat changes nothing
	Version int    // as shown to whoever gives it; 0 if nothing was shown
	Note    string // the words
}

// Outcome is what a command left behind.
type Outcome struct {
	Number  string
	State   State
	Version int
}

func (s *Service) authority() authority {
	return authority{policy: s.opt.Policy, tree: s.tree()}
}

func (s *Service) tree() *network.Tree { return s.opt.Network.Tree() }

func (s *Service) now() time.Time { return s.opt.Now().UTC().Truncate(time.Millisecond) }

// request is what a repeated key is compared with: the same key must ask the same.
type request struct {
	Number, Action, Note string
}

// deed is a change of one demand: who may, and what it does.
type deed struct {
	action string
	actor  auth.Actor
	may    func(d *Demand) error
	rule   func(d *Demand, now time.Time) error
}

// change loads a demand, has the deed change it, and stores it with its events,
// the audit row and the live event, in one transaction and once per key.
func (s *Service) change(ctx context.Context, number string, cmd Command, do deed) (Outcome, error) {
	number, err := ParseNumber(number)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.now()
		d, err := byNumber(ctx, tx, number)
		if err != nil {
			return err
		}
		if err := do.may(d); err != nil {
			return err
		}
		req := request{number, do.action, cmd.Note}
		out, err = once.Do(ctx, tx, "demand."+do.actor.ID(), cmd.Key, req, now, func() (Outcome, error) {
			if err := d.CheckVersion(cmd.Version); err != nil {
				return Outcome{}, err
			}
			if err := do.rule(d, now); err != nil {
				return Outcome{}, err
			}
			return s.store(ctx, tx, do.actor, d, do.action)
		})
		return err
	})
	return out, err
}

// store writes a changed demand and everything that goes with a change.
func (s *Service) store(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, d *Demand, action string) (Outcome, error) {
	if err := save(ctx, tx, d); err != nil {
		return Outcome{}, err
	}
	if err := s.record(ctx, tx, actor, d, action); err != nil {
		return Outcome{}, err
	}
	return Outcome{Number: d.Number, State: d.State, Version: d.Version}, nil
}

// record appends the audit row, which holds nothing of what was said, and tells
// the open pages: the demand's own, and the queues of every unit over it. They
// hear that something moved, not which demand: who listens to a unit may not see
// all of its demands.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, d *Demand, action string) error {
	entry := audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "demand", ObjectID: d.ID,
		UnitID: d.OwnerID, Detail: map[string]string{"number": d.Number, "kind": string(d.Kind), "state": string(d.State)},
	}
	if action == actContact {
		entry.Purpose = "demand " + d.Number
	}
	if err := s.opt.Audit.Append(ctx, tx, entry); err != nil {
		return err
	}
	return s.announce(ctx, tx, d)
}

func (s *Service) announce(ctx context.Context, tx *sqldb.Tx, d *Demand) error {
	if err := s.opt.Live.Publish(ctx, tx, "demand:"+d.ID, ""); err != nil {
		return err
	}
	tree := s.tree()
	from := d.UnitID
	if d.Kind == Complaint {
		from = d.OwnerID // whoever is complained of hears nothing
	}
	for u := tree.ByID(from); u != nil && u.Level > network.City; u = tree.Parent(u) {
		if err := s.opt.Live.Publish(ctx, tx, "unit:"+u.ID, ""); err != nil {
			return err
		}
	}
	return nil
}

// notHere is the answer for a demand that doesn't exist and for one that is not
// the asker's to see: nobody learns from it which of the two it is.
func notHere() error { return errs.E(errs.NotFound, "demand.none") }
