// Package wishtest builds a small city with report-ins and wishes, for tests.
package wishtest

import (
	"context"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/volunteertest"
	"bilin/internal/volunteer/wish"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// House is the household of the first village's cell.
const House = "h-1"

// City is volunteertest's with wishes.
type City struct {
	*volunteertest.City
	Wishes *wish.Service
	Reads  *purpose.Service
	Away   map[string][]wish.Span
	Told   []wish.News
}

// New builds the city in an empty database.
func New(t testing.TB, db *sqldb.DB) *City {
	t.Helper()
	c := &City{Away: map[string][]wish.Span{}}
	var gone volunteer.Gone = func(ctx context.Context, tx *sqldb.Tx, id string) error { return c.Wishes.Gone(ctx, tx, id) }
	c.City = volunteertest.With(networktest.New(t, db, volunteer.Rules, wish.Rules, purpose.Rules), gone)
	away := func(context.Context, sqldb.Querier, string, string) (map[string][]wish.Span, error) {
		return c.Away, nil
	}
	tell := func(_ context.Context, _ *sqldb.Tx, n wish.News) error {
		c.Told = append(c.Told, n)
		return nil
	}
	c.Reads = purpose.New(purpose.Options{DB: db, Policy: c.Policy, Tree: c.Net, UnitOf: network.UnitOfHousehold, Audit: c.Audit, Now: c.Now})
	c.Wishes = wish.New(wish.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Seal: c.Seal, Vault: c.Vault, Purpose: c.Reads, Volunteers: c.Reports, Away: away, Tell: tell, Now: c.Now})
	return c
}

// Able is somebody of the first village's cell who offers Saturday mornings
// as far as their village.
func (c *City) Able(name, phone string, skills ...volunteer.Skill) volunteer.Receipt {
	c.TB.Helper()
	report := c.Report(name, phone)
	report.UnitCode, report.Skills = c.Codes[0]+"010101", skills
	r, err := c.Reports.Report(c.Context(), auth.Actor{}, report)
	c.OK(err)
	c.OK(c.Reports.Confirm(c.Context(), c.Actor("村干部1"), volunteer.Step{ID: r.ID, Version: 1}))
	c.OK(c.Wishes.Offer(c.Context(), r.ID, r.Key, Saturday()))
	return r
}

// Saturday is hours on Saturday mornings.
func Saturday() wish.Offer {
	return wish.Offer{Reach: wish.InVillage, Until: "2027-03-01", Slot: wish.Slot{Weekday: 6, From: 9 * 60, To: 11 * 60}}
}

// Lead acts as the first cell's lead.
func (c *City) Lead() wish.By { return wish.By{Actor: c.Actor("邻长1")} }

// Posted posts a wish of a kind for the household.
func (c *City) Posted(kind string) string {
	id, err := c.Wishes.Post(c.Context(), c.Lead(), wish.Post{HouseholdID: House, Kind: kind, Words: "楼梯间的灯不亮了"})
	c.OK(err)
	return id
}

// Visit opens pages as somebody sees them.
func (c *City) Visit(who auth.Actor, bundles []i18n.Bundle, mount func(*web.Server) web.Module) *webtest.Visitor {
	return c.City.Visit(who, append([]i18n.Bundle{wish.Messages}, bundles...), mount)
}
