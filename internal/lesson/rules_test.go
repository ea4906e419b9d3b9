package lesson

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
)

func TestWriteChecks(t *testing.T) {
	t.Parallel()
	good := Write{Title: "怎么劝架", Cards: []string{"先让两边坐下。", " ", "一个一个听完。"}}
	got, err := good.check()
	if err != nil || len(got.Cards) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for name, c := range map[string]struct {
		spoil func(*Write)
		code  string
	}{
		"no title":  {func(w *Write) { w.Title = "" }, "lesson.missing"},
		"no card":   {func(w *Write) { w.Cards = []string{" "} }, "lesson.no_cards"},
		"too many":  {func(w *Write) { w.Cards = strings.Split(strings.Repeat("听。,", MaxCards+1), ",") }, "lesson.too_many_cards"},
		"long card": {func(w *Write) { w.Cards = []string{"好", strings.Repeat("字", MaxCard+1)} }, "lesson.too_long_card"},
		"a number":  {func(w *Write) { w.Cards = []string{"11010519491231002X"} }, "lesson.private_card"},
	} {
		w := good
		c.spoil(&w)
		if _, err := w.check(); err == nil || errs.As(err).Fields[0].Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := CardsOf("一\r\n\r\n  二 \n三"); len(got) != 3 || got[1] != "二" {
		t.Errorf("%q", got)
	}
}

func FuzzCardsOf(f *testing.F) {
	f.Add("一\r\n\n二")
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range CardsOf(s) {
			if c == "" || strings.ContainsAny(c, "\r\n") {
				t.Fatalf("%q", c)
			}
		}
	})
}

// Whatever happens to a lesson, it is out only by an editor's hand, and what was taken back stays so.
func TestALessonIsOutByAnEditor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l, now := &Lesson{State: Draft}, time.Unix(5, 0)
		edited := false
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			was := l.State
			if rapid.IntRange(0, 4).Draw(t, "what") == 0 {
				_ = l.withdraw("过时了", now)
			} else {
				editor := rapid.Bool().Draw(t, "editor")
				err := l.write(Write{Title: "课", Cards: []string{"一"}, Done: rapid.Bool().Draw(t, "done")}, editor, now)
				edited = edited || err == nil && editor
			}
			if l.State == Published && !edited {
				t.Fatal("published by its author")
			}
			if was == Withdrawn && l.State != Withdrawn {
				t.Fatal("back again")
			}
		}
	})
}

// However people come and go, no more places are taken than there are, and the sum is right.
func TestSeats(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1000, 0)
		talk := &Talk{State: Open, At: now.Add(time.Hour), Places: rapid.IntRange(1, 60).Draw(t, "places")}
		held := map[int]int{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			who, n := rapid.IntRange(0, 9).Draw(t, "who"), rapid.IntRange(-1, MaxSeats+1).Draw(t, "n")
			if talk.seat(held[who], n, now) == nil {
				held[who] = n
			}
			sum := 0
			for _, n := range held {
				sum += n
			}
			if sum != talk.Taken || talk.Taken > talk.Places || talk.Left() != talk.Places-sum {
				t.Fatalf("%d taken of %d, held: %v", talk.Taken, talk.Places, held)
			}
		}
	})
}

func TestTalkStates(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	at := func(state TalkState, in time.Duration) *Talk {
		return &Talk{State: state, At: now.Add(in), Places: 5, Came: -1}
	}
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"answered twice":     {at(Open, time.Hour).answer(true, now), "lesson.answered_already"},
		"answered too late":  {at(Asked, -time.Hour).answer(true, now), "lesson.over"},
		"cancelled twice":    {at(Cancelled, time.Hour).cancel("雨", now), "lesson.cancelled_already"},
		"cancelled after":    {at(Open, -time.Hour).cancel("雨", now), "lesson.over"},
		"without a reason":   {at(Open, time.Hour).cancel(" ", now), "lesson.missing"},
		"came before":        {at(Open, time.Hour).came(3, now), "lesson.not_begun"},
		"fewer than nobody":  {at(Open, -time.Hour).came(-1, now), "lesson.bad_number"},
		"a place, cancelled": {at(Cancelled, time.Hour).seat(0, 1, now), "lesson.not_open"},
		"a place, over":      {at(Open, -time.Hour).seat(0, 1, now), "lesson.over"},
		"cancelled":          {at(Open, time.Hour).cancel("暴雨", now), ""},
		"came":               {at(Open, -time.Hour).came(31, now), ""},
	} {
		if c.code == "" && c.err != nil || c.code != "" && errs.CodeOf(c.err) != c.code {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}
