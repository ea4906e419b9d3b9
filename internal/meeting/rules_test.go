package meeting

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

var noon = time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC)

func fieldsOf(err error) (names []string) {
	if err == nil {
		return nil
	}
	for _, f := range errs.As(err).Fields {
		names = append(names, f.Name)
	}
	return names
}

func TestCallIsChecked(t *testing.T) {
	right := Call{Subject: "路灯", Place: "晒谷坪", StartsAt: noon.Add(time.Hour), Lines: []string{"一", " 一 ", ""}}
	for name, tt := range map[string]struct {
		change func(*Call)
		want   []string
	}{
		"right":        {func(*Call) {}, nil},
		"nothing":      {func(c *Call) { *c = Call{} }, []string{"subject", "place", "day", "lines"}},
		"long":         {func(c *Call) { c.Subject = strings.Repeat("长", MaxSubject+1) }, []string{"subject"}},
		"a year off":   {func(c *Call) { c.StartsAt = noon.AddDate(1, 0, 0) }, []string{"day"}},
		"last week":    {func(c *Call) { c.StartsAt = noon.AddDate(0, 0, -7) }, nil},
		"long ago":     {func(c *Call) { c.StartsAt = noon.AddDate(0, -1, 0) }, []string{"day"}},
		"long line":    {func(c *Call) { c.Lines = []string{strings.Repeat("长", MaxLine+1)} }, []string{"lines"}},
		"many lines":   {func(c *Call) { c.Lines = strings.Split(strings.Repeat("abcdefghijklmn", 1), "") }, []string{"lines"}},
		"of a meeting": {func(c *Call) { c.Number, c.Place, c.StartsAt = "Y1", "", time.Time{} }, nil},
	} {
		c := right
		tt.change(&c)
		got, err := c.check(noon)
		if !reflect.DeepEqual(fieldsOf(err), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "right" && !reflect.DeepEqual(got.Lines, []string{"一"}) {
			t.Errorf("lines %q", got.Lines)
		}
	}
}

func TestAgendaShowsOnlyWhatADemandIsAbout(t *testing.T) {
	got, err := agenda(Call{Demands: []string{"2"}, Lines: []string{"扫水渠"}}, map[string]string{"1": "道路", "2": "路灯"})
	if want := []Item{{"路灯", "2"}, {"扫水渠", ""}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := agenda(Call{Demands: []string{"3"}}, map[string]string{"1": "道路"}); errs.CodeOf(err) != "meeting.no_demand" {
		t.Errorf("a demand that the caller may not see: %v", err)
	}
}

func TestResolveIsChecked(t *testing.T) {
	right := Resolve{Kind: Promise, Words: "装灯", OwnerUnit: "u", OwnerRole: "village_official", DueDay: "2026-12-01"}
	for name, tt := range map[string]struct {
		change func(*Resolve)
		want   []string
	}{
		"today":       {func(*Resolve) {}, nil},
		"yesterday":   {func(r *Resolve) { r.DueDay = "2026-11-30" }, []string{"due"}},
		"no day":      {func(r *Resolve) { r.DueDay = "" }, []string{"due"}},
		"two years":   {func(r *Resolve) { r.DueDay = "2028-11-30" }, []string{"due"}},
		"nobody":      {func(r *Resolve) { r.OwnerUnit = "" }, []string{"owner"}},
		"no kind":     {func(r *Resolve) { r.Kind = "" }, []string{"kind"}},
		"no words":    {func(r *Resolve) { r.Words = " " }, []string{"words"}},
		"as a demand": {func(r *Resolve) { r.Kind, r.DueDay, r.OwnerUnit = Demand, "", "" }, nil},
	} {
		r := right
		tt.change(&r)
		got, err := r.check("2026-12-01", noon.Add(MaxDue))
		if !reflect.DeepEqual(fieldsOf(err), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && got.Kind == Demand && got.OwnerRole != "" {
			t.Errorf("%s: a demand with an owner", name)
		}
	}
}

// A promise ends once, by a sentence of what was done, and never by itself.
func TestKeepNeedsASentence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Resolution{Kind: rapid.SampledFrom([]Kind{Promise, Demand}).Draw(t, "kind"), NextAt: noon}
		if rapid.Bool().Draw(t, "done") {
			r.DoneAt = noon
		}
		before, outcome := r, rapid.StringOfN(rapid.RuneFrom([]rune("好了灯 \n\t")), 0, MaxOutcome+20, -1).Draw(t, "outcome")
		err := r.keep(outcome, noon)
		n := len([]rune(plaintext.OneLine(outcome)))
		if ok := before.Kind == Promise && before.DoneAt.IsZero() && n >= leastWords && n <= MaxOutcome; ok != (err == nil) {
			t.Fatalf("%q: %v", outcome, err)
		}
		if err != nil && r != before {
			t.Fatal("changed though refused")
		}
		if err == nil && (!r.NextAt.IsZero() || r.Outcome == "") {
			t.Fatalf("%+v", r)
		}
	})
}

