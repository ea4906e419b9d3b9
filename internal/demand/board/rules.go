package board

import (
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/address"
	"bilin/internal/demand"
	"bilin/internal/demand/board/redact"
	"bilin/internal/errs"
)

// MaxReason is how long the reason for declining may be, in characters.
const MaxReason = 200

// belongs reports whether a demand may be on the board: its author agreed, says
// that it is solved, and it was neither told in confidence nor entered for a
// household that has yet to say that it is theirs.
func belongs(d *demand.Demand) bool {
	return d.Publish && d.State == demand.Confirmed && !d.Private && !d.Confined && d.AboutID == "" && d.ClaimID == ""
}

// mayBeThere reports whether the board can have an entry of the demand at all.
func mayBeThere(d *demand.Demand) bool { return !d.FirstResolvedAt.IsZero() || !d.ResolvedAt.IsZero() }

// daysOf is how many whole days it took.
func daysOf(d *demand.Demand) int {
	return int(max(0, d.ResolvedAt.Sub(d.RaisedAt)) / (24 * time.Hour))
}

// publish puts an editor's words on the board.
func (e *Entry) publish(question, answer, editor string, now time.Time) error {
	if e.State == Withdrawn {
		return errs.E(errs.Conflict, "board.withdrawn")
	}
	if e.State != Published {
		e.Published = now
	}
	e.State, e.Question, e.Answer, e.Reason = Published, question, answer, ""
	e.editor, e.decidedAt = editor, now
	e.Version++
	return nil
}

// decline keeps or takes an entry off the board.
func (e *Entry) decline(reason, editor string, now time.Time) error {
	switch e.State {
	case Withdrawn:
		return errs.E(errs.Conflict, "board.withdrawn")
	case Declined:
		return errs.E(errs.Conflict, "board.declined_already")
	}
	e.State, e.Reason, e.Published = Declined, reason, time.Time{}
	e.editor, e.decidedAt = editor, now
	e.Version++
	return nil
}

// checkVersion asks back if the entry changed since it was shown.
func (e *Entry) checkVersion(shown int) error {
	if shown != e.Version {
		return errs.E(errs.Stale, "board.stale")
	}
	return nil
}

// wording cleans what an editor typed into a field.
func wording(field, text string, limit int) (string, error) {
	text = demand.Clean(text)
	if text == "" {
		return "", errs.E(errs.Invalid, "board.check").WithField(field, "board.missing")
	}
	if utf8.RuneCountInString(text) > limit {
		return "", errs.E(errs.Invalid, "board.check").WithField(field, "board.too_long", "max", limit)
	}
	return text, nil
}

// warning says that a text still holds what may give somebody away. What surely
// does can't be let stand; for the rest the editor's word is enough.
func warning(found map[string][]redact.Find, sure bool) error {
	var e *errs.Error
	for _, field := range []string{"question", "answer"} {
		code := ""
		for _, f := range found[field] {
			if f.Kind.Certain() {
				code = "board.found_certain"
			} else if !sure && code == "" {
				code = "board.found"
			}
		}
		if code == "" {
			continue
		}
		if e == nil {
			e = errs.E(errs.Invalid, "board.look_again")
		}
		e.WithField(field, code)
	}
	if e == nil {
		return nil
	}
	return e
}

// Segment is a stretch of a text; Kind is empty for what is harmless.
type Segment struct {
	Text string
	Kind redact.Kind
}

// segments cuts a text where something was found.
func segments(text string, finds []redact.Find) []Segment {
	var list []Segment
	at := 0
	for _, f := range finds {
		if f.Start > at {
			list = append(list, Segment{Text: text[at:f.Start]})
		}
		list = append(list, Segment{Text: text[f.Start:f.End], Kind: f.Kind})
		at = f.End
	}
	if at < len(text) {
		list = append(list, Segment{Text: text[at:]})
	}
	return list
}

// The bounds of a search.
const (
	maxTerms = 5
	maxTerm  = 30
)

// terms are the words of a search, folded as the search column is. They hold no
// sign that LIKE reads as more than itself.
func terms(text string) []string {
	var list []string
	for _, word := range strings.Fields(text) {
		word = fold(word)
		if runes := []rune(word); len(runes) > maxTerm {
			word = string(runes[:maxTerm])
		}
		if word != "" && len(list) < maxTerms {
			list = append(list, word)
		}
	}
	return list
}

// fold is a text in the form in which texts are compared: letters and digits alone.
func fold(text string) string { return address.Fold(text) }

// searchable is what an entry is found by.
func searchable(parts ...string) string {
	for i, p := range parts {
		parts[i] = fold(p)
	}
	return strings.Join(parts, "|")
}
