package care_test

import (
	"context"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/caretest"
	"bilin/internal/errs"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// TestAWrongNobodyHomeIsTakenBack: on the same day, also after it went to the next.
func TestAWrongNobodyHomeIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Listed1(0, 0, "alone80")
		was := c.Due(0, 0)
		c.Days(3)
		undo := func(version int) error {
			return c.Undo(t.Context(), c.Lead(0), care.Undo{Key: sqldb.NewID(), ID: was.ID, Version: version})
		}
		first := c.Tell(c.Lead(0), was.ID, care.Nobody)
		if again := c.Tell(c.Lead(0), was.ID, care.Nobody); again.NextOn != first.NextOn || again.Step != care.First {
			t.Errorf("said twice on a day: %+v", again)
		}
		x := c.Due(0, 0)
		c.OK(undo(x.Version))
		if x = c.Due(0, 0); x.Misses != 0 || x.DueOn != was.DueOn || x.Role != was.Role {
			t.Errorf("taken back: %+v", x)
		}
		if err := undo(x.Version); errs.CodeOf(err) != "care.no_undo" {
			t.Errorf("taken back twice: %v", err)
		}
		c.Tell(c.Lead(0), was.ID, care.Nobody)
		c.Days(1)
		if err := undo(c.Due(0, 0).Version); errs.CodeOf(err) != "care.no_undo" {
			t.Errorf("taken back the day after: %v", err)
		}
		if out := c.Tell(c.Lead(0), was.ID, care.Nobody); out.Step != care.StandIn {
			t.Fatalf("twice nobody: %+v", out)
		}
		gone, err := c.MissedToday(t.Context(), c.Lead(0))
		c.OK(err)
		if len(gone) != 1 || gone[0].ID != was.ID {
			t.Fatalf("what went on: %+v", gone)
		}
		if other, err := c.MissedToday(t.Context(), c.Lead(1)); err != nil || len(other) != 0 {
			t.Errorf("whoever has it now took nothing: %+v, %v", other, err)
		}
		c.OK(undo(gone[0].Version))
		if x = c.Due(0, 0); x.UnitID != c.Cells[0] || x.Step != care.First || x.Misses != 1 {
			t.Errorf("it is back with the lead: %+v", x)
		}
		if out := c.Tell(c.Lead(0), was.ID, care.Fine); !out.Done {
			t.Errorf("and can be done: %+v", out)
		}
	})
}

// demands is another slice that has work about every household.
type demands struct{}

func (demands) Kind() string { return "demand" }
func (demands) OpenWork(context.Context, sqldb.Querier, auth.Actor, purpose.Subject) ([]purpose.Work, error) {
	return []purpose.Work{{Ground: purpose.Ground{Kind: "demand", ID: "d1"}}}, nil
}

// TestOnlyWorkOnTheEntryOpensIt: a demand, and a contact of another entry of the
// same household, are no ground to read why.
func TestOnlyWorkOnTheEntryOpensIt(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		one, other := c.Listed1(0, 0, "alone80"), c.Listed1(0, 0, "orphan")
		c.Purposes.Ask(demands{})
		c.OK(c.Tick(t.Context()))
		mine, _, err := c.ContactsDue(t.Context(), c.Official(), "", 9)
		c.OK(err)
		if len(mine) != 1 || mine[0].EntryID != other {
			t.Fatalf("the official's: %+v", mine)
		}
		contact := purpose.Ground{Kind: care.Kind, ID: mine[0].ID}
		for name, g := range map[string]purpose.Ground{"a demand": {Kind: "demand", ID: "d1"}, "a contact of another entry": contact, "nothing": {}} {
			if _, _, err := c.Entry(t.Context(), c.Official(), one, g); errs.CodeOf(err) != "purpose.no_ground" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, content, err := c.Entry(t.Context(), c.Official(), other, contact); err != nil || content.Need != "orphan" {
			t.Errorf("its own contact: %+v, %v", content, err)
		}
		list, _, err := c.Purposes.Readings(t.Context(), c.Homes[0][0], "", 9)
		c.OK(err)
		if len(list) != 1 {
			t.Errorf("%d readings of one", len(list))
		}
	})
}

// TestInAnEmergencyTheOfficialsStayTheOfficials: what was given to the linked
// official so that neighbours needn't know isn't on the neighbour's page.
func TestInAnEmergencyTheOfficialsStayTheOfficials(t *testing.T) {
	each(t, func(t *testing.T, c *caretest.City) {
		c.Listed1(0, 0, "alone80")
		c.Listed1(0, 1, "orphan")
		c.Alarmed[c.Cells[0]] = true
		lead, _, err := c.InEmergency(t.Context(), c.Lead(0), c.Cells[0], "")
		c.OK(err)
		over, _, err := c.InEmergency(t.Context(), c.Official(), c.Cells[0], "")
		c.OK(err)
		if len(lead) != 1 || lead[0].HouseholdID != c.Homes[0][0] || len(over) != 2 {
			t.Errorf("the lead sees %d, the official %d", len(lead), len(over))
		}
	})
}
