package rollcall_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/rollcall/rollcalltest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// Whatever is reported by whomever in whatever order, from fresh forms and old
// ones, the counters of each village and minute equal a recount of the rows.
func TestCountersEqualARecount(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		rapid.Check(t, func(r *rapid.T) {
			id := c.Opened(c.Root, false)
			for range rapid.IntRange(1, 25).Draw(r, "steps") {
				c.Now = c.Now.Add(time.Duration(rapid.IntRange(0, 90).Draw(r, "seconds")) * time.Second)
				if rapid.IntRange(0, 3).Draw(r, "aid") == 0 {
					assistOne(r, c, id)
					continue
				}
				reportSome(r, c, id)
			}
			compareWithRows(r, c, id)
			c.OK(c.Close(t.Context(), c.Command(), rollcall.End{ID: id}))
		})
	})
}

func reportSome(r *rapid.T, c *rollcalltest.City, id string) {
	cell := rapid.IntRange(0, len(c.Cells)-1).Draw(r, "cell")
	report := rollcall.Report{Key: sqldb.NewID(), CallID: id, UnitID: c.Cells[cell], Way: rapid.SampledFrom(rollcall.Ways()).Draw(r, "way")}
	for _, home := range rapid.SliceOfNDistinct(rapid.SampledFrom(c.Homes[cell]), 1, len(c.Homes[cell]), rapid.ID[string]).Draw(r, "homes") {
		say := rollcall.Say{HouseholdID: home, Answer: rapid.SampledFrom(rollcall.Answers()).Draw(r, "answer"), Shown: rapid.IntRange(0, 4).Draw(r, "shown")}
		if say.Answer == rollcall.Help {
			say.Need = rapid.SampledFrom(rollcall.Needs()).Draw(r, "need")
		}
		report.Says = append(report.Says, say)
	}
	out, err := c.Report(c.Context(), c.Command(), report)
	if err != nil || out.Saved+len(out.Asked) != len(report.Says) {
		r.Fatalf("%+v, %v", out, err)
	}
}

func assistOne(r *rapid.T, c *rollcalltest.City, id string) {
	cell := rapid.IntRange(0, len(c.Cells)-1).Draw(r, "cell")
	err := c.Assist(c.Context(), c.Command(), rollcall.Assist{
		CallID: id, HouseholdID: rapid.SampledFrom(c.Homes[cell]).Draw(r, "home"),
		Aid: rapid.SampledFrom([]rollcall.Aid{rollcall.UnderWay, rollcall.Helped, rollcall.NoAid}).Draw(r, "aid"), Version: rapid.IntRange(1, 4).Draw(r, "version"),
	})
	switch errs.KindOf(err) {
	case errs.NotFound, errs.Stale, errs.Invalid: // nobody reported it, or not like this
	default:
		if err != nil {
			r.Fatal(err)
		}
	}
}

func compareWithRows(r *rapid.T, c *rollcalltest.City, id string) {
	totals, err := c.ByVillage(c.Context(), id)
	c.OK(err)
	sum := 0
	for v, village := range c.Villages {
		of := func(where string) int {
			return count(c, `SELECT COUNT(*) FROM rollcall_report WHERE call_id = $1 AND village_id = $2 AND `+where, id, village)
		}
		want := rollcall.Totals{
			Expected: rollcalltest.Per * (2 - v/2), Safe: of(`answer = 'safe'`), Help: of(`answer = 'help'`),
			Helped: of(`answer = 'help' AND aid = 'helped'`), NotReached: of(`answer = 'not_reached'`),
		}
		if totals[village] != want {
			r.Fatalf("village %d counts %+v, its rows are %+v", v, totals[village], want)
		}
		b, err := c.Board(c.Context(), rollcalltest.Actor(auth.VillageOfficial, village), id, "")
		c.OK(err)
		parts := rollcall.Totals{}
		for _, p := range b.Parts {
			parts = rollcall.Totals{parts.Expected + p.Expected, parts.Safe + p.Safe, parts.Help + p.Help, parts.Helped + p.Helped, parts.NotReached + p.NotReached}
		}
		if parts != want || b.Totals != want {
			r.Fatalf("village %d shows %+v, its cells %+v, its rows are %+v", v, b.Totals, parts, want)
		}
		sum += want.Reported()
	}
	curve, err := c.Curve(c.Context(), id)
	c.OK(err)
	last := 0
	for _, p := range curve {
		first := count(c, `SELECT COUNT(*) FROM rollcall_report WHERE call_id = $1 AND first_at < $2`, id, sqldb.Millis(p.At.Add(time.Minute)))
		if p.Reported != first || p.Reported <= last {
			r.Fatalf("by %v the curve says %d, the rows %d", p.At, p.Reported, first)
		}
		last = p.Reported
	}
	if last != sum {
		r.Fatalf("the curve ends at %d of %d", last, sum)
	}
}
