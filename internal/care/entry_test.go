package care_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/caretest"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestRenewalTakesASecondPerson(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		id := c.Listed1(0, 0, "alone80")
		ctx := t.Context()
		c.Days(80)
		list, _, err := c.Renewals(ctx, c.Village(), c.Villages[0], "", 10)
		if err != nil || len(list) != 1 || list[0].RenewableBy(c.Village()) || !list[0].RenewableBy(c.Official()) {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := c.Renew(ctx, c.Village(), care.Renew{Key: "a", ID: id}); errs.CodeOf(err) != "care.second_person" {
			t.Errorf("by who listed it: %v", err)
		}
		first, second := c.Village(), c.Official()
		first.AccountID, first.PersonID, second.PersonID = "village-2", "p1", "p1" // one person by two accounts
		cmd := c.Enter(0, 1, "alone80")
		cmd.Key = "two accounts"
		twin, err := c.List(ctx, first, cmd)
		c.OK(err)
		c.Days(80)
		if err := c.Renew(ctx, second, care.Renew{Key: "t", ID: twin}); errs.CodeOf(err) != "care.second_person" {
			t.Errorf("by the same person's other account: %v", err)
		}
		c.Days(-80)
		works, err := c.OpenWork(ctx, c.DB.Reader(), c.Official(), purpose.Subject{HouseholdID: c.Homes[0][0], UnitID: c.Cells[0]})
		if err != nil || len(works) != 1 || works[0].ID != id {
			t.Errorf("the renewal is no ground: %+v, %v", works, err)
		}
		if todo, err := c.Todo(ctx, c.Official(), 5); err != nil || todo.Renewals != 1 {
			t.Errorf("%+v, %v", todo, err)
		}
		if todo, err := c.Todo(ctx, c.Village(), 5); err != nil || todo.Renewals != 0 {
			t.Errorf("%+v, %v", todo, err)
		}
		again := care.Renew{Key: "b", ID: id, Version: list[0].Version}
		if err := c.Renew(ctx, c.Official(), again); errs.CodeOf(err) != "care.look_first" {
			t.Errorf("unseen: %v", err)
		}
		c.Look(c.Official(), id)
		if err := c.Renew(ctx, c.Official(), again); errs.CodeOf(err) != "care.agreed_again" {
			t.Errorf("without asking again: %v", err)
		}
		again.Agreed = care.OnPaper
		c.OK(c.Renew(ctx, c.Official(), again))
		e, err := c.EntryShort(ctx, c.Village(), id)
		if err != nil || e.LapsesOn != c.Now.AddDate(0, 0, 90).Format(time.DateOnly) {
			t.Errorf("%+v, %v", e, err)
		}
		c.Days(85)
		if err := c.Renew(ctx, c.Official(), care.Renew{Key: "c", ID: id}); errs.CodeOf(err) != "care.second_person" {
			t.Errorf("twice by the same: %v", err)
		}
		c.TurnOff("alone80")
		c.Look(c.Village(), id)
		if err := c.Renew(ctx, c.Village(), care.Renew{Key: "e", ID: id, Agreed: care.InWords}); errs.CodeOf(err) != "care.need_off" {
			t.Errorf("out of use: %v", err)
		}
	})
}

// gone ends the test if anything is left of an entry.
func gone(t *testing.T, c *caretest.City, id string, contact care.Contact) {
	t.Helper()
	ctx := t.Context()
	if _, err := c.EntryShort(ctx, c.Village(), id); errs.KindOf(err) != errs.NotFound {
		t.Errorf("its page: %v", err)
	}
	if list, _, err := c.EntriesOf(ctx, c.Village(), c.Villages[0], "", 100); err != nil || len(list) != 0 {
		t.Errorf("the list: %d, %v", len(list), err)
	}
	for _, who := range []auth.Actor{c.Lead(0), c.Lead(1), c.Official(), c.Village()} {
		if list, _, err := c.ContactsDue(ctx, who, "", 100); err != nil || len(list) != 0 {
			t.Errorf("%s's contacts: %d, %v", who.Name, len(list), err)
		}
		if works, err := c.OpenWork(ctx, c.DB.Reader(), who, purpose.Subject{HouseholdID: contact.HouseholdID, UnitID: contact.CellID}); err != nil || len(works) != 0 {
			t.Errorf("%s's grounds: %d, %v", who.Name, len(works), err)
		}
	}
	if _, err := c.Contact(ctx, c.Lead(0), care.Report{Key: sqldb.NewID(), ID: contact.ID, Outcome: care.Fine}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a late report: %v", err)
	}
	c.Alarmed[c.Cells[0]] = true
	if list, _, err := c.InEmergency(ctx, c.Lead(0), c.Cells[0], ""); err != nil || len(list) != 0 {
		t.Errorf("in an emergency: %d, %v", len(list), err)
	}
	if first, err := c.First(ctx, []string{c.Cells[0]}); err != nil || len(first) != 0 {
		t.Errorf("roll-call: %v, %v", first, err)
	}
	if held, err := c.Held(ctx, c.DB.Reader(), contact.HouseholdID); err != nil || len(held) != 0 {
		t.Errorf("held: %d, %v", len(held), err)
	}
}

