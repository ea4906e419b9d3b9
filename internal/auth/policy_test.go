package auth_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"

	"pgregory.net/rapid"
)

// paths is a tree whose ids are paths: "c/1/2" lies under "c/1" under "c".
type paths struct{}

func (paths) Contains(root, unit string) bool {
	return unit == root || strings.HasPrefix(unit, root+"/")
}
func (paths) RootID() string { return "c" }

const (
	see    auth.Action = "thing.see"
	do     auth.Action = "thing.do"
	own    auth.Action = "thing.own"
	public auth.Action = "thing.public"
	self   auth.Action = "thing.self"
	dept   auth.Action = "thing.dept"
)

var rules = []auth.Rule{
	{Action: see, Roles: []auth.Role{auth.TownOfficial, auth.Lead, auth.CityOffice, auth.Department}},
	{Action: do, Roles: []auth.Role{auth.Lead}, Own: true},
	{Action: do, Roles: []auth.Role{auth.TownOfficial}},
	{Action: own, Roles: []auth.Role{auth.TownOfficial}, Own: true},
	{Action: public, Public: true},
	{Action: self, AnyAccount: true},
	{Action: dept, Roles: []auth.Role{auth.Department, auth.CityOffice}, OfDepartment: true},
}

func actor(role auth.Role, unit string) auth.Actor {
	return auth.Actor{AccountID: "a1", Grants: []auth.Grant{{Role: role, UnitID: unit}}}
}

func TestCan(t *testing.T) {
	p := auth.NewPolicy(paths{}, rules)
	water := auth.Actor{AccountID: "w", Grants: []auth.Grant{{Role: auth.Department, UnitID: "c", DepartmentID: "water"}}}
	cases := []struct {
		name   string
		actor  auth.Actor
		action auth.Action
		obj    auth.Object
		want   errs.Kind
		ok     bool
	}{
		{"own unit", actor(auth.TownOfficial, "c/1"), see, auth.Object{UnitID: "c/1"}, 0, true},
		{"under it", actor(auth.TownOfficial, "c/1"), see, auth.Object{UnitID: "c/1/2/3"}, 0, true},
		{"beside it", actor(auth.TownOfficial, "c/1"), see, auth.Object{UnitID: "c/10"}, errs.Forbidden, false},
		{"above it", actor(auth.TownOfficial, "c/1"), see, auth.Object{UnitID: "c"}, errs.Forbidden, false},
		{"whole city refused", actor(auth.TownOfficial, "c/1"), see, auth.Object{}, errs.Forbidden, false},
		{"whole city", actor(auth.CityOffice, "c"), see, auth.Object{}, 0, true},
		{"other role", actor(auth.Auditor, "c"), see, auth.Object{UnitID: "c/1"}, errs.Forbidden, false},
		{"no such action", actor(auth.Admin, "c"), "thing.unheard", auth.Object{}, errs.Forbidden, false},
		{"grant without unit", actor(auth.TownOfficial, ""), see, auth.Object{}, errs.Forbidden, false},
		{"two rules, own", actor(auth.Lead, "c/1/2"), do, auth.Object{UnitID: "c/1/2"}, 0, true},
		{"two rules, own, under", actor(auth.Lead, "c/1/2"), do, auth.Object{UnitID: "c/1/2/3"}, errs.Forbidden, false},
		{"two rules, other", actor(auth.TownOfficial, "c/1"), do, auth.Object{UnitID: "c/1/2/3"}, 0, true},
		{"anonymous", auth.Actor{}, see, auth.Object{}, errs.Unauthenticated, false},
		{"anonymous, public", auth.Actor{}, public, auth.Object{UnitID: "c/1"}, 0, true},
		{"anonymous, self", auth.Actor{}, self, auth.Object{}, errs.Unauthenticated, false},
		{"no posts, self", auth.Actor{AccountID: "a"}, self, auth.Object{}, 0, true},
		{"system", auth.System("test"), "thing.unheard", auth.Object{}, 0, true},
		{"department sees what nobody has", water, see, auth.Object{UnitID: "c/1"}, 0, true},
		{"department sees its own", water, see, auth.Object{UnitID: "c/1", DepartmentID: "water"}, 0, true},
		{"department, another's", water, see, auth.Object{UnitID: "c/1", DepartmentID: "roads"}, errs.Forbidden, false},
		{"narrowed, nobody has it", water, dept, auth.Object{UnitID: "c/1"}, errs.Forbidden, false},
		{"narrowed, its own", water, dept, auth.Object{UnitID: "c/1", DepartmentID: "water"}, 0, true},
		{"narrowed, not for others", actor(auth.CityOffice, "c"), dept, auth.Object{DepartmentID: "water"}, 0, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := p.Can(c.actor, c.action, c.obj)
			if c.ok != (err == nil) {
				t.Fatalf("got %v", err)
			}
			if err != nil && errs.KindOf(err) != c.want {
				t.Errorf("kind %v, want %v", errs.KindOf(err), c.want)
			}
		})
	}
}

func TestScope(t *testing.T) {
	p := auth.NewPolicy(paths{}, rules)
	a := auth.Actor{AccountID: "a", Grants: []auth.Grant{
		{Role: auth.TownOfficial, UnitID: "c/1"}, {Role: auth.Lead, UnitID: "c/1/2"},
		{Role: auth.TownOfficial, UnitID: "c/1"}, {Role: auth.Lead, UnitID: "c/2/1"}, {Role: auth.Auditor, UnitID: "c"},
	}}
	cases := []struct {
		actor  auth.Actor
		action auth.Action
		want   []string
	}{
		{a, see, []string{"c/1", "c/2/1"}},
		{a, own, []string{"c/1"}},
		{a, public, []string{"c"}},
		{a, "thing.unheard", nil},
		{auth.Actor{}, see, nil},
		{auth.System("x"), see, []string{"c"}},
	}
	for _, c := range cases {
		if got := p.Scope(c.actor, c.action); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.action, got, c.want)
		}
	}
}

