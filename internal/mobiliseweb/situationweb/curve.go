package situationweb

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"bilin/internal/mobilise/situation"
	"bilin/internal/sqldb"
)

// A curve is drawn in a box of this size, which the page stretches.
// assets/src/board.js draws the same when a number comes.
const (
	curveWidth  = 600
	curveHeight = 160
	leastSpan   = 10 * time.Minute
	farthest    = 3 // times what has gone by
)

// curve is a number over the time of an order, in steps: a value holds until
// somebody says otherwise.
type curve struct {
	Label          string
	Points         string // "ms:value ms:value", for the script
	From, To, Last int64  // ms: where the axis begins and ends at least, and where the line does
	Low, High      int64  // of the other axis
	Target         int64
	HasTarget      bool
	Line, Area     string // paths
	TargetY        string
	Deadline       string // x of it; "" for none
}

// drawCurve draws points from the time an order was issued until now. A
// deadline lies on the axis too unless it is far: the curve would be a speck.
func drawCurve(points []situation.Point, from, now, deadline time.Time, low, high int64) curve {
	c := curve{From: sqldb.Millis(from), To: sqldb.Millis(from.Add(leastSpan)), Last: sqldb.Millis(now), Low: low, High: max(high, low+1)}
	for _, p := range points {
		c.Low, c.High = min(c.Low, p.Value), max(c.High, p.Value)
	}
	if deadline.After(from.Add(max(farthest*now.Sub(from), leastSpan))) {
		deadline = time.Time{}
	}
	if !deadline.IsZero() {
		c.To = max(c.To, sqldb.Millis(deadline))
	}
	var said []string
	for _, p := range points {
		said = append(said, fmt.Sprintf("%d:%d", sqldb.Millis(p.At), p.Value))
	}
	c.Points = strings.Join(said, " ")
	c.paths(points)
	if !deadline.IsZero() {
		c.Deadline = c.x(sqldb.Millis(deadline))
	}
	return c
}

func (c *curve) paths(points []situation.Point) {
	if len(points) == 0 {
		return
	}
	var b strings.Builder
	for i, p := range points {
		x, y := c.x(sqldb.Millis(p.At)), c.y(p.Value)
		if i == 0 {
			b.WriteString("M" + x + " " + y)
			continue
		}
		b.WriteString("H" + x + "V" + y)
	}
	end := c.x(max(c.Last, sqldb.Millis(points[len(points)-1].At)))
	b.WriteString("H" + end)
	c.Line = b.String()
	floor := strconv.Itoa(curveHeight)
	c.Area = c.Line + "V" + floor + "H" + c.x(sqldb.Millis(points[0].At)) + "Z"
}

// End is where the axis ends.
func (c curve) End() int64 { return max(c.To, c.Last) }

func (c *curve) x(ms int64) string {
	share := float64(ms-c.From) / float64(max(1, c.End()-c.From))
	return coordinate(max(0, min(1, share)) * curveWidth)
}

func (c *curve) y(value int64) string {
	share := float64(value-c.Low) / float64(c.High-c.Low)
	return coordinate((1 - share) * curveHeight)
}

func coordinate(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// objectiveCurve draws an objective with the line of its target.
func objectiveCurve(o *situation.Objective, issued, now time.Time) curve {
	c := drawCurve(o.Curve(), issued, now, o.Deadline, min(o.Start, o.Target), max(o.Start, o.Target))
	c.Target, c.HasTarget, c.TargetY = o.Target, true, c.y(o.Target)
	return c
}