// A lapsed entry is gone from everything with its day, before any job ran; after
// the job its rows are gone, and the key: what a backup holds of it opens no more.
func TestALapsedEntryIsGoneAndUnreadable(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		ctx := t.Context()
		cmd := c.Enter(0, 0, "oxygen")
		cmd.Days = 10
		id, err := c.List(ctx, c.Village(), cmd)
		c.OK(err)
		x := c.Due(0, 0)
		var sealed string // as a backup holds it
		c.OK(c.DB.Reader().QueryRowContext(ctx, `SELECT sealed FROM care_entry WHERE id = $1`, id).Scan(&sealed))
		if plain, err := c.Vault.Open(ctx, id, sealed, "care_entry/content/"+id); err != nil || !strings.Contains(plain, "oxygen") {
			t.Fatalf("%s, %v", plain, err)
		}
		heard, err := c.Hub.Subscribe(care.Topic(c.Cells[0]), care.Topic(c.Villages[0]))
		c.OK(err)
		defer heard.Close()
		c.Days(11)
		gone(t, c, id, x)
		c.OK(c.Tick(ctx))
		gone(t, c, id, x)
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if events, err := heard.Next(soon); err != nil || len(events) == 0 {
			t.Errorf("no open page is told: %v", err)
		}
		for _, table := range []string{"care_entry", "care_contact"} {
			var n int
			c.OK(c.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n))
			if n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		var n int
		c.OK(c.DB.Reader().QueryRowContext(ctx, `SELECT COALESCE(SUM(entries), 0) FROM care_tally`).Scan(&n))
		if n != 0 {
			t.Errorf("the tally says %d", n)
		}
		c.OK(c.Vault.Settle(ctx))
		if _, err := c.Vault.Open(ctx, id, sealed, "care_entry/content/"+id); !errors.Is(err, seal.ErrErased) {
			t.Errorf("a backup's copy: %v", err)
		}
		withoutTraces(t, c, sealed)
	})
}

// withoutTraces looks for a sealed text in the files of an SQLite city.
func withoutTraces(t *testing.T, c *caretest.City, sealed string) {
	t.Helper()
	if c.DB.Engine() != sqldb.SQLite {
		return
	}
	c.OK(c.DB.Write(t.Context(), func(*sqldb.Tx) error { return nil }))
	for _, path := range files(t, c) {
		raw, err := os.ReadFile(path)
		c.OK(err)
		if strings.HasSuffix(path, "-wal") {
			continue // until the next checkpoint it holds what was; its key is gone
		}
		if strings.Contains(string(raw), sealed) {
			t.Errorf("%s holds what was sealed", filepath.Base(path))
		}
	}
}

func files(t *testing.T, c *caretest.City) (paths []string) {
	t.Helper()
	rows, err := c.DB.Reader().QueryContext(t.Context(), `SELECT file FROM pragma_database_list WHERE name = 'main'`)
	c.OK(err)
	defer rows.Close()
	for rows.Next() {
		var path string
		c.OK(rows.Scan(&path))
		found, err := filepath.Glob(path + "*")
		c.OK(err)
		paths = append(paths, found...)
	}
	c.OK(rows.Err())
	if len(paths) == 0 {
		t.Fatal("no database file")
	}
	return paths
}

func TestEndingsAreAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		ctx := t.Context()
		for i, why := range care.Whys() {
			id := c.Listed1(0, i, "alone80")
			x := c.Due(0, i)
			c.OK(c.End(ctx, c.Village(), care.End{Key: sqldb.NewID(), ID: id, Version: 1, Why: why}))
			gone(t, c, id, x)
		}
		if err := c.End(ctx, c.Village(), care.End{Key: "x", ID: "y", Why: "因为闹事"}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("for a reason of one's own: %v", err)
		}
		id := c.Listed1(0, 7, "flood")
		x := c.Due(0, 7)
		c.OK(c.DB.Write(ctx, func(tx *sqldb.Tx) error { return c.Erase(ctx, tx, c.Homes[0][7]) }))
		gone(t, c, id, x)
	})
}

func TestAHouseholdThatLeftIsOffTheList(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		id := c.Listed1(0, 0, "alone80")
		x := c.Due(0, 0)
		c.OK(c.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE household SET state = 'left' WHERE id = $1`, c.Homes[0][0])
			return err
		}))
		gone(t, c, id, x)
		c.OK(c.Tick(t.Context()))
		var n int
		c.OK(c.DB.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM care_entry`).Scan(&n))
		if n != 0 {
			t.Error("its row is left")
		}
	})
}

func TestAnEntryFollowsItsHousehold(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Listed1(0, 0, "alone80")
		x := c.Due(0, 0)
		c.OK(c.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE household SET unit_id = $1 WHERE id = $2`, c.Cells[4], c.Homes[0][0])
			return err
		}))
		c.OK(c.Tick(t.Context()))
		list, _, err := c.ContactsDue(t.Context(), c.Lead(4), "", 10)
		if err != nil || len(list) != 1 || list[0].ID != x.ID {
			t.Errorf("%+v, %v", list, err)
		}
		var n int
		c.OK(c.DB.Reader().QueryRowContext(t.Context(), `SELECT entries FROM care_tally WHERE village_id = $1`, c.Villages[1]).Scan(&n))
		if n != 1 {
			t.Errorf("the other village counts %d", n)
		}
		for i, want := range []int{0, 1} {
			c.OK(c.DB.Reader().QueryRowContext(t.Context(), `SELECT SUM(owed) FROM care_kept WHERE village_id = $1`, c.Villages[i]).Scan(&n))
			if n != want {
				t.Errorf("village %d owes %d contacts, want %d", i, n, want)
			}
		}
	})
}

// A form that was changed and sent once more under its key is refused: an answer
// as to the first would lose what it says now.
func TestOtherWordsUnderAUsedFormAreRefused(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		ctx := t.Context()
		cmd := c.Enter(0, 0, "alone80")
		id, err := c.List(ctx, c.Village(), cmd)
		c.OK(err)
		if again, err := c.List(ctx, c.Village(), cmd); err != nil || again != id {
			t.Errorf("pressed twice: %q, %v", again, err)
		}
		other := cmd
		other.Need = "disability"
		if _, err := c.List(ctx, c.Village(), other); errs.CodeOf(err) != "once.key_reused" {
			t.Errorf("another need: %v", err)
		}
		c.Days(80)
		c.Look(c.Official(), id)
		renew := care.Renew{Key: "r", ID: id, Agreed: care.InWords}
		c.OK(c.Renew(ctx, c.Official(), renew))
		renew.Days = 5
		if err := c.Renew(ctx, c.Official(), renew); errs.CodeOf(err) != "once.key_reused" {
			t.Errorf("for other days: %v", err)
		}
		end := care.End{Key: "e", ID: id, Why: care.Moved}
		c.OK(c.End(ctx, c.Village(), end))
		end.Why = care.Withdrawn
		if err := c.End(ctx, c.Village(), end); errs.CodeOf(err) != "once.key_reused" {
			t.Errorf("for another reason: %v", err)
		}
	})
}

func TestAHouseholdIsListedForANeedOnce(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		ctx := t.Context()
		cmd := c.Enter(0, 0, "alone80")
		id, err := c.List(ctx, c.Village(), cmd)
		c.OK(err)
		if again, err := c.List(ctx, c.Village(), cmd); err != nil || again != id {
			t.Errorf("pressed twice: %s, %v", again, err)
		}
		if _, err := c.List(ctx, c.Village(), c.Enter(0, 0, "alone80")); errs.CodeOf(err) != "care.listed_already" {
			t.Errorf("listed twice: %v", err)
		}
		c.Listed1(0, 0, "oxygen")
		c.Listed1(0, 0, "flood")
		if _, err := c.List(ctx, c.Village(), c.Enter(0, 0, "illness")); errs.CodeOf(err) != "care.too_many" {
			t.Errorf("a fourth: %v", err)
		}
		held, err := c.Held(ctx, c.DB.Reader(), c.Homes[0][0])
		if err != nil || len(held) != 3 || held[0].Content.Need != "alone80" || held[0].Need.Name != "独居高龄老人" || held[0].Plan[0].Name != "邻长0" {
			t.Errorf("%+v, %v", held, err)
		}
	})
}

// No column says in the open why anybody is listed: the only counts by need are
// those of a village.
func TestTheDatabaseSaysNowhereWhy(t *testing.T) {
	c := caretest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx := t.Context()
	id := c.Listed1(0, 0, "oxygen")
	x := c.Due(0, 0)
	c.Tell(c.Lead(0), x.ID, care.Fine)
	if _, _, err := c.Entry(ctx, c.Village(), id, purpose.Ground{Kind: care.Kind, ID: x.ID}); err == nil {
		t.Error("read without a ground")
	}
	tables, err := sqldb.Collect(ctx, c.DB.Reader(), scan1, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	c.OK(err)
	for _, table := range tables {
		if table == "care_need" || table == "care_tally" {
			continue
		}
		text, err := dump(ctx, c.DB.Reader(), table)
		c.OK(err)
		if strings.Contains(text, "oxygen") {
			t.Errorf("%s says why", table)
		}
	}
}

// Two entries' sealed contents are of one length, whatever they hold.
func TestSealedContentsAreOfOneLength(t *testing.T) {
	c := caretest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	c.Minutes = 10_000
	for i, n := range need.Default()[:10] {
		c.Listed1(0, i, n.Code)
	}
	list, err := sqldb.Collect(t.Context(), c.DB.Reader(), scan1, `SELECT DISTINCT length(sealed) FROM care_entry`)
	if err != nil || len(list) != 1 {
		t.Errorf("lengths %v, %v", list, err)
	}
}

func scan1(r *rows, v *string) error { return r.Scan(v) }

func TestContactsOfLongAgoAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Listed1(0, 0, "alone80")
		x := c.Due(0, 0)
		c.Days(3)
		c.Tell(c.Lead(0), x.ID, care.Fine)
		left := func() (n int) {
			c.OK(c.DB.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM care_contact WHERE id = $1`, x.ID).Scan(&n))
			return n
		}
		for i, want := range []int{1, 1, 0} { // renewed on the way, by one and the other
			c.Days(80)
			who := []auth.Actor{c.Official(), c.Village()}[i%2]
			c.Look(who, x.EntryID)
			c.OK(c.Renew(t.Context(), who, care.Renew{Key: sqldb.NewID(), ID: x.EntryID, Agreed: care.InWords}))
			c.OK(c.Tick(t.Context()))
			if n := left(); n != want {
				t.Errorf("after %d days: %d", 80*(i+1), n)
			}
		}
	})
}

