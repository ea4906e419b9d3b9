package mediation

import (
	"context"
	"errors"
	"slices"

	"bilin/internal/audit"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// Open shows a case to one of the three. That it was opened is written down in
// the same transaction, for both sides to see.
func (s *Service) Open(ctx context.Context, id, key string) (*Record, error) {
	var r *Record
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		c, side, err := s.byKey(ctx, tx, id, key)
		if err != nil {
			return err
		}
		r = &Record{Case: *c, Me: side}
		if r.Gone = c.gone(); r.Gone {
			return nil
		}
		if err := s.read(ctx, tx, r); err != nil {
			return err
		}
		return s.people(ctx, tx, r)
	})
	if err != nil {
		return nil, err
	}
	return r, s.unseal(ctx, r)
}

// read loads the record and writes down that it was opened.
func (s *Service) read(ctx context.Context, tx *sqldb.Tx, r *Record) (err error) {
	if r.Lines, err = lines(ctx, tx, r.ID); err != nil {
		return err
	}
	by := Reading{Side: r.Me, At: s.now()}
	if r.Me == M {
		by.MediatorID = r.Case.Mediator
	}
	if err := opened(ctx, tx, r.ID, by, s.today()); err != nil {
		return err
	}
	err = s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: "mediation", Action: "mediation.read", ObjectKind: "mediation", ObjectID: r.ID, Purpose: "mediation:" + string(r.Me)})
	if err != nil {
		return err
	}
	r.Readings, err = readings(ctx, tx, r.ID)
	return err
}

// people loads who mediates, or could.
func (s *Service) people(ctx context.Context, q sqldb.Querier, r *Record) (err error) {
	if r.Case.Mediator != "" {
		r.Mediator, err = mediatorByID(ctx, q, r.Case.Mediator)
		return err
	}
	if r.State != Choosing {
		return nil
	}
	if r.Mediators, err = s.candidates(ctx, q, &r.Case); err != nil {
		return err
	}
	theirs := r.Pick[r.Me.other()]
	if i := slices.IndexFunc(r.Mediators, func(m Mediator) bool { return m.ID == theirs }); i >= 0 {
		r.Theirs = &r.Mediators[i]
	}
	return nil
}

// unseal opens what the reader may read: a mediator who was only called sees who
// the sides are, to know whether they are free, and no words.
func (s *Service) unseal(ctx context.Context, r *Record) error {
	if r.Gone {
		return nil
	}
	names := r.Me != M || r.State != Ended
	words := r.Me != M || r.State == Talking || r.State == Agreed
	if !words {
		r.Lines = nil
	}
	items := []seal.Item{{Subject: r.ID, Text: r.name[A], Binding: nameBinding(A, r.ID)}, {Subject: r.ID, Text: r.name[B], Binding: nameBinding(B, r.ID)}, {Subject: r.ID, Text: r.words, Binding: wordsBinding(r.ID)},
		{Subject: r.ID, Text: r.invite, Binding: keyBinding(r.ID)}}
	for _, l := range r.Lines {
		items = append(items, seal.Item{Subject: r.ID, Text: l.Words, Binding: lineBinding(r.ID, l.Seq)})
	}
	texts, failed, err := s.o.Vault.OpenAll(ctx, items)
	if err != nil {
		return err
	}
	for i, err := range failed {
		switch {
		case errors.Is(err, seal.ErrErased):
			r.Gone, r.Lines, r.Draft = true, nil, nil
			return nil
		case err != nil && items[i].Text != "":
			return err
		}
	}
	if names {
		r.unsealed = map[Side]string{A: texts[0], B: texts[1]}
	}
	if words {
		r.openedWords = texts[2]
	}
	if r.Me == A {
		r.Invite = texts[3]
	}
	for i := range r.Lines {
		r.Lines[i].Words = texts[i+4]
		if r.Lines[i].Kind == Draft && r.Lines[i].Edition == r.Edition && r.FollowOn != "" {
			r.Draft = &r.Lines[i]
		}
	}
	return nil
}
