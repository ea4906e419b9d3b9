// Package rollcalltest builds a small city in which roll-calls can be held, for tests.
package rollcalltest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/mobilise/rollcall"
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
const Per = 6

// City has two towns: the first with two villages of two cells each, the last
// of which nobody leads; the second with one village of one cell.
type City struct {
	testing.TB
	*rollcall.Service
	DB       *sqldb.DB
	Net      *network.Service
	Audit    *audit.Log
	Hub      *live.Hub
	Policy   *auth.Policy
	Now      time.Time
	Root     string
	Towns    [2]string
	Villages [3]string
	Groups   [3]string
	Cells    [5]string
	Homes    [5][]string // by cell
	Orders   map[string]rollcall.Order
	Firsts   map[string]bool // households that are asked first
	Notes    []string        // states that were written into orders' timelines
}

// OK ends the test at an error.
func (c *City) OK(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// New builds the city in an empty database.
func New(t testing.TB, db *sqldb.DB) *City {
	t.Helper()
	dir := t.TempDir()
	c := &City{TB: t, DB: db, Hub: live.NewHub(db, nil), Now: time.Date(2027, 1, 20, 1, 0, 0, 0, time.UTC), Orders: map[string]rollcall.Order{}}
	var err error
	c.Audit, err = audit.Open(db, audit.Options{Dir: dir})
	c.OK(err)
	keys, err := seal.Open(dir)
	c.OK(err)
	c.Net, err = network.Open(t.Context(), db, network.Options{Audit: c.Audit, Live: c.Hub, Seal: keys, Vault: sealtest.Vault(t, db, keys), Now: func() time.Time { return c.Now }})
	c.OK(err)
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), c.chunk()))
	c.OK(c.Net.Refresh(t.Context()))
	c.Policy = auth.NewPolicy(c.Net, auth.Rules, network.Rules, purpose.Rules, rollcall.Rules)
	c.Service = c.At(func() time.Time { return c.Now })
	reads := purpose.New(purpose.Options{DB: db, Policy: c.Policy, Tree: c.Net, UnitOf: network.UnitOfHousehold, Audit: c.Audit, Now: func() time.Time { return c.Now }})
	reads.Ask(c.Grounds())
	c.Net.ReadThrough(reads)
	return c
}

// At is the service with another clock.
func (c *City) At(now func() time.Time) *rollcall.Service {
	return rollcall.New(rollcall.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Hub, Now: now, Order: c.order, Note: c.note,
		First: func(context.Context, []string) (map[string]bool, error) { return c.Firsts, nil }})
}

func (c *City) chunk() network.Chunk {
	c.Root, c.Towns = sqldb.NewID(), [2]string{sqldb.NewID(), sqldb.NewID()}
	out := network.Chunk{Units: []network.NewUnit{
		{ID: c.Root, Code: "430182000000", Name: "宁乡市", Level: network.City},
		{ID: c.Towns[0], Code: "430182001000", Name: "玉潭街道", ParentID: c.Root, Level: network.Town},
		{ID: c.Towns[1], Code: "430182002000", Name: "白马桥街道", ParentID: c.Root, Level: network.Town},
	}}
	for v, town := range []int{0, 0, 1} {
		c.Villages[v], c.Groups[v] = sqldb.NewID(), sqldb.NewID()
		area, code := sqldb.NewID(), fmt.Sprintf("43018200%d00%d", town+1, v+1)
		out.Units = append(out.Units,
			network.NewUnit{ID: c.Villages[v], Code: code, Name: fmt.Sprintf("第%d村", v+1), ParentID: c.Towns[town], Level: network.Village},
			network.NewUnit{ID: area, Code: code + "01", Name: "一片", ParentID: c.Villages[v], Level: network.Area},
			network.NewUnit{ID: c.Groups[v], Code: code + "0101", Name: "一组", ParentID: area, Level: network.Group})
		c.serve(&out, c.Groups[v], auth.LinkedOfficial, fmt.Sprintf("干部%d", v))
		for i := range 2 - v/2 {
			c.cell(&out, 2*v+i, code, v)
		}
	}
	return out
}

