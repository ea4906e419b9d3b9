package report_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/report"
)

var (
	issued = time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)
	sms    = mobilise.BitsOf(mobilise.SMS)
	voice  = mobilise.BitsOf(mobilise.Voice)
)

// after is a moment after the order went out.
func after(d time.Duration) int64 { return issued.Add(d).UnixMilli() }

func order(people int) *mobilise.Order {
	return &mobilise.Order{State: mobilise.Active, Hazard: mobilise.Ice, Edition: 1, IssuedAt: issued, Wait: 5 * time.Minute, People: people,
		Channels: []mobilise.Channel{mobilise.SMS, mobilise.Voice}}
}

// reached are so many people, the n-th of whom was reached after n seconds, of as many.
func reached(n, of int) (rows []report.Row) {
	for i := range of {
		r := report.Row{N: i + 1, Tried: sms, ToldBy: sms, Standing: mobilise.Handed, TookAt: [3]int64{0, after(0), 0}}
		if i < n {
			r.Standing, r.Reached = mobilise.Delivered, after(time.Duration(i+1)*time.Second)
		}
		rows = append(rows, r)
	}
	return rows
}

// Times are by nearest rank, with all who were called as the denominator.
func TestTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, of int
		want  string
	}{
		{0, 0, "{0 [0s 0s 0s] [false false false]}"},
		{0, 3, "{0 [0s 0s 0s] [false false false]}"},
		{1, 1, "{1 [1s 1s 1s] [true true true]}"},
		{1, 2, "{1 [1s 0s 0s] [true false false]}"},
		{10, 10, "{10 [5s 9s 10s] [true true true]}"},
		{9, 10, "{9 [5s 9s 0s] [true true false]}"},
		{11, 11, "{11 [6s 10s 11s] [true true true]}"},
		{100, 100, "{100 [50s 1m30s 1m39s] [true true true]}"},
		{99, 100, "{99 [50s 1m30s 1m39s] [true true true]}"},
		{98, 100, "{98 [50s 1m30s 0s] [true true false]}"},
		{89, 100, "{89 [50s 0s 0s] [true false false]}"},
		{1000, 1000, "{1000 [8m20s 15m0s 16m30s] [true true true]}"},
		{990, 1000, "{990 [8m20s 15m0s 16m30s] [true true true]}"},
		{989, 1000, "{989 [8m20s 15m0s 0s] [true true false]}"},
	} {
		f := report.Compute(order(c.of), &report.Data{Rows: reached(c.n, c.of), Places: []string{"v"}}, issued.Add(time.Hour))
		if got := fmt.Sprint(f.Reach); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.n, c.of, got, c.want)
		}
	}
}

// Why somebody was never reached: the first that fits.
func TestWhy(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		row  report.Row
		want report.Why
	}{
		"nobody has tried yet":                {report.Row{}, report.NotTried},
		"no channel, a door at once":          {report.Row{Knock: after(time.Second)}, report.NoNumber},
		"no channel worked, a door in time":   {report.Row{Knock: after(5 * time.Minute)}, report.Down},
		"the number is none":                  {report.Row{Tried: sms, Refused: sms, Knock: after(time.Second)}, report.Refused},
		"both are none":                       {report.Row{Tried: sms | voice, Refused: sms | voice}, report.Refused},
		"one is none, the other failed":       {report.Row{Tried: sms | voice, Refused: sms}, report.Down},
		"both failed":                         {report.Row{Tried: sms | voice, Knock: after(time.Hour)}, report.Down},
		"it went out, and nothing came back":  {report.Row{Tried: sms, ToldBy: sms, TookAt: [3]int64{0, 1, 0}}, report.Silent},
		"it went out, and then didn't arrive": {report.Row{Tried: sms, Refused: sms, TookAt: [3]int64{0, 1, 0}}, report.Refused},
	} {
		c.row.N = 1
		other := report.Row{N: 2, Tried: sms, ToldBy: sms, Reached: 1, Standing: mobilise.Delivered}
		f := report.Compute(order(2), &report.Data{Rows: []report.Row{c.row, other}, Places: []string{"v"}}, issued.Add(2*time.Hour))
		if len(f.Nevers) != 1 || f.Nevers[0].Why != c.want || f.Never[c.want] != 1 || f.Nevers[0].Door != (c.row.Knock != 0) {
			t.Errorf("%s: %v, want %v", what, f.Nevers, c.want)
		}
	}
}

