package feedback

import (
	"context"
	"errors"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// Mine returns what an author's key opens: their words and every answer, also
// those that another one got which says the same.
func (s *Service) Mine(ctx context.Context, num, key string) (*Mine, error) {
	q := s.o.DB.Reader()
	f, err := s.byKey(ctx, q, num, key)
	if err != nil {
		return nil, err
	}
	if f.Words, err = s.o.Vault.Open(ctx, f.ID, f.words, wordsBinding(f.ID)); err != nil {
		return nil, err
	}
	m := &Mine{Feedback: *f}
	return m, s.answered(ctx, q, m)
}

// answered adds the answers and the change, of the one that answers for it too.
func (s *Service) answered(ctx context.Context, q sqldb.Querier, m *Mine) (err error) {
	if m.Answers, err = answersOf(ctx, q, m.ID); err != nil {
		return err
	}
	at := m.ID
	if m.SameID != "" {
		other, err := one(ctx, q, `id = $1`, m.SameID)
		if err != nil {
			return err
		}
		more, err := answersOf(ctx, q, other.ID)
		if err != nil {
			return err
		}
		m.Answers, at = append(m.Answers, more...), other.ID
		m.State, m.DueAt = other.State, other.DueAt
	}
	found, err := changes(ctx, q, `feedback_id = $1`, at)
	if len(found) > 0 {
		m.Change = &found[0]
	}
	return err
}

// opened fills in the words of some, once the record says of each that it was read.
func (s *Service) opened(ctx context.Context, actor auth.Actor, some ...[]Feedback) error {
	var items []seal.Item
	var at []*Feedback
	for _, part := range some {
		for i := range part {
			if f := &part[i]; f.words != "" {
				items, at = append(items, seal.Item{Subject: f.ID, Text: f.words, Binding: wordsBinding(f.ID)}), append(at, f)
			}
		}
	}
	if len(items) == 0 {
		return nil
	}
	texts, failed, err := s.o.Vault.OpenAll(ctx, items)
	if err != nil {
		return err
	}
	var read []string
	for i, f := range at {
		switch {
		case failed[i] == nil:
			read = append(read, f.ID)
		case errors.Is(failed[i], seal.ErrErased):
			f.Gone = true
		default:
			return failed[i]
		}
	}
	if err := s.read(ctx, actor, read); err != nil {
		return err
	}
	for i, f := range at {
		f.Words = texts[i]
	}
	return nil
}

// read has the record say, of each of some, that the actor read it: all of them or none.
func (s *Service) read(ctx context.Context, actor auth.Actor, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, id := range ids {
			if err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "feedback.read", ObjectKind: "feedback", ObjectID: id}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Filter says which ones the desk lists.
type Filter struct{ Open bool }

// Cursor is a place in a list.
type Cursor struct {
	At int64
	ID string
}

// Desk lists what was said: open ones, those that wait longest first; or all,
// the newest first. Those merged into another aren't listed.
func (s *Service) Desk(ctx context.Context, actor auth.Actor, only Filter, after *Cursor, limit int) (page []Feedback, next *Cursor, err error) {
	if err := s.desk(actor); err != nil {
		return nil, nil, err
	}
	var w sqldb.Where
	w.Parts = append(w.Parts, "same_id = ''")
	order, than := "DESC", "<"
	if only.Open {
		order, than = "ASC", ">"
		w.Parts = append(w.Parts, "state IN ('new', 'doing')")
	}
	by := "made_at"
	if only.Open {
		by = "due_at"
	}
	if after != nil {
		w.Add("("+by+", id) "+than+" (?, ?)", after.At, after.ID)
	}
	page, err = list(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY `+by+` `+order+`, id `+order+` LIMIT `+w.Arg(limit+1), w.Args...)
	if err != nil {
		return nil, nil, err
	}
	if len(page) > limit {
		page = page[:limit]
		last := page[limit-1]
		next = &Cursor{At: sqldb.Millis(last.MadeAt), ID: last.ID}
		if only.Open {
			next.At = sqldb.MillisOrZero(last.DueAt)
		}
	}
	return page, next, s.opened(ctx, actor, page)
}

// Late reports whether the desk's word on one is overdue.
func (s *Service) Late(f *Feedback) bool { return f.Late(s.now()) }

// Answers reports whether the actor is the desk.
func (s *Service) Answers(actor auth.Actor) bool { return s.desk(actor) == nil }

// Next says where an answer can lead; nowhere for one that another answers for.
func (c *Case) Next() []State {
	if c.SameID != "" {
		return nil
	}
	return follows[c.State]
}

// fewLikely bounds what is offered to be merged.
const fewLikely = 6

// Case is one as the desk sees it.
func (s *Service) Case(ctx context.Context, actor auth.Actor, num string) (*Case, error) {
	if err := s.desk(actor); err != nil {
		return nil, err
	}
	q := s.o.DB.Reader()
	f, err := byNumber(ctx, q, num)
	if err != nil {
		return nil, err
	}
	c := &Case{Mine: Mine{Feedback: *f}}
	if err := s.answered(ctx, q, &c.Mine); err != nil {
		return nil, err
	}
	into, err := list(ctx, q, `id = $1`, f.SameID)
	if err != nil {
		return nil, err
	}
	if c.Same, err = list(ctx, q, `same_id = $1 ORDER BY id LIMIT 50`, f.ID); err != nil {
		return nil, err
	}
	c.Likely, err = list(ctx, q, `route = $1 AND kind = $2 AND id <> $3 AND same_id = '' AND state IN ('new', 'doing', 'changed') ORDER BY made_at DESC LIMIT $4`, f.Route, string(f.Kind), f.ID, fewLikely)
	if err != nil {
		return nil, err
	}
	own := []Feedback{*f}
	if err := s.opened(ctx, actor, own, into, c.Same, c.Likely); err != nil {
		return nil, err
	}
	if len(into) > 0 {
		c.Into = &into[0]
	}
	c.Words, c.Gone = own[0].Words, own[0].Gone
	return c, nil
}

// Changes lists what was changed because of what people said, the newest first.
func (s *Service) Changes(ctx context.Context, after *Place, limit int) (page []Change, next *Place, err error) {
	var w sqldb.Where
	w.Parts = append(w.Parts, "1 = 1")
	if after != nil {
		w.Add("(day, feedback_id) < (?, ?)", after.Day, after.ID)
	}
	page, err = changes(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY day DESC, feedback_id DESC LIMIT `+w.Arg(limit+1), w.Args...)
	if err == nil && len(page) > limit {
		page = page[:limit]
		next = &Place{Day: page[limit-1].Day, ID: page[limit-1].id}
	}
	return page, next, err
}

// Place is where a page of the public list ends.
type Place struct{ Day, ID string }

// Waiting says how many the desk owes a word, and how many of them are overdue.
// It costs one query for the desk and none for others.
func (s *Service) Waiting(ctx context.Context, actor auth.Actor) (open, late int, err error) {
	if s.desk(actor) != nil {
		return 0, 0, nil
	}
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*), COUNT(*) FILTER (WHERE due_at < $1) FROM feedback WHERE state IN ('new', 'doing') AND same_id = ''`,
		sqldb.Millis(s.now())).Scan(&open, &late)
	return open, late, err
}
