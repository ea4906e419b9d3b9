package team_test

import (
	"fmt"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise/team"
	"bilin/internal/mobilise/team/teamtest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// many makes teams of size people each, nobody in two.
func many(c *teamtest.City, teams, size int) (all []team.NewTeam) {
	for i := range teams {
		n := team.NewTeam{ID: sqldb.NewID(), Name: fmt.Sprintf("%03d队", i), Kind: team.General, UnitID: c.Villages[i%3],
			Equipment: []team.Equipment{{Name: "对讲机", Quantity: 4, Place: "村部"}, {Name: "发电机", Quantity: 1, Place: "村部", Repair: true}}}
		for j := range size {
			grade := team.Plain
			if j == 0 {
				grade = team.Leader
			}
			n.Members = append(n.Members, team.NewMember{PersonID: fmt.Sprintf("01890000-0000-7000-8000-%06d%06d", i, j), UnitID: c.Cells[i%6], Grade: grade})
		}
		all = append(all, n)
	}
	return all
}

func TestFillStoresExactlyWhatItIsGiven(t *testing.T) {
	each(t, func(c *teamtest.City) {
		all := many(c, 120, 7)
		all[5].Channel = "wecom://key"
		c.OK(c.Teams.Fill(c.Context(), auth.System("demo"), all))
		members, err := c.Teams.Members(c.Context(), nil)
		c.OK(err)
		seen := map[team.Member]bool{}
		for _, m := range members {
			seen[m] = true
		}
		for _, n := range all {
			for _, m := range n.Members {
				if !seen[team.Member{PersonID: m.PersonID, UnitID: m.UnitID, TeamID: n.ID}] {
					t.Fatalf("%s isn't in %s", m.PersonID, n.Name)
				}
			}
		}
		if len(members) != 840 || len(seen) != 840 {
			t.Errorf("%d members, %d different", len(members), len(seen))
		}
		some, err := c.Teams.Members(c.Context(), []string{all[3].ID, all[119].ID, "none"})
		if err != nil || len(some) != 14 {
			t.Errorf("of two teams: %d, %v", len(some), err)
		}
		if none, err := c.Teams.Members(c.Context(), []string{}); err != nil || len(none) != 0 {
			t.Errorf("of no team: %d, %v", len(none), err)
		}
		units, err := c.Teams.Units(c.Context())
		if err != nil || len(units) != 120 || units[all[4].ID] != c.Villages[1] {
			t.Errorf("%d units, %v", len(units), err)
		}
		d, err := c.Teams.Get(c.Context(), c.Actor("市办"), all[5].ID)
		if err != nil || d.Members != 7 || d.Equipment != 2 || d.Broken != 1 || !d.HasChannel || d.LeaderID != all[5].Members[0].PersonID {
			t.Errorf("%+v, %v", d, err)
		}
		if err := c.Teams.Fill(c.Context(), c.Actor("市办"), all); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("by an official: %v", err)
		}
		if err := c.Teams.Fill(c.Context(), auth.System("demo"), []team.NewTeam{{Name: "", Kind: team.Ice, UnitID: c.Root}}); err == nil {
			t.Error("a team without a name is stored")
		}
	})
}

// The core reads all members when it calls everybody: 30,000 in a tenth of a
// second. The bound here is loose for machines under load.
func TestAllMembersAreReadQuickly(t *testing.T) {
	c := teamtest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	began := time.Now()
	c.OK(c.Teams.Fill(t.Context(), auth.System("demo"), many(c, 471, 64)))
	filled := time.Since(began)
	best := time.Hour
	for range 5 {
		began = time.Now()
		members, err := c.Teams.Members(t.Context(), nil)
		if took := time.Since(began); took < best {
			best = took
		}
		if err != nil || len(members) != 471*64 {
			t.Fatalf("%d, %v", len(members), err)
		}
	}
	t.Logf("filled in %s, read in %s", filled, best)
	if best > 300*time.Millisecond {
		t.Errorf("30,000 members read in %s", best)
	}
}
