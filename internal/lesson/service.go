package lesson

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Options are what a Service works with. Live, Honours, Speakers and Tell may be
// left out: then nobody is honoured, and nobody is told.
type Options struct {
	DB       *sqldb.DB
	Network  *network.Service
	Policy   *auth.Policy
	Audit    *audit.Log
	Live     *live.Hub
	Honours  Honours
	Speakers Speakers
	Tell     Tell
	Now      func() time.Time
}

// Service keeps lessons, talks and questions.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// LiveTopic is the live topic of a lesson's or a talk's page.
func LiveTopic(id string) string { return "lesson:" + id }

// Now is the clock.
func (s *Service) Now() time.Time { return s.now() }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }
func (s *Service) now() time.Time      { return s.o.Now().UTC().Truncate(time.Millisecond) }

// finish writes the audit row of a command and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, kind, id, unit string) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: kind, ObjectID: id, UnitID: unit})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, LiveTopic(id), "")
}

// plans reports whether the actor plans for a unit.
func (s *Service) plans(actor auth.Actor, unitID string) bool {
	return s.o.Policy.Can(actor, ActPlan, auth.Object{UnitID: unitID}) == nil
}

// honoured reports whether the actor is honoured.
func (s *Service) honoured(ctx context.Context, actor auth.Actor) (bool, error) {
	if actor.PersonID == "" || s.o.Honours == nil || !s.o.Policy.May(actor, ActJoin) {
		return false, nil
	}
	return s.o.Honours(ctx, actor.PersonID)
}

// Homes are the units for which somebody may teach: those they plan for, and of
// an honoured lead the town.
func (s *Service) Homes(ctx context.Context, actor auth.Actor) (list []*network.Unit, err error) {
	ids := s.o.Policy.Scope(actor, ActPlan)
	yes, err := s.honoured(ctx, actor)
	if err != nil {
		return nil, err
	}
	if yes {
		ids = append(slices.Clone(ids), s.o.Policy.Scope(actor, ActJoin)...)
	}
	for _, id := range ids {
		u := s.tree().Current(s.tree().ByID(id))
		if u == nil {
			continue
		}
		if town := s.tree().At(u, network.Town); town != nil {
			u = town
		}
		if !slices.Contains(list, u) {
			list = append(list, u)
		}
	}
	return list, nil
}

// home checks for which unit somebody teaches.
func (s *Service) home(ctx context.Context, actor auth.Actor, unitID string) (string, error) {
	homes, err := s.Homes(ctx, actor)
	if err != nil {
		return "", err
	}
	if len(homes) == 0 || actor.PersonID == "" {
		return "", auth.Denied(actor)
	}
	if unitID == "" && len(homes) == 1 {
		return homes[0].ID, nil
	}
	if !slices.ContainsFunc(homes, func(u *network.Unit) bool { return u.ID == unitID }) {
		return "", errs.Refuse("unit", "lesson.no_unit")
	}
	return unitID, nil
}

// Write makes a lesson or changes one, and returns its id. What an author says is
// done goes to the editors; what an editor says is done is published.
func (s *Service) Write(ctx context.Context, actor auth.Actor, cmd Write) (id string, err error) {
	if cmd.ID == "" {
		if cmd.UnitID, err = s.home(ctx, actor, cmd.UnitID); err != nil {
			return "", err
		}
	}
	if cmd, err = cmd.check(); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "lesson.write/"+actor.ID(), cmd.Key, cmd, s.now(), func() (string, error) {
			if cmd.ID != "" {
				return cmd.ID, s.rewrite(ctx, tx, actor, cmd)
			}
			l := &Lesson{ID: sqldb.NewID(), UnitID: cmd.UnitID, State: Draft, MadeAt: s.now(), author: actor.PersonID, Version: cmd.Version}
			if err := l.write(cmd, s.plans(actor, cmd.UnitID), s.now()); err != nil {
				return "", err
			}
			if err := insertLesson(ctx, tx, l); err != nil {
				return "", fmt.Errorf("lesson: write: %w", err)
			}
			return l.ID, s.finish(ctx, tx, actor, "lesson.write", "lesson", l.ID, l.UnitID)
		})
		return err
	})
	return id, err
}

func (s *Service) rewrite(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Write) error {
	l, err := s.mine(ctx, tx, actor, cmd.ID)
	if err != nil {
		return err
	}
	if err := l.write(cmd, s.plans(actor, l.UnitID), s.now()); err != nil {
		return err
	}
	if err := updateLesson(ctx, tx, l); err != nil {
		return err
	}
	return s.finish(ctx, tx, actor, "lesson.write", "lesson", l.ID, l.UnitID)
}

// mine loads a lesson for its author or an editor. A draft is its author's alone.
func (s *Service) mine(ctx context.Context, q sqldb.Querier, actor auth.Actor, id string) (*Lesson, error) {
	l, err := lessonByID(ctx, q, id)
	if err != nil {
		return nil, err
	}
	if actor.PersonID != "" && actor.PersonID == l.author || l.State != Draft && s.plans(actor, l.UnitID) {
		return l, nil
	}
	if l.State == Published || l.State == Withdrawn && !l.PublishedAt.IsZero() {
		return nil, auth.Denied(actor)
	}
	return nil, errs.E(errs.NotFound, "lesson.none")
}

// Withdraw takes a lesson back.
func (s *Service) Withdraw(ctx context.Context, actor auth.Actor, key, id, why string) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "lesson.withdraw/"+actor.ID(), key, []string{id, why}, s.now(), func() (bool, error) {
			l, err := s.mine(ctx, tx, actor, id)
			if err != nil {
				return false, err
			}
			if err := l.withdraw(why, s.now()); err != nil {
				return false, err
			}
			if err := updateLesson(ctx, tx, l); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, "lesson.withdraw", "lesson", id, l.UnitID)
		})
		return err
	})
}

// Tick forgets who had a place at what is over, and who asked what was answered long ago.
func (s *Service) Tick(ctx context.Context) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM talk_seat WHERE talk_id IN (SELECT id FROM talk WHERE at < $1)`, sqldb.Millis(s.now().Add(-seatsFor)))
		if err != nil {
			return fmt.Errorf("lesson: forget places: %w", err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE lesson_question SET asker_id = '' WHERE asker_id <> '' AND answered_at > 0 AND answered_at < $1`, sqldb.Millis(s.now().Add(-askerFor)))
		if err != nil {
			return fmt.Errorf("lesson: forget who asked: %w", err)
		}
		return nil
	})
}
