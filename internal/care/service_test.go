package care_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

func each(t *testing.T, fn func(t *testing.T, c *caretest.City)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(t, caretest.New(t, db)) })
}

func TestFromListingToTheNextContact(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Listed1(0, 0, "alone80")
		if list, _, err := c.ContactsDue(t.Context(), c.Lead(0), "", 10); err != nil || len(list) != 0 {
			t.Fatalf("%d contacts before a round, %v", len(list), err)
		}
		x := c.Due(0, 0)
		if x.OwedOn != "2027-03-04" || x.Role != auth.Lead || x.Do != need.Visit || x.Name != "周大一" {
			t.Errorf("%+v", x)
		}
		c.Days(3)
		out := c.Tell(c.Lead(0), x.ID, care.Fine)
		if !out.Done || out.NextOn != "2027-03-11" {
			t.Errorf("%+v", out)
		}
		again := c.Tell(c.Lead(0), x.ID, care.Nobody)
		if !again.Done || again.NextOn != out.NextOn {
			t.Errorf("said twice: %+v", again)
		}
		c.OK(c.Tick(t.Context()))
		if todo, err := c.Todo(t.Context(), c.Lead(0), 5); err != nil || todo.Today+todo.Late+todo.Ahead != 0 {
			t.Errorf("%+v, %v", todo, err)
		}
		c.Days(5)
		c.OK(c.Tick(t.Context()))
		c.OK(c.Tick(t.Context()))
		if todo, err := c.Todo(t.Context(), c.Lead(0), 5); err != nil || todo.Ahead != 1 || len(todo.First) != 1 {
			t.Errorf("the next one: %+v, %v", todo, err)
		}
	})
}

func TestNothingIsAskedOffTheMonthsList(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Listed = false
		c.Listed1(0, 0, "alone80")
		c.Days(10)
		c.OK(c.Tick(t.Context()))
		for _, who := range []auth.Actor{c.Lead(0), c.Official(), c.Village()} {
			if list, _, err := c.ContactsDue(t.Context(), who, "", 10); err != nil || len(list) != 0 {
				t.Errorf("%s has %d contacts, %v", who.Name, len(list), err)
			}
		}
		c.Listed = true
		if x := c.Due(0, 0); x.OwedOn != c.Today() {
			t.Errorf("what waited is owed on %s", x.OwedOn)
		}
	})
}

func TestALeadWithoutRoomIsntAsked(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Full[c.Cells[0]] = true
		c.Listed1(0, 0, "alone80")
		if x := c.Due(0, 0); x.Role != auth.LinkedOfficial || x.Step != care.Official {
			t.Errorf("%+v", x)
		}
		c.Minutes = 80 // a weekly visit takes 15 of them, five times in April
		_, err := c.List(t.Context(), c.Village(), c.Enter(1, 0, "alone80"))
		c.OK(err)
		if _, err = c.List(t.Context(), c.Village(), c.Enter(1, 1, "tekun")); errs.CodeOf(err) != "care.no_room" {
			t.Errorf("past the budget: %v", err)
		}
		cmd := c.Enter(1, 1, "tekun")
		cmd.Official = true
		_, err = c.List(t.Context(), c.Village(), cmd)
		c.OK(err)
	})
}

func TestSilenceClimbsToTheVillage(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Listed1(0, 0, "alone80")
		x := c.Due(0, 0)
		var went []string
		for range 14 {
			c.Days(1)
			c.OK(c.Tick(t.Context()))
			for name, who := range map[string]auth.Actor{"lead": c.Lead(0), "stand-in": c.Lead(1), "official": c.Official(), "village": c.Village()} {
				list, _, err := c.ContactsDue(t.Context(), who, "", 10)
				c.OK(err)
				for _, y := range list {
					if y.ID == x.ID && (len(went) == 0 || went[len(went)-1] != name) {
						went = append(went, name)
					}
				}
			}
		}
		if got := strings.Join(went, " "); got != "lead stand-in official village" {
			t.Errorf("it went to: %s", got)
		}
		// The lead's word comes by an outbox that was without a network for days.
		out, err := c.Contact(t.Context(), c.Lead(0), care.Report{Key: "late", ID: x.ID, Outcome: care.Fine, Day: "2027-03-05"})
		if err != nil || !out.Done || out.NextOn != "2027-03-12" {
			t.Errorf("%+v, %v", out, err)
		}
		f, err := c.Figures(t.Context(), c.Village(), c.Villages[0])
		if err != nil || len(f.Months) != 1 || f.Months[0].Owed != -1 {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

func TestNobodyHomeTwiceGoesToTheStandIn(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		cmd := c.Enter(0, 0, "alone80")
		cmd.StandIn = c.Cells[2]
		_, err := c.List(t.Context(), c.Village(), cmd)
		c.OK(err)
		x := c.Due(0, 0)
		c.Days(3)
		if out := c.Tell(c.Lead(0), x.ID, care.Nobody); out.Done || out.NextOn != "2027-03-05" || out.Step != care.First {
			t.Errorf("%+v", out)
		}
		c.Days(1)
		if out := c.Tell(c.Lead(0), x.ID, care.Nobody); out.Step != care.StandIn {
			t.Errorf("%+v", out)
		}
		list, _, err := c.ContactsDue(t.Context(), c.Lead(2), "", 10)
		if err != nil || len(list) != 1 || list[0].Name != "周大一" {
			t.Fatalf("%+v, %v", list, err)
		}
		// The stand-in isn't the household's lead, and may say so all the same.
		c.Days(1)
		out := c.Tell(c.Lead(2), x.ID, care.NeedsHelp)
		if !out.Done || out.Demand != "D1" || len(c.Raised) != 1 || c.Raised[0].HouseholdID != c.Homes[0][0] || c.Raised[0].CellID != c.Cells[0] {
			t.Errorf("%+v, %+v", out, c.Raised)
		}
	})
}

