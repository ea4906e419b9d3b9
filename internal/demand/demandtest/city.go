// Package demandtest builds a small city with everything a demand needs, for tests.
package demandtest

import (
	"context"
	"sync"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Codes of the city's units: a city of one town with one village, one area, and
// two groups; the first group has three cells, the third of them without a lead.
const (
	CityCode    = "430182"
	TownCode    = "430182101000"
	VillageCode = "430182101201"
	AreaCode    = "43018210120101"
	GroupCode   = "4301821012010101"
	CellCode    = "430182101201010101"
	NextCode    = "430182101201010102"
	EmptyCode   = "430182101201010103"
	OtherGroup  = "4301821012010102"
	OtherCell   = "430182101201010201"
)

// Doors of two households, in the first and in the second cell.
const (
	Door     = "AAAA222233"
	NextDoor = "BBBB222233"
)

// Ids of two departments.
const (
	UrbanID = "d-urban"
	WaterID = "d-water"
)

// Clock is a clock that a test moves.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Add moves the time on.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// City is the city with its services.
type City struct {
	DB     *sqldb.DB
	Net    *network.Service
	Policy *auth.Policy
	Audit  *audit.Log
	Live   *live.Hub
	Demand *demand.Service
	Clock  *Clock
	Keys   *seal.Sealer
	Vault  *seal.Vault
	Reads  *purpose.Service

	Calendar *workday.Calendar // that of today; a test may put another
	Revision int64             // to be raised with it

	Lead, NextLead, OtherLead   auth.Actor
	GroupLead, AreaLead, Linked auth.Actor
	Village, Town, Office       auth.Actor
	Auditor, Command            auth.Actor
	Urban, Water                auth.Actor // of the departments UrbanID and WaterID
}

// New builds the city in a fresh database. Its date is the first of April 2026.
func New(t testing.TB, db *sqldb.DB) *City {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	c := &City{DB: db, Clock: &Clock{at: time.Date(2026, 4, 1, 2, 0, 0, 0, time.UTC)}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sealer, err := seal.Open(dir)
	must(err)
	c.Calendar, err = workday.Default()
	must(err)
	c.Audit, err = audit.Open(db, audit.Options{Dir: dir, Now: c.Clock.Now})
	must(err)
	c.Live = live.NewHub(db, nil)
	c.Keys, c.Vault = sealer, sealtest.Vault(t, db, sealer)
	c.Net, err = network.Open(ctx, db, network.Options{Audit: c.Audit, Live: c.Live, Seal: sealer, Vault: c.Vault, Now: c.Clock.Now})
	must(err)
	c.Policy = auth.NewPolicy(c.Net, auth.Rules, network.Rules, demand.Rules, purpose.Rules)
	c.Reads = purpose.New(purpose.Options{DB: db, Policy: c.Policy, Tree: c.Net, UnitOf: network.UnitOfHousehold, Audit: c.Audit, Now: c.Clock.Now})
	c.Demand = demand.New(demand.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Sealer: sealer, Vault: c.Vault, Now: c.Clock.Now,
		Calendar: func() *workday.Calendar { return c.Calendar }, Revision: func() int64 { return c.Revision }, Purpose: c.Reads})
	c.Reads.Ask(c.Demand.Grounds())
	must(c.Net.ImportChunk(ctx, auth.System("test"), c.chunk()))
	must(c.Net.Refresh(ctx))
	c.actors()
	return c
}

var units = []struct {
	code, parent, name string
	level              network.Level
}{
	{CityCode, "", "宁乡市", network.City}, {TownCode, CityCode, "城郊街道", network.Town},
	{VillageCode, TownCode, "东沩社区", network.Village}, {AreaCode, VillageCode, "一片", network.Area},
	{GroupCode, AreaCode, "一组", network.Group}, {OtherGroup, AreaCode, "二组", network.Group},
	{CellCode, GroupCode, "一邻", network.Cell}, {NextCode, GroupCode, "二邻", network.Cell},
	{EmptyCode, GroupCode, "三邻", network.Cell}, {OtherCell, OtherGroup, "一邻", network.Cell},
}

var posts = []struct {
	unit, person string
	role         auth.Role
	department   string
}{
	{CellCode, "周桂英", auth.Lead, ""}, {NextCode, "彭伟", auth.Lead, ""}, {OtherCell, "喻敏", auth.Lead, ""},
	{GroupCode, "刘建国", auth.GroupLead, ""}, {AreaCode, "谢芳", auth.AreaLead, ""}, {GroupCode, "姜涛", auth.LinkedOfficial, ""},
	{VillageCode, "何勇", auth.VillageOfficial, ""}, {TownCode, "杨丽", auth.TownOfficial, ""}, {CityCode, "罗平", auth.CityOffice, ""},
	{CityCode, "黄审", auth.Auditor, ""}, {CityCode, "成指", auth.Command, ""},
	{CityCode, "廖城", auth.Department, UrbanID}, {CityCode, "江水", auth.Department, WaterID},
}

func (c *City) chunk() network.Chunk {
	chunk := network.Chunk{Source: "test"}
	for _, u := range units {
		parent := ""
		if u.parent != "" {
			parent = "u-" + u.parent
		}
		chunk.Units = append(chunk.Units, network.NewUnit{ID: "u-" + u.code, Code: u.code, Name: u.name, ParentID: parent, Level: u.level, StartedOn: "2026-01-01"})
	}
	for id, name := range map[string]string{UrbanID: "城市管理局", WaterID: "水利局"} {
		chunk.Departments = append(chunk.Departments, network.Department{ID: id, Code: id, Name: name})
	}
	for _, p := range posts {
		chunk.Persons = append(chunk.Persons, network.NewPerson{ID: "p-" + p.person, Name: p.person})
		post := network.NewPost{ID: "post-" + p.person, UnitID: "u-" + p.unit, Name: string(p.role), Role: p.role, DepartmentID: p.department}
		chunk.Posts = append(chunk.Posts, post)
		chunk.Appointments = append(chunk.Appointments, network.NewAppointment{ID: "app-" + p.person, PostID: post.ID, PersonID: "p-" + p.person, From: "2026-01-01"})
	}
	chunk.Posts = append(chunk.Posts, network.NewPost{ID: "post-empty", UnitID: "u-" + EmptyCode, Name: "lead", Role: auth.Lead})
	for door, cell := range map[string]string{Door: CellCode, NextDoor: NextCode} {
		chunk.Households = append(chunk.Households, network.NewHousehold{ID: "h-" + door, UnitID: "u-" + cell, Door: door,
			Address: "花明北路12号", AddressKey: "花明北路12", Head: "王小明", Size: 3, RosterKey: "test/" + door})
	}
	return chunk
}

func (c *City) actors() {
	for name, actor := range map[string]*auth.Actor{
		"周桂英": &c.Lead, "彭伟": &c.NextLead, "喻敏": &c.OtherLead, "刘建国": &c.GroupLead, "谢芳": &c.AreaLead, "姜涛": &c.Linked,
		"何勇": &c.Village, "杨丽": &c.Town, "罗平": &c.Office, "黄审": &c.Auditor, "成指": &c.Command,
		"廖城": &c.Urban, "江水": &c.Water,
	} {
		*actor = c.Actor(name)
	}
}

// Actor returns the person of that name as they are in today's tree.
func (c *City) Actor(name string) auth.Actor {
	return auth.Actor{AccountID: "a-" + name, PersonID: "p-" + name, Login: name, Name: name, Grants: c.Net.Tree().Grants("p-" + name)}
}

// Raise raises a demand from a unit and fails the test if that doesn't work.
func (c *City) Raise(t testing.TB, kind demand.Kind, unitCode, text string) demand.Receipt {
	t.Helper()
	r, err := c.Demand.Raise(context.Background(), auth.Actor{}, demand.Raise{Kind: kind, UnitCode: unitCode, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ID is the id of a unit.
func ID(code string) string { return "u-" + code }
