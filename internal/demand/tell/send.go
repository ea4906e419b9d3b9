package tell

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// send is the job of one message. It may run again at any point: the gateway
// takes an id once, and Told counts once.
func (s *Service) send(ctx context.Context, run job.Run) error {
	var id string
	if err := run.Decode(&id); err != nil {
		return err
	}
	m, ok, err := load(ctx, s.opt.DB.Reader(), id)
	if err != nil || !ok {
		return err
	}
	switch {
	case s.opt.Sender == nil: // there was one when it was queued
		return s.end(ctx, run, m, Dropped, "demand.tell.no_gateway")
	case m.held:
		return job.Snooze(inOrder)
	}
	out, why, err := s.compose(ctx, m)
	if err != nil {
		return err
	}
	if why != "" {
		return s.end(ctx, run, m, Failed, why)
	}
	m.attempts++
	err = s.opt.Sender.Send(ctx, out)
	if err == nil {
		return s.arrived(ctx, run, m)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.end(ctx, run, m, Failed, errs.CodeOf(err))
	case s.opt.Now().Sub(m.at) > giveUp: // after an attempt: the program may have been off for days
		return s.end(ctx, run, m, Failed, "demand.tell.gave_up")
	}
	return s.later(ctx, m, err)
}

// compose puts number and text together; why says what is wrong with the contact.
func (s *Service) compose(ctx context.Context, m message) (out gateway.Message, why string, err error) {
	contact, why, err := s.contact(ctx, m)
	switch {
	case err != nil || why != "":
		return out, why, err
	case !demand.Mobile(contact):
		return out, "demand.tell.no_mobile", nil
	}
	link, err := s.link(m)
	if err != nil {
		s.opt.Logger.Error("tell: open tracking key", "message", m.id, "error", err)
		link = s.t("bare") // they have the key from when they raised it
	}
	by := who(m.unit, m.name)
	if m.toUnit != "" {
		by = who(m.toUnit, m.toName)
	}
	if by == "" {
		by = s.t("network")
	}
	return gateway.Message{ID: m.id, To: mobile(contact), Text: s.t(string(m.word), "number", m.number, "who", by) + link}, "", nil
}

// contact opens the number of whom a message is for.
func (s *Service) contact(ctx context.Context, m message) (number, why string, err error) {
	if id, ok := strings.CutPrefix(m.recipient, person); ok {
		if s.opt.Phones == nil {
			return "", "demand.tell.no_mobile", nil
		}
		number, err = s.opt.Phones.ReadPhone(ctx, auth.System(kind), network.PhoneOfPerson, id, "demand "+m.number)
		if errs.KindOf(err) == errs.NotFound {
			return "", "demand.tell.no_mobile", nil
		}
		return number, "", err
	}
	binding, household := demand.ContactBinding(m.demandID), m.household
	if m.recipient != author {
		binding, household = demand.FollowBinding(m.recipient), ""
	}
	number, err = demand.OpenContact(ctx, s.opt.Sealer, s.opt.Vault, household, m.contact, binding)
	if errors.Is(err, seal.ErrErased) { // the household is gone, or wished to be forgotten
		return "", "demand.tell.no_mobile", nil
	}
	if err != nil {
		s.opt.Logger.Error("tell: open contact", "message", m.id, "error", err)
		return "", "demand.tell.unreadable", nil
	}
	return number, "", nil
}

// link says where the demand is to be seen, with the key that opens it to its author alone.
func (s *Service) link(m message) (string, error) {
	if m.recipient != author {
		return "", nil
	}
	if s.opt.PublicURL == "" || m.track == "" {
		return s.t("bare"), nil
	}
	key, err := s.opt.Sealer.Open(m.track, demand.TrackBinding(m.demandID))
	if err != nil {
		return "", err
	}
	return s.t("link", "url", s.opt.PublicURL+"/t/"+m.number+"?"+url.Values{"k": {key}}.Encode()), nil
}

func (s *Service) t(key string, args ...any) string {
	return s.catalog.T(s.opt.Locale, "demand.tell."+key, args...)
}

// arrived ends a message that the gateway took. The seven days start before the
// message is marked: were it the other way round, a crash between the two would
// leave a resolution whose silence nobody counts.
func (s *Service) arrived(ctx context.Context, run job.Run, m message) error {
	if m.recipient == author && m.word.starts() && s.opt.Told != nil {
		err := s.opt.Told.Told(ctx, m.demandID, m.seq, s.opt.Now())
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return fmt.Errorf("tell: told: %w", err)
		}
	}
	return s.end(ctx, run, m, Sent, "")
}

// end writes what became of a message, that the contact was read for it, and
// that its job is done, together.
func (s *Service) end(ctx context.Context, run job.Run, m message, state State, why string) error {
	err := s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var sent time.Time
		if state == Sent {
			sent = s.opt.Now()
		}
		if err := settle(ctx, tx, m, state, why, sent); err != nil {
			return err
		}
		if m.attempts > 0 {
			if err := s.opt.Audit.Append(ctx, tx, s.entry(m, state)); err != nil {
				return err
			}
		}
		if err := s.refresh(ctx, tx, m); err != nil {
			return err
		}
		return run.Finish(ctx, tx)
	})
	if errors.Is(err, job.ErrLost) {
		return nil // another run has it; that one ends it
	}
	if err == nil && state == Failed {
		s.opt.Logger.Warn("tell: message failed", "message", m.id, "why", why, "attempts", m.attempts)
	}
	return err
}

// entry records that a number was opened to send a message to it.
func (s *Service) entry(m message, state State) audit.Entry {
	actor := auth.System(kind)
	return audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: kind, ObjectKind: "demand", ObjectID: m.demandID, UnitID: m.ownerID,
		Purpose: "demand " + m.number,
		Detail:  map[string]any{"message": m.id, "seq": m.seq, "word": string(m.word), "state": string(state), "author": m.recipient == author},
	}
}

func (s *Service) refresh(ctx context.Context, tx *sqldb.Tx, m message) error {
	if s.opt.Live == nil {
		return nil
	}
	return s.opt.Live.Publish(ctx, tx, "demand:"+m.demandID, "")
}

// quiet is how long the log says nothing more about a gateway that fails.
const quiet = time.Minute

// later tries a message again after a while. It asks the runner for another
// turn instead of failing: a gateway may be down for longer than a job may fail.
func (s *Service) later(ctx context.Context, m message, cause error) error {
	err := s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error { return postpone(ctx, tx, m, errs.CodeOf(cause)) })
	if err != nil {
		return err
	}
	now := s.opt.Now().UnixMilli()
	if last := s.warned.Load(); now-last >= quiet.Milliseconds() && s.warned.CompareAndSwap(last, now) {
		s.opt.Logger.Warn("tell: the gateway doesn't take messages; they will be sent again", "message", m.id, "error", cause)
	}
	return job.Snooze(wait(m.attempts, rand.Float64()))
}

// sweep queues again what still waits after a day, in case its job was lost. One
// that is under way stays as it is.
func (s *Service) sweep(ctx context.Context) error {
	before, after := s.opt.Now().Add(-giveUp), message{}
	for {
		list, err := waiting(ctx, s.opt.DB.Reader(), before, after)
		if err != nil || len(list) == 0 {
			return err
		}
		jobs := make([]job.Job, len(list))
		for i, m := range list {
			jobs[i] = job.Job{Kind: kind, Key: m.id, Payload: m.id}
		}
		err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error { return job.EnqueueMany(ctx, tx, jobs) })
		if err != nil {
			return err
		}
		after = list[len(list)-1]
	}
}
