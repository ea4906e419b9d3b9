package hotline_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/hotline"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// desk is a city with its hotline.
type desk struct {
	*demandtest.City
	hotline  *hotline.Service
	operator auth.Actor
}

func setup(t *testing.T, db *sqldb.DB) *desk {
	t.Helper()
	c := demandtest.New(t, db)
	s := hotline.New(hotline.Options{DB: db, Demand: c.Demand, Policy: c.Policy, Tree: c.Net.Tree, Now: c.Clock.Now})
	operator := auth.Actor{AccountID: "a-hotline", PersonID: "p-hotline", Login: "hotline", Name: "12345",
		Grants: []auth.Grant{{Role: auth.Hotline, UnitID: demandtest.ID(demandtest.CityCode)}}}
	return &desk{c, s, operator}
}

func order(no, text string) hotline.Order {
	return hotline.Order{No: no, Text: text, UnitCode: demandtest.CellCode, Contact: "13800000000"}
}

func (d *desk) take(t *testing.T, o hotline.Order) hotline.Taken {
	t.Helper()
	taken, err := d.hotline.Take(t.Context(), d.operator, o)
	if err != nil {
		t.Fatalf("%s: %v", o.No, err)
	}
	return taken
}

func count(t *testing.T, db *sqldb.DB, table string) (n int) {
	t.Helper()
	if err := db.Reader().QueryRowContext(context.Background(), `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnOrderIsOneDemand(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := setup(t, db)
		first := d.take(t, order("HN-1", "路灯不亮"))
		if first.Known || first.Number == "" {
			t.Fatalf("%+v", first)
		}
		for _, again := range []hotline.Order{order("HN-1", "路灯不亮"), order(" HN-1 ", "路灯 不亮\n"), {No: "HN-1", Text: "路灯不亮"}} {
			if got := d.take(t, again); !got.Known || got.Number != first.Number {
				t.Errorf("%+v: %+v", again, got)
			}
		}
		_, err := d.hotline.Take(t.Context(), d.operator, order("HN-1", "井盖松了"))
		if errs.KindOf(err) != errs.Conflict || errs.CodeOf(err) != "hotline.other_text" {
			t.Errorf("other words: %v", err)
		}
		if got := d.take(t, order("HN-2", "路灯不亮")); got.Known || got.Number == first.Number {
			t.Errorf("another order: %+v", got)
		}
		if n := count(t, db, "demand"); n != 2 {
			t.Errorf("%d demands", n)
		}
	})
}

// The same order from twenty senders at once is one demand, and all are told its number.
func TestTwentySendersOneDemand(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := setup(t, db)
		admin := auth.Actor{AccountID: "a-admin", Grants: []auth.Grant{{Role: auth.Admin, UnitID: demandtest.ID(demandtest.CityCode)}}}
		var wg sync.WaitGroup
		numbers, fresh := make([]string, 20), make([]bool, 20)
		for i := range numbers {
			actor := d.operator
			if i%2 == 1 {
				actor = admin
			}
			wg.Go(func() {
				taken, err := d.hotline.Take(context.Background(), actor, order("HN-9", "路灯不亮"))
				if err != nil {
					t.Error(err)
				}
				numbers[i], fresh[i] = taken.Number, !taken.Known
			})
		}
		wg.Wait()
		slices.Sort(numbers)
		if len(slices.Compact(numbers)) != 1 || count(t, db, "demand") != 1 || count(t, db, "demand_hotline") != 1 {
			t.Errorf("numbers %v, %d demands", numbers, count(t, db, "demand"))
		}
		if i := slices.Index(fresh, true); i < 0 || slices.Contains(fresh[i+1:], true) {
			t.Errorf("new for %v", fresh)
		}
		if n := count(t, db, "demand_event"); n != 2 { // raised, assigned
			t.Errorf("%d entries", n)
		}
	})
}

func TestWhatAnOrderMustBe(t *testing.T) {
	d := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	long := strings.Repeat("长", demand.MaxText+1)
	at := d.Clock.Now()
	cases := []struct {
		name  string
		order hotline.Order
		field string // "" is fine
	}{
		{"plain", hotline.Order{No: "A1", Text: "x"}, ""},
		{"title only", hotline.Order{No: "A2", Title: "路灯"}, ""},
		{"every mark", hotline.Order{No: "Az-_./9", Text: "x"}, ""},
		{"no number", hotline.Order{Text: "x"}, "order"},
		{"long number", hotline.Order{No: strings.Repeat("1", 65), Text: "x"}, "order"},
		{"odd number", hotline.Order{No: "工单1", Text: "x"}, "order"},
		{"spaces", hotline.Order{No: "A 1", Text: "x"}, "order"},
		{"no text", hotline.Order{No: "A3", Text: " \u202e\n"}, "text"},
		{"long text", hotline.Order{No: "A4", Text: long}, "text"},
		{"long with title", hotline.Order{No: "A5", Title: "x", Text: long[:len(long)-3]}, "text"},
		{"long title", hotline.Order{No: "A6", Title: long, Text: "x"}, "title"},
		{"unknown unit", hotline.Order{No: "A7", Text: "x", UnitCode: "99"}, "unit"},
		{"unknown kind", hotline.Order{No: "A8", Text: "x", Kind: "praise"}, "kind"},
		{"tomorrow", hotline.Order{No: "A9", Text: "x", Received: at.Add(25 * time.Hour)}, "received"},
		{"their clock is ahead", hotline.Order{No: "A10", Text: "x", Received: at.Add(time.Hour)}, ""},
		{"long contact", hotline.Order{No: "A11", Text: "x", Contact: strings.Repeat("1", 101)}, "contact"},
		{"off the map", hotline.Order{No: "A12", Text: "x", Lon: 300}, "lon"},
	}
	for _, c := range cases {
		_, err := d.hotline.Take(t.Context(), d.operator, c.order)
		if c.field == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if errs.KindOf(err) != errs.Invalid || !slices.ContainsFunc(errs.As(err).Fields, func(f errs.Field) bool { return f.Name == c.field }) {
			t.Errorf("%s: %v, want %s", c.name, err, c.field)
		}
	}
}

// Where an order goes: from the unit it names, or to the city office.
func TestWhereOrdersGo(t *testing.T) {
	d := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	for i, c := range []struct {
		order hotline.Order
		with  string // unit
		lead  bool   // whether the cell's lead may read it
	}{
		{hotline.Order{Text: "路灯", UnitCode: demandtest.CellCode}, "一邻", true},
		{hotline.Order{Text: "路灯", UnitCode: demandtest.VillageCode}, "东沩社区", false},
		{hotline.Order{Text: "路灯", UnitCode: demandtest.TownCode}, "城郊街道", false},
		{hotline.Order{Text: "路灯", UnitCode: demandtest.CityCode}, "宁乡市", false},
		{hotline.Order{Text: "路灯"}, "宁乡市", false},
		{hotline.Order{Text: "噪音太大", UnitCode: demandtest.CellCode, Kind: demand.Complaint}, "一邻", true},
		{hotline.Order{Text: "邻长收钱", UnitCode: demandtest.CellCode, Kind: demand.Complaint}, "一组", false},
		{hotline.Order{Text: "村干部收钱", UnitCode: demandtest.CellCode, Kind: demand.Complaint}, "城郊街道", false},
		{hotline.Order{Text: "邻长收钱", UnitCode: demandtest.VillageCode, Kind: demand.Complaint}, "东沩社区", false},
		{hotline.Order{Text: "路灯", UnitCode: demandtest.CellCode, Category: "没有这一类"}, "一邻", true},
	} {
		c.order.No = fmt.Sprint("W", i)
		taken := d.take(t, c.order)
		st, err := d.hotline.Order(t.Context(), d.operator, c.order.No)
		if err != nil || st.With != c.with {
			t.Errorf("%s at %s: with %q, %v", c.order.Text, c.order.UnitCode, st.With, err)
		}
		if _, err := d.Demand.Get(t.Context(), d.Lead, taken.Number); (err == nil) != c.lead {
			t.Errorf("%s at %s: the lead reads it: %v", c.order.Text, c.order.UnitCode, err)
		}
		if taken.Unknown != c.order.Category {
			t.Errorf("%s: category %q unknown", c.order.Text, taken.Unknown)
		}
	}
}

func TestOnlyTheHotline(t *testing.T) {
	d := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	d.take(t, order("R1", "路灯"))
	at := func(r auth.Role) auth.Actor {
		return auth.Actor{AccountID: "x", PersonID: "p-x", Grants: []auth.Grant{{Role: r, UnitID: demandtest.ID(demandtest.CityCode)}}}
	}
	actors := map[string]auth.Actor{"nobody": {}, "lead": d.Lead, "town": d.Town}
	for _, r := range auth.Roles() {
		actors[string(r)] = at(r)
	}
	for name, actor := range actors {
		want := name == "hotline" || name == "admin"
		_, take := d.hotline.Take(t.Context(), actor, order("R1", "路灯"))
		_, answers := d.hotline.Answers(t.Context(), actor, "", 10)
		_, get := d.hotline.Order(t.Context(), actor, "R1")
		_, vouch := d.hotline.Vouch(t.Context(), actor, "R1", true, demand.Rating{}, demand.Command{})
		for what, err := range map[string]error{"take": take, "answers": answers, "get": get} {
			if (err == nil) != want {
				t.Errorf("%s may %s: %v", name, what, err)
			}
		}
		if denied := errs.KindOf(vouch) == errs.Forbidden || errs.KindOf(vouch) == errs.Unauthenticated; denied == want {
			t.Errorf("%s may vouch: %v", name, vouch)
		}
	}
}
