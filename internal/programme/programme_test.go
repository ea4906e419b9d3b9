package programme_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network/networktest"
	"bilin/internal/number"
	"bilin/internal/programme"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

type world struct {
	*networktest.City
	*programme.Service
	id string
}

var formulas = programme.Formulas{programme.HelpOut: "hours * 2.0", programme.Clean: "nth <= 2 ? 5 : 1"}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	c := networktest.New(t, db, programme.Rules)
	w := &world{City: c, Service: programme.New(programme.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Seal: c.Seal, Vault: c.Vault, Now: c.Now})}
	var err error
	w.id, err = w.Define(t.Context(), c.Actor("镇干部"), programme.Define{Key: "d", UnitCode: "430182001000", Name: "善行积分", Text: "邻里互助", Budget: 100, Formulas: formulas})
	c.OK(err)
	c.OK(w.Start(t.Context(), c.Actor("镇干部"), "s", w.id, 1))
	return w
}

func (w *world) join(key string) programme.Receipt {
	r, err := w.Join(w.Context(), auth.Actor{}, programme.Join{Key: key, ProgrammeID: w.id, Name: "周桂英", DoorCode: networktest.Door})
	w.OK(err)
	return r
}

func (w *world) record(key string, m programme.Receipt, kind programme.Kind, hours float64) (programme.Awarded, error) {
	return w.Record(w.Context(), w.Actor("村干部1"), programme.Record{Key: key, ProgrammeID: w.id, Member: m.Number, Kind: kind, Hours: hours, People: 1, Day: "2026-11-30"})
}

func (w *world) balance(m programme.Receipt) int64 {
	mine, err := w.Mine(w.Context(), m.ID, m.Key)
	w.OK(err)
	return mine.Balance
}

func (w *world) sound(t testing.TB) {
	t.Helper()
	faults, err := w.Check(t.Context(), w.id)
	if err != nil || len(faults) > 0 {
		t.Errorf("the ledger: %+v, %v", faults, err)
	}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if err == nil || errs.CodeOf(err) != code {
		t.Errorf("%v, want %s", err, code)
	}
}

func TestFromActToReward(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		m := w.join("j")
		if again := w.join("j"); again != m {
			t.Errorf("pressed twice: %+v and %+v", m, again)
		}
		for range 2 { // the second is the same press
			if a, err := w.record("r", m, programme.HelpOut, 3); err != nil || a.Points != 6 {
				t.Errorf("earned %+v, %v", a, err)
			}
		}
		w.OK(w.SetReward(t.Context(), w.Actor("镇干部"), programme.Offer{Key: "o", ProgrammeID: w.id, Name: "理发一次", Price: 5, Stock: 1}))
		mine, err := w.Mine(t.Context(), m.ID, m.Key)
		w.OK(err)
		if mine.Balance != 6 || mine.Member.Name != "周桂英" || len(mine.Rewards) != 1 {
			t.Fatalf("mine: %+v", mine)
		}
		reward := mine.Rewards[0].ID
		w.OK(w.Choose(t.Context(), m.ID, m.Key, "c", reward))
		w.OK(w.Choose(t.Context(), m.ID, m.Key, "c", reward))
		wantCode(t, w.Choose(t.Context(), m.ID, m.Key, "c2", reward), "programme.sold_out")
		mine, err = w.Mine(t.Context(), m.ID, m.Key)
		w.OK(err)
		if mine.Balance != 1 || len(mine.Waiting) != 1 || len(mine.Waiting[0].Code) != 8 {
			t.Fatalf("mine: %+v", mine)
		}
		_, err = w.Hand(t.Context(), w.Actor("镇干部"), "h0", w.id, "00000000")
		wantCode(t, err, "programme.bad_code")
		for range 2 {
			if name, err := w.Hand(t.Context(), w.Actor("镇干部"), "h", w.id, mine.Waiting[0].Code); err != nil || name != "理发一次" {
				t.Errorf("handed out %q, %v", name, err)
			}
		}
		_, err = w.Hand(t.Context(), w.Actor("镇干部"), "h2", w.id, mine.Waiting[0].Code)
		wantCode(t, err, "programme.fetched_already")
		wantCode(t, w.GiveBack(t.Context(), m.ID, m.Key, "g", mine.Waiting[0].ID), "programme.not_waiting")
		w.sound(t)
	})
}

