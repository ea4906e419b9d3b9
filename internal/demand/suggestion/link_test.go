package suggestion_test

import (
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/suggestion"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestADemandThatShowsItIsNotTold: everybody reads that there is one; its number
// stands in no words and is found by no search. A private one is like none at all.
func TestADemandThatShowsItIsNotTold(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db), t.Context()
		r := w.suggest()
		w.ok(w.svc.Decide(ctx, w.Village, adopt(r.Number)))
		open := w.Raise(t, demand.Help, demandtest.CellCode, "桂花树下没有地方坐")
		secret, err := w.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "悄悄说一句", Private: true})
		w.ok(err)
		c := suggestion.Finish{Number: r.Number, Words: "装好了。", On: "2026-04-01", Link: suggestion.ByDemand}
		for _, ref := range []string{secret.Number, "269999995", "x"} {
			c.Ref = ref
			w.code(w.svc.Finish(ctx, w.Village, c), "suggestion.no_ref")
		}
		c.Ref = " " + demand.Spoken(open.Number)
		w.ok(w.svc.Finish(ctx, w.Village, c))
		list := w.list(suggestion.Filter{State: suggestion.Done})
		if len(list) != 1 || list[0].Link != suggestion.ByDemand || list[0].LinkTitle != "" || list[0].Ref != open.Number || w.svc.Href(&list[0]) != "" {
			t.Fatalf("done: %+v", list)
		}
		for _, text := range []string{open.Number, demand.Spoken(open.Number), r.Number} {
			if list := w.list(suggestion.Filter{Text: text}); len(list) != 0 {
				t.Errorf("found by %q: %+v", text, list)
			}
		}
	})
}

// TestNumbersThatWereToldAreTakenBack from what was decided before.
func TestNumbersThatWereToldAreTakenBack(t *testing.T) {
	t.Parallel()
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			cfg := sqldb.Config{Dir: t.TempDir()}
			if engine == sqldb.Postgres {
				cfg.URL = sqldbtest.EmptyPostgres(t)
			}
			db, ctx := sqldbtest.OpenConfig(t, cfg), t.Context()
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			must(db.MigrateUpTo(ctx, 51))
			must(db.Write(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO suggestion (demand_id, id, number, state, title, reasons, office_unit, office_dept, office, village_id, town_id, open, decided_at, due_on,
					link_kind, link_ref, link_words, done_words, done_on, done_at, moved_at, folded, version)
					VALUES ('d', 'x', '260000015', 'done', '长凳', '好', 'u', '', '社区', 'v', 't', 1, 1, '', 'demand', '260 001-710', '260 001 710', '装了', '2026-04-01', 1, 1, '长凳|好|装了|260001710|社区', 2),
					('e', 'y', '260000023', 'done', '灯', '好', 'u', '', '社区', 'v', 't', 1, 1, '', 'matter', 'M1', '装灯', '装了', '2026-04-01', 1, 1, '灯|好|装了|装灯|社区', 2)`)
				return err
			}))
			must(db.Migrate(ctx))
			svc := suggestion.New(suggestion.Options{DB: db, Tree: demandtest.New(t, sqldbtest.Open(t, sqldb.SQLite)).Net.Tree, Now: func() time.Time { return time.Unix(0, 0) }})
			find := func(text string) []suggestion.Suggestion {
				list, _, err := svc.List(ctx, suggestion.Filter{Text: text}, nil, 9)
				must(err)
				return list
			}
			if list := find("长凳 社区"); len(list) != 1 || list[0].LinkTitle != "" || list[0].Ref != "260001710" || len(find("260001710")) != 0 {
				t.Errorf("%+v", list)
			}
			if list := find("装灯"); len(list) != 1 || list[0].LinkTitle != "装灯" {
				t.Errorf("what leads to a matter: %+v", list)
			}
		})
	}
}
