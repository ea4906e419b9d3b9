package mobilise

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// Amendment is what a program changes of an order's words; what is left out stays.
type Amendment struct {
	Title, What, Do, Where string
	Until                  time.Time
}

// on fills in what is left out.
func (a Amendment) on(w Words) Words {
	for _, f := range []struct {
		to   *string
		text string
	}{{&w.Title, a.Title}, {&w.What, a.What}, {&w.Do, a.Do}, {&w.Where, a.Where}} {
		if f.text != "" {
			*f.to = f.text
		}
	}
	if !a.Until.IsZero() {
		w.Until = a.Until
	}
	return w
}

// Amend corrects some of an order's words, as Correct does. What is left out is
// filled in while nobody else can change the order, so that no other correction
// is taken back; a repeat is known by what it asks, whatever was corrected since.
func (s *Service) Amend(ctx context.Context, actor auth.Actor, c Command, a Amendment) (*Order, error) {
	o, err := s.order(ctx, actor, c.Number, ActIssue)
	if err != nil {
		return nil, err
	}
	asked := struct {
		Command
		Amendment Amendment
	}{c, a}
	return s.step(ctx, actor, "order.correct", c, asked, o, func(tx *sqldb.Tx, o *Order) (string, error) {
		words, err := a.on(o.Words).check(s.o.Now())
		if err != nil {
			return "", err
		}
		if err := o.Missing.check(o.Hazard, words.Until, o.IssuedAt); err != nil {
			return "", err
		}
		if err := o.Correct(words); err != nil {
			return "", err
		}
		return EventCorrected, s.again(ctx, tx, o)
	})
}
