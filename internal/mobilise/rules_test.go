package mobilise_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
)

func wantCode(t *testing.T, what string, err error, kind errs.Kind, code string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != kind || errs.CodeOf(err) != code {
		t.Errorf("%s: got %v, want %s %s", what, err, kind, code)
	}
}

// wantField looks for a field that was refused for a reason.
func wantField(t *testing.T, what string, err error, field, code string) {
	t.Helper()
	for _, f := range errs.As(err).Fields {
		if f.Name == field && f.Code == code {
			return
		}
	}
	t.Errorf("%s: got %v, want %s at %s", what, err, code, field)
}

// Every answer from every standing.
func TestTake(t *testing.T) {
	t.Parallel()
	coming, arrived, cant, told := mobilise.Answer{Coming: true}, mobilise.Answer{Arrived: true}, mobilise.Answer{Reason: mobilise.ReasonIll}, mobilise.Answer{Told: true}
	for _, row := range []struct {
		from                         mobilise.Standing
		coming, arrived, cant, toldM mobilise.Standing
	}{
		{mobilise.Queued, mobilise.Coming, mobilise.Arrived, mobilise.Cant, mobilise.Seen},
		{mobilise.Handed, mobilise.Coming, mobilise.Arrived, mobilise.Cant, mobilise.Seen},
		{mobilise.Delivered, mobilise.Coming, mobilise.Arrived, mobilise.Cant, mobilise.Seen},
		{mobilise.Seen, mobilise.Coming, mobilise.Arrived, mobilise.Cant, mobilise.Seen},
		{mobilise.Cant, mobilise.Coming, mobilise.Arrived, mobilise.Cant, mobilise.Cant},
		{mobilise.Coming, mobilise.Coming, mobilise.Arrived, mobilise.Cant, mobilise.Coming},
		{mobilise.Arrived, mobilise.Arrived, mobilise.Arrived, mobilise.Cant, mobilise.Arrived},
	} {
		for _, c := range []struct {
			answer mobilise.Answer
			want   mobilise.Standing
		}{{coming, row.coming}, {arrived, row.arrived}, {cant, row.cant}, {told, row.toldM}} {
			r := mobilise.Receipt{Standing: row.from, Reason: map[bool]mobilise.Reason{true: mobilise.ReasonIll}[row.from == mobilise.Cant]}
			if err := r.Take(c.answer, began); err != nil || r.Standing != c.want {
				t.Errorf("%+v from %v: %v %v, want %v", c.answer, row.from, r.Standing, err, c.want)
			}
		}
	}
	for _, a := range []mobilise.Answer{coming, arrived, cant, told} {
		r := mobilise.Receipt{Standing: mobilise.Released}
		wantCode(t, "after the release", r.Take(a, began), errs.Conflict, "order.released")
	}
	r := mobilise.Receipt{Standing: mobilise.Seen, Due: 7}
	before := r
	wantField(t, "without a reason", r.Take(mobilise.Answer{}, began), "reason", "order.reason_missing")
	wantField(t, "with a made-up one", r.Take(mobilise.Answer{Reason: "tired"}, began), "reason", "order.reason_missing")
	if r != before {
		t.Errorf("a refused answer changed %+v", r)
	}
}

