package honour

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
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Known are those other than leads whom the city knows: volunteers and teams.
type Known interface {
	// Find finds some by what was typed; only those whom the actor may see.
	Find(ctx context.Context, actor auth.Actor, typed string, limit int) ([]Nominee, error)
	// Nominee is one of them, and whether there is one.
	Nominee(ctx context.Context, kind Kind, id string) (n Nominee, found bool, err error)
	// People are the people of teams, read by q: commands ask within their transaction.
	People(ctx context.Context, q sqldb.Querier, teamIDs []string) (map[string][]string, error)
}

// Signer signs certificates, and knows its own signature; the audit log's key does.
type Signer interface {
	Sign(statement string) (signature string, err error)
	Signed(statement, signature string) error
}

// Options are what a Service works with. Live, Known and NeverIn may be left out.
type Options struct {
	DB       *sqldb.DB
	Network  *network.Service
	Policy   *auth.Policy
	Audit    *audit.Log
	Live     *live.Hub
	Vault    *seal.Vault
	Seal     *seal.Sealer
	Signer   Signer
	Calendar func() *workday.Calendar
	Known    Known
	NeverIn  func(ctx context.Context, personIDs []string) ([]string, error) // those who never came in with an account
	Now      func() time.Time
}

// Service runs rounds of honours.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// Topic is the live topic of a round's pages.
func Topic(roundID string) string { return "honour:" + roundID }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }
func (s *Service) now() time.Time      { return s.o.Now().UTC().Truncate(time.Millisecond) }
func (s *Service) today() string       { return s.o.Now().In(workday.City).Format(time.DateOnly) }
func (s *Service) year() int           { return s.o.Now().In(workday.City).Year() }

// Today is the city's day, "2026-11-30".
func (s *Service) Today() string { return s.today() }

func bound(what, id string) string       { return "honour_nomination/" + what + "/" + id }
func boundRemark(what, id string) string { return "honour_objection/" + what + "/" + id }
func boundBallot(roundID, personID string) string {
	return "honour_panel/ballot/" + roundID + "/" + personID
}
func boundForm(roundID, personID string) string { return "once/ballot/" + roundID + "/" + personID }

// same is what tells a repeated form from another under its key, of words that are
// sealed: a plain digest would let whoever has it try words out.
func (s *Service) same(words string) string { return s.o.Seal.Index("honour/words", words) }

// mark stands for who nominated, in one round: it can be compared, and says
// nothing to whoever reads the row.
func (s *Service) mark(roundID, id string) string { return s.o.Seal.Index("honour/by/"+roundID, id) }

// marks are those of some, and the ids themselves, which rows of older releases hold.
func (s *Service) marks(roundID string, ids []string) []string {
	out := slices.Clone(ids)
	for _, id := range ids {
		out = append(out, s.mark(roundID, id))
	}
	return out
}

// finish writes the audit row of a command and tells the open pages. The row
// names ids alone.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, kind, id, unitID, roundID string) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: kind, ObjectID: id, UnitID: unitID})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic(roundID), "")
}

func (s *Service) finishRound(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, r *Round) error {
	return s.finish(ctx, tx, actor, action, "honour_round", r.ID, s.tree().RootID(), r.ID)
}

func (s *Service) runs(actor auth.Actor) error { return s.o.Policy.Can(actor, ActRun, auth.Object{}) }

// Define makes a round, as a draft, or changes one. It returns its id.
func (s *Service) Define(ctx context.Context, actor auth.Actor, cmd Define) (id string, err error) {
	if err := s.runs(actor); err != nil {
		return "", err
	}
	if cmd, err = cmd.check(s.today()); err != nil {
		return "", err
	}
	if cmd.ID != "" {
		return cmd.ID, s.change(ctx, actor, "honour.define", cmd.Key, cmd.ID, cmd.Version, cmd, func(_ *sqldb.Tx, r *Round) error { return r.change(cmd) })
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "honour.define/"+actor.ID(), cmd.Key, cmd, s.now(), func() (string, error) {
			n, err := reserve(ctx, tx, "H", s.year(), 1)
			if err != nil {
				return "", err
			}
			r := &Round{ID: sqldb.NewID(), Number: numbered("H", s.year(), n), State: Draft, MadeAt: s.now(), Version: 1}
			if err := r.change(cmd); err != nil {
				return "", err
			}
			if err := insertRound(ctx, tx, r); err != nil {
				return "", fmt.Errorf("honour: define: %w", err)
			}
			return r.ID, s.finishRound(ctx, tx, actor, "honour.define", r)
		})
		return err
	})
	return id, err
}

// change runs a command of the city office on one round.
func (s *Service) change(ctx context.Context, actor auth.Actor, action, key, id string, version int, request any, do func(tx *sqldb.Tx, r *Round) error) error {
	if err := s.runs(actor); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, [...]any{id, request}, s.now(), func() (bool, error) {
			r, err := roundByID(ctx, tx, id)
			if err != nil {
				return false, err
			}
			if err := shown(r.Version, version); err != nil {
				return false, err
			}
			if err := do(tx, r); err != nil {
				return false, err
			}
			if err := updateRound(ctx, tx, r); err != nil {
				return false, fmt.Errorf("honour: change: %w", err)
			}
			return true, s.finishRound(ctx, tx, actor, action, r)
		})
		return err
	})
}

