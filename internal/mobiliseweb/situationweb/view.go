package situationweb

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/situation"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// onWall is how many objectives a wall shows: what is read at five metres.
const onWall = 6

// board is what the panels show, on a desk or on a wall.
type board struct {
	*mobilise.Order
	Drill          bool
	Wall           bool
	Open           bool // the order is under way
	At             time.Time
	Clock          string // since it was issued
	UntilText      string
	Since, Stopped int64 // ms; Stopped is 0 while the clock runs
	Now            int64
	Topic          string
	Layout, Ground string
	Seq            int
	N              map[string]int
	Tiles          []tile
	Bar            []segment
	Marks          []marks
	Objectives     []objective
	More           int // objectives that a wall has no room for
	Roll           *roll
	Down           []down
	Places         []situation.Place
	Rest           bool // the last of them is what counts above the parts
}

// tile is one big number of people.
type tile struct {
	Name  string
	N     int
	Of    string // whose share it is; "" for none
	Whole int
}

// segment is a part of the bar of all people.
type segment struct {
	Name     string
	N        int
	X, Width string // in thousandths
}

// marks are how long a share took.
type marks struct {
	What  string
	Steps []step
}

type step struct {
	Pct     int
	Minutes int // 0: not yet
}

// objective is one as it is shown.
type objective struct {
	*situation.Objective
	N      int // its place, from 1
	Done   bool
	Late   bool
	Since  time.Time // when it was reached
	Meter  string    // thousandths of the way
	Curve  curve
	Due    string // the deadline, with its day if that is another
	DueMs  int64
	Rising bool
}

type roll struct {
	*situation.Roll
	Open   bool
	Closed string // when
	Meter  string
	Curve  curve
}

// down is a channel that fails, and what is used instead.
type down struct {
	Channel, Instead string // Instead is "" when only doors are left
	Since            time.Time
	Error            string
}

func (p *Pages) view(t translate, snap *situation.Snapshot, wall bool) board {
	o := snap.Order
	b := board{
		Order: o, Drill: o.IsDrill(), Wall: wall, Open: o.Live(), At: snap.At, Since: sqldb.Millis(o.IssuedAt), Now: sqldb.Millis(snap.At),
		Topic: situation.Topic(o.ID), Layout: snap.Layout, Ground: snap.Ground, Seq: snap.Seq, N: snap.Numbers(), Places: snap.Rows(), Rest: snap.Rest != nil,
	}
	if !o.EndedAt.IsZero() {
		b.Stopped = sqldb.Millis(o.EndedAt)
	}
	b.UntilText = moment(t, o.Until, snap.At)
	b.Clock = clockText(situation.Elapsed(o, p.now()))
	b.Tiles, b.Bar, b.Marks = tiles(b.N, b.Open), bar(b.N), marksOf(snap)
	for i := range snap.Objectives {
		if wall && i == onWall {
			b.More = len(snap.Objectives) - onWall
			break
		}
		b.Objectives = append(b.Objectives, objectiveOf(t, snap, i))
	}
	if snap.Roll != nil {
		b.Roll = rollOf(t, snap)
	}
	for _, h := range snap.Down {
		b.Down = append(b.Down, downOf(o, h, snap.Down))
	}
	return b
}

// clockText writes a duration as hours, minutes and seconds; the page puts the
// days before it.
func clockText(d time.Duration) string {
	s := int(d.Seconds())
	return fmt.Sprintf("%02d:%02d:%02d", s/3600%24, s/60%60, s%60)
}

// moment writes a time of the day, and the day where it isn't today.
func moment(t translate, at, now time.Time) string {
	at, now = at.In(web.CityZone), now.In(web.CityZone)
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format("15:04")
	}
	return t("situationweb.day", "month", int(at.Month()), "day", at.Day(), "name", at.Month().String(), "time", at.Format("15:04"))
}

// Days are the whole days of the clock.
func (b board) Days() int {
	end := b.Now
	if b.Stopped != 0 {
		end = b.Stopped
	}
	return int(max(0, end-b.Since) / (24 * time.Hour).Milliseconds())
}

// tiles are the numbers of an order under way, and of one that is over: who
// came or was on the way has gone home then.
func tiles(n map[string]int, open bool) (list []tile) {
	names := []string{"called", "reached", "coming", "arrived", "cant", "knock"}
	if !open {
		names = []string{"called", "reached", "answered", "released", "cant", "knock"}
	}
	for _, name := range names {
		t := tile{Name: name, N: n[name]}
		if name != "called" && name != "knock" {
			t.Of, t.Whole = "called", n["called"]
		}
		list = append(list, t)
	}
	return list
}

// parts are all people, each in one: the bar is as long as all of them.
var parts = []string{"arrived", "released", "coming", "cant", "silent", "waiting"}

func bar(n map[string]int) (segments []segment) {
	whole, at := max(1, n["called"]), 0.0
	for _, name := range parts {
		width := float64(n[name]) * 1000 / float64(whole)
		segments = append(segments, segment{name, n[name], coordinate(at), coordinate(width)})
		at += width
	}
	return segments
}

func marksOf(snap *situation.Snapshot) (list []marks) {
	for _, what := range []string{situation.Reached, situation.Answered} {
		m := marks{What: what}
		for _, pct := range []int{50, 90, 99} {
			m.Steps = append(m.Steps, step{Pct: pct, Minutes: minutesTo(snap, what, pct)})
		}
		list = append(list, m)
	}
	return list
}

