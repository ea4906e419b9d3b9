package report_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/mobilise/report"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func newReports(c *mobilisetest.City) *report.Service {
	return report.New(report.Options{DB: c.DB, Orders: c.Orders, Tree: c.Net.Tree, Policy: c.Policy, Now: c.Now,
		Objectives: func(context.Context, string) ([]report.Objective, error) {
			return []report.Objective{{Name: "主干道通车"}}, nil
		},
		RollCall: func(context.Context, string) (*report.RollCall, error) {
			return &report.RollCall{Expected: 100, Safe: 40}, nil
		}})
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// told writes down what was sent, and what became of it.
func told(c *mobilisetest.City, o *mobilise.Order, rows ...[]any) {
	c.Helper()
	full := make([][]any, len(rows))
	for i, r := range rows { // n, edition, channel, state, seconds after the order
		at := o.IssuedAt.Add(time.Duration(r[4].(int)) * time.Second).UnixMilli()
		full[i] = []any{o.ID, r[0], r[1], string(r[2].(mobilise.Channel)), r[3], 1, at, at, ""}
	}
	ok(c, c.DB.Write(context.Background(), func(tx *sqldb.Tx) error {
		return sqldb.InsertMany(context.Background(), tx, "call_try", []string{"order_id", "n", "edition", "channel", "state", "attempts", "at", "settled_at", "error"}, full, "")
	}))
}

func change(c *mobilisetest.City, o *mobilise.Order, fn func(r *mobilise.Receipt)) {
	c.Helper()
	list := c.Receipts(o)
	for i := range list {
		fn(&list[i])
	}
	ok(c, c.DB.Write(context.Background(), func(tx *sqldb.Tx) error { return mobilise.SaveReceipts(context.Background(), tx, list) }))
}

func issue(c *mobilisetest.City, fn func(*mobilise.Propose)) *mobilise.Order {
	c.Helper()
	o, err := c.Order(c.Command, fn)
	ok(c, err)
	return o
}

// A report says what the database holds, to each reader of their part.
func TestReport(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 12)
		s := newReports(c)
		o := issue(c, nil)
		c.Pass(10 * time.Minute)
		told(c, o, []any{1, 1, mobilise.SMS, "taken", 2}, []any{2, 1, mobilise.SMS, "unsure", 4}, []any{3, 1, mobilise.SMS, "refused", 1}, []any{4, 1, mobilise.SMS, "failed", 70},
			[]any{4, 1, mobilise.Voice, "taken", 80}, []any{5, 1, mobilise.SMS, "failed", 9}, []any{1, 2, mobilise.SMS, "taken", 300}, []any{2, 2, mobilise.SMS, "taken", 310})
		change(c, o, func(r *mobilise.Receipt) {
			at := func(seconds int) int64 { return o.IssuedAt.Add(time.Duration(seconds) * time.Second).UnixMilli() }
			switch r.N {
			case 1:
				r.Standing, r.ToldBy, r.DeliveredAt, r.SeenAt, r.AnsweredAt, r.Way = mobilise.Coming, mobilise.BitsOf(mobilise.SMS), at(20), at(30), at(40), mobilise.ByLink
			case 2:
				r.Standing, r.ToldBy = mobilise.Handed, mobilise.BitsOf(mobilise.SMS)
			case 3:
				r.Refused = mobilise.BitsOf(mobilise.SMS)
			case 4:
				r.Standing, r.ToldBy, r.AnsweredAt, r.Way, r.Reason = mobilise.Cant, mobilise.BitsOf(mobilise.Voice), at(100), mobilise.ByReply, mobilise.ReasonRoad
			case 10:
				r.KnockAt = at(0)
			}
		})
		r, err := s.Report(t.Context(), c.Command, o.Number, 0)
		ok(t, err)
		if r.Method != report.Method || r.Final || !r.At.Equal(c.Now()) || r.People != 12 || r.Reached != 2 || r.Count.Answered != 2 || r.Coming != 1 || r.Cant != 1 || r.Doors != 1 {
			t.Errorf("%+v", r.Count)
		}
		if got := fmt.Sprint(r.Never); got != "[6 1 1 1 1]" { // in the order of the constants
			t.Errorf("never: %s", got)
		}
		if r.Handed.N != 3 || r.Channels[0].Tried != 5 || r.Channels[0].Took != 2 || r.Channels[0].Passed != 1 || r.Channels[1].First != 1 {
			t.Errorf("%+v %+v", r.Handed, r.Channels)
		}
		if len(r.Parts) != 1 || r.Parts[0].Unit.ID != c.Town || len(r.Parts[0].Places) != 1 || r.Parts[0].Places[0].UnitID != c.Village || r.Parts[0].People != 12 {
			t.Errorf("%+v", r.Parts)
		}
		if len(r.Nevers) != 10 || r.MyNevers != 10 || r.Nevers[0].N != 2 || r.Nevers[0].Name != "邻长2" || r.Nevers[0].Unit == nil || r.Next != 0 || !r.Named {
			t.Errorf("%+v", r.Nevers)
		}
		if len(r.Objectives) != 1 || r.RollCall == nil || !slices.ContainsFunc(r.Fix, func(f report.Finding) bool { return f.Code == "no_number" && f.Places[0].N == 1 }) {
			t.Errorf("%+v", r.Fix)
		}
		if page, err := s.Report(t.Context(), c.Linked, o.Number, 5); err != nil || len(page.Nevers) != 7 || len(page.Parts) != 0 || page.MyNevers != 10 {
			t.Errorf("a group's: %+v %v", page.Parts, err)
		}
	})
}