func (c *City) cell(out *network.Chunk, n int, village string, v int) {
	c.Cells[n] = sqldb.NewID()
	out.Units = append(out.Units, network.NewUnit{ID: c.Cells[n], Code: fmt.Sprintf("%s01010%d", village, n+1), Name: fmt.Sprintf("%d邻", n+1), ParentID: c.Groups[v], Level: network.Cell})
	if n != 3 {
		c.serve(out, c.Cells[n], auth.Lead, fmt.Sprintf("邻长%d", n))
	}
	for h := range Per {
		id := sqldb.NewID()
		c.Homes[n] = append(c.Homes[n], id)
		out.Households = append(out.Households, network.NewHousehold{
			ID: id, UnitID: c.Cells[n], Address: fmt.Sprintf("第%d村%d号", v+1, 10*n+h), Head: fmt.Sprintf("周大%c", '一'+rune(h)), Phone: fmt.Sprintf("1380000%02d%02d", n, h), RosterKey: id, Size: 2,
		})
	}
}

func (c *City) serve(out *network.Chunk, unit string, role auth.Role, name string) {
	post := sqldb.NewID()
	out.Posts = append(out.Posts, network.NewPost{ID: post, UnitID: unit, Role: role, Name: string(role)})
	out.Persons = append(out.Persons, network.NewPerson{ID: "p-" + name, Name: name})
	out.Appointments = append(out.Appointments, network.NewAppointment{PostID: post, PersonID: "p-" + name})
}

func (c *City) order(_ context.Context, _ auth.Actor, number string) (rollcall.Order, error) {
	if o, ok := c.Orders[number]; ok {
		return o, nil
	}
	return rollcall.Order{}, errs.E(errs.NotFound, "rollcall.no_order")
}

func (c *City) note(_ context.Context, _ *sqldb.Tx, _ auth.Actor, call *rollcall.Call) error {
	c.Notes = append(c.Notes, string(call.State))
	return nil
}

// Actor is somebody with one role.
func Actor(role auth.Role, unitID string) auth.Actor {
	return auth.Actor{AccountID: string(role) + "-" + unitID, PersonID: "p", Name: "刘" + string(role), Grants: []auth.Grant{{Role: role, UnitID: unitID}}}
}

// Lead is the lead of a cell.
func (c *City) Lead(cell int) auth.Actor { return Actor(auth.Lead, c.Cells[cell]) }

// Command is the command post.
func (c *City) Command() auth.Actor { return Actor(auth.Command, c.Root) }

// Opened opens a roll-call of a unit.
func (c *City) Opened(unitID string, drill bool) string {
	c.Helper()
	id, err := c.Open(c.Context(), c.Command(), rollcall.Start{Key: sqldb.NewID(), UnitID: unitID, Reason: "冰灾断电，逐户问一遍", Drill: drill})
	c.OK(err)
	return id
}

// Say is a report of one household of a cell by its lead.
func (c *City) Say(callID string, cell, home int, answer rollcall.Answer, need rollcall.Need, shown int) rollcall.Report {
	return rollcall.Report{Key: sqldb.NewID(), CallID: callID, UnitID: c.Cells[cell], Says: []rollcall.Say{{HouseholdID: c.Homes[cell][home], Answer: answer, Need: need, Shown: shown}}}
}

// Visit lets somebody go through pages.
func (c *City) Visit(who auth.Actor, words []i18n.Bundle, module func(*web.Server) web.Module) *webtest.Visitor {
	c.Helper()
	return networktest.Visit(c.TB, networktest.Seen{Who: who, Policy: c.Policy, Now: func() time.Time { return c.Now }}, append([]i18n.Bundle{rollcall.Messages}, words...), module)
}