// The first answer has its time for good; the same again changes nothing; a new
// one says how it came.
func TestTakeKeepsItsTimes(t *testing.T) {
	t.Parallel()
	minute := func(n int) time.Time { return began.Add(time.Duration(n) * time.Minute) }
	var r mobilise.Receipt
	for i, step := range []struct {
		mobilise.Answer
		want mobilise.Receipt
	}{
		{mobilise.Answer{Told: true, Way: mobilise.ByVisit, By: "联络员"}, mobilise.Receipt{Standing: mobilise.Seen, Way: mobilise.ByVisit, EnteredBy: "联络员"}},
		{mobilise.Answer{Reason: mobilise.ReasonRoad, Way: mobilise.ByPhone, By: "值班"}, mobilise.Receipt{Standing: mobilise.Cant, Reason: mobilise.ReasonRoad, Way: mobilise.ByPhone, EnteredBy: "值班", AnsweredAt: minute(1).UnixMilli()}},
		{mobilise.Answer{Coming: true, Way: mobilise.ByLink}, mobilise.Receipt{Standing: mobilise.Coming, Way: mobilise.ByLink, AnsweredAt: minute(1).UnixMilli()}},
		{mobilise.Answer{Arrived: true, Way: mobilise.ByLink}, mobilise.Receipt{Standing: mobilise.Arrived, Way: mobilise.ByLink, AnsweredAt: minute(1).UnixMilli(), ArrivedAt: minute(3).UnixMilli()}},
		{mobilise.Answer{Arrived: true, Way: mobilise.ByReply}, mobilise.Receipt{Standing: mobilise.Arrived, Way: mobilise.ByLink, AnsweredAt: minute(1).UnixMilli(), ArrivedAt: minute(3).UnixMilli()}},
		{mobilise.Answer{Coming: true, Way: mobilise.ByReply}, mobilise.Receipt{Standing: mobilise.Arrived, Way: mobilise.ByLink, AnsweredAt: minute(1).UnixMilli(), ArrivedAt: minute(3).UnixMilli()}},
		{mobilise.Answer{Told: true, Way: mobilise.ByVisit, By: "联络员"}, mobilise.Receipt{Standing: mobilise.Arrived, Way: mobilise.ByLink, AnsweredAt: minute(1).UnixMilli(), ArrivedAt: minute(3).UnixMilli()}},
		{mobilise.Answer{Reason: mobilise.ReasonCare, Way: mobilise.ByLink}, mobilise.Receipt{Standing: mobilise.Cant, Reason: mobilise.ReasonCare, Way: mobilise.ByLink, AnsweredAt: minute(1).UnixMilli()}},
	} {
		if err := r.Take(step.Answer, minute(i)); err != nil {
			t.Fatal(err)
		}
		step.want.SeenAt = minute(0).UnixMilli()
		if r != step.want {
			t.Errorf("step %d: %+v\nwant %+v", i, r, step.want)
		}
	}
}

// What a receipt says holds together, whatever happens to it in whatever order.
func TestReceiptHoldsTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var r mobilise.Receipt
		now := began
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "seconds")) * time.Second)
			before := r
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				r.MarkDelivered(now)
			case 1:
				r.MarkSeen(now)
			case 2:
				r.Release(now)
			default:
				a := mobilise.Answer{Coming: rapid.Bool().Draw(t, "coming"), Arrived: rapid.Bool().Draw(t, "arrived"), Told: rapid.Bool().Draw(t, "told"),
					Reason: rapid.SampledFrom(append(mobilise.Reasons(), "")).Draw(t, "reason"), Way: mobilise.ByLink}
				if r.Take(a, now) != nil && r != before {
					t.Fatalf("a refused answer changed %+v to %+v", before, r)
				}
			}
			checkReceipt(t, before, r, now)
		}
	})
}

func checkReceipt(t *rapid.T, before, r mobilise.Receipt, now time.Time) {
	t.Helper()
	answered := r.Standing >= mobilise.Cant
	switch {
	case answered != (r.AnsweredAt != 0):
		t.Fatalf("answered at %d, and %v", r.AnsweredAt, r.Standing)
	case before.Standing >= mobilise.Cant && !answered || before.Standing < mobilise.Cant && r.Standing < before.Standing:
		t.Fatalf("%v falls back to %v", before.Standing, r.Standing)
	case (r.Standing == mobilise.Cant) != (r.Reason != ""):
		t.Fatalf("%v for the reason %q", r.Standing, r.Reason)
	case r.Standing == mobilise.Arrived && r.ArrivedAt == 0 || r.ArrivedAt != 0 && r.Standing < mobilise.Arrived:
		t.Fatalf("%v, arrived at %d", r.Standing, r.ArrivedAt)
	case (r.Standing == mobilise.Released) != (r.ReleasedAt != 0):
		t.Fatalf("%v, released at %d", r.Standing, r.ReleasedAt)
	case r.HasBeenReached() != (r.ReachedAt() != 0) || r.ReachedAt() > now.UnixMilli():
		t.Fatalf("%v, reached at %d", r.Standing, r.ReachedAt())
	case before.ReachedAt() != 0 && r.ReachedAt() != before.ReachedAt():
		t.Fatalf("first reached at %d, and now at %d", before.ReachedAt(), r.ReachedAt())
	}
}

