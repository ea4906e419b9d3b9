package mediation_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mediation"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const (
	doorB   = "BBBB333344" // in the second village's cell
	doorFar = "CCCC444455" // in a cell of its own
)

type world struct {
	*networktest.City
	*mediation.Service
}

// newWorld is the small city with two more homes: one in the other village, and
// one in a cell where neither side lives.
func newWorld(t testing.TB, db *sqldb.DB) *world {
	c := networktest.New(t, db, mediation.Rules)
	tree := c.Net.Tree()
	far := sqldb.NewID()
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{
		Units: []network.NewUnit{{ID: far, Code: c.Codes[0] + "010102", Name: "远邻", ParentID: tree.ByID(c.Cells[0]).ParentID, Level: network.Cell}},
		Households: []network.NewHousehold{{ID: "h-2", UnitID: c.Cells[1], Door: doorB, Address: "二号", AddressKey: "二号", Size: 2, RosterKey: "t/2"},
			{ID: "h-3", UnitID: far, Door: doorFar, Address: "三号", AddressKey: "三号", Size: 2, RosterKey: "t/3"}},
	}))
	c.OK(c.Net.Refresh(t.Context()))
	return &world{c, mediation.New(mediation.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Seal: c.Seal, Vault: c.Vault, Now: c.Now})}
}

// mediator is somebody on the first village's list.
func (w *world) mediator(key, door string) mediation.Receipt {
	w.Helper()
	r, err := w.Offer(w.Context(), auth.Actor{}, mediation.Offer{Key: key, Name: "何公道" + key, DoorCode: door})
	w.OK(err)
	w.list(r.ID)
	return r
}

// list has two officials put an offer on the list.
func (w *world) list(id string) {
	w.Helper()
	for _, who := range []string{"村干部1", "镇干部"} {
		_, err := w.Decide(w.Context(), w.Actor(who), "", id, true)
		w.OK(err)
	}
}

func (w *world) bring() mediation.Receipt {
	w.Helper()
	r, err := w.Bring(w.Context(), mediation.Bring{Key: "b", Kind: mediation.Noise, Name: "王甲", DoorCode: networktest.Door, Words: "半夜搓麻将，孩子睡不着。"})
	w.OK(err)
	return r
}

func (w *world) open(id, key string) *mediation.Record {
	w.Helper()
	r, err := w.Open(w.Context(), id, key)
	w.OK(err)
	return r
}

func (w *world) code(err error, code string) {
	w.Helper()
	if err == nil || errs.CodeOf(err) != code {
		w.Errorf("%v, want %s", err, code)
	}
}

// accepted brings a case to where both sides talk with a mediator.
func (w *world) accepted() (a, b mediation.Receipt) {
	a = w.bring()
	b, err := w.Accept(w.Context(), a.ID, w.open(a.ID, a.Key).Invite, mediation.Answer{Key: "y", Name: "李乙", DoorCode: doorB})
	w.OK(err)
	return a, b
}

func (w *world) talking() (a, b, m mediation.Receipt) {
	a, b = w.accepted()
	m = w.mediator("m", doorFar)
	w.OK(w.Pick(w.Context(), a.ID, a.Key, "p1", m.ID, 0))
	w.OK(w.Pick(w.Context(), a.ID, b.Key, "p2", m.ID, 0))
	w.OK(w.Take(w.Context(), a.ID, m.Key, "t", true))
	return a, b, m
}

