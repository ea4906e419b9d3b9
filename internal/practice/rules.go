package practice

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"bilin/internal/errs"
	"bilin/internal/number"
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
		return "practice.missing"
	case utf8.RuneCountInString(s) > limit:
		return "practice.too_long"
	case number.FindPrivate(s) != number.Harmless || hasPhone(s):
		return "practice.private"
	}
	return ""
}

// hasPhone reports whether a mobile telephone's number stands in a text.
func hasPhone(s string) bool {
	run := 0
	var first [2]rune
	for _, r := range width.Fold.String(s) + "。" {
		if r >= '0' && r <= '9' {
			if run < 2 {
				first[run] = r
			}
			run++
			continue
		}
		if run > 0 && (r == ' ' || r == '-') {
			continue // written in groups
		}
		if run == 11 && first[0] == '1' && first[1] >= '3' {
			return true
		}
		run = 0
	}
	return false
}

// limits are how long each section may be.
var limits = map[string]int{"title": MaxTitle, "trouble": MaxSection, "did": MaxSection, "cost": MaxCost, "result": MaxSection, "mind": MaxSection}

// Clean returns the words without what is around them.
func (t Text) Clean() Text {
	return Text{plaintext.OneLine(t.Title), paragraphs(t.Trouble), paragraphs(t.Did), paragraphs(t.Cost), paragraphs(t.Result), paragraphs(t.Mind)}
}

// check says what is wrong with clean words. Whole ones need every section but the last.
func (t Text) check(bad *errs.Error, whole bool) *errs.Error {
	for _, s := range t.Sections() {
		need := s.Name == "title" || whole && s.Name != "mind"
		if code := textFault(s.Words, limits[s.Name], need); code != "" {
			bad = bad.WithField(s.Name, code, "max", limits[s.Name])
		}
	}
	return bad
}

// check cleans what is written.
func (w Write) check(state State) (Write, error) {
	w.Text = w.Clean()
	bad := w.Text.check(errs.E(errs.Invalid, "practice.check"), w.Offer || state != Draft)
	if !w.Topic.Valid() {
		bad = bad.WithField("topic", "practice.no_topic")
	}
	if w.Picture != nil {
		w.Picture.Alt = plaintext.OneLine(w.Picture.Alt)
		if code := textFault(w.Picture.Alt, MaxAlt, true); code != "" {
			bad = bad.WithField("alt", code, "max", MaxAlt)
		}
	}
	if len(bad.Fields) > 0 {
		return w, bad
	}
	return w, nil
}

// write puts other words in place of the latest. The one who saw an older
// edition is told instead.
func (p *Practice) write(side Side, w Write, now time.Time) error {
	switch {
	case w.Edition != p.Edition:
		return errs.E(errs.Stale, "practice.written_meanwhile")
	case p.Edition >= maxEditions:
		return errs.E(errs.Conflict, "practice.too_many_editions")
	}
	p.Edition, p.ChangedAt = p.Edition+1, now
	if p.Shown == 0 {
		p.Title, p.Topic = w.Title, w.Topic
	}
	if p.State == Withdrawn && p.offered == 0 {
		p.State, p.Why = Draft, "" // nobody else ever saw it
	}
	if w.Offer && p.State == Draft && side == Author {
		p.State, p.AuthorOK, p.offered = Offered, p.Edition, p.Edition
	}
	return nil
}

// agree notes that a side stands by the latest words, and publishes them if both
// do; what was taken back comes back that way too.
func (p *Practice) agree(side Side, text Edition, edition int, now time.Time) (published bool, err error) {
	switch {
	case p.offered == 0:
		return false, errs.E(errs.Conflict, "practice.not_offered")
	case edition != p.Edition:
		return false, errs.E(errs.Stale, "practice.written_meanwhile")
	case p.State == Published && p.Edition == p.Shown:
		return false, errs.E(errs.Conflict, "practice.out_already")
	}
	if bad := text.check(errs.E(errs.Invalid, "practice.check"), true); len(bad.Fields) > 0 {
		return false, bad
	}
	if side == Author {
		p.AuthorOK = edition
	} else {
		p.EditorOK = edition
	}
	p.ChangedAt = now
	if p.AuthorOK != p.EditorOK {
		return false, nil
	}
	p.State, p.Shown, p.Title, p.Topic, p.Why = Published, p.Edition, text.Title, text.Topic, ""
	if p.PublishedAt.IsZero() {
		p.PublishedAt = now
	}
	return true, nil
}

