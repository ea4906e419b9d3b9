package demand_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/ticket"
)

var (
	ctx    = context.Background()
	nobody auth.Actor
)

// each runs fn on a small city on both engines.
func each(t *testing.T, fn func(t *testing.T, c *demandtest.City)) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(t, demandtest.New(t, db)) })
}

func wantCode(t *testing.T, err error, kind errs.Kind, code string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != kind || errs.CodeOf(err) != code {
		t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

func note(text string) demand.Command { return demand.Command{Note: text} }

func ok(t *testing.T) func(out demand.Outcome, err error) demand.Outcome {
	return func(out demand.Outcome, err error) demand.Outcome {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func steps(f *demand.File) string {
	var names []string
	for _, e := range f.Events {
		names = append(names, string(e.Step))
	}
	return strings.Join(names, " ")
}

func TestTheLoop(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Report, DoorCode: demandtest.Door, Text: "路灯坏了", Contact: "13900000000"})
		if err != nil {
			t.Fatal(err)
		}
		c.Clock.Add(time.Hour)
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		ok(t)(c.Demand.Answer(ctx, c.Lead, r.Number, note("明天来修")))
		ok(t)(c.Demand.Say(ctx, r.Number, r.Track, note("谢谢")))
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("换了灯泡")))
		ok(t)(c.Demand.Reopen(ctx, r.Number, r.Track, note("还是不亮")))
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("换了线路"))) // taken on again with the same word
		out := ok(t)(c.Demand.Confirm(ctx, r.Number, r.Track, demand.Rating{}, note("")))
		if out.State != demand.Confirmed {
			t.Errorf("ended %s", out.State)
		}
		mine, err := c.Demand.ByTrack(ctx, demand.Spoken(r.Number), ticket.Spoken(r.Track))
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := c.Demand.Get(ctx, c.Lead, r.Number)
		if err != nil {
			t.Fatal(err)
		}
		want := "raised assigned accepted answered said resolved reopened helper_joined accepted resolved confirmed"
		if steps(mine) != want || steps(theirs) != want {
			t.Errorf("resident sees %s\nlead sees %s", steps(mine), steps(theirs))
		}
		if e := mine.Events[2]; e.Name != "周桂英" || e.Role != auth.Lead || e.UnitName != "一邻" || !e.At.Equal(c.Clock.Now()) {
			t.Errorf("accepted by %+v", e)
		}
		if mine.Household != "" || theirs.Household != "花明北路12号" || mine.Reopens != 1 || theirs.May != (demand.May{}) {
			t.Errorf("%q %q %+v", mine.Household, theirs.Household, theirs.May)
		}
	})
}

func TestRaise(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		cases := []struct {
			name  string
			raise demand.Raise
			owner string
			why   demand.Reason
			field string
		}{
			{"to the lead", demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode}, demandtest.CellCode, demand.ReasonLead, ""},
			{"by door", demand.Raise{Kind: demand.Help, DoorCode: "aaaa-2222 33"}, demandtest.CellCode, demand.ReasonLead, ""},
			{"no lead", demand.Raise{Kind: demand.Help, UnitCode: demandtest.EmptyCode}, demandtest.GroupCode, demand.ReasonNoLead, ""},
			{"no group lead either", demand.Raise{Kind: demand.Help, UnitCode: demandtest.OtherGroup}, demandtest.VillageCode, demand.ReasonNoLead, ""},
			{"complaint", demand.Raise{Kind: demand.Complaint, UnitCode: demandtest.CellCode}, demandtest.GroupCode, demand.ReasonComplaint, ""},
			{"the village itself", demand.Raise{Kind: demand.Help, UnitCode: demandtest.VillageCode}, demandtest.VillageCode, demand.ReasonLead, ""},
			{"an area", demand.Raise{Kind: demand.Help, UnitCode: demandtest.AreaCode}, demandtest.AreaCode, demand.ReasonLead, ""},
			{"nowhere", demand.Raise{Kind: demand.Help}, "", "", "unit"},
			{"unknown unit", demand.Raise{Kind: demand.Help, UnitCode: "1"}, "", "", "unit"},
			{"unknown door", demand.Raise{Kind: demand.Help, DoorCode: "ZZZZZZZZZZ"}, "", "", "door"},
			{"too big", demand.Raise{Kind: demand.Help, UnitCode: demandtest.TownCode}, "", "", "unit"},
			{"no kind", demand.Raise{UnitCode: demandtest.CellCode}, "", "", "kind"},
			{"long contact", demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Contact: strings.Repeat("1", 101)}, "", "", "contact"},
		}
		for _, tc := range cases {
			tc.raise.Text = "请帮忙"
			r, err := c.Demand.Raise(ctx, nobody, tc.raise)
			if tc.field != "" {
				if errs.KindOf(err) != errs.Invalid || len(errs.As(err).Fields) != 1 || errs.As(err).Fields[0].Name != tc.field {
					t.Errorf("%s: %v", tc.name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
				continue
			}
			f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
			if err != nil || f.OwnerID != demandtest.ID(tc.owner) || f.Events[1].Reason != tc.why || f.Keeper.Name == "" {
				t.Errorf("%s: went to %s because %s, with %q; %v", tc.name, f.OwnerID, f.Events[1].Reason, f.Keeper.Name, err)
			}
		}
	})
}

