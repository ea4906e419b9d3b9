package alert

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
)

var noon = time.Date(2026, 1, 23, 4, 0, 0, 0, time.UTC)

func message(change func(*cap.Alert)) *cap.Alert {
	m := &cap.Alert{Identifier: "1", Sender: "s", Sent: noon.Add(-time.Hour), Status: cap.Actual, MsgType: cap.NewAlert, Scope: "Public",
		Infos: []cap.Info{{Language: "en", Event: "Icing"}, {Language: "zh-CN", Event: "道路结冰", Urgency: "Expected", Expires: noon.Add(time.Hour)}}}
	m.Infos[0].Expires = noon.Add(time.Hour)
	if change != nil {
		change(m)
	}
	return m
}

func TestWhatBecomesOfAMessage(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(*cap.Alert)
		elsewhere bool
		why       string
	}{
		"an alert":              {nil, false, ""},
		"an exercise":           {func(m *cap.Alert) { m.Status = cap.Exercise }, false, ""},
		"an update":             {func(m *cap.Alert) { m.MsgType = cap.Update }, false, ""},
		"a system's":            {func(m *cap.Alert) { m.Status = "System" }, false, "alert.why.system"},
		"a draft":               {func(m *cap.Alert) { m.Status = "Draft" }, false, "alert.why.draft"},
		"an answer":             {func(m *cap.Alert) { m.MsgType = "Ack" }, false, "alert.why.reply"},
		"an error":              {func(m *cap.Alert) { m.MsgType = "Error" }, false, "alert.why.reply"},
		"a cancel":              {func(m *cap.Alert) { m.MsgType = cap.Cancel; m.References = make([]cap.Reference, 1) }, false, "alert.why.cancel"},
		"a cancel of nothing":   {func(m *cap.Alert) { m.MsgType = cap.Cancel }, false, "alert.why.cancels_nothing"},
		"a day old":             {func(m *cap.Alert) { m.Sent = noon.Add(-24 * time.Hour) }, false, ""},
		"older":                 {func(m *cap.Alert) { m.Sent = noon.Add(-24*time.Hour - time.Second) }, false, "alert.why.old"},
		"a fast clock":          {func(m *cap.Alert) { m.Sent = noon.Add(10 * time.Minute) }, false, ""},
		"the future":            {func(m *cap.Alert) { m.Sent = noon.Add(10*time.Minute + time.Second) }, false, "alert.why.future"},
		"expired":               {func(m *cap.Alert) { m.Infos[0].Expires, m.Infos[1].Expires = noon, noon }, false, "alert.why.expired"},
		"one part lasts":        {func(m *cap.Alert) { m.Infos[0].Expires = noon }, false, ""},
		"no end":                {func(m *cap.Alert) { m.Infos[1].Expires = time.Time{} }, false, ""},
		"nothing said":          {func(m *cap.Alert) { m.Infos = nil }, false, "alert.why.no_info"},
		"a person":              {func(m *cap.Alert) { m.Infos[1].Event = "人员走失" }, false, "alert.why.person"},
		"past":                  {func(m *cap.Alert) { m.Infos[1].Urgency = "Past" }, false, "alert.why.clear"},
		"all clear":             {func(m *cap.Alert) { m.Infos[1].ResponseTypes = []string{"AllClear"} }, false, "alert.why.clear"},
		"clear in part":         {func(m *cap.Alert) { m.Infos[1].ResponseTypes = []string{"AllClear", "Monitor"} }, false, ""},
		"another place":         {nil, true, "alert.why.elsewhere"},
		"what is worse is said": {func(m *cap.Alert) { m.Status = "Draft"; m.Sent = noon.Add(time.Hour) }, true, "alert.why.draft"},
	} {
		state, why := judge(message(c.change), c.elsewhere, noon)
		if why != c.why || (state == Fresh) != (c.why == "") {
			t.Errorf("%s: %s %q, want %q", name, state, why, c.why)
		}
		if _, known := Messages[why]; why != "" && !known {
			t.Errorf("%s: no words for it", why)
		}
	}
}

