package outreach

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

// paragraphs keeps the lines of a text, without what is around them.
func paragraphs(s string) string {
	lines := strings.Split(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = plaintext.OneLine(lines[i])
	}
	lines = slices.CompactFunc(lines, func(a, b string) bool { return a == "" && b == "" })
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// textFault says what is wrong with a text, as a message's code; "" if nothing is.
func textFault(s string, limit int, required bool) string {
	switch {
	case s == "" && required:
		return "outreach.missing"
	case utf8.RuneCountInString(s) > limit:
		return "outreach.too_long"
	case strings.Contains(s, "【"):
		return "outreach.blank_left"
	}
	return ""
}

func checkTexts(bad *errs.Error, title, words string) *errs.Error {
	if code := textFault(title, MaxTitle, true); code != "" {
		bad = bad.WithField("title", code, "max", MaxTitle)
	}
	if code := textFault(words, MaxWords, true); code != "" {
		bad = bad.WithField("words", code, "max", MaxWords)
	}
	return bad
}

// joined is what is wrong with a form, all at once; last is an error.
func joined(first, last error) error {
	if first == nil || errs.KindOf(last) != errs.Invalid {
		return last
	}
	all := errs.E(errs.Invalid, "outreach.check")
	all.Fields = append(slices.Clone(errs.As(first).Fields), errs.As(last).Fields...)
	return all
}

// check cleans what is composed. picture says whether there will be one.
func (c Compose) check(picture bool) (Compose, error) {
	c.Title, c.Words, c.Alt = plaintext.OneLine(c.Title), paragraphs(c.Words), plaintext.OneLine(c.Alt)
	bad := checkTexts(errs.E(errs.Invalid, "outreach.check"), c.Title, c.Words)
	if !picture {
		c.Alt = ""
	} else if code := textFault(c.Alt, MaxAlt, true); code != "" {
		bad = bad.WithField("alt", code, "max", MaxAlt)
	}
	if !c.Kind.Valid() {
		bad = bad.WithField("kind", "outreach.no_kind")
	}
	if c.MinSize < 0 || c.MinSize > MaxSize {
		bad = bad.WithField("min", "outreach.bad_number", "min", 0, "max", MaxSize)
	}
	if c.MaxSize < 0 || c.MaxSize > MaxSize || c.MaxSize > 0 && c.MaxSize < c.MinSize {
		bad = bad.WithField("max", "outreach.bad_number", "min", max(1, c.MinSize), "max", MaxSize)
	}
	if len(bad.Fields) > 0 {
		return c, bad
	}
	return c, nil
}

// editable refuses to change what is out.
func (n *Notice) editable() error {
	if n.Public() {
		return errs.E(errs.Conflict, "outreach.out_already")
	}
	return nil
}

// schedule has it go out at a time.
func (n *Notice) schedule(at, now time.Time) error {
	if err := n.editable(); err != nil {
		return err
	}
	if !at.After(now) || at.After(now.Add(MaxAhead)) {
		return errs.Refuse("at", "outreach.bad_time", "days", int(MaxAhead/(24*time.Hour)))
	}
	n.State, n.DueAt = Scheduled, at
	return nil
}

// hold makes a draft again of what was to go out by itself.
func (n *Notice) hold() error {
	if n.State != Scheduled {
		return errs.E(errs.Conflict, "outreach.not_scheduled")
	}
	n.State, n.DueAt = Draft, time.Time{}
	return nil
}

// send lets it out.
func (n *Notice) send(now time.Time) error {
	if err := n.editable(); err != nil {
		return err
	}
	n.State, n.SentAt, n.DueAt = Sent, now, time.Time{}
	return nil
}

// correct replaces the words and returns those before.
func (n *Notice) correct(c Correct, now time.Time) (Former, error) {
	if n.State != Sent {
		return Former{}, errs.E(errs.Conflict, "outreach.not_out")
	}
	title, words, why := plaintext.OneLine(c.Title), paragraphs(c.Words), plaintext.OneLine(c.Why)
	bad := checkTexts(errs.E(errs.Invalid, "outreach.check"), title, words)
	if code := textFault(why, MaxWhy, true); code != "" {
		bad = bad.WithField("why", code, "max", MaxWhy)
	}
	if title == n.Title && words == n.Words {
		bad = bad.WithField("words", "outreach.same_words")
	}
	if len(bad.Fields) > 0 {
		return Former{}, bad
	}
	was := Former{Edition: n.Edition, Title: n.Title, Words: n.Words, Until: now, Why: why}
	n.Edition, n.Title, n.Words, n.Why, n.ChangedAt = n.Edition+1, title, words, why, now
	return was, nil
}

// recall takes it back.
func (n *Notice) recall(why string, now time.Time) error {
	if n.State != Sent {
		return errs.E(errs.Conflict, "outreach.not_out")
	}
	why = plaintext.OneLine(why)
	if code := textFault(why, MaxWhy, true); code != "" {
		return errs.Refuse("why", code, "max", MaxWhy)
	}
	n.State, n.Why, n.ChangedAt = Recalled, why, now
	return nil
}

// odd is how many of n households, entered after others within a minute, are
// more than anybody can have told in it.
func odd(before, n int) int { return max(0, min(n, before+n-Quick)) }

// adds says which ways of a household are new, and whether it is reached for the first time.
func adds(had, way Way) (fresh, first bool) { return had&way == 0, had == 0 }

// longSentence is how many characters can be taken in at one hearing.
const longSentence = 45

// longSentences are those that are better cut in two.
func longSentences(words string) (list []string) {
	for _, s := range strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune("。！？；!?;\n", r) }) {
		if s = strings.TrimSpace(s); utf8.RuneCountInString(s) > longSentence && strings.ContainsFunc(s, func(r rune) bool { return r >= 0x2E80 }) {
			list = append(list, s)
		}
	}
	return list
}

// near reports whether the number of households is as it was shown: within one in fifty.
func near(shown, now int) bool {
	gap := max(shown-now, now-shown)
	return gap == 0 || gap*50 <= now
}

// shown refuses a change of what isn't any more as it was shown.
func shown(is, version int) error {
	if is != version {
		return errs.E(errs.Stale, "outreach.changed_since")
	}
	return nil
}

// sum adds a village's reach to the whole.
func (t *PlaceReach) sum(p PlaceReach) {
	t.Households += p.Households
	t.Unled += p.Unled
	t.Opened += p.Opened
	t.Told += p.Told
	t.Met += p.Met
	t.Reached += p.Reached
	t.Odd += p.Odd
}

// hideFew takes away the figures of places with too few households, and adds up the rest.
func hideFew(list []PlaceReach) (total PlaceReach, few int) {
	for i, p := range list {
		if p.Households < Few {
			list[i] = PlaceReach{VillageID: p.VillageID, Households: p.Households, Hidden: true}
			few += p.Households
			continue
		}
		total.sum(p)
	}
	return total, few
}

// median is the middle one of some numbers; 0 of none.
func median(of map[string]int) int {
	var list []int
	for _, n := range of {
		list = append(list, n)
	}
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}
