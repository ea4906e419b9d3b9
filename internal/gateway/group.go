package gateway

import (
	"context"
	"net/url"
	"strings"
	"unicode/utf8"

	"bilin/internal/errs"
)

// GroupMessage is what a group of people is told: in a chat, or by mail.
type GroupMessage struct {
	ID    string // of mail the Message-ID; a chat has none
	Title string
	Text  string // cut where the channel has no room; title and address never are
	URL   string // where to read on; may be empty
}

// GroupSender tells a group. Nothing keeps a group from hearing the same twice,
// so a caller writes down that it is about to send, and doesn't send again what
// it finds written down: at most once. Of an error MayHaveArrived says more.
type GroupSender interface {
	Send(ctx context.Context, m GroupMessage) error
	String() string // what it is, without anything secret
}

// Bounds of what a group is told.
const (
	MaxGroupLines = 20
	maxRobotBytes = 2048 // as WeCom has it
	maxMailBytes  = 16 << 10
)

// NewGroup returns what speaks to the group of an address as shoutrrr writes
// them: wecom://KEY for a robot of a WeCom chat, smtp://user:password@host:port/
// ?from=…&to=… for mail. The robot's whole https address is taken too. An address
// in a private network, or without TLS, fails with Invalid unless allow names it.
func NewGroup(address string, allow []string) (GroupSender, error) {
	guard, err := NewGuard(allow)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil { // without the cause, which holds the address and its secret
		return nil, errs.E(errs.Invalid, "gateway.bad_group")
	}
	switch u.Scheme {
	case "wecom", "http", "https":
		return newRobot(u, guard)
	case "smtp":
		return newMail(u, guard)
	}
	return nil, errs.E(errs.Invalid, "gateway.bad_group")
}

// MayHaveArrived reports whether an error of GroupSender leaves open that the
// group heard the message: it had been handed over when the answer was lost.
func MayHaveArrived(err error) bool { return err != nil && errs.CodeOf(err) == "gateway.unsure" }

func unsure(err error) error { return errs.Wrap(err, errs.Unavailable, "gateway.unsure") }

// compose puts a message together within so many bytes and MaxGroupLines.
func (m GroupMessage) compose(title bool, most int) string {
	head, tail := "", ""
	if title && m.Title != "" {
		head = oneLine(m.Title) + "\n"
	}
	if m.URL != "" {
		tail = "\n" + oneLine(m.URL)
	}
	lines := MaxGroupLines - strings.Count(head, "\n") - strings.Count(tail, "\n")
	return head + cut(m.Text, lines, most-len(head)-len(tail)) + tail
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// cut shortens a text to so many lines and bytes, and shows that it did.
func cut(text string, lines, most int) string {
	text = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), ""))
	short := text
	if list := strings.SplitN(short, "\n", lines+1); len(list) > lines {
		short = strings.Join(list[:lines], "\n")
	}
	if short == text && len(text) <= most {
		return text
	}
	const mark = "…"
	short = short[:max(0, min(len(short), most-len(mark)))]
	for !utf8.ValidString(short) {
		short = short[:len(short)-1]
	}
	return strings.TrimSpace(short) + mark
}