func TestTheChinesePartIsShown(t *testing.T) {
	m := message(nil)
	if part(m).Event != "道路结冰" {
		t.Errorf("%+v", part(m))
	}
	m.Infos[1].Language = "fr-CA"
	if part(m).Event != "Icing" {
		t.Errorf("%+v", part(m))
	}
	m.Infos[0].Areas = []cap.Area{{Desc: "of the other part"}}
	m.Infos[1].Language = "zh"
	if got := areas(m); len(got) != 1 || got[0].Desc != "of the other part" {
		t.Errorf("%+v", got)
	}
	m.Infos[1].Areas = []cap.Area{{Desc: "own"}}
	if got := areas(m); len(got) != 1 || got[0].Desc != "own" {
		t.Errorf("%+v", got)
	}
}

func TestWhoMayChangeAnAlert(t *testing.T) {
	target := Alert{ID: "a", Sender: "s", Status: cap.Actual, MsgType: cap.NewAlert, Source: "feed", State: Fresh}
	by := Alert{ID: "b", Sender: "s", Status: cap.Actual, MsgType: cap.Update, Source: "feed"}
	for name, c := range map[string]struct {
		change func(m, target *Alert)
		want   bool
	}{
		"its sender":                {func(_, _ *Alert) {}, true},
		"another sender":            {func(m, _ *Alert) { m.Sender = "x" }, false},
		"another feed":              {func(m, _ *Alert) { m.Source = "other" }, false},
		"somebody by hand":          {func(m, _ *Alert) { m.Source = FromFile }, true},
		"a feed, what came by hand": {func(_, a *Alert) { a.Source = FromAPI }, true},
		"an exercise":               {func(m, _ *Alert) { m.Status = cap.Exercise }, false},
		"exercise of an exercise":   {func(m, a *Alert) { m.Status, a.Status = cap.Test, cap.Exercise }, true},
		"a draft":                   {func(m, _ *Alert) { m.Status, m.Reason = "Draft", "alert.why.draft" }, false},
		"one of the future":         {func(m, _ *Alert) { m.Reason = "alert.why.future" }, false},
		"an old one that came late": {func(m, _ *Alert) { m.Reason = "alert.why.old" }, true},
		"an answer to it":           {func(m, _ *Alert) { m.MsgType = "Ack" }, false},
		"a new alert that names it": {func(m, _ *Alert) { m.MsgType = cap.NewAlert }, false},
		"what is a draft itself":    {func(_, a *Alert) { a.Status = "Draft" }, false},
		"itself":                    {func(m, _ *Alert) { m.ID = "a" }, false},
	} {
		m, a := by, target
		c.change(&m, &a)
		if got := a.changedBy([]Alert{m}); got != c.want || (a.State == Superseded) != c.want {
			t.Errorf("%s: %v %s", name, got, a.State)
		}
	}
}

// Whatever changes an alert, and in whatever order it is looked at: a Cancel
// weighs more, and the latest counts.
func TestTheWeightiestMessageCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		var list []Alert
		want := -1
		for i := range n {
			m := Alert{ID: string(rune('b' + i)), Identifier: string(rune('b' + i)), Sender: "s", Status: cap.Actual, Source: FromFile, MsgType: cap.Update,
				Sent: noon.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "at")) * time.Minute)}
			if rapid.Bool().Draw(t, "cancel") {
				m.MsgType = cap.Cancel
			}
			if want < 0 || outweighs(&m, &list[want]) {
				want = i
			}
			list = append(list, m)
		}
		winner := list[want]
		mixed := rapid.Permutation(list).Draw(t, "order")
		a := Alert{ID: "a", Sender: "s", Status: cap.Actual, MsgType: cap.NewAlert, Source: FromFile, State: Used}
		a.changedBy(mixed)
		state := Superseded
		if winner.MsgType == cap.Cancel {
			state = Withdrawn
		}
		if a.ByID != winner.ID || a.State != state {
			t.Fatalf("%s by %s, want %s by %s", a.State, a.ByID, state, winner.ID)
		}
		if a.changedBy(mixed) {
			t.Fatal("changed again by the same")
		}
	})
}

