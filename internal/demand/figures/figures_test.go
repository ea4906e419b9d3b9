package figures_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/demand/figures"
	"bilin/internal/errs"
)

// drawn draws a demand whose parts needn't make sense together: the figures
// must add up whatever the table holds.
func drawn(rt *rapid.T) matter {
	from := time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC)
	hours := rapid.IntRange(0, 24*380)
	m := matter{
		unit:     id(rapid.SampledFrom(units).Draw(rt, "unit").code),
		owner:    id(rapid.SampledFrom(units).Draw(rt, "owner").code),
		category: rapid.SampledFrom([]string{"", "environment", "env-waste", "utility-water", "old"}).Draw(rt, "category"),
		kind:     rapid.SampledFrom([]string{"help", "complaint", "question"}).Draw(rt, "kind"),
		source:   rapid.SampledFrom([]string{"resident", "hotline"}).Draw(rt, "source"),
		state:    rapid.SampledFrom([]string{"open", "accepted", "waiting", "resolved", "reopened", "confirmed", "unconfirmed", "withdrawn", "merged"}).Draw(rt, "state"),
		raised:   from.Add(time.Duration(hours.Draw(rt, "raised")) * time.Hour),
		reopens:  rapid.IntRange(0, 2).Draw(rt, "reopens"), satisfied: rapid.IntRange(0, 3).Draw(rt, "satisfied"),
		rung: rapid.IntRange(0, 6).Draw(rt, "rung"), climbs: rapid.IntRange(0, 3).Draw(rt, "climbs"),
		hands: rapid.IntRange(0, 3).Draw(rt, "hands"), rechecked: rapid.IntRange(0, 3).Draw(rt, "rechecked"),
		confined: rapid.Bool().Draw(rt, "confined"),
	}
	if rapid.Bool().Draw(rt, "done") {
		m.resolved = m.raised.Add(time.Duration(rapid.IntRange(0, 300).Draw(rt, "took")) * time.Hour)
	}
	if rapid.Bool().Draw(rt, "overdue") {
		m.late = m.raised.Add(time.Duration(rapid.IntRange(0, 300).Draw(rt, "limit")) * time.Hour)
	}
	return m
}

// counted counts the slow way: one figure after the other, each by its definition.
func counted(list []matter) figures.Count {
	n := func(ok func(matter) bool) (sum int) {
		for _, m := range list {
			sum += one(m.state != "merged" && ok(m))
		}
		return sum
	}
	resolved := func(m matter) bool { return !m.resolved.IsZero() && m.state != "withdrawn" }
	in := func(state string) func(matter) bool { return func(m matter) bool { return m.state == state } }
	inTime := func(m matter) bool { return !m.resolved.IsZero() && (m.late.IsZero() || m.resolved.Before(m.late)) }
	decided := func(m matter) bool { return !m.resolved.IsZero() || !m.late.IsZero() }
	c := figures.Count{
		Raised:    n(func(matter) bool { return true }),
		Standings: [5]int{n(in("confirmed")), n(in("unconfirmed")), n(in("resolved")), n(in("open")) + n(in("accepted")) + n(in("waiting")) + n(in("reopened")), n(in("withdrawn"))},
		Resolved:  n(resolved), InTime: n(inTime), Decided: n(decided),
		Confirmed:   n(func(m matter) bool { return resolved(m) && m.state == "confirmed" }),
		Unconfirmed: n(func(m matter) bool { return resolved(m) && m.state == "unconfirmed" }),
		Reopened:    n(func(m matter) bool { return resolved(m) && m.reopens > 0 }),
		Running:     n(func(m matter) bool { return !decided(m) && m.state != "withdrawn" }),
		Climbed:     n(func(m matter) bool { return m.climbs > 0 }), Passed: n(func(m matter) bool { return m.hands > 0 }),
		Asked: n(func(m matter) bool { return m.rechecked >= 2 }), StillFixed: n(func(m matter) bool { return m.rechecked == 2 }),
	}
	c.Merged = len(list) - c.Raised
	for i := range c.Answers {
		c.Answers[i] = n(func(m matter) bool { return m.satisfied == i })
	}
	for i := range c.At {
		c.At[i] = n(func(m matter) bool { return resolved(m) && m.rung == i })
	}
	var days []int
	for _, m := range list {
		if m.state != "merged" {
			c.Climbs, c.Handovers = c.Climbs+m.climbs, c.Handovers+m.hands
			if resolved(m) {
				days = append(days, daysBetween(m.raised, m.resolved))
			}
		}
	}
	slices.Sort(days)
	c.Median, c.Ninety = nearest(days, .5), nearest(days, .9)
	return c
}

