package lesson

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/plaintext"
)

// textFault says what is wrong with a text, as a message's code; "" if nothing is.
func textFault(s string, limit int, required bool) string {
	switch {
	case s == "" && required:
		return "lesson.missing"
	case utf8.RuneCountInString(s) > limit:
		return "lesson.too_long"
	case number.FindPrivate(s) != number.Harmless:
		return "lesson.private"
	}
	return ""
}

func checkText(bad *errs.Error, field, text string, limit int) *errs.Error {
	if code := textFault(text, limit, true); code != "" {
		bad = bad.WithField(field, code, "max", limit)
	}
	return bad
}

// words cleans one text of a form and refuses it if something is wrong with it.
func words(field, text string, limit int) (string, error) {
	text = plaintext.OneLine(text)
	if code := textFault(text, limit, true); code != "" {
		return "", errs.Refuse(field, code, "max", limit)
	}
	return text, nil
}

// CardsOf cuts what was typed into cards: an empty line or a new one ends each.
func CardsOf(text string) (list []string) {
	for l := range strings.SplitSeq(text, "\n") {
		if l = plaintext.OneLine(l); l != "" {
			list = append(list, l)
		}
	}
	return list
}

// check cleans a lesson's words.
func (w Write) check() (Write, error) {
	w.Title = plaintext.OneLine(w.Title)
	bad := checkText(errs.E(errs.Invalid, "lesson.check"), "title", w.Title, MaxTitle)
	cards := make([]string, 0, len(w.Cards))
	for _, c := range w.Cards {
		if c = plaintext.OneLine(c); c != "" {
			cards = append(cards, c)
		}
	}
	w.Cards = cards
	switch {
	case len(cards) == 0:
		bad = bad.WithField("cards", "lesson.no_cards")
	case len(cards) > MaxCards:
		bad = bad.WithField("cards", "lesson.too_many_cards", "max", MaxCards)
	}
	for i, c := range cards {
		if code := textFault(c, MaxCard, true); code != "" {
			bad = bad.WithField("cards", code+"_card", "max", MaxCard, "n", i+1, "over", utf8.RuneCountInString(c)-MaxCard)
			break
		}
	}
	if len(bad.Fields) > 0 {
		return w, bad
	}
	return w, nil
}

// write puts other words into a lesson; an editor's done publishes it.
func (l *Lesson) write(w Write, editor bool, now time.Time) error {
	switch {
	case l.State == Withdrawn:
		return errs.E(errs.Conflict, "lesson.gone")
	case l.State == Published && !editor:
		return errs.E(errs.Conflict, "lesson.out_already")
	case w.Version != l.Version:
		return errs.E(errs.Stale, "lesson.changed_since")
	}
	l.Title, l.Cards, l.ChangedAt = w.Title, slices.Clone(w.Cards), now
	switch {
	case w.Done && editor:
		l.State = Published
		if l.PublishedAt.IsZero() {
			l.PublishedAt = now
		}
	case w.Done:
		l.State = Offered
	}
	return nil
}

func (l *Lesson) withdraw(why string, now time.Time) error {
	if l.State == Withdrawn {
		return errs.E(errs.Conflict, "lesson.gone")
	}
	why, err := words("why", why, MaxWhy)
	if err != nil {
		return err
	}
	l.State, l.Why, l.ChangedAt = Withdrawn, why, now
	return nil
}

// check cleans a talk's words.
func (p Plan) check(now time.Time) (Plan, error) {
	p.Title, p.About, p.Place = plaintext.OneLine(p.Title), plaintext.OneLine(p.About), plaintext.OneLine(p.Place)
	bad := checkText(errs.E(errs.Invalid, "lesson.check"), "title", p.Title, MaxTitle)
	bad = checkText(bad, "about", p.About, MaxAbout)
	bad = checkText(bad, "place", p.Place, MaxPlace)
	if !p.At.After(now) || p.At.After(now.Add(maxAhead)) {
		bad = bad.WithField("at", "lesson.bad_time")
	}
	if p.Minutes < 10 || p.Minutes > MaxMinutes {
		bad = bad.WithField("minutes", "lesson.bad_number", "min", 10, "max", MaxMinutes)
	}
	if p.Places < 1 || p.Places > MaxPlaces {
		bad = bad.WithField("places", "lesson.bad_number", "min", 1, "max", MaxPlaces)
	}
	if len(bad.Fields) > 0 {
		return p, bad
	}
	return p, nil
}

