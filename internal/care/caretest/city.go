// Package caretest builds a small city with a care list, for tests.
package caretest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// Per is how many households a cell has.
const Per = 12

// City is a village of one group with four cells, the last of which nobody
// leads, and a second village with one cell.
type City struct {
	testing.TB
	*care.Service
	Needs    *need.Service
	DB       *sqldb.DB
	Net      *network.Service
	Audit    *audit.Log
	Hub      *live.Hub
	Policy   *auth.Policy
	Purposes *purpose.Service
	Vault    *seal.Vault
	Dir      string // of the keys
	Now      time.Time
	Root     string
	Town     string
	Villages [2]string
	Groups   [2]string
	Cells    [5]string
	Homes    [5][]string // by cell

	Listed  bool            // the month's list has care contacts
	Full    map[string]bool // cells whose leads have no room
	Minutes int             // a lead's month
	Alarmed map[string]bool // units in an emergency
	Raised  []care.Raised   // demands that contacts led to
	Closed  []string        // months whose tasks were closed
}

// OK ends the test at an error.
func (c *City) OK(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// New builds the city in an empty database. It is 1 March 2027, a Monday.
func New(t testing.TB, db *sqldb.DB) *City {
	t.Helper()
	c := &City{TB: t, DB: db, Dir: t.TempDir(), Hub: live.NewHub(db, nil), Now: time.Date(2027, 3, 1, 2, 0, 0, 0, time.UTC),
		Listed: true, Full: map[string]bool{}, Minutes: 240, Alarmed: map[string]bool{}}
	now := func() time.Time { return c.Now }
	var err error
	c.Audit, err = audit.Open(db, audit.Options{Dir: c.Dir})
	c.OK(err)
	keys, err := seal.Open(c.Dir)
	c.OK(err)
	c.Vault = sealtest.Vault(t, db, keys)
	c.Net, err = network.Open(t.Context(), db, network.Options{Audit: c.Audit, Live: c.Hub, Seal: keys, Vault: c.Vault, Now: now})
	c.OK(err)
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), c.chunk()))
	c.OK(c.Net.Refresh(t.Context()))
	c.Policy = auth.NewPolicy(c.Net, auth.Rules, network.Rules, purpose.Rules, need.Rules, care.Rules)
	c.Purposes = purpose.New(purpose.Options{DB: db, Policy: c.Policy, Tree: c.Net, UnitOf: network.UnitOfHousehold, Audit: c.Audit, Now: now})
	c.Needs, err = need.Open(t.Context(), need.Options{DB: db, Policy: c.Policy, Audit: c.Audit, Live: c.Hub, Now: now})
	c.OK(err)
	c.Service = care.New(care.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Hub, Needs: c.Needs, Seal: keys, Vault: c.Vault, Purpose: c.Purposes,
		Gate: gate{c}, Demand: c.demand, Alarm: func(id string) bool { return c.Alarmed[id] }, Now: now})
	c.Purposes.Ask(c.Service)
	return c
}

// gate is the monthly list, as the test has it.
type gate struct{ c *City }

func (g gate) Permit(_ context.Context, _ *sqldb.Tx, _ string, cells []string) (bool, map[string]bool, error) {
	room := map[string]bool{}
	for _, id := range cells {
		room[id] = !g.c.Full[id]
	}
	return g.c.Listed, room, nil
}

func (g gate) Budget(context.Context, string) (int, error) { return g.c.Minutes, nil }

func (g gate) Close(_ context.Context, month string, _ []string) error {
	g.c.Closed = append(g.c.Closed, month)
	return nil
}

func (c *City) demand(ctx context.Context, _ auth.Actor, r care.Raised) (string, error) {
	number := ""
	for i, o := range c.Raised {
		if o.Key == r.Key {
			return fmt.Sprintf("D%d", i+1), nil
		}
	}
	err := c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		number = fmt.Sprintf("D%d", len(c.Raised)+1)
		return r.Along(ctx, tx, number)
	})
	if err == nil {
		c.Raised = append(c.Raised, r)
	}
	return number, err
}

func (c *City) chunk() network.Chunk {
	c.Root, c.Town = sqldb.NewID(), sqldb.NewID()
	out := network.Chunk{Units: []network.NewUnit{
		{ID: c.Root, Code: "430182000000", Name: "宁乡市", Level: network.City},
		{ID: c.Town, Code: "430182001000", Name: "玉潭街道", ParentID: c.Root, Level: network.Town},
	}}
	n := 0
	for v, cells := range []int{4, 1} {
		c.Villages[v], c.Groups[v] = sqldb.NewID(), sqldb.NewID()
		area, code := sqldb.NewID(), fmt.Sprintf("43018200100%d", v+1)
		out.Units = append(out.Units,
			network.NewUnit{ID: c.Villages[v], Code: code, Name: fmt.Sprintf("第%d村", v+1), ParentID: c.Town, Level: network.Village},
			network.NewUnit{ID: area, Code: code + "01", Name: "一片", ParentID: c.Villages[v], Level: network.Area},
			network.NewUnit{ID: c.Groups[v], Code: code + "0101", Name: "一组", ParentID: area, Level: network.Group})
		serve(&out, c.Groups[v], auth.LinkedOfficial, fmt.Sprintf("干部%d", v))
		serve(&out, c.Villages[v], auth.VillageOfficial, fmt.Sprintf("村干部%d", v))
		for range cells {
			c.cell(&out, n, code, v)
			n++
		}
	}
	return out
}