// A form that was changed and sent once more is refused; one whose member left
// since says so; leaving twice is leaving.
func TestFormsThatComeAgain(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		m := w.join("j")
		_, err := w.Join(t.Context(), auth.Actor{}, programme.Join{Key: "j", ProgrammeID: w.id, Name: "周小宝", DoorCode: networktest.Door})
		wantCode(t, err, "once.key_reused")
		for range 2 {
			w.OK(w.Leave(t.Context(), m.ID, m.Key, "l"))
		}
		wantCode(t, w.Leave(t.Context(), m.ID, m.Key, "other"), "programme.no_member")
		_, err = w.Join(t.Context(), auth.Actor{}, programme.Join{Key: "j", ProgrammeID: w.id, Name: "周桂英", DoorCode: networktest.Door})
		wantCode(t, err, "programme.left")
	})
}

// Who changes a reward has seen how much of it is left.
func TestStockIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		m := w.join("j")
		_, err := w.record("r", m, programme.HelpOut, 3)
		w.OK(err)
		offer := programme.Offer{Key: "o", ProgrammeID: w.id, Name: "理发一次", Price: 5, Stock: 1}
		w.OK(w.SetReward(t.Context(), w.Actor("镇干部"), offer))
		mine, err := w.Mine(t.Context(), m.ID, m.Key)
		w.OK(err)
		offer.Key, offer.ID, offer.Version, offer.Name = "o2", mine.Rewards[0].ID, mine.Rewards[0].Version, "理发"
		w.OK(w.Choose(t.Context(), m.ID, m.Key, "c", offer.ID))
		wantCode(t, w.SetReward(t.Context(), w.Actor("镇干部"), offer), "programme.changed_since")
	})
}

func TestWhatWaitsTooLongComesBack(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		m := w.join("j")
		_, err := w.record("r", m, programme.HelpOut, 3)
		w.OK(err)
		w.OK(w.SetReward(t.Context(), w.Actor("镇干部"), programme.Offer{Key: "o", ProgrammeID: w.id, Name: "理发一次", Price: 5, Stock: 1}))
		mine, err := w.Mine(t.Context(), m.ID, m.Key)
		w.OK(err)
		w.OK(w.Choose(t.Context(), m.ID, m.Key, "c", mine.Rewards[0].ID))
		if n, err := w.Tick(t.Context()); err != nil || n != 0 {
			t.Errorf("%d came back at once, %v", n, err)
		}
		w.Clock = w.Clock.Add(31 * 24 * time.Hour)
		if n, err := w.Tick(t.Context()); err != nil || n != 1 || w.balance(m) != 6 {
			t.Errorf("%d came back, %d points, %v", n, w.balance(m), err)
		}
		w.sound(t)
		w.OK(w.Leave(t.Context(), m.ID, m.Key, "l"))
		_, err = w.Mine(t.Context(), m.ID, m.Key)
		wantCode(t, err, "programme.no_member")
		held, err := w.HeldOf(t.Context(), db.Reader(), "h-1")
		if err != nil || len(held) != 0 {
			t.Errorf("still held: %+v, %v", held, err)
		}
		w.sound(t)
	})
}

func TestWhoMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	m := w.join("j")
	act := programme.Record{ProgrammeID: w.id, Member: m.Number, Kind: programme.HelpOut, Hours: 1, People: 1, Day: "2026-11-30"}
	for name, code := range map[string]string{"邻长1": "auth.forbidden", "市办": "auth.forbidden", "指挥": "auth.forbidden"} {
		_, err := w.Record(t.Context(), w.Actor(name), act)
		wantCode(t, err, code)
		_, err = w.Define(t.Context(), w.Actor(name), programme.Define{UnitCode: "430182001000", Name: "积分", Text: "互助", Budget: 1, Formulas: formulas})
		wantCode(t, err, code)
	}
	_, err := w.Define(t.Context(), w.Actor("村干部1"), programme.Define{UnitCode: w.Codes[1], Name: "积分", Text: "互助", Budget: 1, Formulas: formulas})
	wantCode(t, err, "auth.forbidden")
	_, err = w.Hand(t.Context(), w.Actor("村干部1"), "", w.id, "1234567"+strconv.Itoa(number.CheckDigit("1234567")))
	wantCode(t, err, "auth.forbidden")
	_, err = w.Mine(t.Context(), m.ID, "0")
	wantCode(t, err, "programme.no_member")
	for _, bad := range []struct {
		change func(*programme.Record)
		code   string
	}{
		{func(r *programme.Record) { r.Kind = "complaint" }, "programme.no_kind"},
		{func(r *programme.Record) { r.Hours = 0.1 }, "programme.bad_hours"},
		{func(r *programme.Record) { r.Hours = 13 }, "programme.bad_hours"},
		{func(r *programme.Record) { r.People = 0 }, "programme.bad_number"},
		{func(r *programme.Record) { r.Day = "2026-12-02" }, "programme.day_range"},
		{func(r *programme.Record) { r.Day = "2026-09-01" }, "programme.day_range"},
		{func(r *programme.Record) { r.Day = "2026-02-31" }, "programme.bad_day"},
		{func(r *programme.Record) { r.Member = "M260000017" }, "programme.bad_member"},
		{func(r *programme.Record) { r.Member = "周桂英" }, "programme.bad_member"},
	} {
		r := act
		bad.change(&r)
		_, err := w.Record(t.Context(), w.Actor("村干部1"), r)
		wantCode(t, err, bad.code)
	}
	_, err = w.record("a", m, programme.Clean, 8)
	w.OK(err)
	_, err = w.record("b", m, programme.HelpOut, 8)
	wantCode(t, err, "programme.long_day")
}

