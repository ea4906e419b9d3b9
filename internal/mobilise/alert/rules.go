package alert

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
)

// How far a message's time may lie from ours: an old one may be a repeat of
// what is over, one from the future can't be right.
const (
	oldest  = 24 * time.Hour
	soonest = 10 * time.Minute
)

// part returns the info block to show: the first in Chinese, else the first.
func part(a *cap.Alert) *cap.Info {
	for i := range a.Infos {
		if strings.HasPrefix(strings.ToLower(a.Infos[i].Language), "zh") {
			return &a.Infos[i]
		}
	}
	if len(a.Infos) == 0 {
		return nil
	}
	return &a.Infos[0]
}

// areas are those of the shown block and of others in its language; where they
// name none, those of all.
func areas(a *cap.Alert) []cap.Area {
	shown := part(a)
	var own, all []cap.Area
	for _, i := range a.Infos {
		all = append(all, i.Areas...)
		if i.Language == shown.Language {
			own = append(own, i.Areas...)
		}
	}
	if len(own) > 0 {
		return own
	}
	return all
}

// expires is the last of the times at which its blocks run out; zero if one never does.
func expires(a *cap.Alert) (at time.Time) {
	for _, i := range a.Infos {
		if i.Expires.IsZero() {
			return time.Time{}
		}
		if i.Expires.After(at) {
			at = i.Expires
		}
	}
	return at
}

// judge says what becomes of a message when it comes. elsewhere reports that
// its areas are known, and that none lies here.
func judge(a *cap.Alert, elsewhere bool, now time.Time) (State, string) {
	if why := silent(a, now); why != "" {
		return Kept, why
	}
	info := part(a)
	switch at := expires(a); {
	case !at.IsZero() && !at.After(now):
		return Kept, "alert.why.expired"
	case anyAboutPerson(a):
		return Kept, "alert.why.person"
	case info.Urgency == "Past", len(info.ResponseTypes) > 0 && !slices.ContainsFunc(info.ResponseTypes, func(r string) bool { return r != "AllClear" }):
		return Kept, "alert.why.clear"
	case elsewhere:
		return Kept, "alert.why.elsewhere"
	}
	return Fresh, ""
}

// silent says why a message of its kind or age suggests nothing.
func silent(a *cap.Alert, now time.Time) string {
	switch {
	case a.Status == "System":
		return "alert.why.system"
	case a.Status == "Draft":
		return "alert.why.draft"
	case a.MsgType == "Ack" || a.MsgType == "Error":
		return "alert.why.reply"
	case a.MsgType == cap.Cancel && len(a.References) == 0:
		return "alert.why.cancels_nothing"
	case a.MsgType == cap.Cancel:
		return "alert.why.cancel"
	case a.Sent.After(now.Add(soonest)):
		return "alert.why.future"
	case a.Sent.Before(now.Add(-oldest)):
		return "alert.why.old"
	case len(a.Infos) == 0:
		return "alert.why.no_info"
	}
	return ""
}

// byPerson reports whether somebody brought it who answers for it.
func byPerson(source string) bool { return source == FromFile || source == FromAPI }

// acts reports whether a message changes others: an Update or a Cancel that
// isn't a draft and doesn't claim to come from the future.
func acts(m *Alert) bool {
	return (m.MsgType == cap.Update || m.MsgType == cap.Cancel) && m.Reason != "alert.why.future" && m.Reason != "alert.why.draft" && m.Reason != "alert.why.system"
}

// changes reports whether an Update or Cancel that names an alert is heeded:
// it must come from the same sender and be as real. What one feed brought, no
// other feed changes.
func changes(m, target *Alert) bool {
	replies := target.Status == "Draft" || target.Status == "System" || target.MsgType == "Ack" || target.MsgType == "Error"
	return acts(m) && !replies && m.ID != target.ID && m.Sender == target.Sender && m.Drill() == target.Drill() &&
		(m.Source == target.Source || byPerson(m.Source) || byPerson(target.Source))
}

