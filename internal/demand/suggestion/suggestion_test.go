package suggestion_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/suggestion"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

type world struct {
	*demandtest.City
	t   testing.TB
	svc *suggestion.Service
}

func newWorld(t testing.TB, db *sqldb.DB) *world {
	c := demandtest.New(t, db)
	w := &world{c, t, suggestion.New(suggestion.Options{DB: db, Demand: c.Demand, Tree: c.Net.Tree, Policy: c.Policy, Audit: c.Audit, Now: c.Clock.Now,
		Links: suggestion.Links{suggestion.ByMatter: {Page: "/matters/", Find: func(_ context.Context, ref string) (suggestion.Linked, error) {
			if ref != "M1" {
				return suggestion.Linked{}, errs.E(errs.NotFound, "suggestion.none")
			}
			return suggestion.Linked{Title: "加装长凳", Ref: ref}, nil
		}}}})}
	c.Demand.Observe(w.svc)
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) code(err error, code string) {
	w.t.Helper()
	if err == nil || errs.CodeOf(err) != code && !slices.ContainsFunc(errs.As(err).Fields, func(f errs.Field) bool { return f.Code == code }) {
		w.t.Errorf("%v, want %s", err, code)
	}
}

func (w *world) suggest() demand.Receipt {
	w.t.Helper()
	return w.Raise(w.t, demand.Suggestion, demandtest.CellCode, "我是老王，能不能在桂花树下装两条长凳。")
}

func (w *world) list(f suggestion.Filter) []suggestion.Suggestion {
	w.t.Helper()
	list, _, err := w.svc.List(context.Background(), f, nil, 20)
	w.ok(err)
	return list
}

func adopt(number string) suggestion.Decision {
	return suggestion.Decision{Number: number, Adopt: true, Title: "在桂花树下装长凳", Reasons: "老人多，地方也合适。", DueOn: "2026-05-20"}
}

func TestAdoptedIsNotFinishedUntilItIsDone(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db), t.Context()
		r := w.suggest()
		f, err := w.Demand.Get(ctx, w.Village, r.Number)
		w.ok(err)
		if f.OwnerID != "u-"+demandtest.VillageCode || f.May.Resolve || !f.May.Judge {
			t.Fatalf("with %s, may %+v", f.OwnerID, f.May)
		}
		_, err = w.Demand.Resolve(ctx, w.Village, r.Number, demand.Command{Note: "装好了"})
		w.code(err, "demand.suggestion_decide")
		for range 2 {
			c := adopt(r.Number)
			c.Key = "a"
			w.ok(w.svc.Decide(ctx, w.Village, c))
		}
		f, err = w.Demand.Get(ctx, w.Village, r.Number)
		w.ok(err)
		if f.State != demand.Accepted || f.DueAt.Before(time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC)) || f.DueAt.After(time.Date(2026, 5, 22, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("adopted: %s, due %s", f.State, f.DueAt)
		}
		list := w.list(suggestion.Filter{UnitID: "u-" + demandtest.TownCode, State: suggestion.Adopted, Text: "桂花 长凳"})
		if len(list) != 1 || list[0].Office != "东沩社区" || strings.Contains(list[0].Title+list[0].Reasons, "老王") {
			t.Fatalf("the list: %+v", list)
		}
		w.code(w.svc.Finish(ctx, w.Village, suggestion.Finish{Number: r.Number, Words: "装好了。", On: "2026-05-01"}), "suggestion.bad_on")
		w.code(w.svc.Finish(ctx, w.Village, suggestion.Finish{Number: r.Number, Words: "装好了。", On: "2026-04-01", Link: suggestion.ByMatter, Ref: "M2"}), "suggestion.no_ref")
		w.code(w.svc.Finish(ctx, w.Village, suggestion.Finish{Number: r.Number, Words: "装好了。", On: "2026-04-01", Link: suggestion.ByMeeting, Ref: "x"}), "suggestion.no_kind")
		w.ok(w.svc.Finish(ctx, w.Village, suggestion.Finish{Number: r.Number, Words: "两条长凳装在桂花树下。", On: "2026-04-01", Link: suggestion.ByMatter, Ref: "M1"}))
		list = w.list(suggestion.Filter{State: suggestion.Done})
		if len(list) != 1 || list[0].LinkTitle != "加装长凳" || w.svc.Href(&list[0]) != "/matters/M1" {
			t.Fatalf("done: %+v", list)
		}
		if mine, err := w.Demand.ByTrack(ctx, r.Number, r.Track); err != nil || mine.State != demand.Resolved {
			t.Errorf("the author: %+v, %v", mine, err)
		}
	})
}

func TestLateClimbsAndAgainIsDecidedAnew(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db), t.Context()
		r := w.suggest()
		w.Clock.Add(60 * 24 * time.Hour) // nobody decided
		_, err := w.Demand.Tick(ctx)
		w.ok(err)
		f, err := w.Demand.Get(ctx, w.Town, r.Number)
		w.ok(err)
		if f.OwnerID == "u-"+demandtest.VillageCode || f.Climbs == 0 {
			t.Fatalf("still with %s", f.OwnerID)
		}
		w.ok(w.svc.Decide(ctx, w.Office, suggestion.Decision{Number: r.Number, Title: "装长凳", Reasons: "那里是消防通道。"}))
		if list := w.list(suggestion.Filter{State: suggestion.Declined}); len(list) != 1 || list[0].Reasons != "那里是消防通道。" {
			t.Fatalf("declined: %+v", list)
		}
		_, err = w.Demand.Reopen(ctx, r.Number, r.Track, demand.Command{Note: "树那边不是通道"})
		w.ok(err)
		if list := w.list(suggestion.Filter{}); len(list) != 0 {
			t.Errorf("asked again and still on the list: %+v", list)
		}
		c := adopt(r.Number)
		c.DueOn = "2026-07-20"
		w.ok(w.svc.Decide(ctx, w.Office, c))
		if list := w.list(suggestion.Filter{State: suggestion.Adopted}); len(list) != 1 {
			t.Errorf("decided anew: %+v", list)
		}
		_, err = w.Demand.Withdraw(ctx, r.Number, r.Track, demand.Command{})
		w.ok(err)
		if list := w.list(suggestion.Filter{}); len(list) != 0 {
			t.Errorf("withdrawn and still on the list: %+v", list)
		}
	})
}