func (c *City) cell(out *network.Chunk, n int, village string, v int) {
	c.Cells[n] = sqldb.NewID()
	out.Units = append(out.Units, network.NewUnit{ID: c.Cells[n], Code: fmt.Sprintf("%s01010%d", village, n+1), Name: fmt.Sprintf("%d邻", n+1), ParentID: c.Groups[v], Level: network.Cell})
	if n != 3 {
		serve(out, c.Cells[n], auth.Lead, fmt.Sprintf("邻长%d", n))
	}
	for h := range Per {
		id := sqldb.NewID()
		c.Homes[n] = append(c.Homes[n], id)
		out.Households = append(out.Households, network.NewHousehold{
			ID: id, UnitID: c.Cells[n], Address: fmt.Sprintf("第%d村%d号", v+1, 20*n+h), Head: fmt.Sprintf("周大%c", '一'+rune(h)), Phone: fmt.Sprintf("1380000%02d%02d", n, h), RosterKey: id, Size: 2,
		})
	}
}

func serve(out *network.Chunk, unit string, role auth.Role, name string) {
	post := sqldb.NewID()
	out.Posts = append(out.Posts, network.NewPost{ID: post, UnitID: unit, Role: role, Name: string(role)})
	out.Persons = append(out.Persons, network.NewPerson{ID: "p-" + name, Name: name})
	out.Appointments = append(out.Appointments, network.NewAppointment{PostID: post, PersonID: "p-" + name})
}

// Actor is somebody with one role.
func Actor(role auth.Role, unitID string) auth.Actor {
	return auth.Actor{AccountID: string(role) + "-" + unitID, PersonID: "p-" + string(role) + "-" + unitID, Name: "刘" + string(role), Grants: []auth.Grant{{Role: role, UnitID: unitID}}}
}

// Lead is the lead of a cell.
func (c *City) Lead(cell int) auth.Actor { return Actor(auth.Lead, c.Cells[cell]) }

// Official is the linked official of the first group.
func (c *City) Official() auth.Actor { return Actor(auth.LinkedOfficial, c.Groups[0]) }

// Village is the first village's official.
func (c *City) Village() auth.Actor { return Actor(auth.VillageOfficial, c.Villages[0]) }

// Days lets days pass.
func (c *City) Days(n int) { c.Now = c.Now.AddDate(0, 0, n) }

// Today is the city's day.
func (c *City) Today() string { return c.Now.Format(time.DateOnly) }

// Enter is a command to list a household of a cell, by consent.
func (c *City) Enter(cell, home int, code string) care.Enter {
	return care.Enter{Key: sqldb.NewID(), HouseholdID: c.Homes[cell][home], Need: code, Basis: care.ByConsent, Agreed: care.InWords}
}

// Listed1 lists a household of a cell and returns the entry's id.
func (c *City) Listed1(cell, home int, code string) string {
	c.Helper()
	id, err := c.List(c.Context(), c.Village(), c.Enter(cell, home, code))
	c.OK(err)
	return id
}

// Due lets days pass until a household's first contact is there, and returns it.
func (c *City) Due(cell, home int) care.Contact {
	c.Helper()
	c.OK(c.Tick(c.Context()))
	for _, who := range []auth.Actor{c.Lead(cell), c.Lead(0), c.Lead(1), c.Lead(2), c.Official(), c.Village()} {
		list, _, err := c.ContactsDue(c.Context(), who, "", 100)
		c.OK(err)
		for _, x := range list {
			if x.HouseholdID == c.Homes[cell][home] {
				return x
			}
		}
	}
	c.Fatal("no contact of the household is open")
	return care.Contact{}
}

// Tell reports what became of a contact, today.
func (c *City) Tell(who auth.Actor, id string, o care.Outcome) care.Result {
	c.Helper()
	words := ""
	if o == care.NeedsHelp {
		words = "要换药"
	}
	out, err := c.Contact(c.Context(), who, care.Report{Key: sqldb.NewID(), ID: id, Outcome: o, Words: words})
	c.OK(err)
	return out
}

// Look opens why a household is listed, for its renewal.
func (c *City) Look(who auth.Actor, entryID string) {
	c.Helper()
	_, _, err := c.Entry(c.Context(), who, entryID, care.Ground{Kind: care.Kind, ID: entryID})
	c.OK(err)
}

// TurnOff takes a need out of use, as if its notice had begun eleven days ago.
func (c *City) TurnOff(code string) {
	c.Helper()
	c.Days(-11)
	id, err := c.Needs.ProposeEnd(c.Context(), Actor(auth.CityOffice, c.Root), need.End{Key: sqldb.NewID(), Code: code, Why: "没有人再申请"})
	c.OK(err)
	c.OK(c.Needs.Approve(c.Context(), Actor(auth.PrivacyOfficer, c.Root), need.Decide{Key: sqldb.NewID(), ID: id}))
	c.Days(11)
	c.OK(c.Needs.Tick(c.Context()))
}

// Visit lets somebody go through pages.
func (c *City) Visit(who auth.Actor, words []i18n.Bundle, module func(*web.Server) web.Module) *webtest.Visitor {
	c.Helper()
	return networktest.Visit(c.TB, networktest.Seen{Who: who, Policy: c.Policy, Now: func() time.Time { return c.Now }}, append([]i18n.Bundle{care.Messages, need.Messages, purpose.Messages}, words...), module)
}
