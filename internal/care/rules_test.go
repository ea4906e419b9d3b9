package care

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/errs"
)

const monday = "2027-03-01"

func TestTermsOfAnEntry(t *testing.T) {
	alone, bedridden := need.Default()[0], need.Default()[1]
	off := alone
	off.Off = true
	for name, c := range map[string]struct {
		n     need.Need
		enter Enter
		field string
	}{
		"by law":               {alone, Enter{Basis: ByLaw}, ""},
		"by consent":           {alone, Enter{Basis: ByConsent, Agreed: OnPaper}, ""},
		"no basis":             {alone, Enter{}, "basis"},
		"consent is needed":    {bedridden, Enter{Basis: ByLaw}, "basis"},
		"consent, but how":     {bedridden, Enter{Basis: ByConsent}, "agreed"},
		"too long":             {alone, Enter{Basis: ByLaw, Days: 91}, "days"},
		"shorter":              {alone, Enter{Basis: ByLaw, Days: 30}, ""},
		"rarer than owed":      {alone, Enter{Basis: ByLaw, EveryDays: 14}, "every"},
		"what isn't a rhythm":  {alone, Enter{Basis: ByLaw, EveryDays: 3}, "every"},
		"out of use":           {off, Enter{Basis: ByLaw}, "need"},
		"the official instead": {alone, Enter{Basis: ByLaw, Official: true}, ""},
	} {
		_, _, days, err := c.enter.terms(c.n, monday)
		field := ""
		if err != nil {
			field = errs.As(err).Fields[0].Name
		}
		if field != c.field {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && days > need.Longest {
			t.Errorf("%s: %d days", name, days)
		}
	}
}

func TestRenewingTakesASecondPerson(t *testing.T) {
	e := Entry{LapsesOn: "2027-03-10", LongDays: 90, byID: "a", Version: 1}
	if err := e.renew(auth.Actor{AccountID: "a"}, 0, monday); errs.CodeOf(err) != "care.second_person" {
		t.Errorf("by the same: %v", err)
	}
	if err := e.renew(auth.Actor{AccountID: "b"}, 91, monday); errs.CodeOf(err) != "care.bad_days" {
		t.Errorf("too long: %v", err)
	}
	if err := e.renew(auth.Actor{AccountID: "b"}, 0, "2027-02-01"); errs.CodeOf(err) != "care.too_early" {
		t.Errorf("too early: %v", err)
	}
	if err := e.renew(auth.Actor{AccountID: "b"}, 0, "2027-03-11"); errs.CodeOf(err) != "care.gone" {
		t.Errorf("after its end: %v", err)
	}
	if err := e.renew(auth.Actor{AccountID: "b"}, 0, monday); err != nil || e.LapsesOn != "2027-05-30" {
		t.Errorf("%s, %v", e.LapsesOn, err)
	}
	if err := e.renew(auth.Actor{AccountID: "b"}, 0, "2027-05-29"); errs.CodeOf(err) != "care.second_person" {
		t.Errorf("twice by the same: %v", err)
	}
}

// contactOn is a contact that is owed on a day.
func contactOn(day string) Contact {
	return begin(&Entry{NextOn: day, Obligation: need.Obligation{EveryDays: 7}})
}

func TestHowAContactGoes(t *testing.T) {
	c := contactOn(monday)
	if c.DueOn != monday || c.LimitOn != "2027-03-03" {
		t.Fatalf("%+v", c)
	}
	c.Report(Nobody, monday)
	if c.Done || c.DueOn != "2027-03-02" || c.Step != First {
		t.Errorf("nobody home once: %+v", c)
	}
	c.Report(Nobody, monday) // the same once more, by a slow outbox
	if c.Misses != 1 {
		t.Errorf("one miss was counted %d times", c.Misses)
	}
	c.Report(Nobody, "2027-03-02")
	if c.Step != StandIn || c.DueOn != "2027-03-03" || c.LimitOn != "2027-03-05" {
		t.Errorf("nobody home twice: %+v", c)
	}
	c.Report(Fine, "2027-03-03")
	if !c.Done || c.Late {
		t.Errorf("found by the stand-in in time: %+v", c)
	}
	was := c
	c.Report(Nobody, "2027-03-04")
	c.Report(NeedsHelp, "2027-03-04")
	if c != was {
		t.Errorf("changed after it was done: %+v", c)
	}
}

func TestSilenceClimbs(t *testing.T) {
	c := contactOn(monday)
	day, steps := monday, []Step{First}
	for i := 0; c.Step < Village && i < 40; i++ {
		day = addDays(day, 1)
		if c.Climb(day) {
			steps = append(steps, c.Step)
			if c.DueOn != day {
				t.Errorf("step %d is due on %s, not on %s", c.Step, c.DueOn, day)
			}
		}
	}
	if len(steps) != 4 || c.Step != Village || day > addDays(monday, 9) {
		t.Errorf("%v by %s", steps, day)
	}
	for range 30 {
		day = addDays(day, 1)
		if c.Climb(day) {
			t.Fatal("it left the village")
		}
		c.Report(Nobody, day)
	}
	if c.Done || c.DueOn != addDays(day, 1) {
		t.Errorf("the village stops trying: %+v", c)
	}
}

// Who comes next has their own tries: what is said once more of the day on which
// it went on to them is none of theirs.
func TestNobodyHomeSaidAgainIsNoTryOfTheNext(t *testing.T) {
	c := contactOn(monday)
	c.Report(Nobody, monday)
	second := addDays(monday, 1)
	c.Report(Nobody, second)
	for range 2 {
		c.Report(Nobody, second)
	}
	if c.Step != StandIn || c.Misses != 0 || c.DueOn != addDays(second, 1) {
		t.Errorf("%+v", c)
	}
	c.Report(Nobody, c.DueOn)
	if c.Step != StandIn || c.Misses != 1 {
		t.Errorf("after the stand-in's first try: %+v", c)
	}
}

// Over all pages of an emergency, who has to leave comes first, and everybody once.
func TestAnEmergencyListsTheMostUrgentFirst(t *testing.T) {
	var found []Entry
	for i := range 250 {
		e := Entry{HouseholdID: fmt.Sprintf("h%03d", i)}
		e.Action = need.Door
		found = append(found, e)
		if i%9 == 4 {
			e.Action = need.Move
			found = append(found, e)
		}
	}
	var all []Emergency
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		if pages > 3 {
			t.Fatal("there is no end")
		}
		var page []Emergency
		page, cursor = pageOf(byUrgency(found), cursor)
		all = append(all, page...)
	}
	if len(all) != 250 || !slices.IsSortedFunc(all, func(a, b Emergency) int { return a.urgency() - b.urgency() }) || all[27].urgency() != 0 || all[28].urgency() != 2 {
		t.Errorf("%d households, in another order", len(all))
	}
}

