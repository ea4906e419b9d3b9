package honour

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
	"bilin/internal/workday"
)

func TestPlacesAreGivenByShare(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name           string
		places, panel  int
		all            []Tally
		proposed, tied string
		left           int
	}{
		{"nobody", 3, 5, nil, "", "", 0},
		{"all who pass fit", 3, 5, []Tally{{"a", 5, 5}, {"b", 3, 5}, {"c", 2, 5}}, "a b", "", 0},
		{"half isn't more than half", 3, 6, []Tally{{"a", 3, 6}}, "", "", 0},
		{"the greater share has the place", 1, 5, []Tally{{"a", 3, 5}, {"b", 4, 5}}, "b", "", 0},
		{"a share counts, not a number", 1, 5, []Tally{{"a", 4, 5}, {"b", 3, 3}}, "b", "", 0},
		{"too few judges", 1, 7, []Tally{{"a", 3, 3}, {"b", 4, 5}}, "b", "", 0},
		{"three judges at the least", 1, 5, []Tally{{"a", 2, 2}}, "", "", 0},
		{"a tie at the last place", 2, 5, []Tally{{"a", 5, 5}, {"b", 4, 5}, {"c", 4, 5}}, "a", "b c", 1},
		{"a tie of different numbers", 1, 6, []Tally{{"a", 2, 3}, {"b", 4, 6}}, "", "a b", 1},
		{"a tie above the last place is none", 2, 5, []Tally{{"a", 4, 5}, {"b", 4, 5}, {"c", 3, 5}}, "a b", "", 0},
		{"all tied", 2, 5, []Tally{{"a", 5, 5}, {"b", 5, 5}, {"c", 5, 5}}, "", "a b c", 2},
		{"no place", 0, 5, []Tally{{"a", 5, 5}}, "", "", 0},
	} {
		got := decide(tc.places, tc.panel, tc.all)
		slices.Sort(got.Proposed)
		slices.Sort(got.Tied)
		if strings.Join(got.Proposed, " ") != tc.proposed || strings.Join(got.Tied, " ") != tc.tied || got.Left != tc.left {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
}

// TestDecidingKeepsItsPromises: whatever the votes, no place is given twice or
// beyond the number, nobody with less passes somebody with more, the order of the
// list means nothing, and who is tied stands exactly alike.
func TestDecidingKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		panel, places := rapid.IntRange(MinPanel, MaxPanel).Draw(t, "panel"), rapid.IntRange(0, 8).Draw(t, "places")
		n := rapid.IntRange(0, 12).Draw(t, "n")
		all := make([]Tally, n)
		for i := range all {
			judges := rapid.IntRange(0, panel).Draw(t, "judges")
			all[i] = Tally{string(rune('a' + i)), rapid.IntRange(0, judges).Draw(t, "yes"), judges}
		}
		out := decide(places, panel, all)
		if len(out.Proposed) > places || len(out.Proposed)+out.Left > places || len(out.Tied) > 0 && (out.Left < 1 || len(out.Tied) <= out.Left) {
			t.Fatalf("%d places: %+v", places, out)
		}
		by := map[string]Tally{}
		for _, x := range all {
			by[x.ID] = x
			in := slices.Contains(out.Proposed, x.ID)
			if in && slices.Contains(out.Tied, x.ID) || (in || slices.Contains(out.Tied, x.ID)) && !x.passes(panel) {
				t.Fatalf("%s: %+v", x.ID, out)
			}
			for _, y := range all {
				if in && !slices.Contains(out.Proposed, y.ID) && y.passes(panel) && share(y, x) <= 0 {
					t.Fatalf("%+v has a place, %+v hasn't", x, y)
				}
			}
		}
		for _, id := range out.Tied {
			if share(by[id], by[out.Tied[0]]) != 0 {
				t.Fatalf("tied and not alike: %+v", out)
			}
		}
		other := decide(places, panel, rapid.Permutation(all).Draw(t, "order"))
		for _, pair := range [][2][]string{{out.Proposed, other.Proposed}, {out.Tied, other.Tied}} {
			slices.Sort(pair[0])
			slices.Sort(pair[1])
			if !slices.Equal(pair[0], pair[1]) {
				t.Fatalf("the order matters: %+v, %+v", out, other)
			}
		}
	})
}