// Where no channel was tried for anybody, it isn't their numbers.
func TestNoChannelAtAll(t *testing.T) {
	t.Parallel()
	f := report.Compute(order(2), &report.Data{Rows: []report.Row{{N: 1, Knock: after(0)}, {N: 2, Knock: after(0)}}, Places: []string{"v"}}, issued.Add(time.Hour))
	if f.Never[report.Down] != 2 {
		t.Errorf("%v", f.Never)
	}
}

// What each channel did, and how many another told in its place.
func TestChannels(t *testing.T) {
	t.Parallel()
	took := func(smsAt, voiceAt time.Duration) (at [3]int64) {
		if smsAt > 0 {
			at[1] = after(smsAt)
		}
		if voiceAt > 0 {
			at[2] = after(voiceAt)
		}
		return at
	}
	rows := []report.Row{
		{Tried: sms, ToldBy: sms, TookAt: took(time.Second, 0)},
		{Tried: sms | voice, ToldBy: sms | voice, TookAt: took(time.Second, 5*time.Minute)},  // nobody answered
		{Tried: sms | voice, ToldBy: voice, TookAt: took(0, 61*time.Second)},                 // in vain
		{Tried: sms | voice, ToldBy: sms | voice, TookAt: took(12*time.Minute, time.Minute)}, // it caught up
		{Tried: voice, ToldBy: voice, TookAt: took(0, 2*time.Minute)},                        // passed over while it was down
		{Tried: voice, ToldBy: voice, TookAt: took(0, 30*time.Minute)},                       // a landline, long after
		{Tried: sms | voice, Refused: sms, ToldBy: voice, TookAt: took(0, time.Second)},      // no mobile number
		{Tried: sms | voice, TookAt: took(0, 0)},
		{},
	}
	for i := range rows {
		rows[i].N = i + 1
	}
	events := []mobilise.Event{
		{Kind: mobilise.EventDown, At: issued.Add(30 * time.Second), Detail: `{"channel":"sms","why":"gateway.down"}`},
		{Kind: mobilise.EventDown, At: issued.Add(40 * time.Second), Detail: `{"channel":"sms"}`}, // said twice
		{Kind: mobilise.EventUp, At: issued.Add(10 * time.Minute), Detail: `{"channel":"sms"}`},
		{Kind: mobilise.EventUp, At: issued.Add(11 * time.Minute), Detail: `{"channel":"sms"}`},
		{Kind: mobilise.EventDown, At: issued.Add(50 * time.Minute), Detail: `{"channel":"voice"}`},
		{Kind: mobilise.EventDown, At: issued.Add(50 * time.Minute), Detail: `not JSON`},
		{Kind: mobilise.EventKnock, At: issued.Add(50 * time.Minute), Detail: `{"channel":"sms","n":3}`},
	}
	f := report.Compute(order(len(rows)), &report.Data{Rows: rows, Places: []string{"v"}, Events: events}, issued.Add(time.Hour))
	want := []report.Channel{
		{Channel: mobilise.SMS, Tried: 6, Took: 3, Refused: 1, Failed: 2, First: 2, Passed: 3,
			Down: []report.Outage{{Channel: mobilise.SMS, From: issued.Add(30 * time.Second), To: issued.Add(10 * time.Minute)}}},
		{Channel: mobilise.Voice, Tried: 7, Took: 6, Failed: 1, First: 5,
			Down: []report.Outage{{Channel: mobilise.Voice, From: issued.Add(50 * time.Minute), To: issued.Add(time.Hour), Open: true}}},
	}
	if fmt.Sprintf("%+v", f.Channels) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", f.Channels, want)
	}
	if f.Handed.N != 7 {
		t.Errorf("%d were handed to a channel", f.Handed.N)
	}
}