// A city that begins with a past has its contacts where the days since have led them.
func TestAPastIsFilledIn(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		ctx := t.Context()
		past := care.Past{HouseholdID: c.Homes[0][0], UnitID: c.Cells[0], VillageID: c.Villages[0], Need: "alone80", Basis: care.ByLaw, By: "x",
			ListedOn: "2027-01-01", LapsesOn: "2027-03-31", NextOn: "2027-02-22",
			Done: []care.PastContact{{OwedOn: "2027-02-15", DoneOn: "2027-02-15", Outcome: care.Fine}}}
		quiet := past
		quiet.HouseholdID, quiet.NextOn, quiet.Done = c.Homes[0][1], "2027-03-20", nil
		c.OK(c.Fill(ctx, []care.Past{past, quiet}))
		list, _, err := c.EntriesOf(ctx, c.Village(), c.Villages[0], "", 10)
		if err != nil || len(list) != 2 || list[0].Open == "" || list[1].Open != "" {
			t.Fatalf("%+v, %v", list, err)
		}
		due, _, err := c.ContactsDue(ctx, c.Official(), "", 10)
		if err != nil || len(due) != 1 || due[0].Step != care.Official { // seven days without a word
			t.Errorf("%+v, %v", due, err)
		}
		held, err := c.Held(ctx, c.DB.Reader(), past.HouseholdID)
		if err != nil || len(held) != 1 || held[0].Content.Need != "alone80" || len(held[0].Past) != 2 {
			t.Errorf("%+v, %v", held, err)
		}
	})
}
