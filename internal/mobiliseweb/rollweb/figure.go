package rollweb

import (
	"strconv"
	"strings"
	"time"

	"bilin/internal/mobilise/rollcall"
)

// milestone is when a share of the households had been reported.
type milestone struct {
	Percent int
	At      time.Time // zero if it has not come
	Minutes int       // after the opening
}

// figure is the curve of completeness: a line from the opening on, drawn on the
// server so that it moves with the page.
type figure struct {
	Line       string // points of a polyline
	From, To   time.Time
	Milestones []milestone
}

// The drawing's measures.
const (
	wide, high = 640, 150
	percent    = 100
)

var shares = []int{50, 90, 99}

// draw makes the figure of a board; it is empty while nothing was reported.
func draw(b *rollcall.Board) figure {
	f := figure{From: b.Call.OpenedAt.Truncate(time.Minute)}
	if len(b.Curve) == 0 || b.Expected == 0 {
		return f
	}
	f.To = b.Curve[len(b.Curve)-1].At
	for _, share := range shares {
		f.Milestones = append(f.Milestones, reach(b, share))
	}
	span := max(f.To.Sub(f.From), time.Minute)
	var line strings.Builder
	at := func(x, y int) { line.WriteString(strconv.Itoa(x) + "," + strconv.Itoa(y) + " ") }
	at(0, high)
	last := -1
	for _, p := range b.Curve {
		x := int(wide * max(p.At.Sub(f.From), 0) / span)
		if x == last { // a pixel shows one point; the last of them is never passed over
			continue
		}
		last = x
		at(x, high-high*min(p.Reported, b.Expected)/b.Expected)
	}
	at(wide, high-high*min(b.Curve[len(b.Curve)-1].Reported, b.Expected)/b.Expected)
	f.Line = strings.TrimSpace(line.String())
	return f
}

// reach is when a share had been reported.
func reach(b *rollcall.Board, share int) milestone {
	m := milestone{Percent: share}
	for _, p := range b.Curve {
		if p.Reported*percent >= b.Expected*share {
			m.At, m.Minutes = p.At, max(1, int(p.At.Sub(b.Call.OpenedAt.Truncate(time.Minute))/time.Minute))
			break
		}
	}
	return m
}
