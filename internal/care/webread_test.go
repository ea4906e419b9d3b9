package care_test

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/caretest"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestAWrongFineIsTakenBackTheSameDay(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := caretest.New(t, db)
		c.Listed1(0, 0, "alone80")
		c.Days(care.AheadDays)
		due := c.Due(0, 0)
		c.Tell(c.Lead(0), due.ID, care.Fine)
		said, err := c.SaidToday(t.Context(), c.Lead(0))
		c.OK(err)
		if len(said) != 1 || !said[0].MayUndo(c.Today()) {
			t.Fatalf("said: %+v", said)
		}
		undo := care.Undo{Key: "u", ID: due.ID, Version: said[0].Version}
		for name, x := range map[string]struct {
			who  auth.Actor
			cmd  care.Undo
			want errs.Kind
		}{
			"another lead": {c.Lead(1), undo, errs.NotFound},
			"an old page":  {c.Lead(0), care.Undo{Key: "o", ID: due.ID, Version: 1}, errs.Stale},
		} {
			if err := c.Undo(t.Context(), x.who, x.cmd); errs.KindOf(err) != x.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		c.OK(c.Undo(t.Context(), c.Lead(0), undo))
		c.OK(c.Undo(t.Context(), c.Lead(0), undo)) // pressed twice
		again := c.Due(0, 0)
		if again.ID != due.ID || again.Done || again.OwedOn != due.OwedOn {
			t.Errorf("it isn't open again: %+v", again)
		}
		c.Tell(c.Lead(0), due.ID, care.NeedsHelp)
		e, err := c.EntryShort(t.Context(), c.Village(), due.EntryID)
		c.OK(err)
		if e.Open != "" || e.NextOn != c.Now.AddDate(0, 0, 7).Format("2006-01-02") {
			t.Errorf("the next contact: %+v", e)
		}
		said, err = c.SaidToday(t.Context(), c.Lead(0))
		c.OK(err)
		if err := c.Undo(t.Context(), c.Lead(0), care.Undo{Key: "d", ID: due.ID, Version: said[0].Version}); errs.KindOf(err) != errs.Conflict {
			t.Errorf("what led to a demand is taken back: %v", err)
		}
		c.Days(1)
		if said, err = c.SaidToday(t.Context(), c.Lead(0)); err != nil || len(said) != 0 {
			t.Errorf("the day after: %+v, %v", said, err)
		}
	})
}

func TestWhoSeesTheStoryOfAnEntry(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := caretest.New(t, db)
		c.Listed1(0, 0, "alone80")
		c.Days(care.AheadDays)
		due := c.Due(0, 0)
		c.Tell(c.Lead(0), due.ID, care.Fine)
		e, err := c.EntryShort(t.Context(), c.Village(), due.EntryID)
		c.OK(err)
		if past, err := c.Timeline(t.Context(), c.Official(), e); err != nil || len(past) != 1 || past[0].Outcome != care.Fine {
			t.Errorf("official: %+v, %v", past, err)
		}
		if _, err := c.Timeline(t.Context(), c.Lead(0), e); errs.KindOf(err) != errs.NotFound {
			t.Errorf("lead: %v", err)
		}
		if list, err := c.EntriesAt(t.Context(), c.Village(), c.Homes[0][0]); err != nil || len(list) != 1 {
			t.Errorf("village: %+v, %v", list, err)
		}
		for _, who := range []auth.Actor{c.Lead(0), caretest.Actor(auth.VillageOfficial, c.Villages[1]), {}} {
			if list, err := c.EntriesAt(t.Context(), who, c.Homes[0][0]); err != nil || len(list) != 0 {
				t.Errorf("%s: %+v, %v", who.Name, list, err)
			}
		}
	})
}

func TestPartsAreCountedInOrderOfCodeAndNotWhereTheyAreFew(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := caretest.New(t, db)
		c.Minutes = 10000
		for i := range 12 {
			c.Listed1(0, i, "alone80")
		}
		c.Days(care.AheadDays)
		for i := range 12 {
			c.Tell(c.Lead(0), c.Due(0, i).ID, care.Fine)
		}
		parts, err := c.Parts(t.Context(), caretest.Actor(auth.TownOfficial, c.Town), c.Town)
		c.OK(err)
		if len(parts) != 2 || parts[0] != (care.PartCount{UnitID: c.Villages[0], Entries: 10, Owed: 10, Kept: 100, Climbed: -1}) || parts[1] != (care.PartCount{UnitID: c.Villages[1], Entries: -1, Owed: -1, Kept: -1, Climbed: -1}) {
			t.Errorf("%+v", parts)
		}
		if parts, err := c.Parts(t.Context(), c.Village(), c.Villages[0]); err != nil || len(parts) != 0 {
			t.Errorf("a village has no parts: %+v, %v", parts, err)
		}
		if _, err := c.Parts(t.Context(), c.Village(), c.Town); errs.KindOf(err) != errs.NotFound {
			t.Errorf("the town's for a village: %v", err)
		}
	})
}
