package app_test

import (
	"context"
	"slices"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/volunteer"
)

// The demo city's teams are filled exactly, each person once, and the logins
// have something to see.
func TestTheDemoCitysTeams(t *testing.T) {
	a, _ := city(t)
	ctx := context.Background()
	if _, err := a.BuildDemo(ctx, demo.Options{Dir: a.Config.Dir, Seed: 1, Scale: 0.001}); err != nil {
		t.Fatal(err)
	}
	tree := a.Network.Tree()
	members, err := a.Teams.Members(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range members {
		seen[m.PersonID] = true
		if tree.ByID(m.UnitID) == nil {
			t.Errorf("%s counts nowhere", m.PersonID)
		}
	}
	ids := make([]string, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	names, err := network.PersonNames(ctx, a.DB.Reader(), ids)
	if err != nil || len(members) != 140 || len(seen) != 140 || len(names) != 140 {
		t.Errorf("%d members, %d different, %d in the registry, %v", len(members), len(seen), len(names), err)
	}
	units, err := a.Teams.Units(ctx)
	if err != nil || len(units) != 14 {
		t.Errorf("%d teams, %v", len(units), err)
	}
	village := tree.ByCode(demo.ShowVillage)
	official := tree.Posts(village.ID)[slices.IndexFunc(tree.Posts(village.ID), func(p *network.Post) bool { return p.Role == auth.VillageOfficial })].Serving()
	who := auth.Actor{AccountID: "v", PersonID: official.PersonID, Name: official.Name, Grants: tree.Grants(official.PersonID)}
	mine, err := a.Teams.List(ctx, who, team.Filter{Mine: true}, nil, 9)
	if err != nil || len(mine) != 1 {
		t.Errorf("the official is in %d teams, %v", len(mine), err)
	}
	if all, err := a.Teams.List(ctx, who, team.Filter{}, nil, 9); err != nil || len(all) != 2 {
		t.Errorf("the village has %d teams, %v", len(all), err)
	}
	for _, u := range tree.Subtree(village) {
		if u.Level != network.Cell {
			continue
		}
		if lead := tree.LeadOf(u.ID); !seen[lead.PersonID] { // the first is the login lead
			t.Errorf("%s is in no team", lead.Name)
		}
		break
	}
	if n, err := a.Volunteers.Waiting(ctx, who); err != nil || n != 6 {
		t.Errorf("%d wait, %v", n, err)
	}
	tally, err := a.Volunteers.Tally(ctx, auth.System("test"), "")
	if err != nil || tally[volunteer.Active] != 30 {
		t.Errorf("%v, %v", tally, err)
	}
}