func minutesTo(snap *situation.Snapshot, what string, pct int) int {
	for _, m := range snap.Marks {
		if m.What == what && m.Pct == pct {
			return max(1, int(m.At.Sub(snap.Order.IssuedAt).Round(time.Minute).Minutes()))
		}
	}
	return 0
}

func objectiveOf(t translate, snap *situation.Snapshot, i int) objective {
	o := &snap.Objectives[i]
	end := snap.At
	if !snap.Order.EndedAt.IsZero() {
		end = snap.Order.EndedAt
	}
	v := objective{Objective: o, N: i + 1, Done: o.Done(), Late: o.Late(end), Since: o.DoneAt(), Meter: coordinate(1000 * o.Share()), Rising: o.Rising(),
		Curve: objectiveCurve(o, snap.Order.IssuedAt, end)}
	if !o.Deadline.IsZero() {
		v.DueMs, v.Due = sqldb.Millis(o.Deadline), moment(t, o.Deadline, snap.At)
	}
	return v
}

func rollOf(t translate, snap *situation.Snapshot) *roll {
	r := snap.Roll
	end := snap.At
	if !r.Call.ClosedAt.IsZero() {
		end = r.Call.ClosedAt
	}
	share := 0.0
	if r.Expected > 0 {
		share = 1000 * float64(r.Reported()) / float64(r.Expected)
	}
	return &roll{Roll: r, Open: r.Call.IsOpen(), Closed: moment(t, end, snap.At), Meter: coordinate(share), Curve: drawCurve(r.Curve, r.Call.OpenedAt, end, time.Time{}, 0, int64(r.Expected))}
}

// downOf says what people are told by while a channel fails.
func downOf(o *mobilise.Order, h mobilise.Health, all []mobilise.Health) down {
	d := down{Channel: string(h.Channel), Since: sqldb.Time(h.DownSince), Error: h.Error}
	for _, c := range o.Channels {
		works := c != h.Channel
		for _, other := range all {
			works = works && other.Channel != c
		}
		if works {
			d.Instead = string(c)
			break
		}
	}
	return d
}

// line is an entry of the timeline.
type line struct {
	Seq  int
	At   time.Time
	What string
	Said string // what an entry of the board says
	Text string // what somebody wrote
	Who  string
	Kind string
	Icon string
}

// look is how an entry stands out.
type look struct{ Kind, Icon string }

var looks = map[string]look{
	situation.EventNote:     {Icon: "message"},
	situation.EventReached:  {Kind: "ok", Icon: "flag"},
	situation.EventLost:     {Kind: "bad", Icon: "flag-off"},
	situation.EventSet:      {Icon: "trending-up"},
	situation.EventAdded:    {Icon: "target"},
	situation.EventStruck:   {Icon: "x"},
	situation.EventMark:     {Kind: "ok", Icon: "clock"},
	mobilise.EventIssued:    {Kind: "info", Icon: "bell-ringing"},
	mobilise.EventApproved:  {Kind: "info", Icon: "bell-ringing"},
	mobilise.EventCorrected: {Kind: "warn", Icon: "pencil"},
	mobilise.EventCancelled: {Kind: "bad", Icon: "x"},
	mobilise.EventClosed:    {Kind: "ok", Icon: "check"},
	mobilise.EventKnock:     {Kind: "warn", Icon: "door"},
	mobilise.EventDown:      {Kind: "bad", Icon: "alert-triangle"},
	mobilise.EventUp:        {Kind: "ok", Icon: "circle-check"},
	"rollcall_opened":       {Kind: "info", Icon: "home"},
	"rollcall_closed":       {Icon: "home"},
}

// lines are the entries after one, the newest first.
func lines(t translate, events []mobilise.Event, after, most int) (list []line) {
	for _, e := range events {
		if e.Seq > after && len(list) < most {
			list = append(list, lineOf(t, e))
		}
	}
	return list
}

func lineOf(t translate, e mobilise.Event) line {
	l := line{Seq: e.Seq, At: e.At, Text: e.Text, Who: e.Actor, Kind: looks[e.Kind].Kind, Icon: looks[e.Kind].Icon}
	l.What = t("order.event."+e.Kind, slots(t, e)...)
	if key, args, ok := situation.Sentence(e); ok {
		l.Said = t(key, grouped(args)...)
		if e.Kind == situation.EventMark { // which says all of it
			l.What, l.Said = l.Said, ""
		}
	}
	if l.Icon == "" {
		l.Icon = "point"
	}
	return l
}

// slots are what an order's own entry keeps beside it, for its message.
func slots(t translate, e mobilise.Event) (args []any) {
	var d struct {
		N       int              `json:"n"`
		Channel mobilise.Channel `json:"channel"`
	}
	if e.Detail == "" || json.Unmarshal([]byte(e.Detail), &d) != nil {
		return nil
	}
	args = []any{"n", digits(int64(d.N))}
	if d.Channel != "" {
		args = append(args, "channel", t("order.channel."+string(d.Channel)))
	}
	return args
}

// grouped writes the whole numbers of a message with their digits in threes.
func grouped(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
		if n, ok := a.(int64); ok {
			out[i] = digits(n)
		}
	}
	return out
}

func digits(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