// withdraw takes it back. Nothing that was agreed to before counts any more.
func (p *Practice) withdraw(why string, now time.Time) error {
	if p.State == Withdrawn {
		return errs.E(errs.Conflict, "practice.withdrawn_already")
	}
	why = plaintext.OneLine(why)
	if code := textFault(why, MaxWhy, true); code != "" {
		return errs.Refuse("why", code, "max", MaxWhy)
	}
	p.State, p.Why, p.AuthorOK, p.EditorOK, p.ChangedAt = Withdrawn, why, 0, 0, now
	return nil
}

// takes begins it in a village, or begins it again.
func (p *Practice) takes(had *Take, villageID, day string) (*Take, error) {
	switch {
	case p.State != Published:
		return nil, errs.E(errs.Conflict, "practice.not_out")
	case villageID == p.UnitID:
		return nil, errs.E(errs.Conflict, "practice.own")
	case had == nil:
		return &Take{PracticeID: p.ID, VillageID: villageID, Since: day}, nil
	case had.Live():
		return nil, errs.E(errs.Conflict, "practice.taken_already")
	}
	return &Take{PracticeID: p.ID, VillageID: villageID, Since: day, Version: had.Version}, nil
}

// tell says what came of it, or says it anew.
func (t *Take) tell(c TellCame, day string) error {
	words := paragraphs(c.Words)
	bad := errs.E(errs.Invalid, "practice.check")
	if !slices.Contains(Cames(), c.Came) {
		bad = bad.WithField("came", "practice.no_came")
	}
	if code := textFault(words, MaxWords, true); code != "" {
		bad = bad.WithField("words", code, "max", MaxWords)
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	if c.Version != t.Version {
		return errs.E(errs.Stale, "practice.changed_since")
	}
	t.Came, t.Words, t.CameOn = c.Came, words, day
	return nil
}

// end ends it in the village; what came of it stays readable.
func (t *Take) end(day string) error {
	if !t.Live() {
		return errs.E(errs.Conflict, "practice.ended_already")
	}
	t.EndedOn = day
	return nil
}

// fold makes words that look alike the same, cut where nobody would search across.
func fold(s string) []string {
	s = strings.Map(unicode.ToLower, width.Fold.String(s))
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// grams are the distinct pairs of neighbouring characters of some words, and of
// each word its last character, so that a single one is found as well.
func grams(s string) []string {
	seen := map[string]bool{}
	for _, word := range fold(s) {
		runes := []rune(word)
		for i := range runes {
			seen[string(runes[i:min(i+2, len(runes))])] = true
		}
	}
	list := make([]string, 0, len(seen))
	for g := range seen {
		list = append(list, g)
	}
	slices.Sort(list)
	return list
}

// asked is a word that a question looks for: its pairs have all to be there, or a
// topic is called so. A single character is one that some pair begins with.
type asked struct {
	pairs  []string
	single string
	topics []string
}

// askedFor are the distinct words of a question, as many as are looked for.
func askedFor(q string) (list []asked) {
	seen := map[string]bool{}
	for _, word := range fold(q) {
		if seen[word] || len(list) == maxWords {
			continue
		}
		seen[word] = true
		a, runes := asked{topics: topicsCalled(word)}, []rune(word)
		if len(runes) == 1 {
			a.single = word
		}
		for i := range min(len(runes)-1, maxGrams) {
			a.pairs = append(a.pairs, string(runes[i:i+2]))
		}
		slices.Sort(a.pairs)
		a.pairs = slices.Compact(a.pairs)
		list = append(list, a)
	}
	return list
}

// topicsCalled are the topics in whose names, in any language, a word of some length stands.
func topicsCalled(word string) (list []string) {
	if utf8.RuneCountInString(word) < 2 {
		return nil
	}
	for _, topic := range Topics() {
		for _, name := range Messages["practice.topic."+string(topic)] {
			if slices.ContainsFunc(fold(name), func(part string) bool { return strings.Contains(part, word) }) {
				list = append(list, string(topic))
				break
			}
		}
	}
	return list
}
