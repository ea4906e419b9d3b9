package meeting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Standing is where a demand stands: a word under meeting.became, and whether it is closed.
type Standing struct {
	Became Became
	Closed bool
}

// Options are what a Service works with. Live may be left out.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Seal    *seal.Sealer
	Now     func() time.Time

	Demands Demands
	Raise   func(ctx context.Context, actor auth.Actor, r Raised) (number, track string, err error)
	Became  func(ctx context.Context, numbers []string) (map[string]Standing, error)
	Invite  func(ctx context.Context, actor auth.Actor, i Invitation) (notice string, err error)
	Strike  func(ctx context.Context, unitID string, texts ...*string) error // residents' names and numbers out of texts
}

// Service keeps meetings and what they resolved.
type Service struct {
	o       Options
	settled atomic.Int64 // revision of the tree that all meetings are filed by
}

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o: o}
}

// Topic is the live topic of a unit's meetings.
func Topic(unitID string) string { return "meetings:" + unitID }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }
func (s *Service) now() time.Time      { return s.o.Now().UTC().Truncate(time.Millisecond) }
func (s *Service) today() string       { return s.o.Now().In(workday.City).Format(time.DateOnly) }

func (s *Service) current(unitID string) *network.Unit {
	return s.tree().Current(s.tree().ByID(unitID))
}

// may reports whether the actor may do something at a unit as it is today.
func (s *Service) may(actor auth.Actor, action auth.Action, unitID string) error {
	if u := s.current(unitID); u != nil {
		unitID = u.ID
	}
	return s.o.Policy.Can(actor, action, auth.Object{UnitID: unitID})
}

// finish writes the audit row of a command and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, unitID, kind, id string) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: kind, ObjectID: id, UnitID: unitID})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic(unitID), "")
}

// topics are what the chosen demands are about; the actor must see each.
func (s *Service) topics(ctx context.Context, actor auth.Actor, unit *network.Unit, items []Item) (map[string]string, error) {
	open, err := s.o.Demands.OpenAt(ctx, actor, unit.Code)
	topics := map[string]string{}
	for _, d := range open {
		topics[d.Number] = d.Topic
	}
	for _, i := range items { // what stands on it already stays, though it was solved meanwhile
		if i.Demand != "" {
			topics[i.Demand] = i.Words
		}
	}
	return topics, err
}

// struck takes residents' names and numbers out of texts.
func (s *Service) struck(ctx context.Context, unitID string, texts ...*string) error {
	if err := s.o.Strike(ctx, unitID, texts...); err != nil {
		return fmt.Errorf("meeting: strike: %w", err)
	}
	return nil
}

// strike takes them out of what a meeting is about.
func (s *Service) strike(ctx context.Context, unitID string, cmd *Call) error {
	texts := []*string{&cmd.Subject, &cmd.Place}
	cmd.Lines = slices.Clone(cmd.Lines)
	for i := range cmd.Lines {
		texts = append(texts, &cmd.Lines[i])
	}
	return s.struck(ctx, unitID, texts...)
}

// Call calls a meeting and returns its number, or changes what one is about.
func (s *Service) Call(ctx context.Context, actor auth.Actor, cmd Call) (num string, err error) {
	request := cmd
	if cmd.Number != "" {
		return cmd.Number, s.recall(ctx, actor, cmd)
	}
	unit := s.tree().Current(s.tree().ByCode(cmd.UnitCode))
	if unit == nil || unit.Level < network.Village {
		return "", errs.Refuse("unit", "meeting.no_unit")
	}
	if err := s.may(actor, ActHold, unit.ID); err != nil {
		return "", err
	}
	if cmd, err = cmd.check(s.now()); err != nil {
		return "", err
	}
	items, err := s.agenda(ctx, actor, unit, &cmd, nil)
	if err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		num, err = once.Do(ctx, tx, "meeting.call/"+actor.ID(), cmd.Key, request, s.now(), func() (string, error) {
			m := &Meeting{ID: sqldb.NewID(), UnitID: unit.ID, VillageID: s.tree().At(unit, network.Village).ID, Subject: cmd.Subject, Place: cmd.Place,
				StartsAt: cmd.StartsAt.UTC().Truncate(time.Minute), State: Called, MadeAt: s.now(), Version: 1}
			year := s.now().In(workday.City).Year()
			n, err := reserve(ctx, tx, year, 1)
			if err != nil {
				return "", err
			}
			m.Number = numbered(year, n)
			if err := insertMeetings(ctx, tx, m); err != nil {
				return "", fmt.Errorf("meeting: call: %w", err)
			}
			if err := putItems(ctx, tx, m.ID, items); err != nil {
				return "", err
			}
			return m.Number, s.finish(ctx, tx, actor, "meeting.call", m.UnitID, "meeting", m.ID)
		})
		return err
	})
	return num, err
}

func (s *Service) agenda(ctx context.Context, actor auth.Actor, unit *network.Unit, cmd *Call, had []Item) ([]Item, error) {
	topics, err := s.topics(ctx, actor, unit, had)
	if err != nil {
		return nil, err
	}
	if err := s.strike(ctx, unit.ID, cmd); err != nil {
		return nil, err
	}
	return agenda(*cmd, topics)
}