// Doors wait until somebody was there or an answer came; the open ones until now.
func TestDoors(t *testing.T) {
	t.Parallel()
	m := time.Minute
	rows := []report.Row{
		{Knock: after(m), Seen: after(31 * m), Reached: after(31 * m), Standing: mobilise.Seen, Way: mobilise.ByVisit},      // 30
		{Knock: after(m), Answered: after(11 * m), Reached: after(11 * m), Standing: mobilise.Coming, Way: mobilise.ByLink}, // 10
		{Knock: after(10 * m)}, // 50, and still waiting
		{Knock: after(20 * m), Seen: after(2 * m), Reached: after(2 * m), Standing: mobilise.Seen, Way: mobilise.ByPhone}, // nobody knows
		{Reached: after(m), Standing: mobilise.Delivered},                                                                 // no door
	}
	for i := range rows {
		rows[i].N, rows[i].Place = i+1, i/4
	}
	f := report.Compute(order(5), &report.Data{Rows: rows, Places: []string{"v", "w"}}, issued.Add(time.Hour))
	if f.Doors != 4 || f.Open != 1 || f.Waited != 30*m || f.Places[0].Waited != 30*m || f.Places[1].Doors != 0 || f.Places[1].Waited != 0 {
		t.Errorf("%+v", f.Count)
	}
	ended := order(5)
	ended.State, ended.EndedAt = mobilise.Closed, issued.Add(15*m)
	if f := report.Compute(ended, &report.Data{Rows: rows, Places: []string{"v", "w"}}, issued.Add(time.Hour)); f.Waited != 10*m || !f.Final {
		t.Errorf("after the end: %+v", f.Count)
	}
}

func TestCorrections(t *testing.T) {
	t.Parallel()
	o := order(1)
	o.State, o.Edition, o.EndedAt = mobilise.Cancelled, 3, issued.Add(time.Hour)
	f := report.Compute(o, &report.Data{Rows: reached(1, 1), Places: []string{"v"},
		Events:  []mobilise.Event{{Kind: mobilise.EventCorrected, At: issued.Add(time.Minute), Detail: `{"edition":2}`}, {Kind: mobilise.EventCancelled, At: o.EndedAt, Detail: `{"edition":3}`}},
		Reaches: []report.Edition{{N: 3, Handed: 7, Last: o.EndedAt.Add(time.Second)}, {N: 2, Handed: 9, Last: issued.Add(2 * time.Minute)}}}, issued.Add(2*time.Hour))
	if len(f.Corrections) != 1 || f.Corrections[0].Handed != 9 || f.Corrections[0].N != 2 || !f.Corrections[0].At.Equal(issued.Add(time.Minute)) || f.LastWord.Handed != 7 {
		t.Errorf("%+v, last %+v", f.Corrections, f.LastWord)
	}
}

// rows are any that an order can leave.
func anyRows(t *rapid.T, places int) (rows []report.Row) {
	at := func(what string) int64 {
		return after(time.Duration(rapid.IntRange(0, 10_000_000).Draw(t, what)) * time.Millisecond)
	}
	for n := range rapid.IntRange(0, 60).Draw(t, "people") {
		r := report.Row{N: n + 1, Place: rapid.IntRange(0, places-1).Draw(t, "place"), Standing: mobilise.Standing(rapid.IntRange(0, 7).Draw(t, "standing"))}
		r.Tried = mobilise.Bits(rapid.IntRange(0, 7).Draw(t, "tried"))
		r.ToldBy = r.Tried & mobilise.Bits(rapid.IntRange(0, 7).Draw(t, "told"))
		r.Refused = r.Tried &^ r.ToldBy & mobilise.Bits(rapid.IntRange(0, 7).Draw(t, "refused"))
		for i, c := range mobilise.Channels() {
			if r.ToldBy.Has(c) {
				r.TookAt[i] = at("took")
			}
		}
		if r.Standing >= mobilise.Delivered {
			r.Reached = at("reached")
			r.Seen = r.Reached
		}
		if r.Standing >= mobilise.Cant {
			r.Answered = max(r.Reached, at("answered"))
		}
		if r.Standing >= mobilise.Arrived {
			r.Arrived = max(r.Answered, at("arrived"))
		}
		if rapid.Bool().Draw(t, "door") {
			r.Knock = at("knock")
		}
		rows = append(rows, r)
	}
	return rows
}

