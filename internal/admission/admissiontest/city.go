// Package admissiontest builds a small city with everything admission needs, for tests.
package admissiontest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/burden"
	"bilin/internal/admission/duty"
	"bilin/internal/admission/monthly"
	"bilin/internal/admission/offlist"
	"bilin/internal/admission/oldnet"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/web"
	"bilin/internal/webtest"
	"bilin/internal/workday"
)

// The city's present and the month after it.
const (
	Now  = "2026-11-24 10:00"
	Next = admission.Month("2026-12")
)

// City is a city of two villages with two cells each; three have a lead.
type City struct {
	testing.TB
	DB       *sqldb.DB
	Net      *network.Service
	Audit    *audit.Log
	Hub      *live.Hub
	Policy   *auth.Policy
	Duties   *duty.Service
	Matters  *admission.Service
	Monthly  *monthly.Service
	Offlist  *offlist.Service
	Burden   *burden.Service
	Oldnet   *oldnet.Service
	Clock    time.Time
	Root     string
	Town     string
	Dept     string // the waters department
	Aid      string // the department of civil affairs
	Villages [2]string
	Cells    [4]string
	Homes    []string // of the first cell, in order of id
	Function string
	Paused   map[string]bool
	Owed     map[string]int // minutes owed to households on the care list, by cell
	Office   auth.Actor
	Water    auth.Actor // of Dept
}

// OK ends the test at an error.
func (c *City) OK(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// At reads a moment of the city's clock.
func At(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", text, workday.City)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// New builds the city in an empty database.
func New(t testing.TB, db *sqldb.DB) *City {
	t.Helper()
	dir := t.TempDir()
	c := &City{TB: t, DB: db, Hub: live.NewHub(db, nil), Clock: At(t, Now), Root: sqldb.NewID(), Town: sqldb.NewID(), Dept: sqldb.NewID(), Aid: sqldb.NewID(), Paused: map[string]bool{}}
	var err error
	c.Audit, err = audit.Open(db, audit.Options{Dir: dir})
	c.OK(err)
	keys, err := seal.Open(dir)
	c.OK(err)
	clock := func() time.Time { return c.Clock }
	c.Net, err = network.Open(t.Context(), db, network.Options{Audit: c.Audit, Live: c.Hub, Seal: keys, Now: clock})
	c.OK(err)
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), c.chunk()))
	c.OK(c.Net.Refresh(t.Context()))
	c.Policy = auth.NewPolicy(c.Net, auth.Rules, network.Rules, admission.Rules, duty.Rules, offlist.Rules, oldnet.Rules, burden.Rules)
	c.Duties, err = duty.Open(t.Context(), duty.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Hub, Now: clock})
	c.OK(err)
	c.Function = c.Duties.Catalog().Children(c.Duties.Catalog().Functions()[0].ID)[0].ID
	c.Matters = admission.New(admission.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Hub, Duties: c.Duties.Catalog, Now: clock,
		Owed: func(context.Context, sqldb.Querier, string, []string) (map[string]int, error) { return c.Owed, nil }})
	c.Monthly = monthly.New(monthly.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Hub, Admission: c.Matters, Now: clock,
		Paused: func(id string) bool { return c.Paused[id] }})
	c.Matters.Observe(c.Monthly)
	c.Offlist = offlist.New(offlist.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Seal: keys, Now: clock})
	c.Burden = burden.New(burden.Options{DB: db, Tree: c.Net.Tree, Budgets: c.Matters.AllBudgets, Policy: c.Policy, Now: clock})
	c.Oldnet = oldnet.New(oldnet.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Duties: c.Duties.Catalog, Now: clock})
	c.Office = Actor("office", auth.CityOffice, c.Root, "")
	c.Water = Actor("water", auth.Department, c.Root, c.Dept)
	return c
}

