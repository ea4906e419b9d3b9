package practice

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Options are what a Service works with. Live may be left out.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Now     func() time.Time
}

// Service keeps practices.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// LiveTopic is the live topic of a practice's pages.
func LiveTopic(id string) string { return "practice:" + id }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }
func (s *Service) now() time.Time      { return s.o.Now().UTC().Truncate(time.Millisecond) }
func (s *Service) today() string       { return s.o.Now().In(workday.City).Format(time.DateOnly) }

// finish writes the audit row of a command and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, p *Practice, unit string) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "practice", ObjectID: p.ID, UnitID: unit})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, LiveTopic(p.ID), "")
}

// side says on which side of a practice somebody stands; "" on none. Nobody
// stands on both: its author is never its editor.
func (s *Service) side(actor auth.Actor, p *Practice) Side {
	here := auth.Object{UnitID: p.UnitID}
	switch {
	case actor.PersonID != "" && actor.PersonID == p.author:
		return Author
	case s.o.Policy.Can(actor, ActEdit, here) == nil:
		return Editor
	case s.o.Policy.Can(actor, ActTry, here) == nil: // who answers for the village, once its author is gone
		return Author
	}
	return ""
}

// stands reports whether somebody's word is their side's: an author's is their
// own, and the village's only once they serve nowhere any more.
func (s *Service) stands(actor auth.Actor, p *Practice, side Side) bool {
	return side == Editor || side == Author && (actor.PersonID == p.author || len(s.tree().Grants(p.author)) == 0)
}

// both loads a practice for one of its two sides. A draft is its author's alone.
func (s *Service) both(ctx context.Context, q sqldb.Querier, actor auth.Actor, id string) (*Practice, Side, error) {
	p, err := practiceByID(ctx, q, id)
	if err != nil {
		return nil, "", err
	}
	side := s.side(actor, p)
	if side != "" && (p.offered > 0 || actor.PersonID == p.author) {
		return p, side, nil
	}
	if p.Public() {
		return nil, "", auth.Denied(actor)
	}
	return nil, "", errs.E(errs.NotFound, "practice.none")
}

// Homes are the units for which somebody may write a practice: their village, or
// the town or city they work for.
func (s *Service) Homes(actor auth.Actor) (list []*network.Unit) {
	seen := map[string]bool{}
	for _, id := range s.o.Policy.Scope(actor, ActWrite) {
		u := s.tree().Current(s.tree().ByID(id))
		if u == nil {
			continue
		}
		if v := s.tree().At(u, network.Village); v != nil {
			u = v
		}
		if !seen[u.ID] {
			seen[u.ID] = true
			list = append(list, u)
		}
	}
	return list
}

// home checks for which unit a new practice is written.
func (s *Service) home(actor auth.Actor, unitID string) (string, error) {
	homes := s.Homes(actor)
	if len(homes) == 0 || actor.PersonID == "" {
		return "", auth.Denied(actor)
	}
	if unitID == "" && len(homes) == 1 {
		return homes[0].ID, nil
	}
	for _, u := range homes {
		if u.ID == unitID {
			return u.ID, nil
		}
	}
	return "", errs.Refuse("unit", "practice.no_unit")
}

// Write makes a practice, or puts other words in place of those that were
// shown. It returns its id. If somebody wrote meanwhile, the error is Stale and
// nothing is lost: theirs stands, and these are still with whoever wrote them.
func (s *Service) Write(ctx context.Context, actor auth.Actor, cmd Write) (id string, err error) {
	if cmd.ID == "" {
		return s.begin(ctx, actor, cmd)
	}
	return cmd.ID, s.change(ctx, actor, "practice.write", cmd.Key, cmd.ID, cmd, func(tx *sqldb.Tx, p *Practice, side Side) error {
		if side == Editor {
			cmd.Offer = false
		}
		cmd, err := cmd.check(p.State)
		if err != nil {
			return err
		}
		if err := p.write(side, cmd, s.now()); err != nil {
			return err
		}
		if err := update(ctx, tx, p); err != nil { // first, so that of two at once the later finds the earlier
			return err
		}
		return s.keep(ctx, tx, actor, p, side, cmd)
	})
}

func (s *Service) begin(ctx context.Context, actor auth.Actor, cmd Write) (id string, err error) {
	unit, err := s.home(actor, cmd.UnitID)
	if err != nil {
		return "", err
	}
	if cmd, err = cmd.check(Draft); err != nil {
		return "", err
	}
	cmd.Edition = 0
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "practice.write/"+actor.ID(), cmd.Key, cmd, s.now(), func() (string, error) {
			p := &Practice{ID: sqldb.NewID(), UnitID: unit, State: Draft, MadeAt: s.now(), author: actor.PersonID}
			if err := p.write(Author, cmd, s.now()); err != nil {
				return "", err
			}
			if err := insert(ctx, tx, p); err != nil {
				return "", fmt.Errorf("practice: begin: %w", err)
			}
			if err := s.keep(ctx, tx, actor, p, Author, cmd); err != nil {
				return "", err
			}
			return p.ID, s.finish(ctx, tx, actor, "practice.write", p, unit)
		})
		return err
	})
	return id, err
}

// keep stores an edition of the words, with the picture that came with it.
func (s *Service) keep(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, p *Practice, side Side, cmd Write) error {
	err := insertText(ctx, tx, p.ID, Edition{Text: cmd.Text, Topic: cmd.Topic, Number: p.Edition, Side: side, At: s.now(), by: actor.PersonID})
	if err != nil {
		return fmt.Errorf("practice: keep: %w", err)
	}
	if cmd.Picture == nil {
		return nil
	}
	return insertPicture(ctx, tx, p.ID, p.Edition, cmd.Picture)
}

