package feedback

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC)

func TestOnlyAPagesPatternComesAlong(t *testing.T) {
	for route, kept := range map[string]bool{
		"/": true, "/notices/{number}": true, "/my-feedback/{number}": true, "/orders/{number}/report.csv": true,
		"/notices/N26000017": false, "/d/AAAA222233": false, "/find?q=周": false, "/t/{number}?k=x": false, "notices": false, "/周桂英": false, "": true,
		"/" + strings.Repeat("a", MaxRoute): false,
	} {
		want := ""
		if kept {
			want = route
		}
		if got := cleanRoute(route); got != want {
			t.Errorf("%q is kept as %q", route, got)
		}
	}
}

func TestWhatIsSaidIsChecked(t *testing.T) {
	for words, want := range map[string]string{
		"": "feedback.missing", " \n ": "feedback.missing", strings.Repeat("长", MaxWords+1): "feedback.too_long",
		"我的身份证是11010519491231002X": "feedback.private_number", "字太小": "",
	} {
		if got := fault(paragraphs(words), MaxWords); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
	if _, err := (Send{Kind: "praise", Words: "好"}).check(); err == nil {
		t.Error("any kind goes")
	}
	for _, sentence := range []string{"", "请打13800138000", "电话 0731-8788 1234", strings.Repeat("长", MaxSentence+1)} {
		if _, err := (Reply{State: Changed, Words: "改好了", Sentence: sentence, Release: "1.2"}).check(); err == nil {
			t.Errorf("%q is published", sentence)
		}
	}
	if c, err := (Reply{State: Declined, Words: "法规要求", Sentence: "字大了", Release: "1.2"}).check(); err != nil || c.Sentence != "" {
		t.Errorf("what isn't changed is published: %q, %v", c.Sentence, err)
	}
}

// TestWhateverIsDoneWithOne: the desk owes a word exactly while it is open and
// answered nowhere else, and what is changed stays so.
func TestWhateverIsDoneWithOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &Feedback{ID: "a", State: Unread, DueAt: noon.AddDate(0, 0, Term), words: "x"}
		other := &Feedback{ID: "b", State: Unread}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			was := *f
			var err error
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				err = f.answer(rapid.SampledFrom(Answers()).Draw(t, "to"), noon)
			case 1:
				err = f.merge(other)
			case 2:
				err = f.part(noon)
			case 3:
				if f.words != "" {
					f.withdraw(false)
				}
			}
			if err != nil && *f != was {
				t.Fatalf("refused, and yet %+v became %+v", was, *f)
			}
			if was.State == Changed && f.State != Changed {
				t.Fatalf("what was changed became %s", f.State)
			}
			if owed := f.State.Open() && f.SameID == ""; owed == f.DueAt.IsZero() {
				t.Fatalf("%s, merged into %q, due %v", f.State, f.SameID, f.DueAt)
			}
		}
	})
}

// FuzzRoute: whatever is sent as a page holds nothing but words and placeholders.
func FuzzRoute(f *testing.F) {
	f.Add("/notices/{number}")
	f.Add("/d/AAAA222233?x=1")
	f.Fuzz(func(t *testing.T, route string) {
		if got := cleanRoute(route); strings.ContainsAny(got, "0123456789?=&%") || len(got) > MaxRoute {
			t.Errorf("%q is kept as %q", route, got)
		}
	})
}