func TestAPostThatNobodyServesIsPassedOver(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Listed1(3, 0, "alone80")
		if x := c.Due(3, 0); x.UnitID == c.Cells[3] || x.Role != auth.Lead || x.Step != care.StandIn {
			t.Errorf("%+v", x)
		}
		c.Listed1(0, 1, "orphan")
		if x := c.Due(0, 1); x.Role != auth.LinkedOfficial || x.Step != care.First {
			t.Errorf("the official's: %+v", x)
		}
	})
}

func TestTheSameReportTwiceOpensOneDemand(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Listed1(0, 0, "alone80")
		x := c.Due(0, 0)
		r := care.Report{Key: "k", ID: x.ID, Outcome: care.NeedsHelp, Words: "要换药"}
		for range 3 {
			if out, err := c.Contact(t.Context(), c.Lead(0), r); err != nil || out.Demand != "D1" {
				t.Errorf("%+v, %v", out, err)
			}
		}
		if len(c.Raised) != 1 {
			t.Errorf("%d demands", len(c.Raised))
		}
	})
}

func TestWhoMayDoWhat(t *testing.T) {
	c := caretest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	id := c.Listed1(0, 0, "alone80")
	x := c.Due(0, 0)
	other := caretest.Actor(auth.VillageOfficial, c.Villages[1])
	for _, role := range auth.Roles() {
		for _, unit := range []string{c.Cells[0], c.Groups[0], c.Villages[0], c.Town, c.Root} {
			who := caretest.Actor(role, unit)
			ctx := t.Context()
			_, _, e := c.EntriesOf(ctx, who, c.Villages[0], "", 10)
			sees := (role == auth.VillageOfficial || role == auth.TownOfficial || role == auth.LinkedOfficial) && unit != c.Cells[0] && unit != c.Groups[0]
			if (e == nil) != sees {
				t.Errorf("%s at %s sees the list: %v", role, unit, e)
			}
			_, e = c.List(ctx, who, c.Enter(0, 5, "nothing"))
			lists := (role == auth.VillageOfficial || role == auth.TownOfficial)
			if errs.CodeOf(e) == "care.no_need" && !lists {
				t.Errorf("%s at %s lists", role, unit)
			}
			if _, e = c.ContactOne(ctx, who, x.ID); e == nil && role != auth.Lead && role != auth.LinkedOfficial && role != auth.VillageOfficial {
				t.Errorf("%s at %s reports contacts", role, unit)
			}
			if _, _, e = c.Entry(ctx, who, id, purpose.Ground{Kind: care.Kind, ID: x.ID}); e == nil {
				t.Errorf("%s at %s reads why without having the contact", role, unit)
			}
		}
	}
	if _, err := c.ContactOne(t.Context(), c.Lead(1), x.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("another lead: %v", err)
	}
	if _, err := c.Contact(t.Context(), other, care.Report{Key: "a", ID: x.ID, Outcome: care.Fine}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("another village: %v", err)
	}
	if err := c.End(t.Context(), c.Lead(0), care.End{Key: "b", ID: id, Why: care.Objected}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a lead ends: %v", err)
	}
	if err := c.End(t.Context(), other, care.End{Key: "c", ID: id, Why: care.Objected}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("another village ends: %v", err)
	}
	for _, unit := range []string{c.Town, c.Root} { // a list of a whole town or city there is none
		for _, role := range auth.Roles() {
			if _, _, err := c.EntriesOf(t.Context(), caretest.Actor(role, c.Root), unit, "", 10); err == nil {
				t.Errorf("%s has the list of a whole town", role)
			}
		}
	}
}