// TestDraftsAreTheirTowns until they start.
func TestDraftsAreTheirTowns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	_, err := w.Define(t.Context(), w.Actor("镇干部"), programme.Define{UnitCode: w.Codes[1], Name: "草稿", Text: "互助", Budget: 1, Formulas: formulas})
	w.OK(err)
	for who, want := range map[string]int{"镇干部": 2, "村干部2": 2, "村干部1": 1, "邻长1": 1} {
		list, _, err := w.List(t.Context(), w.Actor(who), "", 10)
		if err != nil || len(list) != want {
			t.Errorf("%s sees %d programmes, want %d: %v", who, len(list), want, err)
		}
	}
}

func TestBudgetIsTheCap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	m := w.join("j")
	for i := range 8 { // 16 points a day
		_, err := w.Record(t.Context(), w.Actor("村干部1"), programme.Record{ProgrammeID: w.id, Member: m.Number, Kind: programme.HelpOut, Hours: 8, People: 1, Day: fmt.Sprintf("2026-11-%02d", 10+i)})
		w.OK(err)
	}
	a, err := w.record("last", m, programme.HelpOut, 8)
	if err != nil || a.Points != 0 || !a.Short || w.balance(m) != 100 {
		t.Errorf("over the budget: %+v, %d points, %v", a, w.balance(m), err)
	}
	p, err := w.Get(t.Context(), auth.Actor{}, w.id)
	w.OK(err)
	change := programme.Define{Key: "x", ID: w.id, Name: p.Name, Text: p.Text, Budget: 99, Formulas: p.Formulas, Version: p.Version}
	_, err = w.Define(t.Context(), w.Actor("镇干部"), change)
	wantCode(t, err, "programme.budget_given")
	w.sound(t)
}

func TestBench(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	m := w.join("j")
	for i := range 4 {
		_, err := w.Record(t.Context(), w.Actor("村干部1"), programme.Record{ProgrammeID: w.id, Member: m.Number, Kind: programme.Clean, Hours: 1, People: 1, Day: fmt.Sprintf("2026-11-%02d", 10+i)})
		w.OK(err)
	}
	b, err := w.Try(t.Context(), w.Actor("镇干部"), w.id, programme.Formulas{programme.Clean: "nth == 1 ? 10 : 2"}, "2026-11")
	w.OK(err)
	if b.Acts != 4 || b.Was != 12 || b.Points != 16 || b.Most != 10 || b.Left != 88 {
		t.Errorf("%+v", b)
	}
	_, err = w.Try(t.Context(), w.Actor("村干部1"), w.id, formulas, "2026-11")
	wantCode(t, err, "auth.forbidden")
	_, err = w.Try(t.Context(), w.Actor("镇干部"), w.id, formulas, "2026-13")
	wantCode(t, err, "programme.bad_month")
}