func TestFromQuarrelToAgreement(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a, b, m := w.talking()
		ctx := t.Context()
		w.OK(w.Say(ctx, a.ID, b.Key, "s", "那天是娘过生日。"))
		w.OK(w.Meet(ctx, a.ID, m.Key, "m", "村部二楼", w.Clock.Add(48*time.Hour)))
		w.OK(w.Draft(ctx, a.ID, m.Key, "d1", "十点以后不打牌。", "2026-12-20", 0))
		w.OK(w.Confirm(ctx, a.ID, a.Key, "c1", 1))
		w.OK(w.Draft(ctx, a.ID, m.Key, "d2", "九点半以后不打牌。", "2026-12-20", 0))
		w.code(w.Confirm(ctx, a.ID, b.Key, "c2", 1), "mediation.other_edition")
		w.OK(w.Confirm(ctx, a.ID, b.Key, "c3", 2))
		if r := w.open(a.ID, a.Key); r.State != mediation.Talking || r.Draft.Words != "九点半以后不打牌。" {
			t.Fatalf("one yes to another edition: %s %+v", r.State, r.Draft)
		}
		w.OK(w.Confirm(ctx, a.ID, a.Key, "c4", 2))
		w.code(w.Hold(ctx, a.ID, a.Key, "h0", 2, true), "mediation.too_early")
		w.code(w.Confirm(ctx, a.ID, m.Key, "c5", 2), "mediation.not_now")
		r := w.open(a.ID, b.Key)
		if r.State != mediation.Agreed || r.Name(mediation.A) != "王甲" || r.Words() == "" || len(r.Lines) != 4 || len(r.Readings) == 0 {
			t.Fatalf("agreed: %+v", r)
		}
		w.Clock = w.Clock.AddDate(0, 0, 20)
		w.OK(w.Hold(ctx, a.ID, a.Key, "h1", 2, true))
		w.OK(w.Hold(ctx, a.ID, b.Key, "h2", 2, true))
		if r := w.open(a.ID, b.Key); r.State != mediation.Ended || r.Outcome != mediation.Kept || len(r.Lines) != 4 {
			t.Fatalf("kept: %s %s", r.State, r.Outcome)
		}
		if r := w.open(a.ID, m.Key); r.Words() != "" || len(r.Lines) != 0 || r.Name(mediation.A) != "" {
			t.Error("the mediator still reads what is over")
		}
		w.Clock = w.Clock.AddDate(1, 0, 1)
		if _, err := w.Tick(ctx); err != nil {
			t.Fatal(err)
		}
		_, err := w.Open(ctx, a.ID, a.Key)
		w.code(err, "mediation.none")
		if w.Count(`SELECT COUNT(*) FROM mediation`)+w.Count(`SELECT COUNT(*) FROM mediation_line`)+w.Count(`SELECT COUNT(*) FROM mediation_opened`) != 0 || w.Count(`SELECT COUNT(*) FROM mediation_figure WHERE year = '2026'`) != 4 {
			t.Error("more than a count is left")
		}
	})
}

// TestOtherWordsUnderAUsedFormAreRefused: a form is answered as done only if it
// is the very same; other words are never lost as if they had been kept.
func TestOtherWordsUnderAUsedFormAreRefused(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		a, b, m := w.talking()
		meet := w.Clock.Add(48 * time.Hour)
		for name, form := range map[string]func(i int) error{
			"bring": func(i int) error {
				_, err := w.Bring(ctx, mediation.Bring{Key: "f", Kind: mediation.Noise, Name: "王甲", DoorCode: networktest.Door, Words: []string{"吵。", "漏水。"}[i]})
				return err
			},
			"offer": func(i int) error {
				_, err := w.Offer(ctx, auth.Actor{}, mediation.Offer{Key: "f", Name: "彭阿姨", DoorCode: doorFar, About: []string{"老师", "医生"}[i]})
				return err
			},
			"say": func(i int) error { return w.Say(ctx, a.ID, b.Key, "f", []string{"好。", "不好。"}[i]) },
			"meet": func(i int) error {
				return w.Meet(ctx, a.ID, m.Key, "f", "村部", meet.Add(time.Duration(i)*time.Hour))
			},
			"draft": func(i int) error {
				return w.Draft(ctx, a.ID, m.Key, "f", []string{"一。", "二。"}[i], "2026-12-20", 0)
			},
		} {
			for range 2 {
				if err := form(0); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if err := form(1); errs.CodeOf(err) != "once.key_reused" {
				t.Errorf("%s with other words: %v", name, err)
			}
		}
		if n := w.Count(`SELECT COUNT(*) FROM mediation_line`); n != 3 {
			t.Errorf("%d lines of three forms", n)
		}
		w.OK(w.Confirm(ctx, a.ID, a.Key, "c", 1))
		w.code(w.Confirm(ctx, a.ID, a.Key, "c", 2), "once.key_reused")
		w.OK(w.Confirm(ctx, a.ID, b.Key, "c2", 1))
		w.Clock = w.Clock.AddDate(0, 0, 20)
		w.OK(w.Hold(ctx, a.ID, a.Key, "h", 1, true))
		w.code(w.Hold(ctx, a.ID, a.Key, "h", 1, false), "once.key_reused")
	})
}

