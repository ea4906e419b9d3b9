package rollcall

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
)

var noon = time.Date(2027, 1, 20, 4, 0, 0, 0, time.UTC)

func TestJudge(t *testing.T) {
	help := &Row{Answer: Help, Need: Medical, Version: 2}
	helped := &Row{Answer: Help, Need: Medical, Aid: Helped, Version: 3}
	for name, c := range map[string]struct {
		known *Row
		say   Say
		want  verdict
	}{
		"the first word":                      {nil, Say{Answer: Safe}, take},
		"not reached, then safe":              {&Row{Answer: NotReached, Version: 1}, Say{Answer: Safe, Shown: 1}, take},
		"the same again":                      {&Row{Answer: Safe, Version: 1}, Say{Answer: Safe, Shown: 1}, same},
		"the same from an old form":           {&Row{Answer: Safe, Version: 4}, Say{Answer: Safe}, same},
		"safe from an old form over help":     {help, Say{Answer: Safe, Shown: 1}, ask},
		"safe from a form before any word":    {help, Say{Answer: Safe}, ask},
		"safe, having seen that help is due":  {help, Say{Answer: Safe, Shown: 2}, take},
		"not reached from an old form":        {&Row{Answer: Safe, Version: 2}, Say{Answer: NotReached, Shown: 1}, ask},
		"help from an old form":               {&Row{Answer: Safe, Version: 2}, Say{Answer: Help, Need: Food, Shown: 1}, take},
		"another need from an old form":       {help, Say{Answer: Help, Need: Trapped, Shown: 1}, take},
		"help again, after it was given":      {helped, Say{Answer: Help, Need: Medical, Shown: 3}, take},
		"help from an old form, given since":  {helped, Say{Answer: Help, Need: Medical, Shown: 1}, same},
		"help seen to, another need, old":     {helped, Say{Answer: Help, Need: Food, Shown: 1}, take},
		"not reached, having seen it is safe": {&Row{Answer: Safe, Version: 2}, Say{Answer: NotReached, Shown: 2}, take},
	} {
		if got := judge(c.known, c.say); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func anySay(t *rapid.T) Say {
	s := Say{HouseholdID: "h", Answer: rapid.SampledFrom(Answers()).Draw(t, "answer"), Shown: rapid.IntRange(0, 6).Draw(t, "shown")}
	if s.Answer == Help {
		s.Need = rapid.SampledFrom(Needs()).Draw(t, "need")
	}
	return s
}

// Whatever is reported in whatever order: help that nobody saw is never
// replaced unseen, and what a row adds to its village is always one household.
func TestHelpIsNeverLostUnseen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var known *Row
		at := noon
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			at = at.Add(time.Minute)
			if known != nil && known.Answer == Help && rapid.Bool().Draw(t, "official") {
				row, err := assist(*known, rapid.SampledFrom([]Aid{NoAid, UnderWay, Helped}).Draw(t, "aid"), known.Version, "干部", at)
				if err == nil {
					known = &row
				}
				continue
			}
			say := anySay(t)
			v := judge(known, say)
			if known != nil && known.Answer == Help && say.Answer != Help && v == take && say.Shown != known.Version {
				t.Fatalf("%+v took %+v", known, say)
			}
			if known != nil && say.Shown == known.Version && v == ask {
				t.Fatalf("asked about a fresh form: %+v, %+v", known, say)
			}
			if v != take {
				continue
			}
			row := next(known, say, Reporter{ID: "a", Name: "甲", Way: Self, At: at})
			if known != nil && (row.Version != known.Version+1 || !row.FirstAt.Equal(known.FirstAt)) || known == nil && row.Version != 1 {
				t.Fatalf("%+v after %+v", row, known)
			}
			if (row.Answer == Help) == row.HelpAt.IsZero() || row.Aid != NoAid {
				t.Fatalf("%+v", row)
			}
			if n := counts(&row); n.Reported() != 1 || n.Helped > n.Help {
				t.Fatalf("%+v counts %+v", row, n)
			}
			sum := counts(known)
			sum.add(change(known, &row))
			if sum != counts(&row) {
				t.Fatalf("%+v and the change make %+v", known, sum)
			}
			known = &row
		}
	})
}