// changedBy lets an alert be superseded or withdrawn by the weightiest of the
// messages that name it. The order in which they come makes no difference.
func (a *Alert) changedBy(messages []Alert) bool {
	var by *Alert
	for i := range messages {
		if m := &messages[i]; changes(m, a) && (by == nil || outweighs(m, by)) {
			by = m
		}
	}
	if by == nil || by.ID == a.ByID {
		return false
	}
	a.State, a.ByID = Superseded, by.ID
	if by.MsgType == cap.Cancel {
		a.State = Withdrawn
	}
	return true
}

// outweighs orders what changes the same alert: a Cancel weighs more than an
// Update, and of two the later.
func outweighs(a, b *Alert) bool {
	if (a.MsgType == cap.Cancel) != (b.MsgType == cap.Cancel) {
		return a.MsgType == cap.Cancel
	}
	if !a.Sent.Equal(b.Sent) {
		return a.Sent.After(b.Sent)
	}
	return a.Identifier > b.Identifier
}

// dismiss notes that no order is needed.
func (a *Alert) dismiss(note, by string, now time.Time) error {
	if a.State != Fresh {
		return errs.E(errs.Conflict, "alert.not_new")
	}
	a.State, a.Note, a.DecidedBy, a.DecidedAt = Dismissed, note, by, now
	return nil
}

// begins says why no order of a kind can begin with it.
func (a *Alert) begins(drill bool, now time.Time) error {
	switch {
	case !a.Suggestible(now):
		return a.refusal(now)
	case a.Drill() && !drill:
		return errs.E(errs.Invalid, "alert.only_drill").WithField("kind", "alert.only_drill")
	}
	return nil
}

// use notes that a real order was made of it. What was withdrawn or superseded
// while the order waited stays so.
func (a *Alert) use(now time.Time) {
	if a.State == Fresh || a.State == Dismissed {
		a.State = Used
	}
	if a.UsedAt.IsZero() {
		a.UsedAt = now
	}
}

// Why says why no order can be begun from it, as a message key; "" if one can.
func (a *Alert) Why(now time.Time) string {
	switch {
	case a.State == Superseded || a.State == Withdrawn:
		return "alert.why." + string(a.State)
	case a.Reason == "" && a.Over(now):
		return "alert.why.expired"
	}
	return a.Reason
}

func (a *Alert) refusal(now time.Time) error { return errs.E(errs.Conflict, a.Why(now)) }

// suggest begins an order with an alert's words, within an order's bounds.
func suggest(info *cap.Info, at time.Time, drill bool, now time.Time) Suggestion {
	s := Suggestion{Drill: drill, Hazard: hazardOf(info), Title: clip(line(info.Headline), mobilise.MaxTitle), What: clip(plain(info.Description), mobilise.MaxText),
		Do: clip(plain(info.Instruction), mobilise.MaxText), Until: at}
	if s.Title == "" {
		s.Title = clip(line(info.Event), mobilise.MaxTitle)
	}
	if s.What == "" {
		s.What = clip(line(info.Event), mobilise.MaxText)
	}
	if most := now.Add(longest); s.Until.After(most) {
		s.Until = most
	}
	return s
}

var (
	breaks = regexp.MustCompile(`(?i)<br\s*/?>|</p>|</li>|</div>`)
	tags   = regexp.MustCompile(`<[/a-zA-Z!][^<>]{0,300}>`)
)

// plain is a text without marks of HTML, which some senders put into alerts.
func plain(text string) string {
	text = html.UnescapeString(tags.ReplaceAllString(breaks.ReplaceAllString(text, "\n"), " "))
	var lines []string
	for l := range strings.SplitSeq(text, "\n") {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

// Paragraphs are a sender's words, without marks of HTML.
func Paragraphs(text string) []string {
	if text = plain(text); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func line(text string) string { return strings.ReplaceAll(plain(text), "\n", " ") }

// clip keeps the beginning of a text.
func clip(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:most-1])) + "…"
}
