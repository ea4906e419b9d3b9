package alert_test

import (
	"testing"
	"time"

	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/mobilise/alert"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// Whatever became of an alert about a person, after 72 hours nothing that it
// said is stored any more, in any table.
func TestEveryAlertAboutAPersonIsErased(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		about := func(id string, change func(*cap.Alert)) *cap.Alert {
			return w.alertOf(id, func(m *cap.Alert) {
				i := &m.Infos[0]
				i.Event, i.Headline, i.SenderName, i.Description, i.Areas[0].Desc = "人员走失", "张奶奶七十岁", "张家亲属", "张奶奶昨晚走失", "张家冲"
				if change != nil {
					change(m)
				}
			})
		}
		first := about("1", nil)
		for _, m := range []*cap.Alert{
			first,
			about("draft", func(m *cap.Alert) { m.Status = "Draft" }),
			about("old", func(m *cap.Alert) { m.Sent = w.now.Add(-48 * time.Hour) }),
			about("future", func(m *cap.Alert) { m.Sent = w.now.Add(48 * time.Hour) }),
			about("expired", func(m *cap.Alert) { m.Infos[0].Expires = w.now.Add(-time.Minute) }),
			about("found", func(m *cap.Alert) { naming(m, cap.Cancel, first) }),
			about("note", func(m *cap.Alert) { m.Infos, m.Note = nil, "张奶奶已找到"; naming(m, cap.Cancel, first) }),
			about("english", func(m *cap.Alert) {
				m.Infos = append(m.Infos, m.Infos[0])
				m.Infos[0].Event, m.Infos[1].Language, m.Infos[1].Event = "公安通报", "en", "Missing Person"
			}),
		} {
			if a := w.take(m); a.State != alert.Kept {
				t.Errorf("%s: %s", m.Identifier, a.State)
			}
		}
		w.take(w.alertOf("ice", nil))
		w.now = w.now.Add(72 * time.Hour)
		ok(t, w.Sweep(t.Context()))
		count := func(query string) (n int) {
			ok(t, db.Reader().QueryRowContext(t.Context(), query).Scan(&n))
			return n
		}
		if n := count(`SELECT count(*) FROM alert WHERE erased_at > 0`); n != 0 {
			t.Errorf("%d erased too early", n)
		}
		w.now = w.now.Add(time.Minute)
		ok(t, w.Sweep(t.Context()))
		if n := count(`SELECT count(*) FROM alert WHERE event || headline || area || sender_name || note LIKE '%张%'`) + count(`SELECT count(*) FROM alert_text WHERE xml LIKE '%张%'`); n != 0 {
			t.Errorf("%d still say something", n)
		}
		if n := count(`SELECT count(*) FROM alert WHERE erased_at > 0`); n != 8 {
			t.Errorf("%d erased", n)
		}
		if n := count(`SELECT count(*) FROM alert_text`); n != 1 {
			t.Errorf("%d texts are left, want the one of ice", n)
		}
	})
}

func TestWordsAboutPersonsAndOfOtherPlacesGo(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		person := w.take(w.alertOf("p", func(m *cap.Alert) { m.Infos[0].Event, m.Infos[0].Headline = "人员走失", "张某，70岁" }))
		away := w.take(w.alertOf("e", func(m *cap.Alert) { m.Infos[0].Areas[0].Geocodes[0].Value = "430181000000" }))
		here := w.take(w.alertOf("h", nil))
		if person.Reason != "alert.why.person" || away.Reason != "alert.why.elsewhere" {
			t.Fatalf("%q, %q", person.Reason, away.Reason)
		}
		w.now = w.now.Add(72*time.Hour + time.Minute)
		ok(t, w.Sweep(t.Context()))
		d, err := w.Get(t.Context(), w.command(), person.ID)
		if err != nil || d.XML != "" || d.Message != nil || d.Headline != "" || d.ErasedAt.IsZero() {
			t.Errorf("%+v, %v", d, err)
		}
		if _, err := w.Get(t.Context(), w.command(), away.ID); err != nil {
			t.Errorf("gone too early: %v", err)
		}
		w.now = w.now.AddDate(0, 0, 30)
		ok(t, w.Sweep(t.Context()))
		if _, err := w.Get(t.Context(), w.command(), away.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("still there: %v", err)
		}
		if d, err := w.Get(t.Context(), w.command(), here.ID); err != nil || d.XML == "" {
			t.Errorf("the city's own: %v", err)
		}
	})
}
