package hotline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/hotline"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// fetch polls until a poll brings nothing new, as a hotline does that keeps
// every id once, and says what the polls brought.
func (d *desk) fetch(t *testing.T, since string, limit int, have map[string]hotline.Answer) (next string, order []string) {
	t.Helper()
	for {
		feed, err := d.hotline.Answers(t.Context(), d.operator, since, limit)
		if err != nil {
			t.Fatal(err)
		}
		fresh := 0
		for _, a := range feed.Answers {
			if _, ok := have[a.ID]; !ok {
				have[a.ID] = a
				order = append(order, a.ID)
				fresh++
			}
		}
		since = feed.Next
		if fresh == 0 {
			return since, order
		}
	}
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAnswersGoBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := setup(t, db)
		ok := must[demand.Outcome](t)
		number := d.take(t, order("F1", "路灯不亮")).Number
		other := d.Raise(t, demand.Report, "430182101201010101", "不是热线来的")
		d.Clock.Add(time.Minute)
		ok(d.Demand.Accept(t.Context(), d.Lead, other.Number, demand.Command{Note: "好"}))
		ok(d.Demand.Accept(t.Context(), d.Lead, number, demand.Command{Note: "今天去看"}))
		ok(d.Demand.Note(t.Context(), d.Lead, number, demand.Command{Note: "内部：找过电工"}))
		d.Clock.Add(time.Minute)
		ok(d.Demand.Resolve(t.Context(), d.Lead, number, demand.Command{Note: "换了灯泡"}))
		d.Clock.Add(time.Minute)
		have := map[string]hotline.Answer{}
		next, ids := d.fetch(t, "", 2, have)
		var said []string
		for _, id := range ids {
			a := have[id]
			if a.Order != "F1" || a.Number != number {
				t.Errorf("%+v", a)
			}
			said = append(said, fmt.Sprintf("%s %s %s %s", a.Step, a.State, a.By, a.Text))
		}
		want := []string{"assigned open  ", "accepted accepted 一邻 ", "answered accepted 一邻 今天去看", "resolved resolved 一邻 换了灯泡"}
		if !slices.Equal(said, want) {
			t.Errorf("%q", said)
		}
		ok(d.hotline.Vouch(t.Context(), d.operator, "F1", false, demand.Rating{}, demand.Command{Note: "还是不亮"}))
		d.Clock.Add(time.Minute)
		_, ids = d.fetch(t, next, 10, have)
		if len(ids) == 0 || have[ids[0]].Step != demand.StepReopened || have[ids[0]].Text != "" {
			t.Errorf("after re-opening: %v", ids)
		}
		ok(d.Demand.Resolve(t.Context(), d.Lead, number, demand.Command{Note: "换了线路"}))
		out := ok(d.hotline.Vouch(t.Context(), d.operator, "F1", true, demand.Rating{Satisfied: demand.Satisfied}, demand.Command{}))
		if out.State != demand.Confirmed {
			t.Errorf("%+v", out)
		}
		st := must[hotline.Standing](t)(d.hotline.Order(t.Context(), d.operator, "F1"))
		if st.State != demand.Confirmed || len(st.Answers) < 7 || st.Number != number {
			t.Errorf("%+v", st)
		}
	})
}

// A handler who is also at the hotline can't say for the resident that it is solved.
func TestTheHandlerDoesntVouch(t *testing.T) {
	d := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	number := d.take(t, order("V1", "路灯不亮")).Number
	both := d.Lead
	both.Grants = append(slices.Clone(both.Grants), d.operator.Grants...)
	ok := must[demand.Outcome](t)
	ok(d.Demand.Accept(t.Context(), both, number, demand.Command{}))
	ok(d.Demand.Resolve(t.Context(), both, number, demand.Command{Note: "好了"}))
	if _, err := d.hotline.Vouch(t.Context(), both, "V1", true, demand.Rating{}, demand.Command{}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("%v", err)
	}
	ok(d.hotline.Told(t.Context(), d.operator, "V1", demand.Command{}))
	ok(d.hotline.Vouch(t.Context(), d.operator, "V1", true, demand.Rating{}, demand.Command{}))
}

// Next never points into the last ten seconds, so that what commits late is
// still fetched; and everything is fetched in the end, whatever the limit.
func TestNothingGetsLostNearTheHead(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := setup(t, db)
		have := map[string]hotline.Answer{}
		since := ""
		for i := range 12 {
			d.take(t, order(fmt.Sprint("N", i), "路灯"))
			since, _ = d.fetch(t, since, 3, have)
			// Somebody's transaction began three seconds ago and is seen only now.
			late := sqldb.Millis(d.Clock.Now().Add(-3 * time.Second))
			err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.ExecContext(t.Context(), `INSERT INTO demand_hotline_answer (noted_at, demand_id, seq)
					SELECT $1, demand_id, 1 FROM demand_hotline WHERE order_no = $2`, late, fmt.Sprint("N", i))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			d.Clock.Add(4 * time.Second)
		}
		d.Clock.Add(time.Minute)
		d.fetch(t, since, 3, have)
		if len(have) != 24 {
			t.Errorf("%d of 24 fetched", len(have))
		}
	})
}

func TestSince(t *testing.T) {
	d := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	d.take(t, order("S1", "路灯"))
	at := d.Clock.Now()
	d.Clock.Add(time.Hour)
	d.take(t, order("S2", "路灯"))
	d.Clock.Add(time.Hour)
	for since, want := range map[string]int{
		"": 2,
		at.Add(-time.Second).Format(time.RFC3339): 2,
		at.Add(time.Minute).Format(time.RFC3339):  1,
		"2026-04-01T10:30:00+08:00":               1,
		"2026-04-01T10:30:00 08:00":               1, // a + that wasn't escaped
		"2099-01-01T00:00:00Z":                    0,
		"x":                                       -1,
		"2026-04-01":                              2,
		"2026-04-01 10:30:00":                     1, // in the city's zone
		"yesterday":                               -1,
		strings.Repeat("A", 40):                   -1,
	} {
		feed, err := d.hotline.Answers(t.Context(), d.operator, since, 0)
		if want < 0 {
			if errs.KindOf(err) != errs.Invalid {
				t.Errorf("%q: %v", since, err)
			}
			continue
		}
		feed, err = d.hotline.Answers(t.Context(), d.operator, since, 10)
		if err != nil || len(feed.Answers) != want {
			t.Errorf("%q: %d answers, %v", since, len(feed.Answers), err)
		}
		if again, err := d.hotline.Answers(t.Context(), d.operator, feed.Next, 10); err != nil || len(again.Answers) != 0 {
			t.Errorf("%q, then next: %d, %v", since, len(again.Answers), err)
		}
	}
}