// Whoever leads gets no answer that names a need, whatever they ask for.
func TestLeadsNeverReceiveTheNeed(t *testing.T) {
	c := caretest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	var ids []string
	for i, n := range need.Default()[:caretest.Per-1] {
		ids = append(ids, c.Listed1(i%3, i, n.Code))
	}
	c.OK(c.Tick(t.Context()))
	for i := range 3 {
		c.Alarmed[c.Cells[i]] = true
		lead, ctx := c.Lead(i), t.Context()
		due, _, err := c.ContactsDue(ctx, lead, "", 100)
		c.OK(err)
		if len(due) == 0 {
			t.Fatal("nothing is due")
		}
		todo, err := c.Todo(ctx, lead, 10)
		c.OK(err)
		said, err := c.SaidToday(ctx, lead)
		c.OK(err)
		alarm, _, err := c.InEmergency(ctx, lead, c.Cells[i], "")
		c.OK(err)
		first, err := c.First(ctx, []string{c.Cells[i]})
		c.OK(err)
		works, err := c.OpenWork(ctx, c.DB.Reader(), lead, purpose.Subject{HouseholdID: due[0].HouseholdID, UnitID: c.Cells[i]})
		c.OK(err)
		raw, err := json.Marshal([]any{due, todo, said, alarm, first, works})
		c.OK(err)
		text := fmt.Sprintf("%s %+v", raw, []any{due, todo, said, alarm, works})
		for _, n := range need.Default() {
			if strings.Contains(text, n.Code) || strings.Contains(text, n.Name) {
				t.Errorf("a lead is told %s", n.Code)
			}
		}
		if _, _, err := c.EntriesOf(ctx, lead, c.Cells[i], "", 10); err == nil {
			t.Error("a lead has the list")
		}
		for _, id := range ids {
			for _, x := range due {
				if _, _, err := c.Entry(ctx, lead, id, purpose.Ground{Kind: care.Kind, ID: x.ID}); err == nil {
					t.Error("a lead reads why")
				}
			}
		}
	}
}

func TestWhyIsReadOnAGroundAndWrittenDown(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		id := c.Listed1(0, 0, "alone80")
		x := c.Due(0, 0)
		ctx := t.Context()
		ground := purpose.Ground{Kind: care.Kind, ID: x.ID}
		if _, _, err := c.Entry(ctx, c.Village(), id, ground); errs.CodeOf(err) != "purpose.no_ground" {
			t.Errorf("on somebody else's contact: %v", err)
		}
		c.Full[c.Cells[1]] = true // so that the stand-in can't have it, and the official does
		for range 6 {
			c.Days(1)
			c.OK(c.Tick(ctx))
		}
		e, content, err := c.Entry(ctx, c.Official(), id, ground)
		if err != nil || content.Need != "alone80" || content.Basis != care.ByConsent || e.HouseholdID != c.Homes[0][0] {
			t.Fatalf("%+v, %+v, %v", e, content, err)
		}
		readings, _, err := c.Purposes.Readings(ctx, c.Homes[0][0], "", 10)
		if err != nil || len(readings) != 1 || readings[0].What != purpose.Care || readings[0].Role != auth.LinkedOfficial {
			t.Errorf("%+v, %v", readings, err)
		}
		glass, err := c.Purposes.BreakGlass(ctx, c.Village(), purpose.BreakGlass{Key: "g", Subject: purpose.Subject{HouseholdID: c.Homes[0][0]}, Reason: purpose.Danger})
		c.OK(err)
		if _, content, err = c.Entry(ctx, c.Village(), id, glass); err != nil || content.Need != "alone80" {
			t.Errorf("by broken glass: %v", err)
		}
	})
}

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
		c.OK(c.Renew(ctx, c.Official(), care.Renew{Key: "b", ID: id, Version: list[0].Version}))
		e, err := c.EntryShort(ctx, c.Village(), id)
		if err != nil || e.LapsesOn != c.Now.AddDate(0, 0, 90).Format(time.DateOnly) {
			t.Errorf("%+v, %v", e, err)
		}
		c.Days(85)
		if err := c.Renew(ctx, c.Official(), care.Renew{Key: "c", ID: id}); errs.CodeOf(err) != "care.second_person" {
			t.Errorf("twice by the same: %v", err)
		}
		c.OK(c.Needs.Switch(ctx, caretest.Actor(auth.CityOffice, c.Root), need.Switch{Key: "d", Code: "alone80", Off: true}))
		if err := c.Renew(ctx, c.Village(), care.Renew{Key: "e", ID: id}); errs.CodeOf(err) != "care.need_off" {
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
		if err != nil || len(held) != 3 || held[0].Content.Need != "alone80" || held[0].Need.Name != "独居高龄老人" || held[0].Who != "邻长0" {
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

func TestListsPageByKeyset(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		ctx := t.Context()
		c.Minutes = 10_000
		want := map[string]bool{}
		for i := range caretest.Per {
			want[c.Listed1(0, i, "alone80")] = true
		}
		c.OK(c.Tick(ctx))
		got, cursor := map[string]bool{}, ""
		for pages := 0; pages < 10; pages++ {
			list, next, err := c.EntriesOf(ctx, c.Village(), c.Cells[0], cursor, 5)
			c.OK(err)
			for _, e := range list {
				got[e.ID] = true
			}
			if cursor = next; next == "" {
				break
			}
		}
		due, cursor := map[string]bool{}, ""
		for pages := 0; pages < 10; pages++ {
			list, next, err := c.ContactsDue(ctx, c.Lead(0), cursor, 5)
			c.OK(err)
			for _, x := range list {
				due[x.EntryID] = true
			}
			if cursor = next; next == "" {
				break
			}
		}
		if len(got) != len(want) || len(due) != len(want) {
			t.Errorf("%d entries, %d contacts of %d", len(got), len(due), len(want))
		}
	})
}