func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time { return t.In(time.FixedZone("", 8*3600)).Truncate(0) }
	y1, m1, d1 := day(a).Date()
	y2, m2, d2 := day(b).Date()
	return int(time.Date(y2, m2, d2, 0, 0, 0, 0, time.UTC).Sub(time.Date(y1, m1, d1, 0, 0, 0, 0, time.UTC)).Hours() / 24)
}

// nearest is the value at the rank that a quantile rounds up to.
func nearest(sorted []int, q float64) int {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(math.Ceil(q*float64(len(sorted))-1e-9))-1]
}

// TestAddsUp holds every report against the slow count, and the lines of every
// axis against the whole.
func TestAddsUp(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		tree := s.net.Tree()
		rapid.Check(t, func(rt *rapid.T) {
			s.clear(t)
			list := rapid.SliceOfN(rapid.Custom(drawn), 0, 40).Draw(rt, "demands")
			s.insert(t, list...)
			f := figures.Filter{
				UnitCode:   rapid.SampledFrom([]string{"", "430182101000", "430182101201", "43018210120101", "4301821012010101"}).Draw(rt, "unit"),
				CategoryID: rapid.SampledFrom([]string{"", "environment", "env-waste"}).Draw(rt, "category"),
				From:       rapid.SampledFrom([]string{"", "2026-03"}).Draw(rt, "from"), To: "2026-10",
			}
			s.svc = s.svc.Fresh()
			r, err := s.svc.Report(ctx, office, f)
			if err != nil {
				rt.Fatal(err)
			}
			want := slices.DeleteFunc(slices.Clone(list), func(m matter) bool {
				day := m.raised.Add(8 * time.Hour).UTC().Format("2006-01")
				about := f.CategoryID == "" || m.category == f.CategoryID || f.CategoryID == "environment" && m.category == "env-waste"
				return !about || day < r.Filter.From || day > r.Filter.To || !tree.Contains(r.Unit.ID, m.unit)
			})
			if got := counted(want); got != r.Whole {
				rt.Fatalf("counted %+v\nby hand %+v", r.Whole, got)
			}
			for name, groups := range axes(r) {
				if got := sum(groups); got != simple(r.Whole) {
					rt.Fatalf("by %s %+v\nin all %+v", name, got, simple(r.Whole))
				}
			}
		})
	})
}

func axes(r *figures.Report) map[string][]figures.Group {
	all := map[string][]figures.Group{"category": r.Categories, "month": r.Months, "kind": r.Kinds, "source": r.Sources, "rung": r.Rungs}
	if len(r.Units) > 0 {
		all["unit"] = r.Units
	}
	return all
}

// simple drops what doesn't add up: half of one number and half of another are not half of both.
func simple(c figures.Count) figures.Count {
	c.Median, c.Ninety = 0, 0
	return c
}

func sum(groups []figures.Group) figures.Count {
	var c figures.Count
	for _, g := range groups {
		c = plus(c, g.Count)
	}
	return simple(c)
}

func plus(a, b figures.Count) figures.Count {
	for i := range a.Standings {
		a.Standings[i] += b.Standings[i]
	}
	for i := range a.Answers {
		a.Answers[i] += b.Answers[i]
	}
	for i := range a.At {
		a.At[i] += b.At[i]
	}
	for _, p := range [][2]*int{
		{&a.Raised, &b.Raised}, {&a.Merged, &b.Merged}, {&a.Resolved, &b.Resolved}, {&a.Confirmed, &b.Confirmed}, {&a.Unconfirmed, &b.Unconfirmed},
		{&a.Reopened, &b.Reopened}, {&a.Decided, &b.Decided}, {&a.InTime, &b.InTime}, {&a.Running, &b.Running}, {&a.Climbed, &b.Climbed},
		{&a.Climbs, &b.Climbs}, {&a.Passed, &b.Passed}, {&a.Handovers, &b.Handovers}, {&a.Asked, &b.Asked}, {&a.StillFixed, &b.StillFixed},
	} {
		*p[0] += *p[1]
	}
	return a
}

// plain is a demand that was raised in the first cell and nothing became of yet.
func plain(unit string) matter {
	return matter{unit: id(unit), owner: id(unit), kind: "help", source: "resident", state: "open", raised: now.AddDate(0, -1, 0)}
}