func TestRaiseOncePerKey(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		raise := demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "请帮忙", Key: "k1"}
		first, err := c.Demand.Raise(ctx, nobody, raise)
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.Demand.Raise(ctx, nobody, raise)
		if err != nil || again != first {
			t.Errorf("again: %+v, %v; want %+v", again, err, first)
		}
		raise.Text = "别的事"
		_, err = c.Demand.Raise(ctx, nobody, raise)
		wantCode(t, err, errs.Conflict, "once.key_reused")
		if n, err := c.Demand.Counts(ctx, c.Lead, ""); err != nil || n.Open != 1 {
			t.Errorf("%+v, %v", n, err)
		}
		if leaked(t, c, first.Track) {
			t.Error("the key to the demand is in the database in the clear")
		}
	})
}

// TestRepeatIsComparedWithoutTheNumber holds that the idempotency table can't be
// tried with every telephone number there is: the same demand in a city with
// other keys has another digest.
func TestRepeatIsComparedWithoutTheNumber(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		digest := func(contact string) (text string) {
			raise := demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "请帮忙", Contact: contact, Key: "k" + contact}
			if _, err := c.Demand.Raise(ctx, nobody, raise); err != nil {
				t.Fatal(err)
			}
			if err := c.DB.Reader().QueryRowContext(ctx, `SELECT request FROM once WHERE key = $1`, raise.Key).Scan(&text); err != nil {
				t.Fatal(err)
			}
			return text
		}
		raw, err := json.Marshal(demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "请帮忙", Contact: "13900000000", Key: "k13900000000"})
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(raw); digest("13900000000") == hex.EncodeToString(sum[:]) {
			t.Error("the digest gives the contact away")
		}
		raise := demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "请帮忙", Contact: "13900000001", Key: "k13900000000"}
		_, err = c.Demand.Raise(ctx, nobody, raise)
		wantCode(t, err, errs.Conflict, "once.key_reused")
	})
}

// leaked looks for a text in every text column that a demand fills.
func leaked(t *testing.T, c *demandtest.City, text string) bool {
	t.Helper()
	queries := []string{"SELECT COUNT(*) FROM once WHERE result LIKE $1", "SELECT COUNT(*) FROM demand WHERE track_hash LIKE $1 OR contact LIKE $1"}
	for _, q := range queries {
		var n int
		if err := c.DB.Reader().QueryRowContext(ctx, q, "%"+text+"%").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return true
		}
	}
	return false
}

func TestCommandOncePerKey(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, demand.Command{Key: "a", Note: "好"}))
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, demand.Command{Key: "a", Note: "好"}))
		for range 2 {
			ok(t)(c.Demand.Say(ctx, r.Number, r.Track, demand.Command{Key: "b", Note: "谢谢"}))
		}
		f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || steps(f) != "raised assigned accepted answered said" {
			t.Errorf("%s, %v", steps(f), err)
		}
		_, err = c.Demand.Say(ctx, r.Number, "wrong", demand.Command{Key: "b", Note: "谢谢"})
		wantCode(t, err, errs.NotFound, "demand.none")
	})
}

func TestStaleVersion(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
		shown := ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note(""))).Version
		ok(t)(c.Demand.Say(ctx, r.Number, r.Track, note("更严重了")))
		_, err := c.Demand.Resolve(ctx, c.Lead, r.Number, demand.Command{Version: shown, Note: "好了"})
		wantCode(t, err, errs.Stale, "demand.stale")
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, demand.Command{Version: shown + 1, Note: "好了"}))
	})
}

