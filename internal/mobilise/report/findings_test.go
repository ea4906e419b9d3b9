package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/report"
)

// said is what findings say, in short.
func said(list []report.Finding) string {
	var out []string
	for _, f := range list {
		text := fmt.Sprintf("%s %d/%d", f.Code, f.N, f.Of)
		if f.Channel != "" {
			text += " " + string(f.Channel)
		}
		if f.Long != 0 {
			text += " " + f.Long.String()
		}
		if f.Name != "" {
			text += " " + f.Name
		}
		for _, p := range f.Places {
			text += fmt.Sprintf(" %s:%d", p.UnitID, p.N)
			if p.Long != 0 {
				text += "/" + p.Long.String()
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

func times(n int, ninety time.Duration) report.Times {
	t := report.Times{N: n}
	if ninety > 0 {
		t.At[1], t.Done[1] = ninety, true
	}
	return t
}

// Every rule, at its bound and beyond it.
func TestFindings(t *testing.T) {
	t.Parallel()
	m := time.Minute
	count := func(people int, never map[report.Why]int) (c report.Count) {
		c.People, c.Reached = people, people
		for w, n := range never {
			c.Never[w] = n
			c.Reached -= n
		}
		return c
	}
	drill := &report.Compared{Order: &mobilise.Order{Number: "L2600017", Kind: mobilise.Drill}, Reach: times(90, 10*m)}
	for what, c := range map[string]struct {
		f    report.Figures
		a    report.Around
		want string
	}{
		"nothing stands out": {report.Figures{Final: true, Count: count(100, nil), Reach: times(100, 5*m)}, report.Around{}, ""},
		"no numbers, by village": {report.Figures{Count: count(100, map[report.Why]int{report.NoNumber: 42}), Reach: times(58, 0)},
			report.Around{Places: []report.Place{{UnitID: "v1", Count: count(50, map[report.Why]int{report.NoNumber: 12})}, {UnitID: "v2", Count: count(50, nil)}, {UnitID: "v3", Count: count(50, map[report.Why]int{report.NoNumber: 30})}}},
			"no_number 42/100 v1:12 v3:30"},
		"numbers that are none": {report.Figures{Count: count(100, map[report.Why]int{report.Refused: 1}), Reach: times(99, m)}, report.Around{}, "refused 1/100"},
		"all channels down":     {report.Figures{Count: count(100, map[report.Why]int{report.Down: 3}), Reach: times(97, m)}, report.Around{}, "down 3/100"},
		"silent, a few":         {report.Figures{Count: count(100, map[report.Why]int{report.Silent: 9}), Reach: times(91, m)}, report.Around{}, ""},
		"silent, many":          {report.Figures{Count: count(100, map[report.Why]int{report.Silent: 10}), Reach: times(90, m)}, report.Around{}, "silent 10/100"},
		"silent, of few":        {report.Figures{Count: count(9, map[report.Why]int{report.Silent: 5})}, report.Around{}, ""},
		"not tried yet":         {report.Figures{Count: count(100, map[report.Why]int{report.NotTried: 100})}, report.Around{}, ""},
		"passed over while it was down": {report.Figures{Count: count(100, nil), Reach: times(100, m), Channels: []report.Channel{
			{Channel: mobilise.SMS, Passed: 17, Down: []report.Outage{{From: issued, To: issued.Add(5 * m)}, {From: issued.Add(6 * m), To: issued.Add(9 * m)}}}, {Channel: mobilise.Voice, Passed: 0}}},
			report.Around{}, "passed_down 17/100 sms 8m0s"},
		"passed over, never said to be down": {report.Figures{Count: count(100, nil), Reach: times(100, m), Channels: []report.Channel{{Channel: mobilise.Push, Passed: 1}}}, report.Around{}, "passed 1/100 push"},
		"passed over, hardly anybody":        {report.Figures{Count: count(101, nil), Reach: times(100, m), Channels: []report.Channel{{Channel: mobilise.Push, Passed: 1}}}, report.Around{}, ""},
		"in half an hour":                    {report.Figures{Count: count(100, nil), Reach: times(100, 30*m)}, report.Around{}, ""},
		"in more":                            {report.Figures{Count: count(100, nil), Reach: times(100, 31*m)}, report.Around{}, "slow_ninety 0/0 31m0s"},
		"never nine in ten, and it is over":  {report.Figures{Final: true, Count: count(100, nil), Reach: times(80, 0)}, report.Around{}, "never_ninety 80/100"},
		"never nine in ten so far":           {report.Figures{Count: count(100, nil), Reach: times(80, 0)}, report.Around{}, ""},
		"twice the last drill's time":        {report.Figures{Count: count(100, nil), Reach: times(100, 20*m)}, report.Around{LastDrill: drill}, ""},
		"slower than the last drill":         {report.Figures{Count: count(100, nil), Reach: times(100, 21*m)}, report.Around{LastDrill: drill}, "slower 0/0 11m0s L2600017"},
		"open doors while it lasts":          {report.Figures{Count: report.Count{People: 9, Reached: 9, Doors: 4, Open: 2}}, report.Around{}, ""},
		"open doors at the end": {report.Figures{Final: true, Count: report.Count{People: 9, Reached: 9, Doors: 4, Open: 2}}, report.Around{Places: []report.Place{{UnitID: "v", Count: report.Count{Open: 2}}}},
			"open_doors 2/4 v:2"},
		"doors that waited": {report.Figures{Count: count(9, nil)}, report.Around{Places: []report.Place{
			{UnitID: "v1", Count: report.Count{Doors: 3, Waited: 54 * m}}, {UnitID: "v2", Count: report.Count{Doors: 2, Waited: 90 * m}},
			{UnitID: "v3", Count: report.Count{Doors: 9, Waited: 29 * m}}, {UnitID: "v4", Count: report.Count{Doors: 4, Waited: 30 * m}}}},
			"slow_doors 7/0 v1:3/54m0s v4:4/30m0s"},
		"roads":                 {report.Figures{Count: report.Count{People: 90, Reached: 90, Answered: 20}, Reach: times(90, m), Cants: map[mobilise.Reason]int{mobilise.ReasonRoad: 1}}, report.Around{}, "road 1/20"},
		"roads, hardly anybody": {report.Figures{Count: report.Count{People: 90, Reached: 90, Answered: 21}, Reach: times(90, m), Cants: map[mobilise.Reason]int{mobilise.ReasonRoad: 1}}, report.Around{}, ""},
		"nobody noted who came": {report.Figures{Final: true, Count: report.Count{People: 90, Reached: 90, Answered: 50, Coming: 50, Arrived: 9}, Reach: times(90, m)}, report.Around{}, "arrivals 9/50"},
		"some noted who came":   {report.Figures{Final: true, Count: report.Count{People: 90, Reached: 90, Answered: 50, Coming: 50, Arrived: 10}, Reach: times(90, m)}, report.Around{}, ""},
		"corrected once":        {report.Figures{Corrections: make([]report.Correction, 1)}, report.Around{}, ""},
		"corrected again":       {report.Figures{Corrections: make([]report.Correction, 2)}, report.Around{}, "changes 2/0"},
		"objectives": {report.Figures{Final: true}, report.Around{Objectives: []report.Objective{{Name: "通路"}, {Name: "通电", ReachedAt: issued}, {Name: "供水", ReachedAt: issued.Add(m), Deadline: issued}}},
			"objective 0/0 通路; objective_late 0/0 1m0s 供水"},
		"objectives so far":     {report.Figures{}, report.Around{Objectives: []report.Objective{{Name: "通路"}}}, ""},
		"a roll-call":           {report.Figures{Final: true}, report.Around{RollCall: &report.RollCall{Expected: 200, Safe: 190, Help: 3, NotReached: 4}}, "households 3/200"},
		"a whole roll-call":     {report.Figures{Final: true}, report.Around{RollCall: &report.RollCall{Expected: 100, Safe: 99}}, ""},
		"a roll-call of nobody": {report.Figures{Final: true}, report.Around{RollCall: &report.RollCall{}}, ""},
	} {
		if got := said(report.Findings(&c.f, c.a)); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}