// TestLedger: whatever people do, every entry sums to nothing, no balance is
// below nothing, and a member's points go down by nobody's doing but their own.
func TestLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	w.OK(w.SetReward(t.Context(), w.Actor("镇干部"), programme.Offer{Key: "o", ProgrammeID: w.id, Name: "毛巾", Price: 3, Stock: 12}))
	list := []programme.Receipt{w.join("1"), w.join("2"), w.join("3")}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			m := list[rapid.IntRange(0, len(list)-1).Draw(rt, "member")]
			before := w.balance(m)
			own := w.step(rt, m)
			if after := w.balance(m); after < 0 || after < before && !own {
				rt.Fatalf("from %d to %d points", before, after)
			}
		}
	})
	w.sound(t)
	entries, _, err := w.Ledger(t.Context(), w.id, 0, 10_000)
	w.OK(err)
	for _, e := range entries {
		if e.Points <= 0 {
			t.Errorf("entry %d of %d points", e.Seq, e.Points)
		}
	}
	if len(entries) < 20 {
		t.Errorf("only %d entries: the walk went nowhere", len(entries))
	}
}

// step has somebody do something; own says that it was the member.
func (w *world) step(rt *rapid.T, m programme.Receipt) (own bool) {
	ctx := w.Context()
	switch rapid.IntRange(0, 5).Draw(rt, "step") {
	case 0:
		mine, err := w.Mine(ctx, m.ID, m.Key)
		w.OK(err)
		if len(mine.Rewards) > 0 {
			_ = w.Choose(ctx, m.ID, m.Key, "", mine.Rewards[0].ID) // refused where it can't be
		}
		return true
	case 1:
		mine, err := w.Mine(ctx, m.ID, m.Key)
		w.OK(err)
		if len(mine.Waiting) > 0 {
			w.OK(w.GiveBack(ctx, m.ID, m.Key, "", mine.Waiting[0].ID))
		}
	case 2:
		p, err := w.Get(ctx, auth.Actor{}, w.id)
		w.OK(err)
		change := programme.Define{ID: w.id, Name: p.Name, Text: p.Text, Budget: int64(rapid.IntRange(1, 300).Draw(rt, "budget")), Formulas: p.Formulas, Version: p.Version}
		_, _ = w.Define(ctx, w.Actor("镇干部"), change)
	case 3:
		mine, err := w.Mine(ctx, m.ID, m.Key)
		w.OK(err)
		if len(mine.Waiting) > 0 {
			_, err = w.Hand(ctx, w.Actor("镇干部"), "", w.id, mine.Waiting[0].Code)
			w.OK(err)
		}
	default:
		day := fmt.Sprintf("2026-11-%02d", rapid.IntRange(1, 30).Draw(rt, "day"))
		_, _ = w.Record(ctx, w.Actor("村干部1"), programme.Record{ProgrammeID: w.id, Member: m.Number, Kind: programme.HelpOut, Hours: 1, People: 1, Day: day})
	}
	return false
}

func TestACheckFindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"digest":   `UPDATE programme_entry SET label = 'teach' WHERE kind = 'award'`,
		"postings": `UPDATE programme_posting SET points = points + 1 WHERE account = 'budget' AND points < 0`,
		"account":  `UPDATE programme_account SET points = points + 1 WHERE account = 'budget'`,
		"gap":      `DELETE FROM programme_entry WHERE kind = 'fund'`,
	} {
		db := sqldbtest.Open(t, sqldb.SQLite)
		w := newWorld(t, db)
		_, err := w.record("r", w.join("j"), programme.HelpOut, 1)
		w.OK(err)
		w.OK(db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(t.Context(), `PRAGMA defer_foreign_keys = ON`)
			w.OK(err)
			if name == "gap" {
				_, err = tx.ExecContext(t.Context(), `DELETE FROM programme_posting WHERE seq = 1`)
				w.OK(err)
			}
			_, err = tx.ExecContext(t.Context(), statement)
			return err
		}))
		faults, err := w.Check(t.Context(), w.id)
		w.OK(err)
		if len(faults) == 0 || name != faults[0].What {
			t.Errorf("%s: found %+v", name, faults)
		}
	}
}

// TestOutcomesDoNotReadPoints: no statement outside of programmes names their
// tables, and none of theirs sorts by what somebody has.
func TestOutcomesDoNotReadPoints(t *testing.T) {
	t.Parallel()
	tables := regexp.MustCompile(`\bprogramme_(member|act|entry|posting|account|fetch)\b`)
	own, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		here, err := filepath.Abs(filepath.Dir(path))
		inside := here == own
		if tables.Match(raw) {
			seen++
			if !inside && !strings.Contains(path, "/backup/") {
				t.Errorf("%s reads programmes' tables", path)
			}
		}
		if inside && regexp.MustCompile(`ORDER BY[^`+"`"+`]*\bpoints\b`).Match(raw) {
			t.Errorf("%s sorts by points", path)
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("%d files, %v: this test has lost what it watches", seen, err)
	}
}
