package demand

import (
	"context"
	_ "embed"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
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
	Vault   *seal.Vault      // households' own keys; nil in tests that need none
	Now     func() time.Time // default time.Now
	Purpose *purpose.Service // tells a household who opened its contact; nil in tests that need none

	Catalog  func() *catalog.Catalog  // default the built-in one
	Calendar func() *workday.Calendar // default the State Council's days
	Revision func() int64             // rises when the calendar changed; default never
}

// Observer hears of every change of a demand, in the transaction that makes it,
// after the demand and its events are stored. The transaction may run again.
type Observer interface {
	Observe(ctx context.Context, tx *sqldb.Tx, d *Demand, events []Event) error
}

// Service carries out what residents and the network do with demands.
type Service struct {
	opt     Options
	numbers numbers
	rehomed atomic.Int64 // revision of the tree that all demands are filed by
	observe []Observer
}

// New returns the service.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Catalog == nil {
		built := catalog.Default()
		opt.Catalog = func() *catalog.Catalog { return built }
	}
	if opt.Calendar == nil {
		built := sync.OnceValues(func() (*workday.Calendar, error) { return workday.Default() })
		opt.Calendar = func() *workday.Calendar { return must(built()) }
	}
	if opt.Revision == nil {
		opt.Revision = func() int64 { return 0 }
	}
	return &Service{opt: opt}
}

// must is for data that is part of the program.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Observe has others hear of every change; it is called before the first one.
func (s *Service) Observe(o ...Observer) { s.observe = append(s.observe, o...) }

// Terms are those of today.
func (s *Service) Terms() Terms {
	return Terms{Calendar: s.opt.Calendar(), Catalog: s.opt.Catalog()}
}

// Command is what every change of a demand carries.
type Command struct {
	Key      string // idempotency key; a repeat changes nothing
	Version  int    // as shown to whoever gives it; 0 if nothing was shown
	Note     string // the words
	Basis    string // legal basis, where a step asks for one
	Extra    string // what else a repeat must ask for, of whoever builds on these commands
	Pictures []Picture
}

// Picture is an image that was cleaned of what a camera writes beside it.
type Picture struct {
	Full, Thumb   []byte // JPEG
	Width, Height int    // of Full, in pixels
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
	Number, Action, Note, Basis, Extra string
}

// deed is a change of one demand: who may, and what it does.
type deed struct {
	action string
	actor  auth.Actor
	extra  string                                        // what else the command asks, to tell a repeat from another
	opens  func(d *Demand) error                         // the resident's key; nil for the network
	first  func(ctx context.Context, tx *sqldb.Tx) error // what else is to be read, before may
	may    func(d *Demand) error                         // asked once: a repeat is answered as the first was, though it moved the demand away
	rule   func(d *Demand, now time.Time) error
	after  func(ctx context.Context, tx *sqldb.Tx, d *Demand, now time.Time) error // what changes beside it
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
		d, err := s.load(ctx, tx, number)
		if err != nil {
			return err
		}
		if do.opens != nil {
			if err := do.opens(d); err != nil {
				return err
			}
		}
		req := request{number, do.action, cmd.Note, cmd.Basis, do.extra + cmd.Extra}
		out, err = once.Do(ctx, tx, "demand."+do.actor.ID(), cmd.Key, req, now, func() (Outcome, error) {
			if err := s.allowed(ctx, tx, d, cmd, do); err != nil {
				return Outcome{}, err
			}
			return s.carryOut(ctx, tx, d, cmd, do, now)
		})
		return err
	})
	return out, err
}

func (s *Service) allowed(ctx context.Context, tx *sqldb.Tx, d *Demand, cmd Command, do deed) error {
	if do.first != nil {
		if err := do.first(ctx, tx); err != nil {
			return err
		}
	}
	if do.may != nil {
		if err := do.may(d); err != nil {
			return err
		}
	}
	return d.CheckVersion(cmd.Version)
}

