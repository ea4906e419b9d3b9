package board

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/board/redact"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Desk lists entries of a state to those who decide about them: what is
// proposed oldest first, everything else newest first.
func (s *Service) Desk(ctx context.Context, actor auth.Actor, state State, after *Cursor, limit int) (Page, error) {
	c, err := s.within(actor)
	if err != nil {
		return Page{}, err
	}
	c.Add("state = ?", string(state))
	direction, compare := " DESC", "<"
	if state == Proposed {
		direction, compare = "", ">"
	}
	if after != nil {
		c.Add("(proposed_at, id) "+compare+" (?, ?)", after.At, after.ID)
	}
	list, more, err := entries(ctx, s.opt.DB.Reader(), limit, `SELECT `+columns+` FROM demand_board WHERE `+c.Text()+
		` ORDER BY proposed_at`+direction+`, id`+direction+` LIMIT `+strconv.Itoa(limit+1), c.Args)
	if err != nil {
		return Page{}, err
	}
	p := Page{Entries: s.placed(list)}
	if more {
		last := list[len(list)-1]
		p.Next = &Cursor{At: sqldb.Millis(last.ProposedAt), ID: last.ID}
	}
	return p, nil
}

// Waiting counts what waits for the actor to decide.
func (s *Service) Waiting(ctx context.Context, actor auth.Actor) (n int, err error) {
	c, err := s.within(actor)
	if err != nil {
		return 0, err
	}
	c.Add("state = ?", string(Proposed))
	err = s.opt.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM demand_board WHERE `+c.Text(), c.Args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("board: count: %w", err)
	}
	return n, nil
}

// within is the condition for what the actor decides about.
func (s *Service) within(actor auth.Actor) (*sqldb.Where, error) {
	tree, c := s.tree(), &sqldb.Where{}
	var villages, towns []string
	for _, id := range s.opt.Policy.Scope(actor, ActPublish) {
		u := tree.ByID(id)
		switch {
		case u == nil:
		case u.Level == network.City:
			c.Parts = append(c.Parts, "state <> ''") // everything
			return c, nil
		case u.Level == network.Town:
			towns = append(towns, id)
		case u.Level == network.Village:
			villages = append(villages, id)
		}
	}
	var either []string
	if len(towns) > 0 {
		either = append(either, c.OneOf("town_id", towns))
	}
	if len(villages) > 0 {
		either = append(either, c.OneOf("village_id", villages))
	}
	if len(either) == 0 {
		return nil, auth.Denied(actor)
	}
	c.Parts = append(c.Parts, "("+strings.Join(either, " OR ")+")")
	return c, nil
}

// Review is what an editor decides from: the entry, and beside it what the
// resident and the handler really wrote.
type Review struct {
	Entry
	Number           string    // of the demand
	Question, Answer []Segment // as written, with what was found in it
	NewQuestion      string    // as proposed or published, redacted once more
	NewAnswer        string
}

// Review returns an entry to somebody who decides about it.
func (s *Service) Review(ctx context.Context, actor auth.Actor, id string) (*Review, error) {
	e, err := s.mine(ctx, s.opt.DB.Reader(), actor, id)
	if err != nil {
		return nil, err
	}
	r, err := s.thorough(ctx, e)
	if err != nil {
		return nil, err
	}
	v := &Review{Entry: *s.placed([]*Entry{e})[0]}
	var text string
	if err := s.opt.DB.Reader().QueryRowContext(ctx, `SELECT number, text FROM demand WHERE id = $1`, e.demandID).Scan(&v.Number, &text); err != nil {
		return nil, fmt.Errorf("board: original: %w", err)
	}
	answer, err := answerOf(ctx, s.opt.DB.Reader(), e.demandID)
	if err != nil {
		return nil, err
	}
	if e.State == Withdrawn { // no longer the editor's to read
		return v, nil
	}
	v.Question, v.Answer = marked(r, text), marked(r, answer)
	v.NewQuestion, v.NewAnswer = e.Question, e.Answer
	if e.State == Proposed {
		v.NewQuestion, _ = r.Redact(e.Question)
		v.NewAnswer, _ = r.Redact(e.Answer)
	}
	return v, nil
}

func marked(r *redact.Redactor, text string) []Segment {
	text = strings.ToValidUTF8(text, "")
	return segments(text, r.Look(text))
}

// mine loads an entry that the actor decides about.
func (s *Service) mine(ctx context.Context, q sqldb.Querier, actor auth.Actor, id string) (*Entry, error) {
	if actor.Anonymous() {
		return nil, auth.Denied(actor)
	}
	e, err := entryOf(ctx, q, "id", id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.E(errs.NotFound, "board.none")
	}
	if err != nil {
		return nil, err
	}
	if s.may(actor, e) != nil {
		return nil, errs.E(errs.NotFound, "board.none")
	}
	return e, nil
}

// Check says what is found in an editor's words, for a page that shows it.
func (s *Service) Check(ctx context.Context, actor auth.Actor, id, question, answer string) (q, a []Segment, err error) {
	e, err := s.mine(ctx, s.opt.DB.Reader(), actor, id)
	if err != nil {
		return nil, nil, err
	}
	r, err := s.thorough(ctx, e)
	if err != nil {
		return nil, nil, err
	}
	return marked(r, demand.Clean(question)), marked(r, demand.Clean(answer)), nil
}
