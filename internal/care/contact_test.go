package care_test

import (
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/caretest"
	"bilin/internal/care/need"
	"bilin/internal/errs"
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
		e, err := c.EntryShort(t.Context(), c.Village(), x.EntryID)
		c.OK(err)
		if past, err := c.Timeline(t.Context(), c.Village(), e); err != nil || past[0].Role != auth.Lead || past[0].UnitID != c.Cells[0] {
			t.Errorf("who did nothing has the credit: %+v, %v", past, err)
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
		if e, err := c.EntryShort(t.Context(), c.Village(), x.EntryID); err != nil || e.TryOn != "2027-03-05" {
			t.Errorf("the entry's page has another day: %+v, %v", e, err)
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

func TestFiguresHideSmallCounts(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Minutes = 10_000
		for i := range caretest.Per {
			c.Listed1(0, i, "alone80")
		}
		c.Listed1(1, 0, "flood")
		f, err := c.Figures(t.Context(), c.Village(), c.Villages[0])
		c.OK(err)
		if len(f.Needs) != 0 {
			t.Errorf("a village's figures go by need: %+v", f.Needs)
		}
		town, err := c.Figures(t.Context(), caretest.Actor(auth.TownOfficial, c.Town), c.Town)
		c.OK(err)
		if len(town.Needs) == 0 {
			t.Error("a town's figures don't go by need")
		}
		for _, n := range town.Needs {
			want := -1 // few and none look alike
			if n.Need.Code == "alone80" {
				want = 10
			}
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

// What a village is too small to say can't be had from its town's figures and
// those of the villages beside it.
func TestMonthsOfFewCantBeWorkedOut(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		month := c.Today()[:len("2027-03")]
		c.OK(c.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
			for i, k := range [2][5]int{{57, 40, 6, 12, 11}, {3, 1, 1, 1, 1}} {
				_, err := tx.ExecContext(t.Context(), `INSERT INTO care_kept (month, village_id, owed, kept, late, climbed, needs) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
					month, c.Villages[i], k[0], k[1], k[2], k[3], k[4])
				if err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(t.Context(), `INSERT INTO care_kept (month, village_id, owed, kept, late, climbed, needs) VALUES ('2027-04', $1, 90, 0, 0, 0, 0)`, c.Villages[0])
			return err // of a month that hasn't begun
		}))
		office := caretest.Actor(auth.CityOffice, c.Root)
		town, err := c.Figures(t.Context(), office, c.Town)
		c.OK(err)
		big, err := c.Figures(t.Context(), office, c.Villages[0])
		c.OK(err)
		few, err := c.Figures(t.Context(), office, c.Villages[1])
		c.OK(err)
		a, b := town.Months[0], big.Months[0]
		if few.Months[0] != (care.MonthCount{Month: month, Owed: -1}) || a.Owed != 60 || b.Owed != 55 || a.Needs != 10 || b.Needs != 10 {
			t.Errorf("%+v, %+v, %+v", a, b, few.Months[0])
		}
		if a.Kept != 65 || b.Kept != 70 || b.Late != -1 || b.Climbed != 20 || len(big.Months) != 1 { // percent
			t.Errorf("%+v, %+v", a, b)
		}
	})
}

// A contact that goes to the linked official from the start is none of the lead's.
func TestALeadSettlesNoContactOfTheOfficial(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		cmd := c.Enter(0, 0, "alone80")
		cmd.Official = true
		id, err := c.List(t.Context(), c.Village(), cmd)
		c.OK(err)
		c.OK(c.Tick(t.Context()))
		e, err := c.EntryShort(t.Context(), c.Village(), id)
		c.OK(err)
		if e.Open == "" {
			t.Fatal("no contact is open")
		}
		if _, err := c.Contact(t.Context(), c.Lead(0), care.Report{Key: "l", ID: e.Open, Outcome: care.Fine}); errs.CodeOf(err) != "care.no_contact" {
			t.Errorf("by the lead: %v", err)
		}
		if out := c.Tell(c.Official(), e.Open, care.Fine); !out.Done {
			t.Errorf("by the official: %+v", out)
		}
	})
}