func TestFiguresHideSmallCounts(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Minutes = 10_000
		for i := range caretest.Per {
			c.Listed1(0, i, "alone80")
		}
		c.Listed1(1, 0, "flood")
		f, err := c.Figures(t.Context(), c.Village(), c.Villages[0])
		c.OK(err)
		for _, n := range f.Needs {
			want := map[string]int{"alone80": 10, "flood": -1}[n.Need.Code]
			if n.Entries != want {
				t.Errorf("%s: %d", n.Need.Code, n.Entries)
			}
		}
		if f.Entries != 10 { // and so the one can't be worked out
			t.Errorf("%d in all", f.Entries)
		}
		for _, role := range []auth.Role{auth.Lead, auth.LinkedOfficial, auth.Auditor, auth.PrivacyOfficer, auth.Admin, auth.Department} {
			if _, err := c.Figures(t.Context(), caretest.Actor(role, c.Root), c.Root); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s sees figures: %v", role, err)
			}
		}
	})
}

func TestAnEmergencyShowsWhatIsOwed(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		ctx := t.Context()
		c.Listed1(0, 0, "alone80")
		c.Listed1(0, 0, "flood")
		c.Listed1(0, 1, "oxygen")
		if _, _, err := c.InEmergency(ctx, c.Lead(0), c.Cells[0], ""); errs.CodeOf(err) != "care.no_emergency" {
			t.Errorf("on a quiet day: %v", err)
		}
		c.Alarmed[c.Cells[0]] = true
		list, next, err := c.InEmergency(ctx, c.Lead(0), c.Cells[0], "")
		if err != nil || next != "" || len(list) != 2 || len(list[0].Actions)+len(list[1].Actions) != 3 {
			t.Errorf("%+v, %v", list, err)
		}
		if _, _, err := c.InEmergency(ctx, c.Lead(1), c.Cells[0], ""); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another lead: %v", err)
		}
		first, err := c.First(ctx, c.Cells[:])
		if err != nil || len(first) != 2 || !first[c.Homes[0][0]] {
			t.Errorf("%v, %v", first, err)
		}
	})
}

func TestMinutesAreReserved(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		ctx := t.Context()
		c.Listed1(0, 0, "alone80") // from the 4th each week: 4 in March, then 15 minutes each
		cmd := c.Enter(0, 1, "oxygen")
		cmd.Official = true
		_, err := c.List(ctx, c.Village(), cmd)
		c.OK(err)
		for range 2 { // whether or not the first one is made
			got, err := c.Reserve(ctx, c.DB.Reader(), "2027-03", nil)
			if err != nil || got[c.Cells[0]] != 4*15 || len(got) != 1 {
				t.Errorf("%v, %v", got, err)
			}
			c.OK(c.Tick(ctx))
		}
		if got, err := c.Reserve(ctx, c.DB.Reader(), "2027-03", []string{c.Cells[1]}); err != nil || got[c.Cells[1]] != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func scan1(r *rows, v *string) error { return r.Scan(v) }