func TestWhoDecides(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, sqldbtest.Open(t, sqldb.SQLite)), t.Context()
	r := w.suggest()
	for who, code := range map[*auth.Actor]string{&w.Lead: "demand.not_yours", &w.GroupLead: "demand.not_yours", &w.Water: "demand.none", &w.Auditor: "demand.none"} {
		if err := w.svc.Decide(ctx, *who, adopt(r.Number)); err == nil || errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s decides: %v, want like %s", who.Name, err, code)
		}
	}
	help := w.Raise(t, demand.Help, demandtest.CellCode, "灯不亮")
	w.code(w.svc.Decide(ctx, w.Village, adopt(help.Number)), "demand.no_suggestion")
	secret, err := w.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Suggestion, UnitCode: demandtest.CellCode, Text: "悄悄说一句", Private: true})
	w.ok(err)
	w.ok(w.svc.Decide(ctx, w.Village, adopt(secret.Number)))
	if list := w.list(suggestion.Filter{}); len(list) != 0 {
		t.Errorf("a private one is on the list: %+v", list)
	}
	w.code(w.svc.Finish(ctx, w.Village, suggestion.Finish{Number: r.Number, Words: "好了。", On: "2026-04-01"}), "suggestion.not_adopted")
}

func TestBadDecisions(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, sqldbtest.Open(t, sqldb.SQLite)), t.Context()
	r := w.suggest()
	for code, change := range map[string]func(*suggestion.Decision){
		"suggestion.missing":  func(c *suggestion.Decision) { c.Reasons = " " },
		"suggestion.too_long": func(c *suggestion.Decision) { c.Title = strings.Repeat("长", 61) },
		"suggestion.private":  func(c *suggestion.Decision) { c.Reasons = "打13900000001问" },
		"suggestion.bad_due":  func(c *suggestion.Decision) { c.DueOn = "2025-01-01" },
	} {
		c := adopt(r.Number)
		change(&c)
		w.code(w.svc.Decide(ctx, w.Village, c), code)
	}
	c := adopt(r.Number)
	c.DueOn = "someday"
	w.code(w.svc.Decide(ctx, w.Village, c), "suggestion.bad_due")
}

// TestEveryPageOfTheList holds each suggestion once, the last moved first.
func TestEveryPageOfTheList(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, sqldbtest.Open(t, sqldb.SQLite)), t.Context()
	for range 7 {
		w.ok(w.svc.Decide(ctx, w.Village, adopt(w.suggest().Number)))
		w.Clock.Add(time.Minute)
	}
	rapid.Check(t, func(t *rapid.T) {
		seen, size := map[string]bool{}, rapid.IntRange(1, 9).Draw(t, "size")
		var after []string
		last := time.Time{}
		for range 20 {
			list, next, err := w.svc.List(ctx, suggestion.Filter{}, after, size)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				if seen[x.Number] || !last.IsZero() && x.MovedAt.After(last) {
					t.Fatalf("%s out of order", x.Number)
				}
				seen[x.Number], last = true, x.MovedAt
			}
			if after = next; next == nil {
				break
			}
		}
		if len(seen) != 7 {
			t.Fatalf("%d of 7", len(seen))
		}
	})
}

func TestHistoryIsTakenOver(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db), t.Context()
		at := w.Clock.Now()
		var list []*demand.Demand
		for i := range 4 {
			d, err := w.Demand.Past(ctx, auth.Actor{}, demand.Raise{Kind: demand.Suggestion, UnitCode: demandtest.CellCode, Text: "装长凳"}, at)
			w.ok(err)
			by := demand.By{Side: demand.Network, UnitID: d.OwnerID, UnitName: "东沩社区", PersonID: "p-何勇", Rung: demand.Village}
			if i > 0 {
				w.ok(d.Adopt(by, "好主意", at.AddDate(0, 1, 0), at.Add(time.Hour)))
			}
			if i != 1 {
				w.ok(d.Conclude(by, "说明", at.Add(2*time.Hour)))
			}
			if i == 3 {
				w.ok(d.Reopen(demand.By{Side: demand.Resident}, "没装", demand.Stop{}, at.Add(3*time.Hour)))
			}
			list = append(list, d)
		}
		w.ok(w.Demand.Store(ctx, list))
		w.Clock.Add(5 * time.Hour)
		for _, want := range []int{4, 0} {
			if n, err := w.svc.FromHistory(ctx, func(s string) string { return s }); err != nil || n != want {
				t.Fatalf("%d taken over, want %d: %v", n, want, err)
			}
		}
		for _, state := range suggestion.Shown() {
			if got := w.list(suggestion.Filter{State: state}); len(got) != 1 {
				t.Errorf("%s: %+v", state, got)
			}
		}
		w.ok(w.svc.Settle(ctx))
	})
}
