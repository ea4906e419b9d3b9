package board

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/board/redact"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Publish is an editor's word that an entry may be shown as it is written here.
type Publish struct {
	Key              string // idempotency key
	Version          int    // as shown
	Question, Answer string
	Sure             bool // they looked at what was found, and it gives nobody away
}

// Decline is an editor's word that an entry is not to be shown, or no longer.
type Decline struct {
	Key     string
	Version int
	Reason  string // shown to the author
}

// Publish puts an entry on the board. The words are looked through once more:
// numbers and accounts must go, names and places may stand on the editor's word.
func (s *Service) Publish(ctx context.Context, actor auth.Actor, id string, cmd Publish) error {
	var err error
	if cmd.Question, err = wording("question", cmd.Question, demand.MaxText); err != nil {
		return err
	}
	if cmd.Answer, err = wording("answer", cmd.Answer, demand.MaxText); err != nil {
		return err
	}
	e, err := s.mine(ctx, s.opt.DB.Reader(), actor, id)
	if err != nil {
		return err
	}
	r, err := s.thorough(ctx, e)
	if err != nil {
		return err
	}
	found := map[string][]redact.Find{"question": r.Look(cmd.Question), "answer": r.Look(cmd.Answer)}
	if err := warning(found, cmd.Sure); err != nil {
		return err
	}
	stand := len(found["question"]) + len(found["answer"])
	return s.decide(ctx, actor, id, "demand.board_publish", cmd.Key, cmd.Version, cmd, map[string]int{"let_stand": stand},
		func(e *Entry, now time.Time) error { return e.publish(cmd.Question, cmd.Answer, actor.ID(), now) })
}

// Decline keeps an entry off the board, or takes it off.
func (s *Service) Decline(ctx context.Context, actor auth.Actor, id string, cmd Decline) error {
	var err error
	if cmd.Reason, err = wording("reason", cmd.Reason, MaxReason); err != nil {
		return err
	}
	return s.decide(ctx, actor, id, "demand.board_decline", cmd.Key, cmd.Version, cmd, nil,
		func(e *Entry, now time.Time) error { return e.decline(cmd.Reason, actor.ID(), now) })
}

// decide changes an entry once per key, in one transaction with its audit row and the live events.
func (s *Service) decide(ctx context.Context, actor auth.Actor, id, action, key string, version int, request, detail any,
	rule func(e *Entry, now time.Time) error) error {
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.now()
		e, err := s.mine(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, action+"/"+id+"/"+actor.ID(), key, request, now, func() (bool, error) {
			if err := e.checkVersion(version); err != nil {
				return false, err
			}
			if err := rule(e, now); err != nil {
				return false, err
			}
			e.Place = place(s.tree(), e.villageID, e.townID)
			e.search = s.searchable(e)
			if err := put(ctx, tx, e); err != nil {
				return false, err
			}
			return true, s.record(ctx, tx, actor, e, action, detail)
		})
		return err
	})
}

// record appends the audit row and tells the author's open page and the editors' desks.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, e *Entry, action string, detail any) error {
	err := s.opt.Audit.Append(ctx, tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "demand", ObjectID: e.demandID,
		UnitID: e.unitOf(), Detail: detail,
	})
	if err != nil {
		return err
	}
	topics := []string{"demand:" + e.demandID}
	for _, id := range []string{e.villageID, e.townID} {
		if id != "" {
			topics = append(topics, "unit:"+id)
		}
	}
	for _, topic := range topics {
		if err := s.opt.Live.Publish(ctx, tx, topic, ""); err != nil {
			return err
		}
	}
	return nil
}

// Preview is a demand as others see it or would see it.
type Preview struct {
	State    State  // empty: it isn't on the board and hasn't been proposed
	ID       string // published: of the public page, /board/{id}
	Question string
	Answer   string // empty: not resolved yet
	Place    string
	Reason   string // declined: why
}

// Preview shows an author what the board says of their demand, or would say.
// Whoever asks has shown that the demand is theirs.
func (s *Service) Preview(ctx context.Context, demandID string) (Preview, error) {
	q := s.opt.DB.Reader()
	e, err := entryOf(ctx, q, "demand_id", demandID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Preview{}, err
	}
	if err == nil && e.State != Withdrawn {
		p := Preview{State: e.State, Question: e.Question, Answer: e.Answer, Place: place(s.tree(), e.villageID, e.townID)}
		switch e.State {
		case Published:
			p.ID = e.ID
		case Declined:
			p.Reason = e.Reason
		}
		return p, nil
	}
	return s.wouldBe(ctx, q, demandID)
}

// wouldBe is what would be proposed of a demand as it stands now.
func (s *Service) wouldBe(ctx context.Context, q sqldb.Querier, demandID string) (Preview, error) {
	d := demand.Demand{ID: demandID}
	err := q.QueryRowContext(ctx, `SELECT text, village_id, town_id FROM demand WHERE id = $1`, demandID).Scan(&d.Text, &d.VillageID, &d.TownID)
	if errors.Is(err, sql.ErrNoRows) {
		return Preview{}, errs.E(errs.NotFound, "demand.none")
	}
	if err != nil {
		return Preview{}, fmt.Errorf("board: preview: %w", err)
	}
	e, err := s.propose(ctx, q, &d)
	if err != nil {
		return Preview{}, err
	}
	return Preview{Question: e.Question, Answer: e.Answer, Place: e.Place}, nil
}
