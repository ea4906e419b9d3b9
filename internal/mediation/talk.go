package mediation

import (
	"context"
	"errors"
	"slices"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Pick says whom a side would take.
func (s *Service) Pick(ctx context.Context, id, key, formKey, mediatorID string, version int) error {
	f := form{id: id, key: key, action: "mediation.pick", formKey: formKey, version: version, content: mediatorID}
	return s.change(ctx, f, func(tx *sqldb.Tx, c *Case, side Side) error {
		if side == M {
			return notNow()
		}
		m, err := mediatorByID(ctx, tx, mediatorID)
		if err != nil {
			return errs.Refuse("mediator", "mediation.no_mediator")
		}
		near, err := s.near(ctx, tx, c, m)
		if err != nil {
			return err
		}
		asides, err := asides(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if m.State != Listed || !slices.Contains(m.Kinds, c.Kind) || near || asides[m.ID] || !s.serves(c, m.UnitID) {
			return errs.Refuse("mediator", "mediation.no_mediator")
		}
		return c.pick(side, m.ID, s.now())
	})
}

// Take is the mediator's yes, with their word that they are free: no relative of either.
func (s *Service) Take(ctx context.Context, id, key, formKey string, free bool) error {
	f := form{id: id, key: key, action: "mediation.take", formKey: formKey, content: free}
	return s.change(ctx, f, func(tx *sqldb.Tx, c *Case, side Side) error {
		if side != M {
			return notNow()
		}
		m, err := mediatorByID(ctx, tx, c.Mediator)
		if err != nil {
			return err
		}
		near, err := s.near(ctx, tx, c, m)
		if err != nil {
			return err
		}
		if near {
			return errs.E(errs.Conflict, "mediation.too_near")
		}
		return c.take(free, s.now())
	})
}

// Aside is the mediator's no. No reason is asked.
func (s *Service) Aside(ctx context.Context, id, key, formKey string) error {
	f := form{id: id, key: key, action: "mediation.aside", formKey: formKey}
	return s.change(ctx, f, func(_ *sqldb.Tx, c *Case, side Side) error {
		if side != M {
			return notNow()
		}
		return c.aside(s.now())
	})
}

// Say adds words to the record.
func (s *Service) Say(ctx context.Context, id, key, formKey, words string) error {
	words, err := text("words", words, MaxWords, true)
	if err != nil {
		return err
	}
	f := form{id: id, key: key, action: "mediation.say", formKey: formKey, content: words}
	return s.add(ctx, f, words, func(c *Case, side Side) (Line, error) {
		return Line{Kind: Word, Side: side}, c.say(side, Word, s.now())
	})
}

// Meet fixes when and where they meet.
func (s *Service) Meet(ctx context.Context, id, key, formKey, place string, at time.Time) error {
	place, err := text("place", place, MaxPlace, false)
	if !at.After(s.now()) || at.After(after(s.now(), maxFollow)) {
		err = errs.Gather("mediation.check", err, errs.Refuse("at", "mediation.bad_time"))
	}
	if err != nil {
		return err
	}
	f := form{id: id, key: key, action: "mediation.meet", formKey: formKey, content: []any{place, sqldb.Millis(at)}}
	return s.add(ctx, f, place, func(c *Case, side Side) (Line, error) {
		return Line{Kind: Meeting, Side: side, MeetAt: at}, c.say(side, Meeting, s.now())
	})
}

// Draft writes an agreement anew; both sides confirm it anew.
func (s *Service) Draft(ctx context.Context, id, key, formKey, words, followOn string, version int) error {
	words, err := text("draft", words, MaxDraft, true)
	if err != nil {
		return err
	}
	f := form{id: id, key: key, action: "mediation.draft", formKey: formKey, version: version, content: []any{words, followOn}}
	return s.add(ctx, f, words, func(c *Case, side Side) (Line, error) {
		if side != M {
			return Line{}, notNow()
		}
		err := c.draft(followOn, s.today(), s.now())
		return Line{Kind: Draft, Side: M, Edition: c.Edition}, err
	})
}

// errMoved is that a line came in between: the words are sealed to their place.
var errMoved = errors.New("mediation: the record has grown")

// addTries bounds how often somebody else's line comes first; three people write.
const addTries = 5

// add runs a form that adds a line to the record. Its words are sealed before the
// transaction, which waits for no other store.
func (s *Service) add(ctx context.Context, f form, words string, line func(*Case, Side) (Line, error)) (err error) {
	for range addTries {
		sealed, seq, errSeal := s.sealNext(ctx, f, words)
		if errSeal != nil {
			return errSeal
		}
		err = s.change(ctx, f, func(tx *sqldb.Tx, c *Case, side Side) error {
			l, err := line(c, side)
			if err != nil {
				return err
			}
			if l.Words, l.Seq, l.At = sealed, c.Lines, s.now(); l.Seq != seq || sealed == "" {
				return errMoved
			}
			return insertLine(ctx, tx, c.ID, l)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return errs.Wrap(err, errs.Stale, "mediation.changed_since")
}

// sealNext seals words as the next line of a record. Of a case that takes none
// it seals nothing: sealing would make a destroyed case a new key, and a repeat
// still gets its first answer.
func (s *Service) sealNext(ctx context.Context, f form, words string) (sealed string, seq int, err error) {
	c, _, err := s.byKey(ctx, s.o.DB.Reader(), f.id, f.key)
	if errs.KindOf(err) == errs.NotFound || err == nil && c.State != Talking && c.State != Agreed {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	seq = c.Lines + 1
	sealed, err = s.o.Vault.Seal(ctx, f.id, words, lineBinding(f.id, seq))
	return sealed, seq, err
}

// Confirm is a side's yes to the edition that they were shown. It binds once
// both confirmed the very same.
func (s *Service) Confirm(ctx context.Context, id, key, formKey string, edition int) error {
	f := form{id: id, key: key, action: "mediation.confirm", formKey: formKey, content: edition}
	return s.change(ctx, f, func(_ *sqldb.Tx, c *Case, side Side) error {
		return c.confirm(side, edition, s.today(), s.now())
	})
}

// Hold is a side's answer whether what was agreed holds, of the edition that they were shown.
func (s *Service) Hold(ctx context.Context, id, key, formKey string, edition int, yes bool) error {
	f := form{id: id, key: key, action: "mediation.hold", formKey: formKey, content: []any{edition, yes}}
	return s.change(ctx, f, func(_ *sqldb.Tx, c *Case, side Side) error {
		return c.hold(side, edition, yes, s.today(), s.now())
	})
}

// Stop ends a case, by either side at any time. No reason is asked.
func (s *Service) Stop(ctx context.Context, id, key, formKey string) error {
	f := form{id: id, key: key, action: "mediation.stop", formKey: formKey}
	return s.change(ctx, f, func(_ *sqldb.Tx, c *Case, side Side) error {
		return c.stop(side, s.now())
	})
}