// Who may not see an order doesn't see its report; of one that never went out there is none.
func TestWhoReadsReports(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 60)
		s := newReports(c)
		o := issue(c, nil)
		for what, who := range map[string]auth.Actor{"another town": c.Elsewhere, "privacy": c.Privacy, "nobody": {}, "a lead": c.Lead(0)} {
			if _, err := s.Report(t.Context(), who, o.Number, 0); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s: %v", what, err)
			}
		}
		for after, want := range map[int][2]int{0: {50, 50}, 50: {10, 0}, 60: {0, 0}} {
			if r, err := s.Report(t.Context(), c.Hall, o.Number, after); err != nil || len(r.Nevers) != want[0] || r.Next != want[1] || r.MyNevers != 60 {
				t.Errorf("after %d: %d names, then %d, %v", after, len(r.Nevers), r.Next, err)
			}
		}
		missing := issue(c, func(p *mobilise.Propose) {
			p.Hazard, p.Missing = mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A1", AskedBy: "女儿"}
		})
		if _, err := s.Report(t.Context(), c.Command, missing.Number, 0); errs.CodeOf(err) != "report.not_issued" {
			t.Errorf("not out: %v", err)
		}
		_, err := c.Orders.Approve(t.Context(), c.Office, mobilise.Command{Number: missing.Number})
		ok(t, err)
		if r, err := s.Report(t.Context(), c.Privacy, missing.Number, 0); err != nil || len(r.Nevers) != 0 || len(r.Parts) != 0 || r.People != 60 {
			t.Errorf("the privacy officer: %+v %v", r, err)
		}
		c.Pass(73 * time.Hour)
		ok(t, c.Orders.Tick(t.Context()))
		if r, err := s.Report(t.Context(), c.Command, missing.Number, 0); err != nil || r.Named || len(r.Nevers) != 0 || r.MyNevers != 60 || !r.Final {
			t.Errorf("after it was erased: %d names, %v", len(r.Nevers), err)
		}
	})
}

