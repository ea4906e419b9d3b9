package lesson

import (
	"context"
	"fmt"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/plaintext"
	"bilin/internal/sqldb"
)

// Plan puts a talk into the calendar and returns its id. Somebody else than the
// actor who is to speak is asked first: nobody speaks unasked.
func (s *Service) Plan(ctx context.Context, actor auth.Actor, cmd Plan) (id string, err error) {
	unit, err := s.home(ctx, actor, cmd.UnitID)
	if err != nil {
		return "", err
	}
	if cmd, err = cmd.check(s.now()); err != nil {
		return "", err
	}
	t := &Talk{ID: sqldb.NewID(), UnitID: unit, Title: cmd.Title, About: cmd.About, Place: cmd.Place, At: cmd.At, Minutes: cmd.Minutes, Places: cmd.Places, State: Open, Came: -1, ChangedAt: s.now(), speaker: actor.PersonID}
	if cmd.PersonID != "" && cmd.PersonID != actor.PersonID {
		if !s.plans(actor, unit) {
			return "", auth.Denied(actor)
		}
		if len(s.tree().Grants(cmd.PersonID)) == 0 {
			return "", errs.Refuse("speaker", "lesson.no_speaker")
		}
		t.State, t.speaker = Asked, cmd.PersonID
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "talk.plan/"+actor.ID(), cmd.Key, cmd, s.now(), func() (string, error) {
			if err := insertTalk(ctx, tx, t, actor.PersonID); err != nil {
				return "", fmt.Errorf("lesson: plan: %w", err)
			}
			return t.ID, s.finish(ctx, tx, actor, "talk.plan", "talk", t.ID, unit)
		})
		return err
	})
	return id, err
}

// SpeakerAt finds who can be asked to speak by the unit they lead.
func (s *Service) SpeakerAt(code string) (personID, name string, err error) {
	u := s.tree().Current(s.tree().ByCode(code))
	if u == nil {
		return "", "", errs.Refuse("speaker", "lesson.no_unit")
	}
	for _, post := range s.tree().Posts(u.ID) {
		if h := post.Serving(); h != nil && (post.Role == auth.Lead || post.Role == auth.GroupLead || post.Role == auth.AreaLead) {
			return h.PersonID, h.Name, nil
		}
	}
	return "", "", errs.Refuse("speaker", "lesson.no_speaker")
}

// Speakers lists the honoured who serve within a unit.
func (s *Service) Speakers(ctx context.Context, actor auth.Actor) (list []Speaker, err error) {
	if s.o.Speakers == nil {
		return nil, nil
	}
	all, err := s.o.Speakers(ctx)
	seen := map[string]bool{}
	for _, x := range all {
		if !seen[x.PersonID] && len(s.tree().Grants(x.PersonID)) > 0 {
			seen[x.PersonID] = true
			list = append(list, x)
		}
	}
	return list, err
}

// changeTalk runs a command on a talk for those whom may lets.
func (s *Service) changeTalk(ctx context.Context, actor auth.Actor, action, key, id string, request any, may func(t *Talk) bool, do func(tx *sqldb.Tx, t *Talk) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, []any{id, request}, s.now(), func() (bool, error) {
			t, err := talkByID(ctx, tx, id)
			if err != nil {
				return false, err
			}
			if !may(t) {
				return false, auth.Denied(actor)
			}
			if err := do(tx, t); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, action, "talk", id, t.UnitID)
		})
		return err
	})
}

func (t *Talk) speaks(actor auth.Actor) bool {
	return actor.PersonID != "" && actor.PersonID == t.speaker
}

func (s *Service) runs(actor auth.Actor) func(t *Talk) bool {
	return func(t *Talk) bool { return t.speaks(actor) || s.plans(actor, t.UnitID) }
}

// Answer is what the one says who was asked to speak.
func (s *Service) Answer(ctx context.Context, actor auth.Actor, key, id string, yes bool) error {
	return s.changeTalk(ctx, actor, "talk.answer", key, id, yes, func(t *Talk) bool { return t.speaks(actor) }, func(tx *sqldb.Tx, t *Talk) error {
		if err := t.answer(yes, s.now()); err != nil {
			return err
		}
		return updateTalk(ctx, tx, t)
	})
}

// Cancel says that a talk doesn't take place, and tells those who have a place.
func (s *Service) Cancel(ctx context.Context, actor auth.Actor, key, id, why string) error {
	return s.changeTalk(ctx, actor, "talk.cancel", key, id, why, s.runs(actor), func(tx *sqldb.Tx, t *Talk) error {
		if err := t.cancel(why, s.now()); err != nil {
			return err
		}
		if err := updateTalk(ctx, tx, t); err != nil {
			return err
		}
		return s.tell(ctx, tx, t)
	})
}

// Move puts a talk at another time or place, and tells those who have a place.
func (s *Service) Move(ctx context.Context, actor auth.Actor, cmd Move) error {
	cmd.Place = plaintext.OneLine(cmd.Place)
	return s.changeTalk(ctx, actor, "talk.move", cmd.Key, cmd.ID, cmd, s.runs(actor), func(tx *sqldb.Tx, t *Talk) error {
		if err := t.move(cmd, s.now()); err != nil {
			return err
		}
		if err := updateTalk(ctx, tx, t); err != nil {
			return err
		}
		if actor.PersonID == t.speaker {
			return s.tell(ctx, tx, t)
		}
		return s.tell(ctx, tx, t, t.speaker)
	})
}

// tell tells those who have a place, and others, what became of a talk.
func (s *Service) tell(ctx context.Context, tx *sqldb.Tx, t *Talk, others ...string) error {
	people, err := seated(ctx, tx, t.ID)
	for _, id := range others {
		if !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	if err != nil || s.o.Tell == nil || len(people) == 0 {
		return err
	}
	return s.o.Tell(ctx, tx, t, people)
}

// Seat takes n places, or changes how many; none gives them back. Saying it twice
// changes nothing, so no key is kept that would outlive the place; nor does the
// record say whose it was.
func (s *Service) Seat(ctx context.Context, actor auth.Actor, id string, n int) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		t, err := talkByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if !s.touches(actor, t) {
			return auth.Denied(actor)
		}
		had, err := seatOf(ctx, tx, id, actor.PersonID)
		if err != nil {
			return err
		}
		if err := t.seat(had, n, s.now()); err != nil || had == n {
			return err
		}
		if err := updateTalk(ctx, tx, t); err != nil {
			return err
		}
		if err := putSeat(ctx, tx, id, actor.PersonID, n); err != nil {
			return err
		}
		return s.finish(ctx, tx, somebody, "talk.seat", "talk", id, t.UnitID)
	})
}

// touches reports whether a talk is for somebody of the actor's units.
func (s *Service) touches(actor auth.Actor, t *Talk) bool {
	if actor.PersonID == "" {
		return false
	}
	for _, id := range s.o.Policy.Scope(actor, ActJoin) {
		if s.tree().Contains(t.UnitID, id) || s.tree().Contains(id, t.UnitID) {
			return true
		}
	}
	return false
}

// Came enters how many came.
func (s *Service) Came(ctx context.Context, actor auth.Actor, key, id string, n int) error {
	return s.changeTalk(ctx, actor, "talk.came", key, id, n, s.runs(actor), func(tx *sqldb.Tx, t *Talk) error {
		if err := t.came(n, s.now()); err != nil {
			return err
		}
		return updateTalk(ctx, tx, t)
	})
}