// TestWhoIsKeptCountsForNothing: a vote of somebody who was kept from a nomination
// neither helps nor hurts it.
func TestWhoIsKeptCountsForNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kept := map[Recusal]bool{}
		var with, without []cast
		for i := range rapid.IntRange(1, 9).Draw(t, "n") {
			b := cast{PersonID: string(rune('p' + i))}
			if rapid.Bool().Draw(t, "yes") {
				b.Yes = []string{"x"}
			}
			if rapid.Bool().Draw(t, "kept") {
				kept[Recusal{PersonID: b.PersonID, NominationID: "x"}] = true
			} else {
				without = append(without, b)
			}
			with = append(with, b)
		}
		if a, b := tally([]string{"x"}, with, kept), tally([]string{"x"}, without, nil); a[0] != b[0] {
			t.Fatalf("%+v with those who were kept, %+v without", a, b)
		}
	})
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	lead := ties{people: []string{"lead"}, households: []string{"h1"}, units: []string{"cell"}, above: []string{"group"}}
	for _, tc := range []struct {
		name string
		m    ties
		n    Nomination
		want Why
	}{
		{"a stranger", ties{people: []string{"m"}, households: []string{"h2"}, units: []string{"town"}, above: []string{"city"}}, Nomination{}, ""},
		{"nobody knows where they live", ties{people: []string{"m"}, households: []string{""}}, Nomination{}, ""},
		{"themself", ties{people: []string{"lead"}}, Nomination{}, Themself},
		{"who nominated", ties{people: []string{"m"}}, Nomination{byPerson: "m"}, Nominator},
		{"who checked", ties{people: []string{"m"}}, Nomination{checkedBy: "m"}, Checker},
		{"the same home", ties{people: []string{"m"}, households: []string{"h1"}}, Nomination{}, Household},
		{"the home that nominated", ties{people: []string{"m"}, households: []string{"h9"}}, Nomination{byHousehold: "h9"}, Household},
		{"the same unit", ties{people: []string{"m"}, units: []string{"cell"}}, Nomination{}, Line},
		{"the unit above", ties{people: []string{"m"}, units: []string{"group"}}, Nomination{}, Line},
		{"two above", ties{people: []string{"m"}, units: []string{"area"}, above: []string{"village"}}, Nomination{}, ""},
		{"the unit under", ties{people: []string{"m"}, units: []string{"x"}, above: []string{"cell"}}, Nomination{}, Line},
	} {
		if got := conflict(tc.m, lead, &tc.n, slices.Concat(tc.m.people, tc.m.households)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	team := ties{people: []string{"a", "b"}}
	if got := conflict(ties{people: []string{"b"}}, team, &Nomination{}, nil); got != Themself {
		t.Errorf("a member of the team: %q", got)
	}
}

func TestBallotsStaySealed(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 12, 10, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		in   int
		now  time.Time
		code string
	}{
		{5, end.Add(-time.Hour), ""}, {4, end.Add(-time.Hour), "honour.sealed"}, {3, end, ""}, {2, end, "honour.no_quorum"}, {0, end.AddDate(0, 0, 9), "honour.no_quorum"},
	} {
		r := Round{State: Voting, VoteUntil: end}
		if err := r.counts(tc.now, tc.in, 5); errs.CodeOf(err) != tc.code && !(err == nil && tc.code == "") {
			t.Errorf("%d of 5 at %v: %v, want %q", tc.in, tc.now, err, tc.code)
		}
	}
	for panel, want := range map[int]int{5: 3, 6: 4, 7: 4, 25: 13} {
		if enough(panel) != want {
			t.Errorf("%d of %d are enough", enough(panel), panel)
		}
	}
}

