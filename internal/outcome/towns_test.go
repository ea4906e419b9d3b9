package outcome_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/method"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const q3 = outcometest.Q3

// townsCity is a city of twelve towns with eight villages each. In the villages
// of the fourth town fires are three times as frequent; nobody else differs.
func townsCity(t *testing.T, db *sqldb.DB) *outcometest.City {
	t.Helper()
	c := outcometest.New(t, db, outcometest.Make{Towns: 12, Villages: 8})
	for q := q3 - 11; q <= q3; q++ {
		c.Take("fires", q, func(village int) (num, den int) {
			dice := rand.New(rand.NewPCG(uint64(village), uint64(q)))
			chance := 0.0015
			if village/8 == 3 {
				chance *= 3
			}
			for range 1600 {
				if dice.Float64() < chance {
					num++
				}
			}
			return num, 1600
		})
		c.Take("rivers", q, func(village int) (num, den int) {
			dice := rand.New(rand.NewPCG(uint64(village), uint64(1000+q)))
			for range 20 {
				if dice.Float64() < 0.1 {
					num++
				}
			}
			return num, 20
		})
	}
	return c
}

func TestTowns(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := townsCity(t, db)
		ctx := t.Context()
		town := c.Actor(auth.TownOfficial, c.Towns[0])
		if _, err := c.Svc.Towns(ctx, c.Office, q3); errs.KindOf(err) != errs.NotFound {
			t.Fatalf("no release: %v", err)
		}
		_, err := c.Svc.Begin(ctx, c.Office, outcome.Command{Period: q3})
		c.OK(err)
		_, err = c.Svc.OpenObjections(ctx, c.Office, outcome.Command{Period: q3})
		c.OK(err)
		for _, who := range []auth.Actor{{}, town} {
			if _, err := c.Svc.Towns(ctx, who, q3); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s compares what isn't published: %v", who.Name, err)
			}
		}
		if _, err := c.Svc.Towns(ctx, c.Office, q3); err != nil {
			t.Errorf("the city office compares before publication: %v", err)
		}
		c.Now = c.Now.AddDate(0, 0, outcome.ObjectionDays+1)
		_, err = c.Svc.Publish(ctx, c.Office, outcome.Command{Period: q3})
		c.OK(err)
		fires, err := c.Svc.TownsBy(ctx, auth.Actor{}, q3, "fires")
		c.OK(err)
		for i, town := range fires.Towns {
			want := method.Ordinary
			if i == 3 {
				want = method.Poorer
			}
			if town.UnitID != c.Towns[i] || town.Villages != 8 || town.Band != want && want == method.Poorer || town.Band == method.Poorer && i != 3 {
				t.Errorf("%d: %+v", i, town)
			}
			if i == 3 && town.LowestQuarter < 0.99 || town.RankLow > town.RankHigh || i == 3 && town.RankHigh != 12 {
				t.Errorf("%s: lowest quarter %v, rank %d to %d", town.UnitID, town.LowestQuarter, town.RankLow, town.RankHigh)
			}
		}
		addsUp(c, fires)
		all, err := c.Svc.Towns(ctx, auth.Actor{}, q3)
		c.OK(err)
		if len(all.Indicators) != 15 || len(all.Towns) != 12 {
			t.Errorf("%d indicators, %d towns", len(all.Indicators), len(all.Towns))
		}
		if again, err := c.Svc.Towns(ctx, auth.Actor{}, q3); err != nil || again != all {
			t.Errorf("the same comparison is drawn again: %v", err)
		}
		if _, err := c.Svc.TownsBy(ctx, auth.Actor{}, q3, "complaints"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("towns are compared by complaints: %v", err)
		}
	})
}

// addsUp holds a town's counts against what its villages publish.
func addsUp(c *outcometest.City, fires *outcome.Towns) {
	c.Helper()
	v, err := c.Svc.Lights(c.Context(), auth.Actor{}, q3)
	c.OK(err)
	for i, town := range fires.Towns {
		var num, den int
		for _, village := range c.Villages[8*i : 8*i+8] {
			cell, ok := v.Cell("fires", village)
			if !ok {
				c.Fatalf("%s shows nothing", village)
			}
			num, den = num+cell.Num, den+cell.Den
		}
		if got := town.Counts[0]; got.Num != num || got.Den != den || num%method.Base != 0 {
			c.Errorf("%s: %+v, its villages %d of %d", town.UnitID, got, num, den)
		}
	}
}

func TestSeriesAndProvenance(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := townsCity(t, db)
		c.Publish(q3)
		v, err := c.Svc.Lights(t.Context(), auth.Actor{}, q3)
		c.OK(err)
		fires, _ := c.Svc.Catalog().ByCode("fires")
		series := v.Series(fires, c.Villages[0])
		cell, _ := v.Cell("fires", c.Villages[0])
		num := 0
		for _, q := range series[8:] {
			num += q.Num
		}
		if len(series) != 12 || series[11].Period != q3 || num != cell.Num {
			t.Errorf("%+v beside %+v", series, cell)
		}
		city := v.Together(fires, c.Villages)
		for i, q := range city {
			sum := 0
			for _, id := range c.Villages {
				sum += v.Series(fires, id)[i].Num
			}
			if !q.Known || q.Num != sum || q.Parts != len(c.Villages) {
				t.Errorf("%s: %+v, villages %d", q.Period, q, sum)
			}
		}
		if low, high := v.Range(fires, cell); low > v.Nulls["fires"].Mean || high < v.Nulls["fires"].Mean {
			t.Errorf("%v to %v", low, high)
		}
		nothing, _ := c.Svc.Catalog().ByCode("waste")
		for _, q := range v.Series(nothing, c.Villages[0]) {
			if q.Known {
				t.Errorf("%+v comes from nowhere", q)
			}
		}
		c.Take("fires", q3, func(int) (int, int) { return 3, 1600 }) // after the preview
		from, err := c.Svc.Provenance(t.Context(), v.Release)
		c.OK(err)
		if b := from["fires"]; len(from) != 2 || b.Name != "" || b.By != "" || b.New != len(c.Villages) || b.At.After(v.PreviewedAt) {
			t.Errorf("%+v", from)
		}
		known, err := c.Svc.Deliveries(t.Context(), v.Release, "fires", 3)
		c.OK(err)
		if len(known.Known) != 3 || known.Later != 1 || known.Known[0].Name != "" || known.Known[0].At.After(v.PreviewedAt) {
			t.Errorf("%+v", known)
		}
	})
}

func TestSeriesKeepsWhatIsNotOnesOwn(t *testing.T) {
	c := townsCity(t, sqldbtest.Open(t, sqldb.SQLite))
	_, err := c.Svc.Begin(t.Context(), c.Office, outcome.Command{Period: q3})
	c.OK(err)
	_, err = c.Svc.OpenObjections(t.Context(), c.Office, outcome.Command{Period: q3})
	c.OK(err)
	own := c.Actor(auth.VillageOfficial, c.Villages[0])
	v, err := c.Svc.Lights(t.Context(), own, q3)
	c.OK(err)
	fires, _ := c.Svc.Catalog().ByCode("fires")
	known := func(id string) bool {
		return slices.ContainsFunc(v.Series(fires, id), func(q outcome.Quarterly) bool { return q.Known })
	}
	if !known(c.Villages[0]) || known(c.Villages[1]) {
		t.Error("a village sees its own quarters, and nobody else's")
	}
	if !c.Svc.Visible(own, v.Release) || c.Svc.Visible(auth.Actor{}, v.Release) || !strings.HasPrefix(c.Villages[0], "village00") {
		t.Error("who may see a release before publication")
	}
}
