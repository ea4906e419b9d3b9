// Package redact takes out of a text whatever could tell a reader who wrote it, who it is about, or where they live.
//
// It would rather take out too much than too little: a text that lost a word
// can still be read, one that kept a name can't be called back. It knows
// patterns, and the names of one neighbourhood that it is given. It doesn't
// understand what it reads, so a person has to look at the result.
package redact

import (
	"slices"
	"strings"
)

// Kind is what sort of thing was found.
type Kind string

// The kinds.
const (
	Phone    Kind = "phone"    // a mobile number, or a run of digits long enough for one
	Landline Kind = "landline" // a fixed line, which may be an office's
	Identity Kind = "identity" // identity numbers and bank cards, whole or their last digits
	Email    Kind = "email"
	Link     Kind = "link"
	Account  Kind = "account" // of a messenger
	Plate    Kind = "plate"
	House    Kind = "house" // houses, rooms, groups by number
	Name     Kind = "name"
	Place    Kind = "place" // somewhere so small that its name gives people away
	Age      Kind = "age"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Phone, Landline, Identity, Email, Link, Account, Plate, House, Name, Place, Age}
}

// Certain reports whether a find of the kind is never anything harmless. What is
// not certain an editor may let stand.
func (k Kind) Certain() bool {
	switch k {
	case Phone, Identity, Email, Account, Plate:
		return true
	}
	return false
}

// Find is something in a text, as a range of its bytes.
type Find struct {
	Kind       Kind
	Start, End int
	instead    string
}

// Local is what one neighbourhood adds to the patterns.
type Local struct {
	Names  []string // of the people who live or serve there
	Places []string // places too small to be named
	Keep   []string // names of larger units, which may look like a person's
}

// Redactor redacts texts of one neighbourhood. It may be used by several goroutines.
type Redactor struct {
	names, places, keep []string
}

// New returns the redactor of a neighbourhood.
func New(l Local) *Redactor {
	return &Redactor{names: longestFirst(l.Names), places: longestFirst(l.Places), keep: longestFirst(l.Keep)}
}

// longestFirst drops repeats and what is too short to mean one thing.
func longestFirst(words []string) []string {
	var list []string
	for _, w := range words {
		if w = strings.TrimSpace(w); len([]rune(w)) >= 2 && !slices.Contains(ordinary, w) {
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(list)
}

// maxRounds bounds how often a text is gone over: what stands in for one thing
// may bring two others together.
const maxRounds = 4

// Redact returns the text without what was found in it, and what that was.
func (r *Redactor) Redact(text string) (string, []Find) {
	text = strings.ToValidUTF8(text, "")
	first := r.Look(text)
	clean, finds := replace(text, first), first
	for range maxRounds - 1 {
		if finds = r.Look(clean); len(finds) == 0 {
			break
		}
		clean = replace(clean, finds)
	}
	return clean, first
}

// Look returns what there is to find in a valid text, in its order, no two of
// them overlapping.
func (r *Redactor) Look(text string) []Find {
	s := shadowOf(text)
	var finds []Find
	for _, rule := range rules {
		finds = append(finds, rule.look(s)...)
	}
	finds = append(finds, words(text, r.places, Place)...)
	finds = append(finds, r.spared(text, append(guessNames(s), words(text, r.names, Name)...))...)
	return apart(finds)
}

// words finds the words of a list in a text.
func words(text string, list []string, kind Kind) []Find {
	var finds []Find
	for _, w := range list {
		for at := 0; ; {
			i := strings.Index(text[at:], w)
			if i < 0 {
				break
			}
			at += i + len(w)
			finds = append(finds, Find{kind, at - len(w), at, insteadOf(kind, w)})
		}
	}
	return finds
}

// spared drops names that are part of a larger unit's name.
func (r *Redactor) spared(text string, names []Find) []Find {
	kept := words(text, r.keep, Place)
	return slices.DeleteFunc(names, func(n Find) bool {
		return slices.ContainsFunc(kept, func(k Find) bool { return k.Start <= n.Start && n.End <= k.End })
	})
}

// apart sorts finds and joins those that overlap: the certain kind and the
// earlier of two gives the join its name.
func apart(finds []Find) []Find {
	slices.SortStableFunc(finds, func(a, b Find) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return b.End - a.End
	})
	var out []Find
	for _, f := range finds {
		last := len(out) - 1
		if last >= 0 && f.Kind == House && out[last].Kind == House && f.Start == out[last].End {
			out[last].End = f.End // 6片 and 3组12户 are one address
			continue
		}
		if last < 0 || f.Start >= out[last].End {
			out = append(out, f)
			continue
		}
		if f.Kind.Certain() && !out[last].Kind.Certain() {
			out[last].Kind, out[last].instead = f.Kind, f.instead
		}
		out[last].End = max(out[last].End, f.End)
	}
	return out
}

func replace(text string, finds []Find) string {
	var b strings.Builder
	at := 0
	for _, f := range finds {
		b.WriteString(text[at:f.Start])
		b.WriteString(f.instead)
		at = f.End
	}
	b.WriteString(text[at:])
	return b.String()
}

// insteadOf is the neutral word for a find.
func insteadOf(kind Kind, word string) string {
	switch kind {
	case House:
		if strings.HasSuffix(word, "组") || strings.HasSuffix(word, "队") || strings.HasSuffix(word, "邻") {
			return "某组"
		}
		return "某号"
	case Name:
		return "某某"
	case Place:
		return "某处"
	case Age:
		return "某岁"
	case Link:
		return "（网址）"
	default:
		return "***"
	}
}