func (s *Service) carryOut(ctx context.Context, tx *sqldb.Tx, d *Demand, cmd Command, do deed, now time.Time) (Outcome, error) {
	if err := do.rule(d, now); err != nil {
		return Outcome{}, err
	}
	if err := s.addPictures(ctx, tx, d, cmd.Pictures, now); err != nil {
		return Outcome{}, err
	}
	out, err := s.store(ctx, tx, do.actor, d, do.action)
	if err == nil && do.after != nil {
		err = do.after(ctx, tx, d, now)
	}
	return out, err
}

// load reads a demand with who helps on it, under the terms of today.
func (s *Service) load(ctx context.Context, q sqldb.Querier, number string) (*Demand, error) {
	d, err := byNumber(ctx, q, number)
	if err != nil {
		return nil, err
	}
	d.Under(s.Terms())
	return d, s.withHelpers(ctx, q, d)
}

func (s *Service) withHelpers(ctx context.Context, q sqldb.Querier, d *Demand) error {
	list, err := helpersOf(ctx, q, d.ID)
	for i, h := range list {
		if full, ok := stopOf(s.tree(), h.UnitID, h.DepartmentID, d.AboutID); ok {
			list[i] = full
		}
	}
	d.Helpers = list
	return err
}

// store writes a changed demand and everything that goes with a change.
func (s *Service) store(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, d *Demand, action string) (Outcome, error) {
	events := d.News()
	if len(events) > 0 {
		if err := save(ctx, tx, d); err != nil {
			return Outcome{}, err
		}
		if err := s.record(ctx, tx, actor, d, action, events); err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{Number: d.Number, State: d.State, Version: d.Version}, nil
}

// record appends the audit row, which holds nothing of what was said, and tells
// the open pages: the demand's own, and the queues of every unit over it. They
// hear that something moved, not which demand: who listens to a unit may not see
// all of its demands.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, d *Demand, action string, events []Event) error {
	if err := s.noteChange(ctx, tx, actor, d, action, events); err != nil {
		return err
	}
	return s.announce(ctx, tx, d)
}

// noteChange appends the audit row and tells the observers.
func (s *Service) noteChange(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, d *Demand, action string, events []Event) error {
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
	for _, o := range s.observe {
		if err := o.Observe(ctx, tx, d, events); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) announce(ctx context.Context, tx *sqldb.Tx, d *Demand) error {
	return s.publish(ctx, tx, s.topics(d))
}

func (s *Service) publish(ctx context.Context, tx *sqldb.Tx, topics []string) error {
	for _, topic := range topics {
		if err := s.opt.Live.Publish(ctx, tx, topic, ""); err != nil {
			return err
		}
	}
	return nil
}

// topics are the open pages that show a demand: its own, and the queues of every
// unit and department concerned.
func (s *Service) topics(d *Demand) []string {
	topics := []string{"demand:" + d.ID}
	tree := s.tree()
	from := d.UnitID
	if d.Confined {
		from = d.OwnerID // whoever is complained of hears nothing
	}
	for _, id := range []string{from, d.OwnerID, d.Pending.UnitID} {
		for u := tree.ByID(id); u != nil && u.Level > network.City; u = tree.Parent(u) {
			if topic := "unit:" + u.ID; !slices.Contains(topics, topic) {
				topics = append(topics, topic)
			}
		}
	}
	depts := []string{d.OwnerDept, d.Pending.DepartmentID}
	for _, h := range d.Helpers {
		if depts = append(depts, h.DepartmentID); h.DepartmentID == "" && !slices.Contains(topics, "unit:"+h.UnitID) {
			topics = append(topics, "unit:"+h.UnitID)
		}
	}
	for _, dept := range depts {
		if dept != "" {
			topics = append(topics, "department:"+dept)
		}
	}
	return topics
}

// notHere is the answer for a demand that doesn't exist and for one that is not
// the asker's to see: nobody learns from it which of the two it is.
func notHere() error { return errs.E(errs.NotFound, "demand.none") }
