package alert

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Options are what a Service works with.
type Options struct {
	DB     *sqldb.DB
	Tree   func() *network.Tree
	Policy *auth.Policy
	Audit  *audit.Log
	Live   *live.Hub
	Now    func() time.Time
	Logger *slog.Logger
	// OrdersFrom lists the orders made of an alert, the latest first.
	OrdersFrom func(ctx context.Context, alertID string) ([]OrderRef, error)
	Feeds      []string // addresses that are asked every minute
	Allow      []string // host:port of feeds that may have a private address
}

// Service takes alerts in and suggests orders.
type Service struct {
	o     Options
	feeds []*feed
	ask   *asker
}

// New returns a Service. It fails if a feed's address can't be asked.
func New(o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.OrdersFrom == nil {
		o.OrdersFrom = func(context.Context, string) ([]OrderRef, error) { return nil, nil }
	}
	s := &Service{o: o}
	var err error
	s.feeds, s.ask, err = feedsOf(o.Feeds, o.Allow)
	return s, err
}

// Take stores a message and says what becomes of it. One that came before is
// returned as it is now, with Known set. An error of the kind Invalid or TooLarge
// says what is wrong with it; a Conflict, that another has its names and says
// something else.
func (s *Service) Take(ctx context.Context, actor auth.Actor, source string, raw []byte) (Alert, error) {
	if !s.o.Policy.May(actor, ActTake) {
		return Alert{}, auth.Denied(actor)
	}
	message, err := cap.Parse(bytes.NewReader(raw))
	if err != nil {
		return Alert{}, err
	}
	a, touched, err := s.received(message, source)
	if err != nil {
		return Alert{}, err
	}
	digest, err := digestOf(message)
	if err != nil {
		return Alert{}, err
	}
	fresh := a
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		a = fresh
		before, was, found, err := known(ctx, tx, &a)
		switch {
		case err != nil:
			return err
		case found && was != digest:
			return errs.E(errs.Conflict, "alert.other_words", "sender", clip(a.Sender, 60), "identifier", clip(a.Identifier, 60))
		case found:
			a, a.Known = before, true
			return nil
		}
		return s.store(ctx, tx, actor, &a, message, touched, digest, string(raw))
	})
	if err != nil {
		return Alert{}, err
	}
	if a.Suggestible(s.o.Now()) {
		sug := s.suggestion(&a, message)
		a.Suggests = &sug
	}
	return a, nil
}

// digestOf names what a message says, however its file is laid out: a feed may
// bring with other line breaks what somebody has uploaded.
func digestOf(m *cap.Alert) (string, error) {
	h := sha256.New()
	err := cap.Write(h, m)
	fmt.Fprintln(h, m.Signed)
	return hex.EncodeToString(h.Sum(nil)), err
}

// received reads what is kept of a message, and which villages it touches.
func (s *Service) received(m *cap.Alert, source string) (a Alert, touched []string, err error) {
	if len(m.Sender) > maxHandle || len(m.Identifier) > maxHandle {
		return a, nil, errs.E(errs.Invalid, "alert.long_name", "max", maxHandle)
	}
	now := s.o.Now()
	a = Alert{ID: sqldb.NewID(), Sender: m.Sender, Identifier: m.Identifier, Sent: utc(m.Sent), Status: m.Status, MsgType: m.MsgType, Scope: m.Scope, Source: source,
		Hazard: mobilise.Other, AboutPerson: anyAboutPerson(m), ReceivedAt: now, Version: 1}
	elsewhere := false
	if i := part(m); i != nil {
		a.Event, a.Headline, a.SenderName = clip(line(i.Event), maxSummary), clip(line(i.Headline), maxSummary), clip(line(i.SenderName), maxSummary)
		a.Severity, a.Urgency, a.Certainty = i.Severity, i.Urgency, i.Certainty
		a.Effective, a.Onset, a.Expires, a.Hazard = utc(i.Effective), utc(i.Onset), utc(expires(m)), hazardOf(i)
		where := areas(m)
		a.Area = described(where)
		var told bool
		touched, told = groundOf(s.o.Tree()).touched(where)
		a.Villages, elsewhere = len(touched), told && len(touched) == 0
	}
	a.State, a.Reason = judge(m, elsewhere, now)
	return a, touched, nil
}

// utc is a moment as the database gives it back, so that a repeat is answered
// as the first was.
func utc(at time.Time) time.Time { return instant(sqldb.MillisOrZero(at)) }