func TestUndelivered(t *testing.T) {
	t.Parallel()
	o := &mobilise.Order{State: mobilise.Active, Edition: 2, IssuedAt: began, Wait: 5 * time.Minute, Channels: []mobilise.Channel{mobilise.SMS, mobilise.Voice},
		Words: mobilise.Words{Until: began.Add(time.Hour)}}
	both := mobilise.BitsOf(mobilise.SMS, mobilise.Voice)
	r := mobilise.Receipt{}
	r.Took(mobilise.SMS, o, 2, began)
	r.Undelivered(mobilise.SMS, 2, began)
	if next := r.Next(o, both, 0, began); r.Standing != mobilise.Queued || r.ToldBy != 0 || r.Told != 0 || len(next.Send) != 1 || next.Send[0] != mobilise.Voice {
		t.Errorf("%+v %+v", r, next)
	}
	r = mobilise.Receipt{}
	r.Took(mobilise.SMS, o, 1, began)
	r.Took(mobilise.Voice, o, 2, began)
	r.Undelivered(mobilise.Voice, 2, began)
	if next := r.Next(o, both, 0, began); r.Told != 1 || len(next.Send) != 1 || next.Send[0] != mobilise.SMS {
		t.Errorf("the new words went by the channel that lost them: %+v %+v", r, next)
	}
	r.MarkSeen(began)
	before := r
	r.Undelivered(mobilise.SMS, 1, began)
	if r != before {
		t.Error("a message that was read didn't arrive")
	}
}

// Every transition of an order, from every state.
func TestOrderTransitions(t *testing.T) {
	t.Parallel()
	words := mobilise.Words{Title: "改", What: "改", Do: "改", Where: "改", Until: began.Add(time.Hour)}
	steps := map[string]func(o *mobilise.Order) error{
		"approve": func(o *mobilise.Order) error { return o.Approve("b", "乙", began) },
		"refuse":  func(o *mobilise.Order) error { return o.Refuse("b", "乙", "不必", began) },
		"correct": func(o *mobilise.Order) error { return o.Correct(words) },
		"cancel":  func(o *mobilise.Order) error { return o.Cancel("雨停了", began) },
		"close":   func(o *mobilise.Order) error { return o.Close("做完了", began) },
	}
	for _, c := range []struct {
		from    mobilise.State
		step    string
		to      mobilise.State
		edition int
		code    string
	}{
		{mobilise.Proposed, "approve", mobilise.Active, 1, ""},
		{mobilise.Proposed, "refuse", mobilise.Refused, 1, ""},
		{mobilise.Proposed, "correct", "", 0, "order.not_active"},
		{mobilise.Proposed, "cancel", mobilise.Cancelled, 1, ""},
		{mobilise.Proposed, "close", "", 0, "order.not_active"},
		{mobilise.Active, "approve", "", 0, "order.decided"},
		{mobilise.Active, "refuse", "", 0, "order.decided"},
		{mobilise.Active, "correct", mobilise.Active, 2, ""},
		{mobilise.Active, "cancel", mobilise.Cancelled, 2, ""},
		{mobilise.Active, "close", mobilise.Closed, 2, ""},
		{mobilise.Closed, "approve", "", 0, "order.decided"},
		{mobilise.Closed, "refuse", "", 0, "order.decided"},
		{mobilise.Closed, "correct", "", 0, "order.not_active"},
		{mobilise.Closed, "cancel", "", 0, "order.over"},
		{mobilise.Closed, "close", "", 0, "order.not_active"},
		{mobilise.Cancelled, "approve", "", 0, "order.decided"},
		{mobilise.Cancelled, "correct", "", 0, "order.not_active"},
		{mobilise.Cancelled, "cancel", "", 0, "order.over"},
		{mobilise.Refused, "approve", "", 0, "order.decided"},
		{mobilise.Refused, "cancel", "", 0, "order.over"},
	} {
		o := mobilise.Order{State: c.from, Edition: 1, Version: 3, ProposedBy: "a", Words: mobilise.Words{Title: "原", Until: began.Add(time.Hour)}}
		err := steps[c.step](&o)
		if c.code != "" {
			wantCode(t, string(c.from)+" "+c.step, err, errs.Conflict, c.code)
			if o.State != c.from || o.Version != 3 {
				t.Errorf("%s of %s, refused, changed the order: %+v", c.step, c.from, o)
			}
			continue
		}
		if err != nil || o.State != c.to || o.Edition != c.edition || o.Version != 4 {
			t.Errorf("%s of %s: %v %s edition %d version %d", c.step, c.from, err, o.State, o.Edition, o.Version)
		}
	}
}

