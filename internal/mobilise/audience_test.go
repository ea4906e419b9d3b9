package mobilise_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
)

// What a form shows before an order goes out is what the order then does.
func TestPreview(t *testing.T) {
	each(t, 6, func(t *testing.T, c *mobilisetest.City) {
		seatAt(c, c.Far)
		c.Members = []mobilise.Called{{PersonID: c.Leads[0], UnitID: c.Village, TeamID: c.Team}, {PersonID: "m1", UnitID: c.Village, TeamID: c.Team}, {PersonID: "m2", UnitID: c.Far, TeamID: c.Team}}
		c.Skilled = map[string][]mobilise.Called{"saw": {{PersonID: "m1", UnitID: c.Village}, {PersonID: "s1", UnitID: c.Group}, {PersonID: "s2", UnitID: c.Far}}}
		c.Away[c.Leads[1]], c.Away["nobody"] = true, true
		issue(c, c.Command, func(p *mobilise.Propose) { p.Audience.UnitIDs = []string{c.Far} })
		leads := []auth.Role{auth.Lead}
		for _, x := range []struct {
			what string
			who  mobilise.Audience
			want mobilise.Count
		}{
			{"posts", mobilise.Audience{UnitIDs: []string{c.Town}, Roles: leads}, mobilise.Count{People: 5, Posts: 5, Away: 1, Units: 1, UnitID: c.Group}},
			{"two roles", mobilise.Audience{UnitIDs: []string{c.Town}, Roles: []auth.Role{auth.Lead, auth.LinkedOfficial}}, mobilise.Count{People: 6, Posts: 6, Away: 1, Units: 1, UnitID: c.Group}},
			{"a place twice", mobilise.Audience{UnitIDs: []string{c.Group, c.Village, c.Town, c.Village}, Roles: leads}, mobilise.Count{People: 5, Posts: 5, Away: 1, Units: 1, UnitID: c.Group}},
			{"the city", mobilise.Audience{UnitIDs: []string{c.Root}, Roles: leads}, mobilise.Count{People: 6, Posts: 6, Away: 1, Busy: 1, Units: 2, UnitID: c.Root}},
			{"a team, one from elsewhere", mobilise.Audience{TeamIDs: []string{c.Team}}, mobilise.Count{People: 3, Teams: 3, Units: 1, UnitID: c.Village}},
			{"all teams", mobilise.Audience{UnitIDs: []string{c.Village}, AllTeams: true}, mobilise.Count{People: 3, Teams: 3, Units: 1, UnitID: c.Village}},
			{"no team there", mobilise.Audience{UnitIDs: []string{c.Far}, AllTeams: true}, mobilise.Count{}},
			{"a skill", mobilise.Audience{UnitIDs: []string{c.Town}, Skills: []string{"saw"}}, mobilise.Count{People: 2, Skilled: 2, Units: 1, UnitID: c.Village}},
			{"everything", mobilise.Audience{UnitIDs: []string{c.Town}, Roles: leads, TeamIDs: []string{c.Team}, AllTeams: true, Skills: []string{"saw"}},
				mobilise.Count{People: 8, Posts: 5, Teams: 2, Skilled: 1, Away: 1, Twice: 2, Units: 1, UnitID: c.Village}},
			{"on the map", mobilise.Audience{Polygon: around(112.9, 28.2), Roles: leads}, mobilise.Count{People: 1, Posts: 1, Busy: 1, Units: 1, UnitID: c.Far}},
			{"on the map and by name", mobilise.Audience{Polygon: around(112.5, 28.2), UnitIDs: []string{c.Far}, Roles: leads}, mobilise.Count{People: 6, Posts: 6, Away: 1, Busy: 1, Units: 2, UnitID: c.Root}},
		} {
			got, err := c.Orders.Preview(t.Context(), c.Command, x.who)
			if err != nil || !reflect.DeepEqual(shown(got), x.want) {
				t.Errorf("%s: %v\ngot  %+v\nwant %+v", x.what, err, shown(got), x.want)
			}
			if x.want.People == 0 {
				continue
			}
			o := issue(c, c.Command, func(p *mobilise.Propose) { p.Kind, p.Audience = mobilise.Drill, x.who })
			checkCalled(t, c, o, x.want)
		}
	})
}

// shown leaves out of a count what isn't shown.
func shown(c mobilise.Count) mobilise.Count {
	return mobilise.Count{People: c.People, Posts: c.Posts, Teams: c.Teams, Skilled: c.Skilled, Away: c.Away, Twice: c.Twice, Busy: c.Busy, Units: c.Units, UnitID: c.UnitID}
}

// checkCalled: as many receipts as were counted, each person once, nobody who is away.
func checkCalled(t *testing.T, c *mobilisetest.City, o *mobilise.Order, want mobilise.Count) {
	t.Helper()
	seen, as := map[string]bool{}, map[string]int{}
	tree := c.Net.Tree()
	for i, r := range c.Receipts(o) {
		if r.N != i+1 || seen[r.PersonID] || c.Away[r.PersonID] || !tree.Contains(o.UnitID, r.UnitID) || !tree.Contains(r.VillageID, r.UnitID) {
			t.Errorf("receipt %d: %+v", i+1, r)
		}
		seen[r.PersonID] = true
		as[r.Role]++
	}
	if len(seen) != want.People || o.People != want.People || o.UnitID != want.UnitID || as[mobilise.AsTeam] != want.Teams || as[mobilise.AsSkill] != want.Skilled {
		t.Errorf("called %v of %s, counted %+v", as, o.UnitID, want)
	}
}