func TestTheOtherSideMayRefuse(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a := w.bring()
		invite := w.open(a.ID, a.Key).Invite
		c, err := w.Invitation(t.Context(), a.ID, invite)
		if err != nil || c.Name(mediation.A) != "王甲" || c.Words() != "" {
			t.Fatalf("the invitation: %+v, %v", c, err)
		}
		_, err = w.Open(t.Context(), a.ID, invite)
		w.code(err, "mediation.none")
		for range 2 {
			w.OK(w.Refuse(t.Context(), a.ID, invite, "n"))
		}
		r := w.open(a.ID, a.Key)
		if r.Outcome != mediation.Refused || !r.Gone || r.Name(mediation.A)+r.Words() != "" {
			t.Errorf("after a no: %+v", r)
		}
		if n := w.Count(`SELECT COUNT(*) FROM mediation WHERE a_household <> '' OR b_household <> '' OR words <> ''`); n != 0 {
			t.Error("something is held")
		}
		_, err = w.Accept(t.Context(), a.ID, invite, mediation.Answer{Key: "y", Name: "李乙", DoorCode: doorB})
		w.code(err, "mediation.none")
	})
}

func TestOnlyBothChooseAMediator(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		near, far := w.mediator("1", networktest.Door), w.mediator("2", doorFar)
		a, b := w.accepted()
		w.code(w.Pick(ctx, a.ID, a.Key, "p0", near.ID, 0), "mediation.no_mediator")
		if r := w.open(a.ID, b.Key); len(r.Mediators) != 1 || r.Mediators[0].ID != far.ID {
			t.Fatalf("to choose from: %+v", r.Mediators)
		}
		w.OK(w.Pick(ctx, a.ID, a.Key, "p1", far.ID, 0))
		_, err := w.Open(ctx, a.ID, far.Key)
		w.code(err, "mediation.none") // one side's wish gives nobody a key
		w.OK(w.Pick(ctx, a.ID, b.Key, "p2", far.ID, 0))
		if r := w.open(a.ID, far.Key); r.Name(mediation.B) != "李乙" || r.Words() != "" || len(r.Lines) != 0 {
			t.Errorf("who is called reads %+v", r)
		}
		w.code(w.Take(ctx, a.ID, far.Key, "t0", false), "mediation.say_free")
		w.OK(w.Aside(ctx, a.ID, far.Key, "t1"))
		_, err = w.Open(ctx, a.ID, far.Key)
		w.code(err, "mediation.none")
		w.code(w.Pick(ctx, a.ID, a.Key, "p3", far.ID, 0), "mediation.no_mediator")
		w.OK(w.Stop(ctx, a.ID, b.Key, "e"))
		if r := w.open(a.ID, a.Key); r.Outcome != mediation.Stopped || !r.Gone {
			t.Errorf("ended: %+v", r.Case)
		}
	})
}

// TestNothingIsReadableAtRest: not in the rows, not in what is kept of forms, not in the audit record.
func TestNothingIsReadableAtRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	a, b, m := w.talking()
	w.OK(w.Say(t.Context(), a.ID, b.Key, "s", "那天是娘过生日。"))
	w.OK(w.Draft(t.Context(), a.ID, m.Key, "d1", "十点以后不打牌。", "2026-12-20", 0))
	for _, table := range []string{"mediation", "mediation_line", "mediation_opened", "once", "audit_entry"} {
		if n := w.Count(`SELECT COUNT(*) FROM sqlite_master WHERE name = $1`, table); n == 0 {
			continue
		}
		rows, err := w.DB.Reader().QueryContext(t.Context(), `SELECT * FROM `+table)
		w.OK(err)
		columns, err := rows.Columns()
		w.OK(err)
		for rows.Next() {
			row := make([]any, len(columns))
			for i := range row {
				row[i] = new(any)
			}
			w.OK(rows.Scan(row...))
			for i := range row {
				text := fmt.Sprint(*row[i].(*any))
				for _, secret := range []string{"王甲", "李乙", "麻将", "生日", "打牌", a.Key, b.Key, m.Key} {
					if strings.Contains(text, secret) {
						t.Errorf("%s.%s holds %s", table, columns[i], secret)
					}
				}
			}
		}
		w.OK(rows.Close())
	}
}

