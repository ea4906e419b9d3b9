package mobilise

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/job"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	People  People
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Sealer  *seal.Sealer
	// UseAlert hears, as part of the command, that an order is made of an alert; nil: nobody wants to know.
	UseAlert func(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, u AlertUse) error
	Now      func() time.Time
	Logger   *slog.Logger
}

// Service is the use cases of orders.
type Service struct {
	o        Options
	answers  *batcher
	known    sync.Map // ids of orders by number
	knownN   atomic.Int64
	occupied busyPeople
}

// New returns the service. Start and Stop belong to its answers.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Service{o: o}
	s.answers = newBatcher(s)
	return s
}

// Topic is the live topic of one order: its page and its board hear of it.
func Topic(orderID string) string { return "order:" + orderID }

// ListTopic is that of all orders.
const ListTopic = "orders"

// JobDispatch is the kind of job that tells an order's people; its key and
// payload are the order's id. Signal wakes those that run.
//
// JobGroups is the kind of job that tells chat groups of an edition, a GroupJob.
const (
	JobDispatch = "order.dispatch"
	JobGroups   = "order.groups"
	Signal      = "order.dispatch"
)

// GroupJob names an edition of an order.
type GroupJob struct {
	OrderID string `json:"order"`
	Edition int    `json:"edition"`
	At      int64  `json:"at"` // when it came, ms
}

// Propose asks for an order.
type Propose struct {
	Key      string
	Kind     Kind
	Hazard   Hazard
	Words    Words
	Audience Audience
	Channels []Channel // in the order in which they are used; none is the usual
	Wait     int       // minutes for an answer per channel; 0 is the usual
	AlertID  string
	Missing  MissingPerson
	// Rehearsal asks for a drill to exactly so many people that only the
	// program which asks tells, see Order.IsRehearsal. 0 for every other order.
	Rehearsal int
}

func (c Propose) check(now time.Time) (Propose, error) {
	var err error
	if c.Words, err = c.Words.check(now); err != nil {
		return c, err
	}
	if len(c.Channels) == 0 {
		c.Channels = Channels()
	}
	if c.Wait == 0 {
		c.Wait = defaultWait
	}
	bad := errs.E(errs.Invalid, "order.invalid")
	if c.Kind != Real && c.Kind != Drill {
		bad = bad.WithField("kind", "order.missing")
	}
	if !slices.Contains(Hazards(), c.Hazard) {
		bad = bad.WithField("hazard", "order.missing")
	}
	if c.Words.aboutSomebody(c.Hazard) {
		bad = bad.WithField("what", "order.names_person")
	}
	if c.Wait < 1 || c.Wait > maxWait {
		bad = bad.WithField("wait", "order.bad_wait", "max", maxWait)
	}
	for i, ch := range c.Channels {
		if bit(ch) == 0 || slices.Contains(c.Channels[:i], ch) {
			bad = bad.WithField("channels", "order.bad_channel")
		}
	}
	if err := found(bad); err != nil {
		return c, err
	}
	c.Missing.CaseNumber, c.Missing.AskedBy = plain(c.Missing.CaseNumber), plain(c.Missing.AskedBy)
	return c, c.Missing.check(c.Hazard, c.Words.Until, now)
}

// Preview counts whom an audience would call, for the form.
func (s *Service) Preview(ctx context.Context, actor auth.Actor, a Audience) (Count, error) {
	c, err := s.resolve(ctx, actor, a)
	if err != nil {
		return c, err
	}
	busy, err := s.busy(ctx)
	for _, p := range c.list {
		if busy[p.PersonID] {
			c.Busy++
		}
	}
	return c, err
}