func (c *City) chunk() network.Chunk {
	out := network.Chunk{
		Units: []network.NewUnit{
			{ID: c.Root, Code: "430182000000", Name: "宁乡市", Level: network.City},
			{ID: c.Town, Code: "430182001000", Name: "玉潭街道", ParentID: c.Root, Level: network.Town},
		},
		Departments: []network.Department{{ID: c.Dept, Code: "SL", Name: "市水利局"}, {ID: c.Aid, Code: "MZ", Name: "市民政局"}},
	}
	for v := range c.Villages {
		c.Villages[v] = sqldb.NewID()
		area, group := sqldb.NewID(), sqldb.NewID()
		code := fmt.Sprintf("43018200100%d", v+1)
		out.Units = append(out.Units,
			network.NewUnit{ID: c.Villages[v], Code: code, Name: fmt.Sprintf("第%d村", v+1), ParentID: c.Town, Level: network.Village},
			network.NewUnit{ID: area, Code: code + "01", Name: "片", ParentID: c.Villages[v], Level: network.Area},
			network.NewUnit{ID: group, Code: code + "0101", Name: "组", ParentID: area, Level: network.Group})
		for i := range 2 {
			cell := 2*v + i
			c.Cells[cell] = sqldb.NewID()
			out.Units = append(out.Units, network.NewUnit{ID: c.Cells[cell], Code: fmt.Sprintf("%s01010%d", code, i+1), Name: "邻", ParentID: group, Level: network.Cell})
			post, person := sqldb.NewID(), fmt.Sprintf("p-lead%d", cell)
			out.Posts = append(out.Posts, network.NewPost{ID: post, UnitID: c.Cells[cell], Role: auth.Lead, Name: "邻长"})
			if cell < 3 {
				out.Persons = append(out.Persons, network.NewPerson{ID: person, Name: fmt.Sprintf("邻长%d", cell)})
				out.Appointments = append(out.Appointments, network.NewAppointment{PostID: post, PersonID: person})
			}
			for h := range 6 {
				id := sqldb.NewID()
				if cell == 0 {
					c.Homes = append(c.Homes, id)
				}
				out.Households = append(out.Households, network.NewHousehold{ID: id, UnitID: c.Cells[cell], Address: fmt.Sprintf("第%d村%d号", v+1, 10*i+h), RosterKey: id, Size: 2})
			}
		}
	}
	return out
}

// Actor is somebody with one role.
func Actor(id string, role auth.Role, unitID, departmentID string) auth.Actor {
	return auth.Actor{AccountID: id, PersonID: "p-" + id, Name: "刘" + id, Grants: []auth.Grant{{Role: role, UnitID: unitID, DepartmentID: departmentID}}}
}

// Lead is the lead of a cell.
func (c *City) Lead(cell int) auth.Actor {
	return Actor(fmt.Sprintf("lead%d", cell), auth.Lead, c.Cells[cell], "")
}

// Content is a matter of 20 minutes for each neighbour lead.
func (c *City) Content() admission.Content {
	return admission.Content{DepartmentID: c.Dept, FunctionID: c.Function, Duty: admission.Assist, Title: "防汛转移路线告知", Ask: "把转移路线告诉住户。",
		Basis: "《防洪法》第七条", Responsible: "市水利局防御科", Support: "发放路线卡", Way: admission.Tell, Level: network.Cell, Minutes: 20,
		FirstDay: 1, LastDay: 28, From: "2026-11-01", Until: "2027-10-31"}
}

// Visiting goes to each household each month: 6 × (10+5) minutes.
func (c *City) Visiting() admission.Content {
	m := c.Content()
	m.Title, m.Way, m.Minutes, m.HomeMinutes, m.Rotation = "入户查看用水设施", admission.Visit, 0, 10, 1
	return m
}

// Standing is the matter of care contacts.
func (c *City) Standing() admission.Content {
	m := c.Visiting()
	m.Title, m.Ask, m.Standing = "关怀联系", "按清单上门看看。", true
	return m
}

// Admitted walks a matter to its permit.
func (c *City) Admitted(m admission.Content) string {
	c.Helper()
	ctx := c.Context()
	out, err := c.Matters.Put(ctx, c.Water, admission.Put{Key: sqldb.NewID(), Content: m})
	c.OK(err)
	_, err = c.Matters.Submit(ctx, c.Water, out.Number, admission.Command{Key: sqldb.NewID()})
	c.OK(err)
	_, err = c.Matters.Admit(ctx, c.Office, out.Number, admission.Decision{Command: admission.Command{Key: sqldb.NewID(), Note: "依据充分，时间可行。"}, Priority: 5})
	c.OK(err)
	return out.Number
}

// PublishList composes a month's list and publishes it.
func (c *City) PublishList(month admission.Month) {
	c.Helper()
	_, err := c.Monthly.Compose(c.Context(), c.Office, month)
	c.OK(err)
	c.OK(c.Monthly.Publish(c.Context(), c.Office, month, monthly.Command{Key: sqldb.NewID()}))
}

// Count answers a query for one number.
func (c *City) Count(query string, args ...any) (n int) {
	c.Helper()
	c.OK(c.DB.Reader().QueryRowContext(c.Context(), query, args...).Scan(&n))
	return n
}

// Visit opens pages as somebody sees them.
func (c *City) Visit(who auth.Actor, bundles []i18n.Bundle, mount func(*web.Server) web.Module) *webtest.Visitor {
	c.Helper()
	return networktest.Visit(c.TB, networktest.Seen{Who: who, Policy: c.Policy, Now: func() time.Time { return c.Clock }}, append([]i18n.Bundle{admission.Messages, duty.Messages, monthly.Messages, offlist.Messages, oldnet.Messages, burden.Messages, live.Messages}, bundles...), mount)
}