func TestOnlyTheResidentConfirms(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
		_, err := c.Demand.Resolve(ctx, c.Lead, r.Number, note("好了"))
		wantCode(t, err, errs.Conflict, "demand.accept_first")
		_, err = c.Demand.Confirm(ctx, r.Number, r.Track, demand.Rating{}, note(""))
		wantCode(t, err, errs.Conflict, "demand.not_resolved_yet")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		_, err = c.Demand.Resolve(ctx, c.Lead, r.Number, note(" "))
		wantCode(t, err, errs.Invalid, "demand.check")
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("好了")))
		for _, key := range []string{"", "guess", strings.Repeat("0", 26)} {
			_, err = c.Demand.Confirm(ctx, r.Number, key, demand.Rating{}, note(""))
			wantCode(t, err, errs.NotFound, "demand.none")
			_, err = c.Demand.ByTrack(ctx, r.Number, key)
			wantCode(t, err, errs.NotFound, "demand.no_track")
		}
		_, err = c.Demand.ByTrack(ctx, demand.NumberOf(2026, 99999), r.Track)
		wantCode(t, err, errs.NotFound, "demand.no_track")
	})
}

func TestContactIsSealedAndReadOnRecord(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "请帮忙", Contact: "13900000000"})
		if err != nil {
			t.Fatal(err)
		}
		if leaked(t, c, "13900000000") {
			t.Error("contact stored in the clear")
		}
		before, err := c.Demand.Get(ctx, c.Lead, r.Number)
		if err != nil || !before.May.ReadContact {
			t.Fatalf("%+v, %v", before.May, err)
		}
		got, err := c.Demand.Contact(ctx, c.Lead, r.Number)
		if err != nil || got != "13900000000" {
			t.Errorf("%q, %v", got, err)
		}
		_, err = c.Demand.Contact(ctx, c.NextLead, r.Number)
		wantCode(t, err, errs.NotFound, "demand.none")
		if again, err := c.Demand.Contact(ctx, c.Lead, r.Number); err != nil || again != got {
			t.Errorf("%q, %v", again, err)
		}
		f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || steps(f) != "raised assigned contact_read contact_read" || f.Events[2].Name != "周桂英" || f.Version != before.Version {
			t.Errorf("%s, %v", steps(f), err)
		}
		records := recorded(t, c)
		if last := records[0]; last.Action != "demand.contact" || last.Purpose == "" || last.ActorID != c.Lead.ID() {
			t.Errorf("recorded %+v", last)
		}
		none := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
		_, err = c.Demand.Contact(ctx, c.Lead, none.Number)
		wantCode(t, err, errs.NotFound, "demand.no_contact")
	})
}

// recorded returns the audit rows about demands, newest first.
func recorded(t *testing.T, c *demandtest.City) []audit.Record {
	t.Helper()
	if err := c.Audit.Sequence(ctx); err != nil {
		t.Fatal(err)
	}
	page, err := c.Audit.Page(ctx, audit.Filter{Action: "demand."}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return page.Records
}

func TestRecordHoldsNothingThatWasSaid(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "心里话一")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("心里话二")))
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("心里话三")))
		ok(t)(c.Demand.Reopen(ctx, r.Number, r.Track, note("心里话四")))
		records := recorded(t, c)
		if len(records) != 4 {
			t.Errorf("%d rows for 4 commands", len(records))
		}
		for _, rec := range records {
			if text := fmt.Sprintf("%+v", rec); strings.Contains(text, "心里话") || strings.Contains(text, r.Track) {
				t.Errorf("recorded %s", text)
			}
		}
	})
}

func TestManyRaiseAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		const n = 100
		numbers, failures := make([]string, n), make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				r, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: fmt.Sprint("第", i), Key: fmt.Sprint(i)})
				numbers[i], failures[i] = r.Number, err
			})
		}
		wg.Wait()
		seen := map[string]bool{}
		for i := range n {
			if failures[i] != nil || seen[numbers[i]] {
				t.Errorf("%d: %s, %v", i, numbers[i], failures[i])
			}
			seen[numbers[i]] = true
		}
	})
}

func TestTwoOfficialsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
		actors := []auth.Actor{c.Lead, c.GroupLead, c.Village, c.Town}
		failures := make([]error, len(actors))
		var wg sync.WaitGroup
		for i, a := range actors {
			wg.Go(func() { _, failures[i] = c.Demand.Accept(ctx, a, r.Number, note("")) })
		}
		wg.Wait()
		won := 0
		for _, err := range failures {
			if err == nil {
				won++
			} else if k := errs.KindOf(err); k != errs.Conflict && k != errs.Forbidden && k != errs.NotFound {
				t.Errorf("lost with %v", err)
			}
		}
		f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || won != 1 || strings.Count(steps(f), "accepted") != 1 {
			t.Errorf("%d won: %s, %v", won, steps(f), err)
		}
	})
}