// TestNobodyIsALine: no line and no view is a cell's, or a group's that is one cell alone.
func TestNobodyIsALine(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, u := range units {
			s.insert(t, plain(u.code))
		}
		for _, tc := range []struct {
			unit  string
			lines []string
		}{
			{"", []string{id("430182101000"), id("430182102000"), ""}},
			{"430182101000", []string{id("430182101201"), id("430182101202"), ""}},
			{"430182101201", []string{id("43018210120101"), ""}},
			{"43018210120101", []string{id("4301821012010101"), ""}},
			{"4301821012010101", nil},
		} {
			r, err := s.svc.Report(ctx, office, figures.Filter{UnitCode: tc.unit})
			ok(t, err)
			var lines []string
			for _, g := range r.Units {
				lines = append(lines, g.Key)
			}
			if !slices.Equal(lines, tc.lines) {
				t.Errorf("%s has lines %q, want %q", tc.unit, lines, tc.lines)
			}
		}
		for _, code := range []string{"430182101201010101", "4301821012010102"} {
			_, err := s.svc.Report(ctx, office, figures.Filter{UnitCode: code})
			if errs.CodeOf(err) != "demand.figures.too_low" {
				t.Errorf("%s: %v", code, err)
			}
		}
	})
}

// TestWhoMayCount holds what each post may count, and that what only the line
// over its owner may read is counted for nobody else.
func TestWhoMayCount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		past := plain("430182101201010101") // a complaint that went past the village
		past.kind, past.confined, past.owner, past.about = "complaint", true, id("430182101000"), "p-somebody"
		water := plain("430182101202010101")
		water.owner, water.dept = id("430182"), "d-water"
		s.insert(t, plain("430182101201010101"), plain("430182101201010102"), past, water)
		about := office
		about.PersonID = "p-somebody"
		department := auth.Actor{AccountID: "w", Grants: []auth.Grant{{Role: auth.Department, UnitID: id("430182"), DepartmentID: "d-water"}}}
		for _, tc := range []struct {
			name  string
			actor auth.Actor
			f     figures.Filter
			want  int // -1: refused
		}{
			{"the city office", office, figures.Filter{}, 4},
			{"its member who is complained of", about, figures.Filter{}, 3},
			{"the town that has the complaint", holder(auth.TownOfficial, "430182101000"), figures.Filter{}, 4},
			{"the other town", holder(auth.TownOfficial, "430182102000"), figures.Filter{}, 0},
			{"the other town looks here", holder(auth.TownOfficial, "430182102000"), figures.Filter{UnitCode: "430182101000"}, -1},
			{"the village, without the complaint", holder(auth.VillageOfficial, "430182101201"), figures.Filter{}, 2},
			{"the village looks up", holder(auth.VillageOfficial, "430182101201"), figures.Filter{UnitCode: "430182"}, -1},
			{"the group lead", holder(auth.GroupLead, "4301821012010101"), figures.Filter{}, 2},
			{"the lead of a group of one cell", holder(auth.GroupLead, "4301821012010102"), figures.Filter{}, -1},
			{"a neighbour lead", holder(auth.Lead, "430182101201010101"), figures.Filter{}, -1},
			{"the department", department, figures.Filter{}, 1},
			{"the department in the other town", department, figures.Filter{UnitCode: "430182102000"}, 0},
			{"the city office on the department", office, figures.Filter{DepartmentID: "d-water"}, 1},
			{"a town on the department", holder(auth.TownOfficial, "430182101000"), figures.Filter{DepartmentID: "d-water"}, -1},
			{"the auditor", holder(auth.Auditor, "430182"), figures.Filter{}, -1},
			{"the administrator", holder(auth.Admin, "430182"), figures.Filter{}, -1},
			{"nobody", auth.Actor{}, figures.Filter{}, -1},
		} {
			r, err := s.svc.Report(ctx, tc.actor, tc.f)
			switch {
			case tc.want < 0 && err == nil:
				t.Errorf("%s counts %d", tc.name, r.Whole.Raised)
			case tc.want >= 0 && err != nil:
				t.Errorf("%s: %v", tc.name, err)
			case tc.want >= 0 && r.Whole.Raised != tc.want:
				t.Errorf("%s counts %d, want %d", tc.name, r.Whole.Raised, tc.want)
			}
		}
	})
}
