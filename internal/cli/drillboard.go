package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"bilin/internal/mobilise"
	"bilin/internal/rehearsal"
)

// standingsShown are those that the picture draws, in the order in which people go through them.
var standingsShown = []mobilise.Standing{mobilise.Queued, mobilise.Handed, mobilise.Delivered, mobilise.Seen, mobilise.Cant, mobilise.Coming, mobilise.Arrived, mobilise.Released}

// board is the live picture: redrawn on a terminal, a line a second in a log.
type board struct {
	c     *command
	out   io.Writer
	every time.Duration
	tty   bool
	drawn int // lines
}

func (c *command) newBoard() *board {
	b := &board{c: c, out: c.out, every: time.Second, tty: isTerminal(c.out)}
	if b.tty {
		b.every = 250 * time.Millisecond
	}
	return b
}

func (b *board) show(p rehearsal.Picture) {
	if !b.tty {
		fmt.Fprintln(b.out, b.line(p))
		return
	}
	lines := b.lines(p, b.width())
	if b.drawn > 0 {
		fmt.Fprintf(b.out, "\x1b[%dA\x1b[J", b.drawn)
	}
	fmt.Fprintln(b.out, strings.Join(lines, "\n"))
	b.drawn = len(lines)
}

// end leaves the last picture where it is.
func (b *board) end() {
	if b.drawn > 0 {
		fmt.Fprintln(b.out)
	}
}

func (b *board) width() int {
	if f, ok := b.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}

// line is the picture in one line.
func (b *board) line(p rehearsal.Picture) string {
	t := &p.Tally
	return b.c.t("cli.drill.line", "at", inMinutes(p.Since), "phase", b.c.t("cli.drill.phase."+string(p.Phase)),
		"queued", t.By[mobilise.Queued], "handed", t.By[mobilise.Handed], "delivered", t.By[mobilise.Delivered]+t.By[mobilise.Seen],
		"coming", t.By[mobilise.Coming]+t.By[mobilise.Arrived]+t.By[mobilise.Released], "cant", t.By[mobilise.Cant], "doors", t.Knock, "rate", p.Rate, "page", p.Page.Milliseconds())
}

// lines is the picture with a bar for each standing.
func (b *board) lines(p rehearsal.Picture, width int) []string {
	t, say := &p.Tally, b.c.t
	lines := []string{
		say("cli.drill.head", "number", p.Number, "people", p.People, "at", inMinutes(p.Since), "speed", fmt.Sprintf("%.0f", p.Speed), "phase", say("cli.drill.phase."+string(p.Phase))),
		b.c.drillTimes(p.Times), "",
	}
	room := max(10, min(60, width-30))
	for _, s := range standingsShown {
		lines = append(lines, b.bar(say("order.standing."+s.String()), t.By[s], p.People, room))
	}
	lines = append(lines, b.bar(say("cli.drill.doors"), t.Knock, p.People, room), "",
		say("cli.drill.foot", "answers", p.Answered, "rate", p.Rate, "page", p.Page.Milliseconds(), "taken", p.Gateway.Taken, "refused", p.Gateway.Refused, "failed", p.Gateway.Failed))
	return lines
}

// labelWidth is that of the longest label, in columns.
const labelWidth = 20

func (b *board) bar(label string, n, of, room int) string {
	filled := 0
	if of > 0 {
		filled = n * room / of
	}
	if n > 0 && filled == 0 {
		filled = 1
	}
	pad := max(1, labelWidth-columns(label))
	return label + strings.Repeat(" ", pad) + strings.Repeat("█", filled) + strings.Repeat("·", max(0, room-filled)) + fmt.Sprintf(" %7d", n)
}

// columns is how much room a text takes on a terminal: a Chinese character, two.
func columns(text string) (n int) {
	for _, r := range text {
		if n++; r >= 0x2E80 {
			n++
		}
	}
	return n
}
