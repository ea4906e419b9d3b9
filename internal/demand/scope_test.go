package demand_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// raiseSome raises one demand of a kind from each place, an hour apart, and
// returns their numbers by a name.
func raiseSome(t *testing.T, c *demandtest.City) map[string]string {
	t.Helper()
	numbers := map[string]string{}
	for _, r := range []struct {
		name, unit string
		kind       demand.Kind
	}{
		{"cell", demandtest.CellCode, demand.Help}, {"next", demandtest.NextCode, demand.Help},
		{"empty", demandtest.EmptyCode, demand.Report}, {"other", demandtest.OtherCell, demand.Question},
		{"village", demandtest.VillageCode, demand.Suggestion},
		{"complaint", demandtest.CellCode, demand.Complaint}, {"complaint2", demandtest.OtherCell, demand.Complaint},
	} {
		numbers[r.name] = c.Raise(t, r.kind, r.unit, r.name).Number
		c.Clock.Add(time.Hour)
	}
	return numbers
}

func queued(t *testing.T, c *demandtest.City, actor auth.Actor, f demand.Filter) []string {
	t.Helper()
	var names []string
	var after *demand.Cursor
	for {
		page, err := c.Demand.Queue(ctx, actor, f, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rows {
			names = append(names, r.Text)
		}
		if after = page.Next; after == nil {
			return names
		}
	}
}

// TestWhoSees holds the queue, which asks in SQL, and Get, which decides in
// rules, against the same table.
// same compares two lists whatever their order.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func TestWhoSees(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		numbers := raiseSome(t, c)
		everything := []string{"cell", "next", "empty", "other", "village", "complaint", "complaint2"}
		cases := []struct {
			name  string
			actor auth.Actor
			sees  []string
		}{
			{"the lead, not the complaint about them", c.Lead, []string{"cell"}},
			{"the lead next door", c.NextLead, []string{"next"}},
			{"another group's lead", c.OtherLead, []string{"other"}},
			{"the group lead", c.GroupLead, []string{"cell", "next", "empty", "complaint"}},
			{"the linked official", c.Linked, []string{"cell", "next", "empty", "complaint"}},
			{"the area lead, not what went past the groups to the village", c.AreaLead, []string{"cell", "next", "empty", "other", "complaint"}},
			{"the village", c.Village, everything},
			{"the town", c.Town, everything},
			{"the city office", c.Office, everything},
		}
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				if got := queued(t, c, tc.actor, demand.Filter{}); !same(got, tc.sees) {
					t.Errorf("queue %v, want %v", got, tc.sees)
				}
				for name, number := range numbers {
					_, err := c.Demand.Get(ctx, tc.actor, number)
					if (err == nil) != slices.Contains(tc.sees, name) || err != nil && errs.CodeOf(err) != "demand.none" {
						t.Errorf("%s: %v", name, err)
					}
				}
				counts, err := c.Demand.Counts(ctx, tc.actor, "")
				if err != nil || counts.Open != len(tc.sees) {
					t.Errorf("counts %+v, %v", counts, err)
				}
			})
		}
		for _, stranger := range []auth.Actor{c.Auditor, c.Command, {}} {
			_, err := c.Demand.Queue(ctx, stranger, demand.Filter{}, nil, 10)
			if k := errs.KindOf(err); err == nil || k != errs.Forbidden && k != errs.Unauthenticated {
				t.Errorf("%s reads the queue: %v", stranger.Name, err)
			}
			if _, err := c.Demand.Get(ctx, stranger, numbers["cell"]); err == nil {
				t.Errorf("%s reads a demand", stranger.Name)
			}
		}
	})
}

// TestComplaintHidesFromItsSubjectEverywhere makes the lead complained of group
// lead as well: even there they don't see it, and it went past them.
func TestComplaintHidesFromItsSubjectEverywhere(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		number := c.Raise(t, demand.Complaint, demandtest.CellCode, "complaint").Number
		both := c.Lead
		both.Grants = append(slices.Clone(both.Grants), c.GroupLead.Grants...)
		if got := queued(t, c, both, demand.Filter{}); len(got) != 0 {
			t.Errorf("queue shows %v", got)
		}
		if n, err := c.Demand.Counts(ctx, both, ""); err != nil || n.Todo() != 0 {
			t.Errorf("counted %+v, %v", n, err)
		}
		_, err := c.Demand.Accept(ctx, both, number, demand.Command{})
		wantCode(t, err, errs.NotFound, "demand.none")
	})
}