// recall changes what a meeting is about.
func (s *Service) recall(ctx context.Context, actor auth.Actor, cmd Call) error {
	request := cmd
	m, err := s.held(ctx, actor, cmd.Number)
	if err != nil {
		return err
	}
	if cmd, err = cmd.check(s.now()); err != nil {
		return err
	}
	unit := s.current(m.UnitID)
	had, err := itemsOf(ctx, s.o.DB.Reader(), m.ID)
	if err != nil || unit == nil {
		return err
	}
	items, err := s.agenda(ctx, actor, unit, &cmd, had)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, "meeting.call", cmd.Key, cmd.Number, cmd.Version, request, func(tx *sqldb.Tx, m *Meeting) error {
		if err := changeable(ctx, tx, m); err != nil {
			return err
		}
		m.Subject = cmd.Subject
		return putItems(ctx, tx, m.ID, items)
	})
}

// held loads a meeting that the actor may hold.
func (s *Service) held(ctx context.Context, actor auth.Actor, num string) (*Meeting, error) {
	m, err := byNumber(ctx, s.o.DB.Reader(), num)
	if err != nil {
		return nil, err
	}
	return m, s.may(actor, ActHold, m.UnitID)
}

// anyVersion is for commands that add to a meeting and change nothing shown.
const anyVersion = -1

// change runs a command on a meeting that the actor may hold.
func (s *Service) change(ctx context.Context, actor auth.Actor, action, key, num string, version int, request any, do func(tx *sqldb.Tx, m *Meeting) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, request, s.now(), func() (bool, error) {
			m, err := byNumber(ctx, tx, num)
			if err != nil {
				return false, err
			}
			if err := s.may(actor, ActHold, m.UnitID); err != nil {
				return false, err
			}
			if version != anyVersion {
				if err := shown(m.Version, version); err != nil {
					return false, err
				}
			}
			if err := do(tx, m); err != nil {
				return false, err
			}
			if err := updateMeeting(ctx, tx, m); err != nil {
				return false, fmt.Errorf("meeting: change: %w", err)
			}
			return true, s.finish(ctx, tx, actor, action, m.UnitID, "meeting", m.ID)
		})
		return err
	})
}

// Move puts a meeting elsewhere and tells those who were invited.
func (s *Service) Move(ctx context.Context, actor auth.Actor, cmd Move) error {
	request := cmd
	m, err := s.held(ctx, actor, cmd.Number)
	if err != nil {
		return err
	}
	if err := s.struck(ctx, m.UnitID, &cmd.Place, &cmd.Why); err != nil {
		return err
	}
	cmd.StartsAt = cmd.StartsAt.UTC().Truncate(time.Minute)
	err = s.change(ctx, actor, "meeting.move", cmd.Key, cmd.Number, cmd.Version, request, func(tx *sqldb.Tx, m *Meeting) error {
		if err := changeable(ctx, tx, m); err != nil {
			return err
		}
		return m.move(cmd, s.now())
	})
	if err != nil {
		return err
	}
	return s.retell(ctx, cmd.Number)
}

// Cancel takes a meeting back and tells those who were invited.
func (s *Service) Cancel(ctx context.Context, actor auth.Actor, cmd Cancel) error {
	request := cmd
	m, err := s.held(ctx, actor, cmd.Number)
	if err != nil {
		return err
	}
	if err := s.struck(ctx, m.UnitID, &cmd.Why); err != nil {
		return err
	}
	err = s.change(ctx, actor, "meeting.cancel", cmd.Key, cmd.Number, cmd.Version, request, func(tx *sqldb.Tx, m *Meeting) error {
		if err := changeable(ctx, tx, m); err != nil {
			return err
		}
		resolved, err := resolutions(ctx, tx, `WHERE r.meeting_id = $1 LIMIT 1`, m.ID)
		if err == nil && len(resolved) > 0 {
			err = errs.E(errs.Conflict, "meeting.resolved_already")
		}
		if err != nil {
			return err
		}
		return m.cancel(cmd.Why)
	})
	if err != nil {
		return err
	}
	return s.retell(ctx, cmd.Number)
}

// Tick follows the network, climbs what is long overdue, tells what couldn't be
// told, and forgets drafts that nobody published. What fails holds up nothing else.
func (s *Service) Tick(ctx context.Context) error {
	return errors.Join(s.Settle(ctx), s.sendWaiting(ctx), s.retellAll(ctx), s.climb(ctx), s.forgetDrafts(ctx))
}

func (s *Service) forgetDrafts(ctx context.Context) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM meeting_minutes WHERE edition = 0 AND at < $1`, sqldb.Millis(s.now().Add(-draftKept)))
		return err
	})
}

const climbsAtOnce = 200

func (s *Service) climb(ctx context.Context) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		list, err := resolutions(ctx, tx, `WHERE r.next_at > 0 AND r.next_at <= $1 ORDER BY r.next_at, r.id LIMIT $2`, sqldb.Millis(s.now()), climbsAtOnce)
		if err != nil {
			return err
		}
		for i := range list {
			r := &list[i]
			if !r.climb(s.above(r.WithUnit), s.now()) {
				continue
			}
			if err := updateResolution(ctx, tx, r); err != nil {
				return fmt.Errorf("meeting: climb: %w", err)
			}
			if err := s.finish(ctx, tx, auth.System("schedule"), "meeting.climb", r.WithUnit, "resolution", r.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// above is the unit over one, up to the town.
func (s *Service) above(unitID string) string {
	u := s.current(unitID)
	if u == nil {
		return s.heir(unitID)
	}
	if u.Level <= network.Town {
		return ""
	}
	return s.tree().Parent(u).ID
}