// change runs a command of one of the two sides; do stores what it changes.
func (s *Service) change(ctx context.Context, actor auth.Actor, action, key, id string, request any, do func(tx *sqldb.Tx, p *Practice, side Side) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, []any{id, request}, s.now(), func() (bool, error) {
			p, side, err := s.both(ctx, tx, actor, id)
			if err != nil {
				return false, err
			}
			if err := do(tx, p, side); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, action, p, p.UnitID)
		})
		return err
	})
}

// Agree stands by the latest words. When both sides do, they are published.
func (s *Service) Agree(ctx context.Context, actor auth.Actor, key, id string, edition int) (published bool, err error) {
	err = s.change(ctx, actor, "practice.agree", key, id, edition, func(tx *sqldb.Tx, p *Practice, side Side) error {
		if !s.stands(actor, p, side) {
			return errs.E(errs.Conflict, "practice.authors_own")
		}
		text, err := textOf(ctx, tx, p.ID, p.Edition)
		if err != nil {
			return err
		}
		out, err := p.agree(side, text, edition, s.now())
		if err != nil {
			return err
		}
		if err := update(ctx, tx, p); err != nil || !out {
			return err
		}
		return regram(ctx, tx, p.ID, &text.Text)
	})
	if err != nil {
		return false, err
	}
	p, err := practiceByID(ctx, s.o.DB.Reader(), id) // a repeated tap is told the same
	return err == nil && p.State == Published && p.Shown >= edition, err
}

// Say tells the other side something about it.
func (s *Service) Say(ctx context.Context, actor auth.Actor, key, id, words string) error {
	words = paragraphs(words)
	if code := textFault(words, MaxWords, true); code != "" {
		return errs.Refuse("words", code, "max", MaxWords)
	}
	return s.change(ctx, actor, "practice.say", key, id, words, func(tx *sqldb.Tx, p *Practice, side Side) error {
		p.ChangedAt = s.now()
		if err := update(ctx, tx, p); err != nil {
			return err
		}
		return insertComment(ctx, tx, p.ID, actor.PersonID, Comment{Edition: p.Edition, Side: side, Words: words, At: s.now()})
	})
}

// Unpicture takes a picture away at once, published or not.
func (s *Service) Unpicture(ctx context.Context, actor auth.Actor, key, id, picture string) error {
	return s.change(ctx, actor, "practice.unpicture", key, id, picture, func(tx *sqldb.Tx, p *Practice, _ Side) error {
		return deletePicture(ctx, tx, p.ID, picture)
	})
}

// Withdraw takes a practice back. Its page says so, and why.
func (s *Service) Withdraw(ctx context.Context, actor auth.Actor, key, id, why string) error {
	return s.change(ctx, actor, "practice.withdraw", key, id, why, func(tx *sqldb.Tx, p *Practice, _ Side) error {
		if err := p.withdraw(why, s.now()); err != nil {
			return err
		}
		if err := update(ctx, tx, p); err != nil {
			return err
		}
		return regram(ctx, tx, p.ID, nil)
	})
}

// Try says that a village does it too.
func (s *Service) Try(ctx context.Context, actor auth.Actor, key, id, village string) error {
	return s.take(ctx, actor, "practice.try", key, id, village, nil, func(tx *sqldb.Tx, p *Practice, had *Take) error {
		t, err := p.takes(had, village, s.today())
		if err != nil {
			return err
		}
		t.by = actor.PersonID
		return putTake(ctx, tx, t)
	})
}

// Tell says what came of it in a village.
func (s *Service) Tell(ctx context.Context, actor auth.Actor, cmd TellCame) error {
	return s.take(ctx, actor, "practice.tell", cmd.Key, cmd.ID, cmd.VillageID, cmd, func(tx *sqldb.Tx, _ *Practice, t *Take) error {
		if t == nil {
			return errs.E(errs.Conflict, "practice.not_taken")
		}
		if err := t.tell(cmd, s.today()); err != nil {
			return err
		}
		t.by = actor.PersonID
		return putTake(ctx, tx, t)
	})
}

// End ends it in a village. Where nothing was told yet it was never begun.
func (s *Service) End(ctx context.Context, actor auth.Actor, key, id, village string) error {
	return s.take(ctx, actor, "practice.end", key, id, village, nil, func(tx *sqldb.Tx, _ *Practice, t *Take) error {
		if t == nil {
			return errs.E(errs.Conflict, "practice.not_taken")
		}
		if err := t.end(s.today()); err != nil {
			return err
		}
		t.by = actor.PersonID
		if t.Came == Unsaid {
			return dropTake(ctx, tx, t)
		}
		return putTake(ctx, tx, t)
	})
}

// take runs a command of a village about a practice.
func (s *Service) take(ctx context.Context, actor auth.Actor, action, key, id, village string, request any, do func(tx *sqldb.Tx, p *Practice, had *Take) error) error {
	u := s.tree().ByID(village)
	if u == nil || u.Level != network.Village {
		return errs.E(errs.NotFound, "practice.no_unit")
	}
	if err := s.o.Policy.Can(actor, ActTry, auth.Object{UnitID: village}); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, []any{id, village, request}, s.now(), func() (bool, error) {
			p, err := practiceByID(ctx, tx, id)
			if err != nil {
				return false, err
			}
			had, err := takeOf(ctx, tx, id, village)
			if err != nil {
				return false, err
			}
			if err := do(tx, p, had); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, action, p, village)
		})
		return err
	})
}