func TestWhoHandles(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		empty := c.Raise(t, demand.Help, demandtest.EmptyCode, "empty").Number
		_, err := c.Demand.Accept(ctx, c.Lead, empty, demand.Command{})
		wantCode(t, err, errs.NotFound, "demand.none")
		_, err = c.Demand.Accept(ctx, nobody, empty, demand.Command{})
		if errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("nobody accepts: %v", err)
		}
		cell := c.Raise(t, demand.Help, demandtest.CellCode, "cell").Number
		ok(t)(c.Demand.Accept(ctx, c.Village, cell, demand.Command{}))
		f, err := c.Demand.Get(ctx, c.Lead, cell)
		if err != nil || f.OwnerID != demandtest.ID(demandtest.VillageCode) || f.Keeper.Name != "何勇" || f.May != (demand.May{}) {
			t.Errorf("taken up by the village: %+v, %v", f, err)
		}
		_, err = c.Demand.Resolve(ctx, c.Lead, cell, note("好了"))
		wantCode(t, err, errs.Forbidden, "demand.not_yours")
		ok(t)(c.Demand.Resolve(ctx, c.Town, cell, note("好了")))
		linked := c.Raise(t, demand.Help, demandtest.CellCode, "linked").Number
		ok(t)(c.Demand.Accept(ctx, c.Linked, linked, demand.Command{}))
		if f, err = c.Demand.Get(ctx, c.GroupLead, linked); err != nil || f.Keeper.Name != "姜涛" || f.Keeper.Role != auth.LinkedOfficial {
			t.Errorf("kept by %+v, %v", f.Keeper, err)
		}
	})
}

func TestQueueFilters(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		numbers := raiseSome(t, c)
		ok(t)(c.Demand.Accept(ctx, c.Lead, numbers["cell"], demand.Command{}))
		ok(t)(c.Demand.Accept(ctx, c.NextLead, numbers["next"], demand.Command{}))
		ok(t)(c.Demand.Resolve(ctx, c.NextLead, numbers["next"], note("好了")))
		cases := []struct {
			name   string
			filter demand.Filter
			want   []string
		}{
			{"to do", demand.Filter{}, []string{"cell", "empty", "other", "village", "complaint", "complaint2"}},
			{"accepted", demand.Filter{State: demand.Accepted}, []string{"cell"}},
			{"waiting", demand.Filter{Stage: demand.Waiting}, []string{"next"}},
			{"closed", demand.Filter{Stage: demand.Closed}, nil},
			{"kind", demand.Filter{Kind: demand.Report}, []string{"empty"}},
			{"group", demand.Filter{UnitCode: demandtest.GroupCode}, []string{"cell", "empty", "complaint"}},
			{"cell", demand.Filter{UnitCode: demandtest.OtherCell}, []string{"other", "complaint2"}},
			{"above their own", demand.Filter{UnitCode: demandtest.CityCode}, []string{"cell", "empty", "other", "village", "complaint", "complaint2"}},
		}
		for _, tc := range cases {
			if got := queued(t, c, c.Village, tc.filter); !same(got, tc.want) {
				t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
			}
		}
		_, err := c.Demand.Queue(ctx, c.Lead, demand.Filter{UnitCode: demandtest.NextCode}, nil, 10)
		if errs.KindOf(err) != errs.Forbidden {
			t.Errorf("the neighbour's queue: %v", err)
		}
		tallies, err := c.Demand.ByUnit(ctx, c.Village, demandtest.ID(demandtest.AreaCode))
		got := map[string]int{}
		for _, tally := range tallies {
			got[tally.Unit.Code] = tally.Todo
		}
		if err != nil || !maps.Equal(got, map[string]int{demandtest.GroupCode: 3, demandtest.OtherGroup: 2}) {
			t.Errorf("tallies %v, %v", got, err)
		}
		tallies, err = c.Demand.ByUnit(ctx, c.Office, demandtest.ID(demandtest.CityCode))
		if err != nil || len(tallies) != 1 || tallies[0].Todo != 6 || tallies[0].Unit.Code != demandtest.TownCode {
			t.Errorf("city tallies %+v, %v", tallies, err)
		}
	})
}

func TestClosedNewestFirst(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		for i := range 5 {
			r := c.Raise(t, demand.Help, demandtest.CellCode, fmt.Sprint(i))
			ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
			ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("好了")))
			ok(t)(c.Demand.Confirm(ctx, r.Number, r.Track, demand.Rating{}, note("")))
			c.Clock.Add(time.Minute)
		}
		if got := queued(t, c, c.Lead, demand.Filter{Stage: demand.Closed}); !slices.Equal(got, []string{"4", "3", "2", "1", "0"}) {
			t.Errorf("%v", got)
		}
	})
}

// TestQueueAsksAnIndex keeps the queues from reading every demand of the city.
func TestQueueAsksAnIndex(t *testing.T) {
	c := demandtest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	both := c.Lead
	both.Grants = append(slices.Clone(both.Grants), c.OtherLead.Grants...)
	for name, tc := range map[string]struct {
		actor auth.Actor
		index string
	}{
		"lead": {c.Lead, "demand_village_touched"}, "group": {c.GroupLead, "demand_village_touched"}, "lead of two": {both, "sqlite_autoindex_demand_1"},
		"village": {c.Village, "demand_village_touched"}, "town": {c.Town, "demand_town_touched"}, "city": {c.Office, "demand_touched"},
	} {
		query, _, args, err := demand.QueueQuery(c.Demand, tc.actor, demand.Filter{Stage: demand.Closed}, nil, 25)
		if err != nil {
			t.Fatal(err)
		}
		plan := planOf(t, c, query, args)
		if !strings.Contains(plan, "INDEX "+tc.index+" ") || strings.Contains(plan, "SCAN demand") {
			t.Errorf("%s: %s", name, plan)
		}
	}
}

func planOf(t *testing.T, c *demandtest.City, query string, args []any) string {
	t.Helper()
	rows, err := c.DB.Reader().QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	return strings.Join(plan, "; ")
}