// store writes a new message, and what it changes of others and they of it.
func (s *Service) store(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, a *Alert, m *cap.Alert, touched []string, digest, xml string) error {
	messages, err := naming(ctx, tx, a)
	if err != nil {
		return err
	}
	a.changedBy(messages)
	fresh, err := insert(ctx, tx, a, digest, xml)
	if err != nil {
		return err
	}
	if !fresh { // another replica was quicker by a moment
		return errs.E(errs.Unavailable, "once.try_again")
	}
	if err := insertTowns(ctx, tx, a.ID, townsOf(s.o.Tree(), touched)); err != nil {
		return err
	}
	if err := insertReferences(ctx, tx, a.ID, referencesOf(m)); err != nil {
		return err
	}
	if err := s.changeNamed(ctx, tx, a); err != nil {
		return err
	}
	return s.finish(ctx, tx, actor, "alert.take", a, map[string]any{"sender": clip(a.Sender, 200), "identifier": clip(a.Identifier, 200),
		"status": a.Status, "type": a.MsgType, "state": a.State, "source": a.Source})
}

// changeNamed supersedes or withdraws the alerts that a new message names.
func (s *Service) changeNamed(ctx context.Context, tx *sqldb.Tx, a *Alert) error {
	if !acts(a) {
		return nil
	}
	targets, err := namedBy(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	for i := range targets {
		messages, err := naming(ctx, tx, &targets[i])
		if err != nil {
			return err
		}
		if !targets[i].changedBy(messages) {
			continue
		}
		if err := update(ctx, tx, &targets[i]); err != nil {
			return err
		}
	}
	return nil
}

// referencesOf are those that a message names, each once, as far as they can
// be the names of something that came.
func referencesOf(m *cap.Alert) (list []reference) {
	seen := map[reference]bool{}
	for _, r := range m.References {
		one := reference{r.Sender, r.Identifier, r.Sent.UTC()}
		if seen[one] || len(r.Sender) > maxHandle || len(r.Identifier) > maxHandle || len(list) == maxReferences {
			continue
		}
		seen[one] = true
		list = append(list, one)
	}
	return list
}

// finish writes the audit row and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, a *Alert, detail any) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "alert", ObjectID: a.ID, UnitID: s.o.Tree().RootID(), Detail: detail})
	if err != nil {
		return err
	}
	return s.tell(ctx, tx)
}

func (s *Service) tell(ctx context.Context, tx *sqldb.Tx) error {
	if s.o.Live == nil {
		return nil
	}
	return s.o.Live.Publish(ctx, tx, Topic, "")
}

// Dismiss notes that no order is needed, and why.
func (s *Service) Dismiss(ctx context.Context, actor auth.Actor, cmd Dismiss) error {
	if err := s.o.Policy.Can(actor, ActDecide, auth.Object{}); err != nil {
		return err
	}
	if cmd.Note = line(cmd.Note); cmd.Note == "" {
		return errs.E(errs.Invalid, "alert.invalid").WithField("note", "alert.missing")
	}
	if len([]rune(cmd.Note)) > MaxNote {
		return errs.E(errs.Invalid, "alert.invalid").WithField("note", "alert.too_long", "max", MaxNote)
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "alert.dismiss/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			a, err := one(ctx, tx, cmd.ID)
			if err != nil {
				return false, err
			}
			if cmd.Version != 0 && cmd.Version != a.Version {
				return false, errs.E(errs.Stale, "alert.changed_since")
			}
			if err := a.dismiss(cmd.Note, actor.Name, s.o.Now()); err != nil {
				return false, err
			}
			if err := update(ctx, tx, &a); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, "alert.dismiss", &a, nil)
		})
		return err
	})
}

// Use hears, in the transaction that proposes an order made of an alert or lets
// it go out, what the order makes of it. To propose one fails for who may not see
// the alert, for a real order made of an exercise, and if the alert was withdrawn,
// superseded or ran out meanwhile. Only a real order that goes out uses it up:
// after a drill somebody still has to decide.
func (s *Service) Use(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, u mobilise.AlertUse) error {
	now := s.o.Now()
	if u.Proposed {
		a, err := s.visibleIn(ctx, tx, actor, u.ID)
		if err != nil {
			return err
		}
		if err := a.begins(u.Drill, now); err != nil {
			return err
		}
	}
	if u.Drill || !u.Issued {
		return nil
	}
	a, err := one(ctx, tx, u.ID)
	if err != nil {
		return err
	}
	a.use(now)
	if err := update(ctx, tx, &a); err != nil {
		return err
	}
	return s.finish(ctx, tx, actor, "alert.use", &a, nil)
}

// At returns the same service with another clock.
func (s *Service) At(now func() time.Time) *Service {
	other := *s
	other.o.Now = now
	return &other
}

// Sweep erases the words of alerts about persons when their time is over, and
// deletes what never touched the city.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.o.Now()
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := erase(ctx, tx, now.Add(-personHours*time.Hour), now); err != nil {
			return err
		}
		return forget(ctx, tx, "alert.why.elsewhere", now.AddDate(0, 0, -elsewhereDays))
	})
}