// Whatever comes in whatever order: a contact never goes back, is never due
// after its limit, and once done stays as it is.
func TestContactProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contactOn(monday)
		day := addDays(monday, -AheadDays)
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			was := c
			day = addDays(day, rapid.IntRange(0, 2).Draw(t, "days"))
			if rapid.Bool().Draw(t, "climb") {
				c.Climb(day)
			} else {
				c.Report(rapid.SampledFrom(Outcomes()).Draw(t, "outcome"), addDays(day, -rapid.IntRange(0, 5).Draw(t, "late")))
			}
			switch {
			case was.Done && c != was:
				t.Fatalf("changed after it was done: %+v", c)
			case c.Step < was.Step || c.Step > Village:
				t.Fatalf("from step %d to %d", was.Step, c.Step)
			case c.Step > was.Step+1:
				t.Fatalf("a step was left out")
			case !c.Done && c.LimitOn < c.DueOn:
				t.Fatalf("due after its limit: %+v", c)
			case c != was && c.Version != was.Version+1:
				t.Fatalf("version %d to %d", was.Version, c.Version)
			}
		}
	})
}

// Occurrences are those that one counts by hand.
func TestOccurrences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.SampledFrom(need.Everies()).Draw(t, "every")
		next := addDays(monday, rapid.IntRange(-100, 100).Draw(t, "next"))
		first, last := monthDays(rapid.SampledFrom([]string{"2027-02", "2027-03", "2027-04"}).Draw(t, "month"))
		want := 0
		for day := next; day <= last; day = addDays(day, every) {
			if day >= first {
				want++
			}
		}
		if got := occurrences(next, every, first, last); got != want {
			t.Fatalf("%d from %s every %d in %s: %d", got, next, every, first, want)
		}
	})
}

func TestReportsAreChecked(t *testing.T) {
	for name, c := range map[string]struct {
		r     Report
		field string
	}{
		"fine":           {Report{Outcome: Fine}, ""},
		"nothing":        {Report{}, "outcome"},
		"need, no words": {Report{Outcome: NeedsHelp, Words: "  "}, "words"},
		"need":           {Report{Outcome: NeedsHelp, Words: "要换药"}, ""},
		"tomorrow":       {Report{Outcome: Fine, Day: "2027-03-02"}, "day"},
		"long ago":       {Report{Outcome: Fine, Day: "2027-01-01"}, "day"},
		"yesterday":      {Report{Outcome: Fine, Day: "2027-02-28"}, ""},
		"no day":         {Report{Outcome: Fine, Day: "soon"}, "day"},
	} {
		out, err := c.r.check(monday)
		field := ""
		if err != nil {
			field = errs.As(err).Fields[0].Name
		}
		if field != c.field {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && out.Outcome != NeedsHelp && out.Words != "" {
			t.Errorf("%s keeps words", name)
		}
	}
	if out, err := (&Report{Outcome: Fine, Words: "看着不高兴"}).check(monday); err != nil || out.Words != "" {
		t.Errorf("words about a person were kept: %q, %v", out.Words, err)
	}
}

func TestSmallCountsAreNotSaid(t *testing.T) {
	for n, want := range map[int]int{0: -1, 1: -1, 9: -1, 10: 10, 14: 10, 15: 15, 1234: 1230} {
		if got := shown(n); got != want {
			t.Errorf("%d is shown as %d", n, got)
		}
	}
	for _, x := range [][3]int{{0, 100, -1}, {9, 22, -1}, {21, 22, 95}, {12, 12, 100}, {40, 57, 70}, {9, 198, -1}, {3, 5, -1}} {
		if got := share(x[0], x[1]); got != x[2] {
			t.Errorf("%d of %d is shown as %d%%", x[0], x[1], got)
		}
	}
}

func TestDays(t *testing.T) {
	if dayTime("x") != (time.Time{}) || addDays("x", 1) != "x" || daysBetween("2027-02-01", "2027-03-01") != 28 {
		t.Error("days")
	}
}