func TestWhenAnOrderCanBeBegun(t *testing.T) {
	for state, want := range map[State]string{Fresh: "", Used: "", Dismissed: "", Kept: "alert.why.old", Superseded: "alert.why.superseded", Withdrawn: "alert.why.withdrawn"} {
		a := Alert{State: state}
		if state == Kept {
			a.Reason = "alert.why.old"
		}
		err := a.begins(false, noon)
		if (err == nil) != (want == "") || err != nil && (errs.CodeOf(err) != want || errs.KindOf(err) != errs.Conflict) {
			t.Errorf("%s: %v", state, err)
		}
		if a.use(noon); (a.State == Used) != (want == "") || a.UsedAt != noon {
			t.Errorf("%s became %s at %v", state, a.State, a.UsedAt)
		}
	}
	for _, c := range []struct {
		status cap.Status
		drill  bool
		want   string
	}{{cap.Actual, false, ""}, {cap.Actual, true, ""}, {cap.Exercise, true, ""}, {cap.Exercise, false, "alert.only_drill"}, {cap.Test, false, "alert.only_drill"}} {
		if err := (&Alert{State: Fresh, Status: c.status}).begins(c.drill, noon); (err == nil) != (c.want == "") || err != nil && errs.CodeOf(err) != c.want {
			t.Errorf("%s, drill %t: %v", c.status, c.drill, err)
		}
	}
	a := Alert{State: Fresh, Expires: noon}
	if err := a.begins(false, noon); errs.CodeOf(err) != "alert.why.expired" {
		t.Errorf("expired: %v", err)
	}
	if err := (&Alert{State: Used}).dismiss("x", "y", noon); errs.CodeOf(err) != "alert.not_new" {
		t.Errorf("dismissed after use: %v", err)
	}
}

func TestTheWordsOfASuggestion(t *testing.T) {
	info := cap.Info{Event: "道路结冰", Headline: "道路结冰\n橙色预警", Description: "ALERT LEVEL: Advice<br />LOCATION: <b>Sturt</b> &amp; more<script>", Instruction: "  注意 防滑。\n\n\n不出门。 "}
	s := suggest(&info, noon.Add(time.Hour), true, noon)
	if s.Title != "道路结冰 橙色预警" || s.What != "ALERT LEVEL: Advice\nLOCATION: Sturt & more" || s.Do != "注意 防滑。\n不出门。" || !s.Until.Equal(noon.Add(time.Hour)) || !s.Drill || s.Hazard != mobilise.Ice {
		t.Errorf("%+v", s)
	}
	s = suggest(&cap.Info{Event: "道路结冰"}, noon.AddDate(1, 0, 0), false, noon)
	if s.Title != "道路结冰" || s.What != "道路结冰" || s.Do != "" || !s.Until.Equal(noon.Add(longest)) {
		t.Errorf("%+v", s)
	}
	if s := suggest(&info, time.Time{}, false, noon); !s.Until.IsZero() {
		t.Errorf("an end out of nothing: %v", s.Until)
	}
}

// Whatever a sender writes fits into an order.
func TestASuggestionKeepsAnOrdersBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.IntRange(0, 1200), func(n int) string { return strings.Repeat("冰<b>", n) }))
		info := cap.Info{Event: text.Draw(t, "event"), Headline: text.Draw(t, "headline"), Description: text.Draw(t, "description"), Instruction: text.Draw(t, "instruction")}
		s := suggest(&info, noon, false, noon)
		if utf8.RuneCountInString(s.Title) > mobilise.MaxTitle || utf8.RuneCountInString(s.What) > mobilise.MaxText || utf8.RuneCountInString(s.Do) > mobilise.MaxText {
			t.Fatalf("%+v", s)
		}
	})
}