// A grant at a unit reaches its subtree and nothing else, and only by its role.
func TestGrantReachesItsSubtreeOnly(t *testing.T) {
	p := auth.NewPolicy(paths{}, rules)
	unit := rapid.Custom(func(t *rapid.T) string {
		id := "c"
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 2), 0, 5).Draw(t, "steps") {
			id += fmt.Sprint("/", n)
		}
		return id
	})
	rapid.Check(t, func(t *rapid.T) {
		role := rapid.SampledFrom(auth.Roles()).Draw(t, "role")
		at, of := unit.Draw(t, "at"), unit.Draw(t, "of")
		named := slices.Contains(rules[0].Roles, role)
		want := named && (of == at || strings.HasPrefix(of, at+"/"))
		if got := p.Can(actor(role, at), see, auth.Object{UnitID: of}) == nil; got != want {
			t.Fatalf("%s at %s on %s: %v, want %v", role, at, of, got, want)
		}
		if got := p.May(actor(role, at), see); got != named {
			t.Fatalf("May(%s) = %v", role, got)
		}
	})
}

// Whatever somebody holds, an action no rule speaks of is denied.
func TestDenyByDefault(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := auth.NewPolicy(paths{}, rules)
		a := auth.Actor{AccountID: "a"}
		for range rapid.IntRange(0, 4).Draw(t, "grants") {
			a.Grants = append(a.Grants, auth.Grant{Role: rapid.SampledFrom(auth.Roles()).Draw(t, "role"), UnitID: "c"})
		}
		action := auth.Action(rapid.StringMatching(`other\.[a-z]{1,8}`).Draw(t, "action"))
		if p.Can(a, action, auth.Object{}) == nil || p.May(a, action) || p.Scope(a, action) != nil {
			t.Fatalf("%s allowed to %v", action, a)
		}
	})
}

// Can and Scope tell the same story.
func TestScopeAgreesWithCan(t *testing.T) {
	units := []string{"c", "c/1", "c/1/1", "c/1/1/1", "c/2", "c/2/1"}
	rapid.Check(t, func(t *rapid.T) {
		p := auth.NewPolicy(paths{}, rules)
		a := auth.Actor{AccountID: "a"}
		for range rapid.IntRange(0, 4).Draw(t, "grants") {
			a.Grants = append(a.Grants, auth.Grant{
				Role:   rapid.SampledFrom(auth.Roles()).Draw(t, "role"),
				UnitID: rapid.SampledFrom(units).Draw(t, "unit"),
			})
		}
		of := rapid.SampledFrom(units).Draw(t, "of")
		in := slices.ContainsFunc(p.Scope(a, see), func(u string) bool { return paths{}.Contains(u, of) })
		if can := p.Can(a, see, auth.Object{UnitID: of}) == nil; can != in {
			t.Fatalf("%v on %s: can %v, in scope %v", a.Grants, of, can, in)
		}
	})
}

func TestActor(t *testing.T) {
	cases := []struct {
		actor auth.Actor
		id    string
		anon  bool
	}{
		{auth.Actor{}, "anonymous", true},
		{auth.System("import"), "system:import", false},
		{auth.Actor{AccountID: "x"}, "x", false},
	}
	for _, c := range cases {
		if c.actor.ID() != c.id || c.actor.Anonymous() != c.anon {
			t.Errorf("%+v: id %q anonymous %v", c.actor, c.actor.ID(), c.actor.Anonymous())
		}
	}
	ctx := auth.With(context.Background(), cases[2].actor)
	if auth.From(ctx).AccountID != "x" || !auth.From(context.Background()).Anonymous() {
		t.Error("context lost the actor")
	}
}

// Who may do what with accounts: role × action × object.
func TestRulesMatrix(t *testing.T) {
	p := auth.NewPolicy(paths{}, auth.Rules)
	granted := map[auth.Action][]auth.Role{
		auth.ActSelf:    auth.Roles(),
		auth.ActManage:  {auth.Admin},
		auth.ActToken:   {auth.Admin},
		auth.ActAudit:   {auth.Auditor, auth.Admin},
		auth.ActLink:    {auth.VillageOfficial, auth.TownOfficial},
		auth.ActFactors: auth.Roles(),
		auth.ActVouch:   {auth.VillageOfficial, auth.TownOfficial, auth.CityOffice, auth.Admin},
	}
	if len(granted) != len(p.Actions()) {
		t.Fatalf("the matrix knows %d actions, the rules %v", len(granted), p.Actions())
	}
	for action, roles := range granted {
		if p.May(auth.Actor{}, action) {
			t.Errorf("anonymous may %s", action)
		}
		for _, role := range auth.Roles() {
			for unit, within := range map[string]bool{"": false, "c": false, "c/1": true, "c/1/2": true, "c/2": false} {
				want := slices.Contains(roles, role) && (within || action == auth.ActSelf || action == auth.ActFactors)
				if got := p.Can(actor(role, "c/1"), action, auth.Object{UnitID: unit}) == nil; got != want {
					t.Errorf("%s at c/1, %s on %q: %v, want %v", role, action, unit, got, want)
				}
			}
			if got := p.Can(actor(role, "c"), action, auth.Object{}) == nil; got != slices.Contains(roles, role) {
				t.Errorf("%s at the city, %s: %v", role, action, got)
			}
		}
	}
}