// answer is what the one says who was asked to speak.
func (t *Talk) answer(yes bool, now time.Time) error {
	if t.State != Asked {
		return errs.E(errs.Conflict, "lesson.answered_already")
	}
	if !t.At.After(now) {
		return errs.E(errs.Conflict, "lesson.over")
	}
	t.State, t.ChangedAt = Declined, now
	if yes {
		t.State = Open
	}
	return nil
}

// cancel says that it doesn't take place.
func (t *Talk) cancel(why string, now time.Time) error {
	if t.State != Open && t.State != Asked {
		return errs.E(errs.Conflict, "lesson.cancelled_already")
	}
	if !t.At.After(now) {
		return errs.E(errs.Conflict, "lesson.over")
	}
	why, err := words("why", why, MaxWhy)
	if err != nil {
		return err
	}
	t.State, t.Why, t.ChangedAt = Cancelled, why, now
	return nil
}

// move puts it at another time or place. Who has a place keeps it.
func (t *Talk) move(m Move, now time.Time) error {
	switch {
	case t.State != Open && t.State != Asked:
		return errs.E(errs.Conflict, "lesson.cancelled_already")
	case !t.At.After(now):
		return errs.E(errs.Conflict, "lesson.over")
	case !m.From.Equal(t.At):
		return errs.E(errs.Stale, "lesson.changed_since")
	}
	bad := checkText(errs.E(errs.Invalid, "lesson.check"), "place", m.Place, MaxPlace)
	if !m.At.After(now) || m.At.After(now.Add(maxAhead)) {
		bad = bad.WithField("at", "lesson.bad_time")
	} else if m.At.Equal(t.At) && m.Place == t.Place {
		bad = bad.WithField("at", "lesson.not_moved")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	t.WasAt, t.WasPlace, t.At, t.Place, t.ChangedAt = t.At, t.Place, m.At, m.Place, now
	return nil
}

// seat says how many places somebody has after asking for n; had is what they hold.
func (t *Talk) seat(had, n int, now time.Time) error {
	switch {
	case t.State != Open:
		return errs.E(errs.Conflict, "lesson.not_open")
	case !t.At.After(now):
		return errs.E(errs.Conflict, "lesson.over")
	case n < 0 || n > MaxSeats:
		return errs.Refuse("places", "lesson.bad_number", "min", 1, "max", MaxSeats)
	case t.Taken-had+n > t.Places:
		return errs.Refuse("places", "lesson.full", "left", max(0, t.Places-t.Taken+had))
	}
	t.Taken += n - had
	return nil
}

// came enters how many came.
func (t *Talk) came(n int, now time.Time) error {
	if t.State != Open || t.At.After(now) {
		return errs.E(errs.Conflict, "lesson.not_begun")
	}
	if n < 0 || n > 10*MaxPlaces {
		return errs.Refuse("came", "lesson.bad_number", "min", 0, "max", 10*MaxPlaces)
	}
	t.Came, t.ChangedAt = n, now
	return nil
}

// reply answers a question, or answers it anew.
func (q *Question) reply(side Side, text string, version int, now time.Time) error {
	if q.Version != version {
		return errs.E(errs.Stale, "lesson.changed_since")
	}
	text, err := words("answer", text, MaxAnswer)
	if err != nil {
		return err
	}
	q.Answer, q.Side = text, side
	if q.AnsweredAt.IsZero() {
		q.AnsweredAt = now
	}
	return nil
}
