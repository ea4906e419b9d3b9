package demand_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
)

// complain raises a complaint about the village official, who then has nothing to do with it.
func complain(t *testing.T, c *demandtest.City) demand.Receipt {
	t.Helper()
	r, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Complaint, Text: "态度不好", UnitCode: demandtest.CellCode, About: string(auth.VillageOfficial)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestComplaintStaysAway from whom it is about, by whatever way one tries.
func TestComplaintStaysAway(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		number := complain(t, c).Number
		private, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Help, Text: "家事", UnitCode: demandtest.VillageCode, Private: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Demand.Merge(ctx, c.Town, number, private.Number, note(""))
		wantCode(t, err, errs.Conflict, "demand.merge_private")
		for _, code := range []string{demandtest.CellCode, demandtest.VillageCode} {
			wantCode(t, transfer(c, c.Town, number, demand.To{UnitCode: code}), errs.Invalid, "demand.check")
			_, err = c.Demand.AddHelper(ctx, c.Town, number, demand.To{UnitCode: code}, note(""))
			wantCode(t, err, errs.Invalid, "demand.check")
		}
		if err := transfer(c, c.Town, number, demand.To{}); err != nil {
			t.Fatal(err)
		}
		ok(t)(c.Demand.TakeOver(ctx, c.Office, number, note("")))
		_, err = c.Demand.Decide(ctx, c.Office, number, demand.To{UnitCode: demandtest.GroupCode}, note("归组里"))
		wantCode(t, err, errs.Invalid, "demand.check")
		_, err = c.Demand.Decide(ctx, c.Office, number, demand.To{}, note("还是我们"))
		wantCode(t, err, errs.Conflict, "demand.not_disputed")
	})
}

// TestConfinedLeavesTheQueue of those it went away from.
func TestConfinedLeavesTheQueue(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Help, Text: "家事", UnitCode: demandtest.CellCode, Private: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := transfer(c, c.Lead, r.Number, demand.To{UnitCode: demandtest.OtherCell}); err != nil {
			t.Fatal(err)
		}
		ok(t)(c.Demand.TakeOver(ctx, c.OtherLead, r.Number, note("")))
		for _, away := range []auth.Actor{c.Lead, c.GroupLead} {
			if got := queued(t, c, away, demand.Filter{}); len(got) != 0 {
				t.Errorf("%s still sees %v", away.Name, got)
			}
		}
		for _, there := range []auth.Actor{c.OtherLead, c.Village, c.Town} {
			if got := queued(t, c, there, demand.Filter{}); !slices.Equal(got, []string{"家事"}) {
				t.Errorf("%s sees %v", there.Name, got)
			}
		}
	})
}

// TestReporterDoesNotHandle: nobody confirms what they handled themselves.
func TestReporterDoesNotHandle(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		own, err := c.Demand.Raise(ctx, c.Lead, demand.Raise{Kind: demand.Report, Text: "电线垂下来了", UnitCode: demandtest.CellCode, Source: demand.FromLead})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Demand.Accept(ctx, c.Lead, own.Number, note(""))
		wantCode(t, err, errs.Forbidden, "demand.not_yours")

		entered, err := c.Demand.Raise(ctx, c.Lead, demand.Raise{Kind: demand.Help, Text: "换药", DoorCode: demandtest.Door, OnBehalf: true})
		if err != nil {
			t.Fatal(err)
		}
		ok(t)(c.Demand.Accept(ctx, c.Lead, entered.Number, note("")))
		ok(t)(c.Demand.Resolve(ctx, c.Lead, entered.Number, note("换了")))
		asLead := auth.With(ctx, c.Lead)
		_, err = c.Demand.Confirm(asLead, entered.Number, entered.Track, demand.Rating{}, note(""))
		wantCode(t, err, errs.Forbidden, "demand.not_the_handler")
		_, err = c.Demand.Claim(asLead, entered.Number, entered.Track, true, note(""))
		wantCode(t, err, errs.Forbidden, "demand.not_the_handler")
		ok(t)(c.Demand.Confirm(ctx, entered.Number, entered.Track, demand.Rating{}, note("")))
	})
}

// TestQuestionDoesNotStopTheClockForEver, though nobody could tell the resident.
func TestQuestionDoesNotStopTheClockForEver(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "修门")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		ok(t)(c.Demand.Ask(ctx, c.Lead, r.Number, note("哪扇门？")))
		if got := queued(t, c, c.GroupLead, demand.Filter{Tab: demand.TabTell}); len(got) != 1 {
			t.Errorf("to be told: %v", got)
		}
		ok(t)(c.Demand.TellInPerson(ctx, c.GroupLead, r.Number, note("说了")))
		c.Clock.Add(7 * 24 * time.Hour)
		tick(t, c)
		if f := get(t, c, c.Lead, r.Number); f.State != demand.Accepted || !f.Clock.Running() {
			t.Errorf("%s", f.State)
		}
	})
}

// TestNotePictures are as hidden as their note.
func TestNotePictures(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "修门")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		ok(t)(c.Demand.Note(ctx, c.Lead, r.Number, demand.Command{Note: "门牌", Pictures: []demand.Picture{{Full: []byte("full"), Thumb: []byte("thumb")}}}))
		photo := get(t, c, c.Lead, r.Number).Photos[0].ID
		mine, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || len(mine.Photos) != 0 {
			t.Errorf("%d pictures, %v", len(mine.Photos), err)
		}
		_, err = c.Demand.PhotoByTrack(ctx, r.Number, r.Track, photo, false)
		wantCode(t, err, errs.NotFound, "demand.no_photo")
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("修好了")))
		if image, err := c.Demand.PhotoByTrack(ctx, r.Number, r.Track, photo, false); err != nil || string(image) != "full" {
			t.Errorf("after the resolution: %q, %v", image, err)
		}
	})
}

// TestNoPointIsNaN: what is on no side of anything lies nowhere.
func TestNoPointIsNaN(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		_, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Report, Text: "x", UnitCode: demandtest.CellCode, Lon: math.NaN(), Lat: math.NaN()})
		wantCode(t, err, errs.Invalid, "demand.check")
	})
}
