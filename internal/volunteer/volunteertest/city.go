// Package volunteertest builds a small city with everything report-ins need, for tests.
package volunteertest

import (
	"context"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network/networktest"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// Door is the code on the door card of a household in the first village's cell.
const Door = networktest.Door

// City is networktest's with report-ins.
type City struct {
	*networktest.City
	Reports *volunteer.Service
	Needed  map[string]bool // people who are in a team
}

// New builds the city in an empty database. Its day is the first of December 2026.
func New(t testing.TB, db *sqldb.DB) *City {
	t.Helper()
	return With(networktest.New(t, db, volunteer.Rules), nil)
}

// With adds report-ins to a city, with what is told of those that end.
func With(city *networktest.City, gone volunteer.Gone) *City {
	c := &City{City: city, Needed: map[string]bool{}}
	needed := func(_ context.Context, _ sqldb.Querier, personID string) (bool, error) {
		return c.Needed[personID], nil
	}
	c.Reports = volunteer.New(volunteer.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Seal: c.Seal, Needed: needed, Gone: gone, Now: c.Now})
	c.Net.ReachThrough(c.Reports)
	return c
}

// Report is what somebody of the first village fills in.
func (c *City) Report(name, phone string) volunteer.Report {
	return volunteer.Report{Key: "k-" + name + phone, Name: name, Phone: phone, Kind: volunteer.Neighbour, UnitCode: c.Codes[0],
		Offer: volunteer.Offer{Skills: []volunteer.Skill{volunteer.Truck, volunteer.FirstAid}, Pledge: "雪天帮忙送药", Hours: 4}}
}

// ReportIn reports somebody of the first village in.
func (c *City) ReportIn(name, phone string) volunteer.Receipt {
	c.Helper()
	r, err := c.Reports.Report(c.Context(), auth.Actor{}, c.Report(name, phone))
	c.OK(err)
	return r
}

// Confirmed is ReportIn with the village's confirmation.
func (c *City) Confirmed(name, phone string) volunteer.Receipt {
	c.Helper()
	r := c.ReportIn(name, phone)
	c.OK(c.Reports.Confirm(c.Context(), c.Actor("村干部1"), volunteer.Step{ID: r.ID, Version: 1}))
	return r
}

// Visit opens pages as somebody sees them.
func (c *City) Visit(who auth.Actor, bundles []i18n.Bundle, mount func(*web.Server) web.Module) *webtest.Visitor {
	c.Helper()
	return c.City.Visit(who, append([]i18n.Bundle{volunteer.Messages}, bundles...), mount)
}
