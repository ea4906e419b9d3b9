package purpose

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
)

// How long things last.
const (
	GlassGood = 30 * time.Minute         // a break-glass opens this household for this actor
	ReviewIn  = 72 * time.Hour           // and is reviewed within
	Kept      = 3 * 365 * 24 * time.Hour // readings and reviews are kept
)

// GlassAnHour is how many households one person can break the glass of in an hour.
const GlassAnHour = 60

const (
	maxWords = 200
	maxNote  = 500
	minWords = 4
)

func words(field, text string, need, most int) (string, error) {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	switch {
	case n < need && n == 0:
		return "", errs.Refuse(field, "purpose.missing")
	case n < need:
		return "", errs.Refuse(field, "purpose.too_short")
	case n > most:
		return "", errs.Refuse(field, "purpose.too_long", "max", most)
	}
	return text, nil
}

// check returns the request as it is stored.
func (b BreakGlass) check() (BreakGlass, error) {
	if !slices.Contains(Reasons(), b.Reason) {
		return b, errs.Refuse("reason", "purpose.pick_reason")
	}
	need := 0
	if b.Reason == Another {
		need = minWords
	}
	var err error
	b.Words, err = words("words", b.Words, need, maxWords)
	return b, err
}

// opensFor reports whether the glass is still broken for that actor and household.
func (b *Break) opensFor(actorID, householdID string, now time.Time) bool {
	return b.ActorID == actorID && b.HouseholdID == householdID && now.Before(b.Until)
}

// review sets a verdict. Nobody reviews themselves.
func (b *Break) review(by auth.Actor, r Review, now time.Time) error {
	switch {
	case b.ActorID == by.ID(), b.PersonID != "" && b.PersonID == by.PersonID:
		return errs.E(errs.Forbidden, "purpose.own_glass")
	case b.Reviewed():
		return errs.E(errs.Conflict, "purpose.reviewed")
	case r.Version != 0 && r.Version != b.Version:
		return errs.E(errs.Stale, "purpose.changed_since")
	case r.Verdict != Justified && r.Verdict != Unjustified:
		return errs.Refuse("verdict", "purpose.pick_verdict")
	}
	need := 0
	if r.Verdict == Unjustified {
		need = minWords
	}
	note, err := words("note", r.Note, need, maxNote)
	if err != nil {
		return err
	}
	b.Verdict, b.Note, b.Reviewer, b.ReviewedAt = r.Verdict, note, by.Name, now
	return nil
}

// standing returns the post on which somebody acts about a unit: the nearest
// whose subtree it is in, else their first.
func standing(t auth.Ancestry, actor auth.Actor, unitID string) auth.Grant {
	var best auth.Grant
	for _, g := range actor.Grants {
		if !t.Contains(g.UnitID, unitID) {
			continue
		}
		if best.UnitID == "" || t.Contains(best.UnitID, g.UnitID) {
			best = g
		}
	}
	if best.UnitID == "" && len(actor.Grants) > 0 {
		return actor.Grants[0]
	}
	return best
}

// inOrder sorts work for the chooser: what is due first, what has no date last.
func inOrder(all []Work) {
	slices.SortStableFunc(all, func(a, b Work) int {
		switch {
		case a.Due.IsZero() != b.Due.IsZero() && a.Due.IsZero():
			return 1
		case a.Due.IsZero() != b.Due.IsZero():
			return -1
		}
		return a.Due.Compare(b.Due)
	})
}
