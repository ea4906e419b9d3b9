package texting_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/network/networktest"
	"bilin/internal/outreach"
	"bilin/internal/outreach/texting"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// asksCalls agrees to calls at the test's door, by the link that came as a message.
func (w *world) asksCalls(number string) string {
	w.Helper()
	w.OK(w.texts.Ask(w.Context(), "", networktest.Door, number, texting.Voice))
	w.until("the question", func() bool { return w.box.last().To == number })
	m := token.FindStringSubmatch(w.box.last().Text)
	if m == nil || !strings.Contains(w.box.last().Text, "念给您听") {
		w.Fatalf("asked %q", w.box.last().Text)
	}
	w.OK(w.texts.Agree(w.Context(), m[1]))
	return m[1]
}

// at stops the runner, sets the clock of the city, and goes on with all that waited.
func (w *world) at(hour int) {
	w.Helper()
	w.halt()
	w.Clock = time.Date(2026, 12, 2, hour-8, 0, 0, 0, time.UTC)
	w.OK(w.DB.Write(w.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(w.Context(), `UPDATE job SET run_at = 0 WHERE state = 'queued'`)
		return err
	}))
	w.run()
}

// done waits for the calls of an edition.
func (w *world) done(num string, edition, sent int) {
	w.Helper()
	w.until("the end of the calls", func() bool {
		r, err := w.texts.Called(w.Context(), w.id(num), edition)
		return err == nil && r != nil && r.State == outreach.ShortDone && r.Sent == sent
	})
}

// TestCalledByDay: one telephone is written to and another called, both counted; by
// night the message goes and the call waits; the correction and the recall go as the news did.
func TestCalledByDay(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, 10)
		w.agree("13800138001")
		w.asksCalls("13800138002")
		w.at(21)
		num, err := w.sent("今晚有暴雨")
		w.OK(err)
		w.until("the message", func() bool { return len(w.box.told("不要去河边")) == 1 })
		w.until("the wait for the day", func() bool {
			return w.Count(`SELECT COUNT(*) FROM job WHERE kind = 'outreach.short' AND state = 'queued' AND run_at > $1`, sqldb.Millis(time.Now().Add(10*time.Hour))) == 1
		})
		if n := len(w.calls.all()); n != 0 {
			t.Fatalf("%d calls by night", n)
		}
		w.at(8)
		w.done(num, 1, 1)
		said := w.calls.last()
		if said.To != "13800138002" || strings.Count(said.Text, "今晚有暴雨") != 2 || !strings.Contains(said.Text, "不要去河边。") || strings.Contains(said.Text, "http") || !strings.Contains(said.Text, "以后不想接") {
			t.Errorf("%+v", said)
		}
		by := w.Actor("镇干部")
		w.OK(w.notices.Correct(t.Context(), by, outreach.Correct{Number: num, Title: "今晚有暴雨", Words: "不要去山下。", Why: "写错了", Version: 2}))
		w.done(num, 2, 1)
		w.OK(w.notices.Recall(t.Context(), by, outreach.Recall{Number: num, Why: "取消", Version: 3}))
		w.until("the recall", func() bool { return len(w.calls.told("已撤回")) == 1 && len(w.box.told("已撤回")) == 1 })
		if to := w.calls.told(""); !slices.Equal(to, []string{"13800138002", "13800138002", "13800138002"}) {
			t.Errorf("called %v", to)
		}
		if to := w.box.told("13800138002"); len(to) != 0 {
			t.Errorf("also written to: %v", to)
		}
	})
}

// plan estimates a notice to the first village.
func (w *world) plan() outreach.ShortPlan {
	w.Helper()
	by := w.Actor("镇干部")
	num, err := w.notices.Compose(w.Context(), by, outreach.Compose{Kind: outreach.Weather, Title: "修路", Words: "绕行。", Units: []string{w.Codes[0]}})
	w.OK(err)
	_, e, err := w.notices.Estimate(w.Context(), by, num)
	w.OK(err)
	return e.Short
}

// TestWaysAreTold: the estimate has both numbers, a telephone changes its way by its
// link, and what can't be called any more is counted so and left in peace.
func TestWaysAreTold(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, 100)
		w.agree("13800138001")
		key := w.asksCalls("13800138002")
		if p := w.plan(); p.Phones != 1 || p.Calls != 1 || p.NoCalls != 0 || p.Need() != p.Parts+1 {
			t.Errorf("%+v", p)
		}
		w.OK(w.texts.Change(t.Context(), key, texting.SMS))
		if st, err := w.texts.Standing(t.Context(), key); err != nil || !st.Agreed || st.Way != texting.SMS {
			t.Errorf("%+v, %v", st, err)
		}
		if p := w.plan(); p.Phones != 2 || p.Calls != 0 {
			t.Errorf("%+v", p)
		}
		w.OK(w.texts.Change(t.Context(), key, texting.Voice))
		held, err := w.texts.Held(t.Context(), w.DB.Reader(), "h-1")
		if err != nil || len(held) != 2 || held[0].Way == held[1].Way {
			t.Errorf("%+v, %v", held, err)
		}
		w.halt()
		w.texts = w.service(100, nil)
		w.notices.By(w.texts)
		w.run()
		if p := w.plan(); p.Phones != 1 || p.Calls != 0 || p.NoCalls != 1 || p.Need() != p.Parts {
			t.Errorf("without a gateway for calls: %+v", p)
		}
		for _, err := range []error{w.texts.Ask(t.Context(), "", networktest.Door, "13800138003", texting.Voice), w.texts.Change(t.Context(), key, texting.Voice), w.texts.Change(t.Context(), key, "post")} {
			if errs.CodeOf(err) != "outreach.short.no_calls" {
				t.Errorf("offered: %v", err)
			}
		}
		num, err := w.sent("停水")
		w.OK(err)
		w.until("the message", func() bool { return len(w.box.told("停水")) == 1 })
		if r, err := w.texts.Called(t.Context(), w.id(num), 1); err != nil || r != nil || len(w.calls.all()) != 0 {
			t.Errorf("called: %+v, %v", r, err)
		}
		w.OK(w.texts.Change(t.Context(), key, texting.SMS))
	})
}

// TestCallsWaitForOrders: each call looks, so that none is ahead of an order.
func TestCallsWaitForOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 2)
	w.asksCalls(phone)
	w.mu.Lock()
	w.busy = true
	w.mu.Unlock()
	num, err := w.sent("修路")
	w.OK(err)
	time.Sleep(300 * time.Millisecond)
	if n := len(w.calls.all()); n != 0 {
		t.Errorf("%d calls while an order is told", n)
	}
	w.mu.Lock()
	w.busy = false
	w.mu.Unlock()
	w.done(num, 1, 1)
	_, err = w.sent("第二条")
	w.OK(err)
	if _, err := w.sent("第三条"); errs.CodeOf(err) != "outreach.short_not_covered" {
		t.Errorf("a call counts nothing: %v", err)
	}
}

// service is texts with a gateway for calls, or none.
func (w *world) service(budget int, calls *box) *texting.Service {
	w.Helper()
	o := texting.Options{DB: w.DB, Network: w.Net, Audit: w.Audit, Live: w.Live, Seal: w.Seal, Vault: w.Vault, Sender: w.box, Budget: budget,
		PublicURL: "https://bilin.example", Now: w.Now, Busy: func(context.Context) (bool, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.busy, nil
		}}
	if calls != nil {
		o.Voice = calls
	}
	s, err := texting.New(o)
	w.OK(err)
	return s
}