// Earlier orders and drills of the same hazard stand beside it, the latest first.
func TestEarlier(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 10)
		s := newReports(c)
		var numbers []string
		for i := range 8 {
			o := issue(c, func(p *mobilise.Propose) {
				p.Kind = []mobilise.Kind{mobilise.Real, mobilise.Drill}[i%2]
				if i == 3 {
					p.Hazard = mobilise.Flood
				}
			})
			numbers = append(numbers, o.Number)
			c.Pass(time.Hour)
			_, err := c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: "好"})
			ok(t, err)
		}
		o := issue(c, nil)
		change(c, o, func(r *mobilise.Receipt) { r.MarkDelivered(o.IssuedAt.Add(90 * time.Minute)) })
		r, err := s.Report(t.Context(), c.TownHall, o.Number, 0)
		ok(t, err)
		var got []string
		for _, e := range r.Earlier {
			got = append(got, e.Order.Number)
		}
		want := []string{numbers[7], numbers[6], numbers[5], numbers[4], numbers[2], numbers[1]}
		if !slices.Equal(got, want) || r.Earlier[0].People != 10 || !r.Earlier[0].Order.IsDrill() {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// What readers see is made once for a moment, and anew after that and after each change.
func TestFiguresAreKeptForAMoment(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 5)
		s := newReports(c)
		o := issue(c, nil)
		read := func() *report.Report {
			t.Helper()
			r, err := s.Report(t.Context(), c.Command, o.Number, 0)
			ok(t, err)
			return r
		}
		first := read()
		ok(t, c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, 1), mobilise.Answer{Coming: true}))
		if again := read(); again.Figures != first.Figures {
			t.Error("made again at once")
		}
		c.Pass(4 * time.Second)
		if again := read(); again.Count.Answered != 1 {
			t.Error("still as it was")
		}
		_, err := c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: "好"})
		ok(t, err)
		if again := read(); !again.Final || again.LastWord.N != 2 {
			t.Errorf("after the end: %+v", again.LastWord)
		}
	})
}

// The report of an order to 30,000 people takes no longer than a page may.
func BenchmarkThirtyThousandReceipts(b *testing.B) {
	c := mobilisetest.New(b, sqldbtest.Open(b, sqldb.SQLite), 1)
	o := issue(c, nil)
	const people = 30_000
	big(c, o, people)
	for b.Loop() {
		r, err := newReports(c).Report(b.Context(), c.Command, o.Number, 0)
		ok(b, err)
		if r.People != people {
			b.Fatalf("%d people", r.People)
		}
	}
	if each := b.Elapsed() / time.Duration(b.N); each > 150*time.Millisecond {
		b.Errorf("a report of %d receipts takes %v", people, each)
	}
}

// big gives an order so many receipts, told by a channel or two.
func big(c *mobilisetest.City, o *mobilise.Order, people int) {
	c.Helper()
	var list []mobilise.Receipt
	var rows [][]any
	like := c.Receipts(o)[0]
	for n := 1; n <= people; n++ {
		r := like
		r.N, r.Due, r.PersonID = n, mobilise.Never, fmt.Sprintf("%s-%d", r.PersonID, n)
		at := o.IssuedAt.Add(time.Duration(n) * 20 * time.Millisecond).UnixMilli()
		r.Standing, r.ToldBy, r.DeliveredAt = mobilise.Delivered, mobilise.BitsOf(mobilise.SMS), at
		if n%3 != 0 {
			r.Standing, r.AnsweredAt, r.Way = mobilise.Coming, at+60_000, mobilise.ByLink
		}
		if n%20 == 0 {
			r.Standing, r.DeliveredAt, r.AnsweredAt = mobilise.Handed, 0, 0
			rows = append(rows, []any{n, 1, mobilise.Voice, "failed", 300})
		}
		rows = append(rows, []any{n, 1, mobilise.SMS, "taken", n / 1000})
		list = append(list, r)
	}
	ok(c, c.DB.Write(context.Background(), func(tx *sqldb.Tx) error { return mobilise.SaveReceipts(context.Background(), tx, list) }))
	told(c, o, rows...)
}