// AddMember puts somebody with a post into a panel.
func (s *Service) AddMember(ctx context.Context, actor auth.Actor, key, roundID, personID string, version int) error {
	if s.nameInPost(personID) == "" {
		return errs.Refuse("person", "honour.no_person")
	}
	return s.change(ctx, actor, "honour.panel_add", key, roundID, version, personID, func(tx *sqldb.Tx, r *Round) error {
		if err := r.in(Draft, Open); err != nil {
			return err
		}
		n, err := tell(ctx, tx, `SELECT COUNT(*) FROM honour_panel WHERE round_id = $1`, r.ID)
		if err != nil {
			return err
		}
		if n >= MaxPanel {
			return errs.E(errs.Conflict, "honour.large_panel", "max", MaxPanel)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO honour_panel (round_id, person_id, voted_at, ballot) VALUES ($1, $2, 0, '') ON CONFLICT (round_id, person_id) DO NOTHING`, r.ID, personID)
		return err
	})
}

// DropMember takes somebody out of a panel that hasn't begun to vote.
func (s *Service) DropMember(ctx context.Context, actor auth.Actor, key, roundID, personID string, version int) error {
	return s.change(ctx, actor, "honour.panel_drop", key, roundID, version, personID, func(tx *sqldb.Tx, r *Round) error {
		if err := r.in(Draft, Open); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM honour_panel WHERE round_id = $1 AND person_id = $2`, r.ID, personID); err != nil {
			return err
		}
		n, err := tell(ctx, tx, `SELECT COUNT(*) FROM honour_panel WHERE round_id = $1`, r.ID)
		if err == nil && r.State == Open && n < MinPanel {
			err = errs.E(errs.Conflict, "honour.small_panel", "min", MinPanel)
		}
		return err
	})
}

// nameInPost is the name of somebody who serves in a post; "" if they don't.
func (s *Service) nameInPost(personID string) string {
	for _, p := range s.tree().PostsOf(personID) {
		if h := p.Serving(); h != nil && h.PersonID == personID {
			return h.Name
		}
	}
	return ""
}

// Open lets nominations in.
func (s *Service) Open(ctx context.Context, actor auth.Actor, key, id string, version int) error {
	return s.change(ctx, actor, "honour.open", key, id, version, id, func(tx *sqldb.Tx, r *Round) error {
		members, err := panel(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		others, err := tell(ctx, tx, `SELECT COUNT(*) FROM honour_round WHERE opened_year = $1`, s.year())
		if err != nil {
			return err
		}
		if err := r.open(len(members), others, s.today()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE honour_round SET opened_year = $1 WHERE id = $2`, s.year(), r.ID)
		return err
	})
}

// StartVote ends nominations and asks the panel, until a day's end.
func (s *Service) StartVote(ctx context.Context, actor auth.Actor, key, id, until string, version int) error {
	end, err := endOf(until)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, "honour.vote", key, id, version, until, func(tx *sqldb.Tx, r *Round) error {
		list, err := nominations(ctx, tx, `round_id = $1 AND withdrawn = 0 ORDER BY id`, r.ID)
		if err != nil {
			return err
		}
		var stand []Nomination
		unchecked := 0
		for _, n := range list {
			if n.Standing() {
				stand = append(stand, n)
			} else if n.Living() && !n.Checked {
				unchecked++
			}
		}
		if err := r.vote(end, s.now(), s.today(), len(stand), unchecked); err != nil {
			return err
		}
		members, err := panel(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		found, err := s.conflicts(ctx, tx, members, stand)
		if err != nil {
			return err
		}
		return putRecusals(ctx, tx, found)
	})
}

// Prolong sets a new end of a vote that had too few.
func (s *Service) Prolong(ctx context.Context, actor auth.Actor, key, id, until string, version int) error {
	end, err := endOf(until)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, "honour.prolong", key, id, version, until, func(tx *sqldb.Tx, r *Round) error {
		members, err := panel(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		return r.prolong(end, s.now(), ballotsIn(members), len(members))
	})
}

func ballotsIn(members []Member) (n int) {
	for _, m := range members {
		if !m.VotedAt.IsZero() {
			n++
		}
	}
	return n
}

// endOf is the moment at which a day of the city is over.
func endOf(day string) (time.Time, error) {
	d, err := time.ParseInLocation(time.DateOnly, day, workday.City)
	if err != nil {
		return time.Time{}, errs.Refuse("until", "honour.bad_day")
	}
	return d.AddDate(0, 0, 1).UTC(), nil
}

// Award ends the publication and gives certificates to those whom nothing stands against.
func (s *Service) Award(ctx context.Context, actor auth.Actor, key, id string, version int) error {
	return s.change(ctx, actor, "honour.award", key, id, version, id, func(tx *sqldb.Tx, r *Round) error {
		waiting, err := tell(ctx, tx, `SELECT COUNT(*) FROM honour_objection WHERE round_id = $1 AND `+waiting, r.ID)
		if err != nil {
			return err
		}
		if err := r.award(s.now(), waiting); err != nil {
			return err
		}
		list, err := nominations(ctx, tx, `round_id = $1 AND result = 'proposed' AND withdrawn = 0 ORDER BY unit_id, id`, r.ID)
		if err != nil {
			return err
		}
		return s.certify(ctx, tx, r, list)
	})
}