func TestAHouseholdIsToldAndErased(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		a, b, m := w.talking()
		for home, n := range map[string]int{"h-1": 1, "h-2": 1, "h-3": 1, "": 0, "h-9": 0} {
			held, err := w.HeldOf(ctx, db.Reader(), home)
			if err != nil || len(held) != n {
				t.Errorf("%q: %+v, %v", home, held, err)
			}
		}
		w.OK(db.Write(ctx, func(tx *sqldb.Tx) error { return w.Erase(ctx, tx, "h-3") })) // the mediator's home
		if r := w.open(a.ID, b.Key); r.State != mediation.Choosing {
			t.Errorf("without the mediator: %s", r.State)
		}
		_, err := w.Mine(ctx, m.ID, m.Key)
		w.code(err, "mediation.none")
		w.OK(db.Write(ctx, func(tx *sqldb.Tx) error { return w.Erase(ctx, tx, "h-2") }))
		if r := w.open(a.ID, a.Key); r.State != mediation.Ended || !r.Gone {
			t.Errorf("after an erasure: %+v", r.Case)
		}
		w.OK(db.Write(ctx, func(tx *sqldb.Tx) error { return w.EndAgain(ctx, tx, a.ID) }))
		if n := w.Count(`SELECT n FROM mediation_tally`); n != 1 {
			t.Errorf("counted %d times", n)
		}
	})
}

func TestAnAgreementOutlivesOneSidesErasure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx := t.Context()
	a, b, m := w.talking()
	w.OK(w.Draft(ctx, a.ID, m.Key, "d1", "十点以后不打牌。", "2026-12-20", 0))
	w.OK(w.Confirm(ctx, a.ID, a.Key, "c1", 1))
	w.OK(w.Confirm(ctx, a.ID, b.Key, "c2", 1))
	w.OK(w.Say(ctx, a.ID, a.Key, "s1", "我们家守着。"))
	w.OK(w.Say(ctx, a.ID, b.Key, "s2", "我们也守。"))
	w.OK(w.DB.Write(ctx, func(tx *sqldb.Tx) error { return w.Erase(ctx, tx, "h-1") }))
	if r := w.open(a.ID, b.Key); r.State != mediation.Agreed || r.Draft == nil || len(r.Lines) != 2 || r.Name(mediation.A)+r.Words() != "" || r.Name(mediation.B) != "李乙" {
		t.Errorf("the other side's copy: %+v", r)
	}
	_, err := w.Open(ctx, a.ID, a.Key)
	w.code(err, "mediation.none")
	if held, err := w.HeldOf(ctx, w.DB.Reader(), "h-1"); err != nil || len(held) != 0 {
		t.Errorf("still held: %+v, %v", held, err)
	}
	w.OK(w.DB.Write(ctx, func(tx *sqldb.Tx) error { return w.Erase(ctx, tx, "h-2") }))
	if n := w.Count(`SELECT COUNT(*) FROM mediation_line`) + w.Count(`SELECT COUNT(*) FROM mediation WHERE words <> '' OR b_name <> ''`); n != 0 {
		t.Error("kept for nobody")
	}
}

func TestWhoPutsMediatorsOnTheList(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		r, err := w.Offer(ctx, auth.Actor{}, mediation.Offer{Name: "何公道", DoorCode: doorFar})
		w.OK(err)
		decide := func(who, id string, list bool) error {
			_, err := w.Decide(ctx, w.Actor(who), "", id, list)
			return err
		}
		for _, who := range []string{"村干部2", "邻长1", "市办", "指挥"} {
			w.code(decide(who, r.ID, true), "auth.forbidden")
		}
		w.OK(decide("村干部1", r.ID, true))
		w.code(decide("村干部1", r.ID, true), "mediation.second_person")
		if list, err := w.Mediators(ctx, w.Villages[0]); err != nil || len(list) != 0 {
			t.Errorf("on the list by one alone: %+v, %v", list, err)
		}
		w.OK(decide("镇干部", r.ID, true))
		if list, err := w.Mediators(ctx, w.Town); err != nil || len(list) != 1 {
			t.Errorf("the town's list: %+v, %v", list, err)
		}
		w.OK(w.Leave(ctx, r.ID, r.Key, "l"))
		if n := w.Count(`SELECT COUNT(*) FROM mediator WHERE name <> '' OR household_id <> ''`); n != 0 {
			t.Error("who left is still named")
		}
		_, err = w.Offer(ctx, auth.Actor{}, mediation.Offer{Name: "何公道", DoorCode: "nosuch", Kinds: []mediation.Kind{"x"}})
		w.code(err, "mediation.check")
		own, err := w.Offer(ctx, w.Actor("村干部1"), mediation.Offer{Name: "村干部", DoorCode: doorFar})
		w.OK(err)
		w.code(decide("村干部1", own.ID, true), "mediation.not_yourself")
		w.OK(db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE person SET household_id = 'h-3' WHERE id = 'p-镇干部'`)
			return err
		}))
		w.code(decide("镇干部", own.ID, true), "mediation.not_yourself") // of one home
		town, err := w.Offer(ctx, auth.Actor{}, mediation.Offer{Name: "彭阿姨", DoorCode: doorB, Town: true})
		w.OK(err)
		w.code(decide("村干部1", town.ID, true), "auth.forbidden")
		w.OK(decide("镇干部", town.ID, true))
		w.OK(decide("村干部2", town.ID, true)) // where she lives; the town lists
		if offers, err := w.Offers(ctx, w.Actor("村干部2")); err != nil || len(offers) != 1 || offers[0].Over || !offers[0].Mine {
			t.Errorf("the village sees %+v, %v", offers, err)
		}
		w.code(decide("村干部2", town.ID, false), "auth.forbidden")
		w.OK(decide("镇干部", town.ID, true))
	})
}

// TestALeadByDoorCodeStaysOut: a lead who offered without logging in doesn't
// mediate in their own cell.
func TestALeadByDoorCodeStaysOut(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		lead := w.mediator("1", doorFar)
		w.OK(db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE person SET household_id = 'h-3' WHERE id = 'p-邻长1'`)
			return err
		}))
		a, _ := w.accepted()
		if r := w.open(a.ID, a.Key); len(r.Mediators) != 0 {
			t.Errorf("to choose from: %+v", r.Mediators)
		}
		w.code(w.Pick(ctx, a.ID, a.Key, "p", lead.ID, 0), "mediation.no_mediator")
	})
}