func TestWaitingSinceTheFirstCall(t *testing.T) {
	by := Reporter{Way: Self, At: noon}
	first := next(nil, Say{HouseholdID: "h", Answer: Help, Need: Food}, by)
	by.At = noon.Add(time.Hour)
	worse := next(&first, Say{HouseholdID: "h", Answer: Help, Need: Medical, Shown: 1}, by)
	if !worse.HelpAt.Equal(noon) || !worse.FirstAt.Equal(noon) {
		t.Errorf("waits since %v", worse.HelpAt)
	}
	done, err := assist(worse, Helped, 2, "干部", by.At)
	if err != nil {
		t.Fatal(err)
	}
	by.At = noon.Add(2 * time.Hour)
	if again := next(&done, Say{HouseholdID: "h", Answer: Help, Need: Medical, Shown: 3}, by); !again.HelpAt.Equal(by.At) || again.Aid != NoAid {
		t.Errorf("%+v", again)
	}
	for name, err := range map[string]error{
		"the same aid": second(assist(done, Helped, 3, "x", noon)), "unseen": second(assist(done, UnderWay, 2, "x", noon)),
		"of a safe one": second(assist(Row{Answer: Safe, Version: 1}, UnderWay, 1, "x", noon)), "no such aid": second(assist(done, "gone", 3, "x", noon)),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func second(_ Row, err error) error { return err }

func TestSays(t *testing.T) {
	many := make([]Say, MaxSays+1)
	for name, c := range map[string]struct {
		says []Say
		code string
	}{
		"none":               {nil, "rollcall.how_many"},
		"too many":           {many, "rollcall.how_many"},
		"no household":       {[]Say{{Answer: Safe}}, "rollcall.no_answer"},
		"no answer":          {[]Say{{HouseholdID: "h"}}, "rollcall.no_answer"},
		"help without need":  {[]Say{{HouseholdID: "h", Answer: Help}}, "rollcall.no_need"},
		"a need of its own":  {[]Say{{HouseholdID: "h", Answer: Help, Need: "rich"}}, "rollcall.no_need"},
		"safe, with a need":  {[]Say{{HouseholdID: "h", Answer: Safe, Need: Food}}, "rollcall.no_answer"},
		"one household, two": {[]Say{{HouseholdID: "h", Answer: Safe}, {HouseholdID: "h", Answer: NotReached}}, "rollcall.twice"},
	} {
		if err := oneEach(c.says); err == nil || errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := oneEach([]Say{{HouseholdID: "h", Answer: Help, Need: Trapped}, {HouseholdID: "i", Answer: Safe}}); err != nil {
		t.Error(err)
	}
}

func TestTimeEndsAndErases(t *testing.T) {
	c := Call{State: Open, OpenedAt: noon, Version: 1}
	for after, want := range map[time.Duration]State{0: Open, Longest - 1: Open, Longest: Closed} {
		if got := c.due(noon.Add(after)); got != want {
			t.Errorf("%v after the opening: %s", after, got)
		}
	}
	if err := c.end(2, "甲", noon); errs.KindOf(err) != errs.Stale {
		t.Errorf("ended unseen: %v", err)
	}
	if err := c.end(1, "甲", noon); err != nil || c.IsOpen() || c.Version != 2 {
		t.Errorf("%v, %+v", err, c)
	}
	if err := c.end(0, "甲", noon); errs.KindOf(err) != errs.Conflict {
		t.Errorf("ended twice: %v", err)
	}
	for after, want := range map[time.Duration]State{0: Closed, Kept - 1: Closed, Kept: Erased} {
		if got := c.due(noon.Add(after)); got != want {
			t.Errorf("%v after the end: %s", after, got)
		}
	}
}