// Propose makes an order. To at most AloneLimit people it goes out at once;
// otherwise a second person has to approve it.
func (s *Service) Propose(ctx context.Context, actor auth.Actor, c Propose) (*Order, error) {
	if !s.o.Policy.May(actor, ActIssue) {
		return nil, auth.Denied(actor)
	}
	if err := c.mayRehearse(actor); err != nil {
		return nil, err
	}
	asked := c // what a repeat is compared by
	c, err := c.check(s.o.Now())
	if err != nil {
		return nil, err
	}
	who, err := s.resolve(ctx, actor, c.Audience)
	if err == nil {
		who, err = who.only(c.Rehearsal)
	}
	switch {
	case err != nil:
		return nil, err
	case who.People == 0:
		return nil, errs.Refuse("who", "order.nobody")
	}
	var number string
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		number, err = once.Do(ctx, tx, "order.propose/"+actor.ID(), c.Key, asked, s.o.Now(), func() (string, error) {
			return s.propose(ctx, tx, actor, c, who)
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return orderBy(ctx, s.o.DB.Reader(), `number = $1`, number)
}

func (s *Service) propose(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c Propose, who Count) (string, error) {
	now := s.o.Now()
	number, err := nextNumber(ctx, tx, now)
	if err != nil {
		return "", err
	}
	o := &Order{ID: sqldb.NewID(), Number: number, UnitID: who.UnitID, FromUnitID: s.from(actor, who.UnitID), Kind: c.Kind, Hazard: c.Hazard, State: Proposed, Words: c.Words, Edition: 1,
		Audience: c.Audience, Channels: c.Channels, Wait: time.Duration(c.Wait) * time.Minute, People: who.People, AlertID: c.AlertID,
		ProposedAt: now, ProposedBy: actor.Human(), Proposer: actor.Name, Missing: MissingPerson{CaseNumber: c.Missing.CaseNumber, AskedBy: c.Missing.AskedBy}, Rehearsal: c.Rehearsal, Version: 1}
	alone := !o.MustBeApproved() && !o.IsRehearsal()
	if alone {
		o.issue(now)
	}
	if err := s.useAlert(ctx, tx, actor, o, true); err != nil {
		return "", err
	}
	if err := insertOrder(ctx, tx, o); err != nil {
		return "", err
	}
	if !alone {
		return number, s.finish(ctx, tx, actor, "order.propose", o, EventProposed, o.What)
	}
	if err := s.send(ctx, tx, o, who); err != nil {
		return "", err
	}
	return number, s.finish(ctx, tx, actor, "order.issue", o, EventIssued, o.What)
}

// send writes the receipts of an order that has just become active, and has
// them worked on.
func (s *Service) send(ctx context.Context, tx *sqldb.Tx, o *Order, who Count) error {
	if err := insertReceipts(ctx, tx, s.o.Network.Tree(), o, who.list); err != nil {
		return err
	}
	return s.wake(ctx, tx, o)
}

// wake has an order's people told, now if that isn't going on already, and the
// groups beside them. A rehearsal has no job: it is told by who asked for it, if at all.
func (s *Service) wake(ctx context.Context, tx *sqldb.Tx, o *Order) error {
	if err := s.resume(ctx, tx, o); err != nil || o.IsRehearsal() {
		return err
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: JobGroups, Key: o.ID + "/" + strconv.Itoa(o.Edition), Payload: GroupJob{o.ID, o.Edition, sqldb.Millis(s.o.Now())}})
}

// resume has those told of whom something is due.
func (s *Service) resume(ctx context.Context, tx *sqldb.Tx, o *Order) error {
	tx.Signal(Signal)
	if o.IsRehearsal() {
		return nil
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: JobDispatch, Key: o.ID, Payload: o.ID})
}

// finish writes the timeline and the record, and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, o *Order, event, text string) error {
	err := AddEvent(ctx, tx, o.ID, Event{At: s.o.Now(), Kind: event, Text: text, Detail: detailOf(o), ActorID: actor.ID(), Actor: actor.Name})
	if err != nil {
		return err
	}
	err = s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "order", ObjectID: o.ID, UnitID: o.UnitID,
		Detail: map[string]any{"number": o.Number, "kind": o.Kind, "people": o.People, "edition": o.Edition}})
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, o.ID)
}

// detailOf keeps the words of an edition beside its event.
func detailOf(o *Order) string {
	text, err := json.Marshal(map[string]any{"edition": o.Edition, "title": o.Title, "what": o.What, "do": o.Do, "where": o.Where, "until": sqldb.MillisOrZero(o.Until), "people": o.People})
	if err != nil {
		return ""
	}
	return string(text)
}

func (s *Service) tell(ctx context.Context, tx *sqldb.Tx, orderID string) error {
	if s.o.Live == nil {
		return nil
	}
	if err := s.o.Live.Publish(ctx, tx, Topic(orderID), ""); err != nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, ListTopic, "")
}
