package care_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/caretest"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

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