// Who proposed doesn't decide; what is over can't go out; what says the same is no correction.
func TestDecisions(t *testing.T) {
	t.Parallel()
	o := mobilise.Order{State: mobilise.Proposed, ProposedBy: "a", Words: mobilise.Words{Title: "一", Until: began}}
	wantCode(t, "own", o.Approve("a", "甲", began), errs.Forbidden, "order.own")
	wantCode(t, "own", o.Refuse("a", "甲", "不", began), errs.Forbidden, "order.own")
	wantCode(t, "over", o.Approve("b", "乙", began), errs.Conflict, "order.until_over")
	o = mobilise.Order{State: mobilise.Active, Edition: 1, Words: mobilise.Words{Title: "一", Until: began}}
	same := o.Words
	same.Until = began.In(time.FixedZone("", 8*60*60)).Add(time.Microsecond)
	wantCode(t, "the same words", o.Correct(same), errs.Invalid, "order.unchanged")
	for _, c := range []struct {
		people int
		hazard mobilise.Hazard
		want   bool
	}{{1, mobilise.Ice, false}, {1000, mobilise.Ice, false}, {1001, mobilise.Ice, true}, {1, mobilise.Missing, true}} {
		if o := (mobilise.Order{People: c.people, Hazard: c.hazard}); o.MustBeApproved() != c.want {
			t.Errorf("%d people, %s: approval %v", c.people, c.hazard, !c.want)
		}
	}
}

