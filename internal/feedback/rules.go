package feedback

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/number"
)

// pattern is what a route's pattern looks like: words and placeholders, no ids.
var pattern = regexp.MustCompile(`^(/([a-z]+(-[a-z]+)*(\.[a-z]+)?|\{[a-z]+\}))*/?$`)

// cleanRoute keeps a page's pattern and drops whatever is none.
func cleanRoute(route string) string {
	if len(route) > MaxRoute || !pattern.MatchString(route) {
		return ""
	}
	return route
}

// paragraphs keeps the lines of a text, without what is around them.
func paragraphs(s string) string {
	lines := strings.Split(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	lines = slices.CompactFunc(lines, func(a, b string) bool { return a == "" && b == "" })
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// fault says what is wrong with a text, as a message's code; "" if nothing is.
func fault(s string, limit int) string {
	switch {
	case s == "":
		return "feedback.missing"
	case utf8.RuneCountInString(s) > limit:
		return "feedback.too_long"
	case number.FindPrivate(s) != number.Harmless:
		return "feedback.private_number"
	}
	return ""
}

// check cleans what is said.
func (c Send) check() (Send, error) {
	c.Words, c.Route = paragraphs(c.Words), cleanRoute(c.Route)
	bad := errs.E(errs.Invalid, "feedback.check")
	if !c.Kind.Valid() {
		bad = bad.WithField("kind", "feedback.no_kind")
	}
	if code := fault(c.Words, MaxWords); code != "" {
		bad = bad.WithField("words", code, "max", MaxWords)
	}
	if len(bad.Fields) > 0 {
		return c, bad
	}
	return c, nil
}

// telephone is a run of digits long enough to reach somebody.
var telephone = regexp.MustCompile(`[0-9０-９][0-9０-９ -]{5,}[0-9０-９]`)

// check cleans the desk's word. A sentence for everybody holds no number that reaches anybody.
func (c Reply) check() (Reply, error) {
	c.Words, c.Sentence, c.Release = paragraphs(c.Words), strings.Join(strings.Fields(c.Sentence), " "), strings.TrimSpace(c.Release)
	bad := errs.E(errs.Invalid, "feedback.check")
	if !slices.Contains(Answers(), c.State) {
		bad = bad.WithField("state", "feedback.no_state")
	}
	if code := fault(c.Words, MaxAnswer); code != "" {
		bad = bad.WithField("words", code, "max", MaxAnswer)
	}
	if c.State == Changed {
		if code := fault(c.Sentence, MaxSentence); code != "" {
			bad = bad.WithField("sentence", code, "max", MaxSentence)
		} else if telephone.MatchString(c.Sentence) {
			bad = bad.WithField("sentence", "feedback.private_number")
		}
		if code := fault(c.Release, MaxRelease); code != "" {
			bad = bad.WithField("release", code, "max", MaxRelease)
		}
	} else {
		c.Sentence, c.Release = "", ""
	}
	if len(bad.Fields) > 0 {
		return c, bad
	}
	return c, nil
}

// follows says which states an answer can lead to. What was changed can be said
// again in better words; what was declined can be thought over.
var follows = map[State][]State{
	Unread: {Answered, Doing, Changed, Declined}, Answered: {Answered, Doing, Changed, Declined},
	Doing: {Doing, Changed, Declined}, Declined: {Declined, Doing, Changed}, Changed: {Changed},
}

// answer takes the desk's word.
func (f *Feedback) answer(to State, now time.Time) error {
	switch {
	case f.SameID != "":
		return errs.E(errs.Conflict, "feedback.answer_the_other")
	case !slices.Contains(follows[f.State], to):
		return errs.E(errs.Conflict, "feedback.not_from_here")
	}
	f.State, f.SettledAt, f.DueAt = to, now, time.Time{}
	if to == Doing {
		f.DueAt = now.AddDate(0, 0, DoingTerm)
	}
	return nil
}

// merge has another one answer for it.
func (f *Feedback) merge(into *Feedback) error {
	switch {
	case f.ID == into.ID:
		return errs.Refuse("into", "feedback.same_itself")
	case into.SameID != "" || into.State == Withdrawn:
		return errs.Refuse("into", "feedback.same_other")
	case f.SameID != "" || f.State == Changed || f.State == Withdrawn:
		return errs.E(errs.Conflict, "feedback.not_from_here")
	}
	f.SameID, f.DueAt = into.ID, time.Time{}
	return nil
}

// part undoes a merge: it is owed a word of its own again.
func (f *Feedback) part(now time.Time) error {
	if f.SameID == "" {
		return errs.E(errs.Conflict, "feedback.not_merged")
	}
	f.SameID, f.DueAt = "", time.Time{}
	switch f.State {
	case Unread:
		f.DueAt = now.AddDate(0, 0, Term)
	case Doing:
		f.DueAt = now.AddDate(0, 0, DoingTerm)
	}
	return nil
}

// withdraw takes it back: nothing is owed any more. What was changed stays
// changed, and what others said as well is still owed to them.
func (f *Feedback) withdraw(others bool) {
	f.words, f.keyHash = "", ""
	if f.State == Changed || others {
		return
	}
	f.State, f.DueAt = Withdrawn, time.Time{}
}