// pages are the figures of all units, as they are told on a day.
func (w *world) pages() map[string]mediation.Figures {
	w.Helper()
	out := map[string]mediation.Figures{}
	for _, u := range []string{w.Root, w.Town, w.Villages[0], w.Villages[1]} {
		for _, year := range []string{"", "2025", "2026", "2027"} {
			f, err := w.Figures(w.Context(), u, year)
			w.OK(err)
			out[u+"/"+year] = *f
		}
	}
	return out
}

// TestFiguresAreMadeOnceAYear: whatever ends on whichever day, all pages stay as
// they are until the year is over, and then never change, so that two days'
// pages tell nothing by subtraction. What they were made from goes.
func TestFiguresAreMadeOnceAYear(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, kept := t.Context(), mediation.Kept
		w.OK(w.Past(ctx, []mediation.PastCount{{w.Villages[0], "2025", kept, 47}, {w.Villages[1], "2025", kept, 9}, {w.Villages[1], "2026", kept, 30}}))
		if f := w.pages()[w.Root+"/"]; f.Year != "" || len(f.Units) != 0 {
			t.Errorf("before anything is over: %+v", f)
		}
		_, err := w.Tick(ctx)
		w.OK(err)
		before := w.pages()
		if f := before[w.Town+"/"]; f.Year != "2025" || len(f.Units) != 2 || f.Units[0].N[0] != 40 || f.Units[1].All() != 0 || f.Years[0].All() != 40 {
			t.Errorf("2025: %+v", f)
		}
		for day := range 7 + 31 {
			w.Clock = time.Date(2026, 12, 1+day, 2, 0, 0, 0, time.UTC)
			r, err := w.Bring(ctx, mediation.Bring{Kind: mediation.Noise, Name: "王甲", DoorCode: networktest.Door, Words: "吵。"})
			w.OK(err)
			w.OK(w.Stop(ctx, r.ID, r.Key, ""))
			_, err = w.Tick(ctx)
			w.OK(err)
			if now := w.pages(); !reflect.DeepEqual(now, before) {
				t.Fatalf("on day %d: %+v, before %+v", day, now, before)
			}
		}
		w.Clock = time.Date(2027, 1, 8, 2, 0, 0, 0, time.UTC)
		_, err = w.Tick(ctx)
		w.OK(err)
		after := w.pages()
		if f := after[w.Root+"/"]; f.Year != "2026" || f.Years[0].N[0] != 30 || f.Years[0].N[2] != 30 || !reflect.DeepEqual(f.Years[1:], before[w.Root+"/"].Years) {
			t.Errorf("2026: %+v", f)
		}
		if n := w.Count(`SELECT COUNT(*) FROM mediation_tally WHERE year <= '2026'`); n != 0 {
			t.Errorf("%d counts are left", n)
		}
		w.code(w.Past(ctx, []mediation.PastCount{{w.Villages[0], "2026", kept, 1}}), "mediation.year_told")
	})
}