// Whatever an order left: the parts add up to the whole, shares only grow, and
// nobody is counted twice or left out.
func TestFiguresAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		places := []string{"a", "b", "c"}
		rows := anyRows(t, len(places))
		o := order(len(rows))
		o.Channels = mobilise.Channels()
		f := report.Compute(o, &report.Data{Rows: rows, Places: places}, issued.Add(4*time.Hour))
		var sum report.Count
		for _, p := range f.Places {
			sum.People, sum.Reached, sum.Answered, sum.Coming, sum.Cant, sum.Arrived = sum.People+p.People, sum.Reached+p.Reached, sum.Answered+p.Answered, sum.Coming+p.Coming, sum.Cant+p.Cant, sum.Arrived+p.Arrived
			sum.Doors, sum.Open = sum.Doors+p.Doors, sum.Open+p.Open
			for i, n := range p.Never {
				sum.Never[i] += n
			}
		}
		sum.Waited = f.Waited
		never := 0
		for _, n := range f.Never {
			never += n
		}
		if sum != f.Count || f.People != len(rows) || never != f.Unreached() || never != len(f.Nevers) || f.Answered != f.Coming+f.Cant || f.Arrived > f.Coming || f.Open > f.Doors {
			t.Fatalf("%+v of %+v, %d never", f.Count, sum, never)
		}
		first := 0
		for _, c := range f.Channels {
			first += c.First
			if c.Tried != c.Took+c.Refused+c.Failed || c.First > c.Took || c.Passed > c.Tried {
				t.Fatalf("%+v", c)
			}
		}
		if first != f.Handed.N || f.Reach.N != f.Reached || f.Answer.N != f.Count.Answered {
			t.Fatalf("%d told first, %+v %+v %+v", first, f.Handed, f.Reach, f.Answer)
		}
		checkTimes(t, f, rows)
		checkCurve(t, f)
	})
}

// checkTimes counts by hand how many were reached by each time.
func checkTimes(t *rapid.T, f *report.Figures, rows []report.Row) {
	by := func(d time.Duration) (n int) {
		for _, r := range rows {
			if r.Reached != 0 && r.Reached <= after(d) {
				n++
			}
		}
		return n
	}
	for i, p := range report.Shares {
		enough := len(rows) > 0 && f.Reached*100 >= p*len(rows)
		if f.Reach.Done[i] != enough {
			t.Fatalf("%d of %d is %d %%: %v", f.Reached, len(rows), p, f.Reach.Done[i])
		}
		if enough && (by(f.Reach.At[i])*100 < p*len(rows) || by(f.Reach.At[i]-time.Millisecond)*100 >= p*len(rows)) {
			t.Fatalf("%d %% of %d after %v: %d", p, len(rows), f.Reach.At[i], by(f.Reach.At[i]))
		}
	}
}

func checkCurve(t *rapid.T, f *report.Figures) {
	last := f.Curve[len(f.Curve)-1]
	if last.Reached != f.Reached || last.Answered != f.Answered || last.Coming != f.Coming || last.Arrived != f.Arrived || len(f.Curve) > 62 {
		t.Fatalf("the curve of %d ends at %+v, not %+v", len(f.Curve), last, f.Count)
	}
	if !slices.IsSortedFunc(f.Curve, func(a, b report.Step) int {
		if a.After < b.After && a.Reached <= b.Reached && a.Answered <= b.Answered && a.Coming <= b.Coming && a.Arrived <= b.Arrived {
			return -1
		}
		return 1
	}) {
		t.Fatalf("the curve falls: %+v", f.Curve)
	}
}
