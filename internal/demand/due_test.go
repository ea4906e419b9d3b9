package demand_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/workday"
)

// TestManyFallDueAtOnce: each climbs once, though two machines do it at a time.
func TestManyFallDueAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		const many = 300
		var list []*demand.Demand
		for i := range many {
			d, err := c.Demand.Past(ctx, nobody, demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: fmt.Sprint("第", i, "件")}, c.Clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, d)
		}
		if err := c.Demand.Store(ctx, list); err != nil {
			t.Fatal(err)
		}
		c.Clock.Add(26 * time.Hour)
		var wg sync.WaitGroup
		failed := make([]error, 2)
		for i := range failed {
			wg.Go(func() { _, failed[i] = c.Demand.Tick(ctx) })
		}
		wg.Wait()
		if err := errors.Join(failed...); err != nil {
			t.Fatal(err)
		}
		var n, climbs, owners int
		err := c.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*), SUM(climbs), COUNT(DISTINCT owner_id) FROM demand WHERE owner_id = $1`,
			demandtest.ID(demandtest.GroupCode)).Scan(&n, &climbs, &owners)
		if err != nil || n != many || climbs != many || owners != 1 {
			t.Errorf("%d at the group, %d climbs, %v", n, climbs, err)
		}
	})
}

// TestLateHoliday: a day that was announced late is given to every running clock.
func TestLateHoliday(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := demandtest.New(t, db)
		r := c.Raise(t, demand.Help, demandtest.CellCode, "修灯")
		due := get(t, c, c.Lead, r.Number).DueAt
		days, err := workday.ReadDays(strings.NewReader("2026-04-02,2026-04-02,休,临时\n"))
		if err != nil {
			t.Fatal(err)
		}
		cal, err := workday.Default(days...)
		if err != nil {
			t.Fatal(err)
		}
		c.Calendar, c.Revision = cal, 1
		tick(t, c)
		if f := get(t, c, c.Lead, r.Number); !f.DueAt.Equal(due.Add(24 * time.Hour)) {
			t.Errorf("due %s, was %s", f.DueAt, due)
		}
	})
}

// TestSimilar shows what neighbours raised without a word of what they wrote.
func TestSimilar(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Report, demandtest.NextCode, "村口的路灯从上周起就不亮了，接孩子不安全")
		c.Raise(t, demand.Help, demandtest.NextCode, "村口的路灯从上周起就不亮了，接孩子不安全")
		c.Raise(t, demand.Report, demandtest.NextCode, "沟里有垃圾")
		hints, err := c.Demand.Similar(ctx, demand.Raise{UnitCode: demandtest.CellCode, Text: "村口路灯不亮了，晚上接孩子不安全"})
		if err != nil || len(hints) != 1 || hints[0].ID != r.ID || hints[0].Unit != "一组" {
			t.Fatalf("%+v, %v", hints, err)
		}
		for range 2 {
			if err := c.Demand.Follow(ctx, r.ID, "13800138000", "tap"); err != nil {
				t.Fatal(err)
			}
		}
		if f := get(t, c, c.NextLead, r.Number); f.Follows != 1 {
			t.Errorf("%d follow", f.Follows)
		}
		wantCode(t, c.Demand.Follow(ctx, r.ID, "隔壁老王", ""), errs.Invalid, "demand.check")
	})
}