func TestWordsBounds(t *testing.T) {
	t.Parallel()
	good := mobilise.Words{Title: "除冰", What: "结冰", Do: "铲", Where: "村部", Until: began.Add(time.Hour)}
	for _, c := range []struct {
		what, field, code string
		change            func(w *mobilise.Words)
	}{
		{"no title", "title", "order.missing", func(w *mobilise.Words) { w.Title = " 　\n" }},
		{"long title", "title", "order.too_long", func(w *mobilise.Words) { w.Title = strings.Repeat("冰", mobilise.MaxTitle+1) }},
		{"no what", "what", "order.missing", func(w *mobilise.Words) { w.What = "" }},
		{"long what", "what", "order.too_long", func(w *mobilise.Words) { w.What = strings.Repeat("冰", mobilise.MaxText+1) }},
		{"no do", "do", "order.missing", func(w *mobilise.Words) { w.Do = "" }},
		{"long do", "do", "order.too_long", func(w *mobilise.Words) { w.Do = strings.Repeat("x", mobilise.MaxText+1) }},
		{"no where", "where", "order.missing", func(w *mobilise.Words) { w.Where = "" }},
		{"long where", "where", "order.too_long", func(w *mobilise.Words) { w.Where = strings.Repeat("x", mobilise.MaxText+1) }},
		{"no until", "until", "order.missing", func(w *mobilise.Words) { w.Until = time.Time{} }},
		{"until now", "until", "order.until_over", func(w *mobilise.Words) { w.Until = began }},
		{"until far", "until", "order.until_far", func(w *mobilise.Words) { w.Until = began.Add(14*24*time.Hour + time.Second) }},
	} {
		w := good
		c.change(&w)
		_, err := mobilise.CheckWords(w, began)
		wantField(t, c.what, err, c.field, c.code)
		if n := len(errs.As(err).Fields); n != 1 {
			t.Errorf("%s: %d fields", c.what, n)
		}
	}
	w := good
	w.Title, w.What = strings.Repeat("冰", mobilise.MaxTitle), " 今晚\n\t结冰\xff "
	got, err := mobilise.CheckWords(w, began)
	if err != nil || got.What != "今晚 结冰" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestMissingPersonsGround(t *testing.T) {
	t.Parallel()
	full := mobilise.MissingPerson{CaseNumber: "A20261201", AskedBy: "女儿李某"}
	for _, c := range []struct {
		what        string
		m           mobilise.MissingPerson
		hazard      mobilise.Hazard
		until       time.Duration
		field, code string
	}{
		{"as it must be", full, mobilise.Missing, 72 * time.Hour, "", ""},
		{"too long", full, mobilise.Missing, 72*time.Hour + 2*time.Minute, "until", "order.missing_long"},
		{"no case", mobilise.MissingPerson{AskedBy: "女儿"}, mobilise.Missing, time.Hour, "case_number", "order.missing"},
		{"nobody asked", mobilise.MissingPerson{CaseNumber: "A1"}, mobilise.Missing, time.Hour, "asked_by", "order.missing"},
		{"another hazard", mobilise.MissingPerson{CaseNumber: "A1"}, mobilise.Ice, time.Hour, "case_number", "order.no_person"},
		{"another hazard, asked", mobilise.MissingPerson{AskedBy: "女儿"}, mobilise.Other, time.Hour, "case_number", "order.no_person"},
		{"no person", mobilise.MissingPerson{}, mobilise.Ice, 14 * 24 * time.Hour, "", ""},
	} {
		err := mobilise.CheckMissing(c.m, c.hazard, began.Add(c.until), began)
		if c.field == "" {
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
			continue
		}
		wantField(t, c.what, err, c.field, c.code)
	}
}

func TestBits(t *testing.T) {
	t.Parallel()
	for _, list := range [][]mobilise.Channel{nil, {mobilise.SMS}, {mobilise.Voice, mobilise.Push}, mobilise.Channels()} {
		b := mobilise.BitsOf(list...)
		if len(b.List()) != len(list) {
			t.Errorf("%v: %v", list, b.List())
		}
		for _, c := range mobilise.Channels() {
			if b.Has(c) != strings.Contains(joined(list), string(c)) {
				t.Errorf("%v has %s: %v", list, c, b.Has(c))
			}
		}
	}
	if mobilise.BitsOf("pigeon") != 0 {
		t.Error("a pigeon is a channel")
	}
}

func joined(list []mobilise.Channel) (text string) {
	for _, c := range list {
		text += string(c) + " "
	}
	return text
}

// A cancel is owed by each channel that told somebody: that one of them took it
// doesn't let the other off, whoever fails meanwhile.
func TestACancelGoesByEachChannelThatTold(t *testing.T) {
	t.Parallel()
	o := &mobilise.Order{State: mobilise.Active, Edition: 1, IssuedAt: began, Wait: 5 * time.Minute, Channels: mobilise.Channels(), Words: mobilise.Words{Until: began.Add(time.Hour)}}
	both, now := mobilise.BitsOf(mobilise.Push, mobilise.SMS), began
	r := mobilise.Receipt{}
	r.Took(mobilise.Push, o, 1, now)
	r.Took(mobilise.SMS, o, 1, now)
	if err := r.Take(mobilise.Answer{Coming: true, Way: mobilise.ByReply}, now); err != nil {
		t.Fatal(err)
	}
	if err := o.Cancel("雨停了", now); err != nil {
		t.Fatal(err)
	}
	if next := r.Next(o, both, 0, now); len(next.Send) != 2 {
		t.Fatalf("sends by %v", next.Send)
	}
	r.Took(mobilise.Push, o, 2, now)
	r.Failed(o, now)
	if next := r.Next(o, both, mobilise.BitsOf(mobilise.SMS), now); len(next.Send) != 0 || next.Due == mobilise.Never {
		t.Errorf("while short messages are down: %+v", next)
	}
	if next := r.Next(o, both, 0, now); len(next.Send) != 1 || next.Send[0] != mobilise.SMS {
		t.Errorf("then: %+v", next)
	}
	r.Took(mobilise.SMS, o, 2, now)
	if next := r.Next(o, both, 0, now); len(next.Send) != 0 || next.Due != mobilise.Never {
		t.Errorf("at the end: %+v", next)
	}
}

// After its time nobody is told of an order, or sent to; who was told still hears
// that it was cancelled.
func TestAnOrderAsksNobodyAfterItsTime(t *testing.T) {
	t.Parallel()
	o := &mobilise.Order{State: mobilise.Active, Edition: 1, IssuedAt: began, Wait: 5 * time.Minute, Channels: mobilise.Channels(), Words: mobilise.Words{Until: began.Add(time.Hour)}}
	late := began.Add(time.Hour)
	for name, r := range map[string]mobilise.Receipt{"nobody told": {}, "told": {ToldBy: mobilise.BitsOf(mobilise.SMS), Fresh: mobilise.BitsOf(mobilise.SMS), Told: 1, Standing: mobilise.Handed}} {
		if next := r.Next(o, mobilise.BitsOf(mobilise.Channels()...), 0, late); len(next.Send) != 0 || next.Knock || next.Due != mobilise.Never {
			t.Errorf("%s: %+v", name, next)
		}
	}
	if err := o.Cancel("太晚了", late); err != nil {
		t.Fatal(err)
	}
	told := mobilise.Receipt{ToldBy: mobilise.BitsOf(mobilise.SMS), Fresh: mobilise.BitsOf(mobilise.SMS), Told: 1, Standing: mobilise.Handed}
	if next := told.Next(o, mobilise.BitsOf(mobilise.SMS), 0, late); len(next.Send) != 1 {
		t.Errorf("cancelled: %+v", next)
	}
}
