package tell

import (
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bilin/internal/demand"
	"bilin/internal/i18n"
)

func TestPick(t *testing.T) {
	t.Parallel()
	e := func(seq int, step demand.Step, why demand.Reason) demand.Event {
		return demand.Event{Seq: seq, Step: step, Reason: why}
	}
	for name, c := range map[string]struct {
		source demand.Source
		events []demand.Event
		word   Word
		seq    int
	}{
		"raised by themselves":  {demand.FromResident, []demand.Event{e(1, demand.StepRaised, ""), e(2, demand.StepAssigned, demand.ReasonLead)}, "", 0},
		"raised for them":       {demand.FromLead, []demand.Event{e(1, demand.StepRaised, ""), e(2, demand.StepAssigned, demand.ReasonLead)}, Raised, 1},
		"taken from another":    {demand.FromResident, []demand.Event{e(3, demand.StepAccepted, ""), e(4, demand.StepAssigned, demand.ReasonTaken)}, Accepted, 3},
		"climbed":               {demand.FromResident, []demand.Event{e(3, demand.StepAssigned, demand.ReasonOverdue)}, Climbed, 3},
		"unit merged":           {demand.FromResident, []demand.Event{e(3, demand.StepAssigned, demand.ReasonMerged)}, Moved, 3},
		"resolved":              {demand.FromResident, []demand.Event{e(5, demand.StepResolved, "")}, Resolved, 5},
		"re-opened by them":     {demand.FromResident, []demand.Event{e(6, demand.StepReopened, ""), e(7, demand.StepAssigned, demand.ReasonLead)}, "", 0},
		"a word of theirs":      {demand.FromResident, []demand.Event{e(6, demand.StepSaid, ""), e(7, demand.StepResumed, "")}, "", 0},
		"a note of the network": {demand.FromResident, []demand.Event{e(6, demand.StepNoted, "")}, "", 0},
		"their number was read": {demand.FromResident, []demand.Event{e(6, demand.StepContactRead, "")}, "", 0},
		"reminder":              {demand.FromResident, []demand.Event{e(6, demand.StepReminded, "")}, "", 0},
		"nothing":               {demand.FromResident, nil, "", 0},
	} {
		word, seq, ok := pick(&demand.Demand{Source: c.source}, c.events)
		if word != c.word || seq != c.seq || ok != (c.word != "") {
			t.Errorf("%s: %q, %d, %v", name, word, seq, ok)
		}
	}
}

// A message is one short message, as long as nothing but the link comes with it.
func TestTextsAreShort(t *testing.T) {
	t.Parallel()
	catalog, err := i18n.New(Messages)
	if err != nil {
		t.Fatal(err)
	}
	longest := who("浏阳河街道群众诉求中心", "欧阳若兰若")
	for _, w := range append(weights(), Followed, Reminded) {
		text := catalog.T(i18n.ZH, "demand.tell."+string(w), "number", "260000012345", "who", longest)
		if n := utf8.RuneCountInString(text); n > 70 {
			t.Errorf("%s has %d characters: %s", w, n, text)
		}
	}
}

func TestWaitStaysWithinBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 100_000).Draw(t, "attempts")
		dice := rapid.Float64Range(0, 0.999).Draw(t, "dice")
		d := wait(n, dice)
		if d < firstWait/2 || d > longest || wait(n+1, dice) < d {
			t.Fatalf("waits %v", d)
		}
	})
	if wait(1, 0) != time.Second {
		t.Error(wait(1, 0))
	}
}

func TestNamesAndNumbersAsSent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		got := who(rapid.String().Draw(t, "unit"), rapid.String().Draw(t, "name"))
		if utf8.RuneCountInString(got) > maxWho {
			t.Fatalf("%q", got)
		}
	})
	if got := mobile(" 129-0000 ０００１ "); got != "12900000001" {
		t.Error(got)
	}
	if got := who("东沩社区", "何勇"); got != "东沩社区何勇" {
		t.Error(got)
	}
}