func around(lon, lat float64) []geo.Point {
	return []geo.Point{{X: lon - .1, Y: lat - .1}, {X: lon + .1, Y: lat - .1}, {X: lon + .1, Y: lat + .1}, {X: lon - .1, Y: lat + .1}}
}

// Nobody calls people of another town, and who calls says whom and where.
func TestAudienceIsBounded(t *testing.T) {
	each(t, 2, func(t *testing.T, c *mobilisetest.City) {
		seatAt(c, c.Far)
		c.Members = []mobilise.Called{{PersonID: "m1", UnitID: c.Village, TeamID: c.Team}}
		leads := []auth.Role{auth.Lead}
		for _, x := range []struct {
			what  string
			actor auth.Actor
			who   mobilise.Audience
			kind  errs.Kind
			code  string
		}{
			{"another town", c.TownHall, mobilise.Audience{UnitIDs: []string{c.Other}, Roles: leads}, errs.Forbidden, "auth.forbidden"},
			{"its own and another", c.TownHall, mobilise.Audience{UnitIDs: []string{c.Town, c.Other}, Roles: leads}, errs.Forbidden, "auth.forbidden"},
			{"the city", c.TownHall, mobilise.Audience{UnitIDs: []string{c.Root}, Roles: leads}, errs.Forbidden, "auth.forbidden"},
			{"another's village on the map", c.TownHall, mobilise.Audience{Polygon: around(112.9, 28.2), Roles: leads}, errs.Forbidden, "auth.forbidden"},
			{"another's team", c.Elsewhere, mobilise.Audience{TeamIDs: []string{c.Team}}, errs.Forbidden, "auth.forbidden"},
			{"its town by a village", c.Hall, mobilise.Audience{UnitIDs: []string{c.Town}, Roles: leads}, errs.Forbidden, "auth.forbidden"},
			{"no such team", c.Command, mobilise.Audience{TeamIDs: []string{"none"}}, errs.Invalid, "order.no_team"},
			{"no such unit", c.Command, mobilise.Audience{UnitIDs: []string{"none"}, Roles: leads}, errs.Invalid, "order.no_unit"},
			{"nowhere", c.Command, mobilise.Audience{Roles: leads}, errs.Invalid, "order.no_place"},
			{"nothing on the map", c.Command, mobilise.Audience{Polygon: around(100, 28), Roles: leads}, errs.Invalid, "order.no_place"},
			{"nobody", c.Command, mobilise.Audience{UnitIDs: []string{c.Town}}, errs.Invalid, "order.nobody_chosen"},
			{"nobody there", c.Command, mobilise.Audience{UnitIDs: []string{c.Town}, Roles: []auth.Role{auth.AreaLead}}, errs.Invalid, "order.nobody"},
			{"too many places", c.Command, mobilise.Audience{UnitIDs: slices.Repeat([]string{c.Town}, 501), Roles: leads}, errs.Invalid, "order.audience_large"},
			{"too many corners", c.Command, mobilise.Audience{Polygon: slices.Repeat(around(112, 28), 51), Roles: leads}, errs.Invalid, "order.audience_large"},
		} {
			_, err := c.Order(x.actor, func(p *mobilise.Propose) { p.Audience = x.who })
			wantCode(t, x.what, err, x.kind, x.code)
		}
	})
}

// What a proposal must say beside its words and people.
func TestProposalIsChecked(t *testing.T) {
	each(t, 1, func(t *testing.T, c *mobilisetest.City) {
		for _, x := range []struct {
			field, code string
			change      func(p *mobilise.Propose)
		}{
			{"kind", "order.missing", func(p *mobilise.Propose) { p.Kind = "joke" }},
			{"hazard", "order.missing", func(p *mobilise.Propose) { p.Hazard = "war" }},
			{"wait", "order.bad_wait", func(p *mobilise.Propose) { p.Wait = 121 }},
			{"wait", "order.bad_wait", func(p *mobilise.Propose) { p.Wait = -1 }},
			{"channels", "order.bad_channel", func(p *mobilise.Propose) { p.Channels = []mobilise.Channel{"pigeon"} }},
			{"channels", "order.bad_channel", func(p *mobilise.Propose) { p.Channels = []mobilise.Channel{mobilise.SMS, mobilise.SMS} }},
			{"title", "order.too_long", func(p *mobilise.Propose) { p.Words.Title = strings.Repeat("冰", 61) }},
			{"case_number", "order.missing", func(p *mobilise.Propose) { p.Hazard = mobilise.Missing }},
		} {
			_, err := c.Order(c.Command, x.change)
			wantField(t, x.field, err, x.field, x.code)
		}
		o := issue(c, c.Command, func(p *mobilise.Propose) { p.Channels, p.Wait = nil, 0 })
		if !slices.Equal(o.Channels, mobilise.Channels()) || o.Wait.Minutes() != 5 {
			t.Errorf("usual: %v, %v", o.Channels, o.Wait)
		}
	})
}