func TestARoundGoesStepByStep(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 10, 2, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		do   func(r *Round) error
		from State
		code string
	}{
		{"a small panel", func(r *Round) error { return r.open(4, 0, "2026-12-01") }, Draft, "honour.small_panel"},
		{"a third in the year", func(r *Round) error { return r.open(5, 2, "2026-12-01") }, Draft, "honour.twice"},
		{"opened", func(r *Round) error { return r.open(5, 1, "2026-12-01") }, Draft, ""},
		{"opened twice", func(r *Round) error { return r.open(5, 1, "2026-12-01") }, Open, "honour.not_now"},
		{"a vote too early", func(r *Round) error { return r.vote(now.AddDate(0, 0, 5), now, "2026-12-09", 3, 0) }, Open, "honour.nominations_run"},
		{"a vote on what nobody checked", func(r *Round) error { return r.vote(now.AddDate(0, 0, 5), now, "2026-12-10", 3, 1) }, Open, "honour.unchecked"},
		{"a vote on nobody", func(r *Round) error { return r.vote(now.AddDate(0, 0, 5), now, "2026-12-10", 0, 0) }, Open, "honour.nobody"},
		{"a vote without end", func(r *Round) error { return r.vote(now.AddDate(0, 2, 0), now, "2026-12-10", 3, 0) }, Open, "honour.bad_until"},
		{"a vote", func(r *Round) error { return r.vote(now.AddDate(0, 0, 5), now, "2026-12-10", 3, 0) }, Open, ""},
		{"prolonged though enough voted", func(r *Round) error { return r.prolong(now.AddDate(0, 0, 5), now, 3, 5) }, Voting, "honour.not_now"},
		{"awarded too early", func(r *Round) error { return r.award(now.AddDate(0, 0, -1), 0) }, Published, "honour.still_published"},
		{"awarded over an objection", func(r *Round) error { return r.award(now, 1) }, Published, "honour.unanswered"},
		{"awarded", func(r *Round) error { return r.award(now, 0) }, Published, ""},
		{"awarded from the vote", func(r *Round) error { return r.award(now, 0) }, Voting, "honour.not_now"},
	} {
		r := Round{State: tc.from, NominateUntil: "2026-12-09", VoteUntil: now, PublishUntil: now}
		if err := tc.do(&r); errs.CodeOf(err) != tc.code && !(err == nil && tc.code == "") {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.code)
		}
	}
}

func TestCertificatesAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	num := numbered(certLetter, 2026, 41)
	for typed, ok := range map[string]bool{
		num + "-7KQ4MD2X": true, strings.ToLower(num) + "-7kq4md2x": true, " " + num + " 7KQ4MD2X ": true, num + "—7KQ4MD2X": true,
		num: false, "": false, num + "-7KQ4MD2": false, num + "-7KQ4MD2O": false, num[:len(num)-1] + "-7KQ4MD2X": false, "-": false,
	} {
		gotNum, code, got := certParts(typed)
		if got != ok || ok && (gotNum != num || code != "7KQ4MD2X") {
			t.Errorf("%q: %q %q %v", typed, gotNum, code, got)
		}
	}
}

func FuzzCertParts(f *testing.F) {
	f.Add(numbered(certLetter, 2026, 1) + "-7KQ4MD2X")
	f.Add("X２６００００１７－7KQ4MD2X")
	f.Add("--")
	f.Fuzz(func(t *testing.T, typed string) {
		num, code, ok := certParts(typed)
		if !ok {
			return
		}
		again, same, ok := certParts(num + "-" + code)
		if !ok || again != num || same != code {
			t.Errorf("%q is %s-%s, which is %s-%s", typed, num, code, again, same)
		}
	})
}

func TestPublicationIsWorkingDays(t *testing.T) {
	t.Parallel()
	cal, err := workday.Default()
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{ // Tuesday; Friday; before the days off of the New Year
		"2026-12-01": "2026-12-08", "2026-12-04": "2026-12-11", "2026-09-28": "2026-10-10",
	} {
		at, err := time.ParseInLocation(time.DateOnly, from, workday.City)
		if err != nil {
			t.Fatal(err)
		}
		last := publishEnd(cal, at.Add(15*time.Hour), 5).Add(-time.Minute).In(workday.City).Format(time.DateOnly)
		if last != want {
			t.Errorf("five working days from %s end with %s, want %s", from, last, want)
		}
	}
}