// However late the clock is, a promise climbs one level at a time, and not before its time.
func TestClimbing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chain := []string{"组", "片", "村", "镇", ""}
		r := Resolution{Kind: Promise, WithUnit: chain[0], NextAt: noon.Add(climbAfter)}
		now, level := noon, 0
		for range 12 {
			now = now.Add(time.Duration(rapid.IntRange(1, 20*24).Draw(t, "hours")) * time.Hour)
			due := !r.NextAt.IsZero() && !now.Before(r.NextAt)
			moved := r.climb(chain[level+1], now)
			if moved != due {
				t.Fatalf("moved %v, due %v", moved, due)
			}
			if moved && chain[level+1] != "" {
				level++
			}
			if r.WithUnit != chain[level] || !r.NextAt.IsZero() && !r.NextAt.After(now) {
				t.Fatalf("with %s, next at %s of %s", r.WithUnit, r.NextAt, now)
			}
		}
	})
}

func TestBecame(t *testing.T) {
	promise := Resolution{Kind: Promise, DueDay: "2026-12-01"}
	done := promise
	done.DoneAt = noon
	for name, tt := range map[string]struct {
		r       Resolution
		state   string
		closed  bool
		now     time.Time
		want    Became
		settled bool
	}{
		"on its day":   {promise, "", false, noon, Open, false},
		"the next":     {promise, "", false, noon.Add(12 * time.Hour), Overdue, false},
		"done":         {done, "", false, noon.AddDate(1, 0, 0), Done, true},
		"a demand":     {Resolution{Kind: Demand}, "accepted", false, noon, "accepted", false},
		"a lost one":   {Resolution{Kind: Demand}, "", false, noon, "unknown", false},
		"closed":       {Resolution{Kind: Demand}, "confirmed", true, noon, "confirmed", true},
		"not yet over": {Resolution{Kind: Demand}, "resolved", false, noon, "resolved", false},
	} {
		if f := tt.r.became(tt.state, tt.closed, tt.now); f.Became != tt.want || f.Settled != tt.settled {
			t.Errorf("%s: %s %v", name, f.Became, f.Settled)
		}
	}
}

// Every word that can become of something is there.
func TestWords(t *testing.T) {
	for _, b := range []Became{Open, Overdue, Done, "open", "accepted", "waiting", "resolved", "reopened", "confirmed", "unconfirmed", "withdrawn", "merged", "unknown"} {
		if _, ok := Messages["meeting.became."+string(b)]; !ok {
			t.Errorf("no word for %s", b)
		}
	}
}

// Of numbers those are shown that could be somebody's.
func TestNumbers(t *testing.T) {
	for words, want := range map[string][]string{
		"": nil, "2026年修路，花了3000元，来了1200人": nil, "装3盏灯": nil,
		"老井边的水表号 123456\n密码８８９９２２。": {"老井边的水表号 123456", "密码８８９９２２"},
		"尾号 12-34，尾号 12-34":         {"尾号 12-34"},
	} {
		if got := Numbers(words); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
