// Package mobilisetest is a small city whose people can be called out, for tests.
package mobilisetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
)

// City is one city, two towns, a village in each, a group with a linked
// official in the first, and a cell with its lead for each of so many leads.
type City struct {
	testing.TB
	Dir                                                         string // of its keys and its record
	DB                                                          *sqldb.DB
	Net                                                         *network.Service
	Policy                                                      *auth.Policy
	Audit                                                       *audit.Log
	Keys                                                        *seal.Sealer
	Live                                                        *live.Hub
	Orders                                                      *mobilise.Service
	Root, Town, Other, Village, Far, Group                      string
	Official                                                    string // person id of the linked official
	Leads                                                       []string
	Team                                                        string
	Command, Office, TownHall, Elsewhere, Hall, Linked, Privacy auth.Actor

	mu      sync.Mutex
	now     time.Time
	Members []mobilise.Called // of Team
	Skilled map[string][]mobilise.Called
	Away    map[string]bool
}

// Phone is the number of the n-th lead, from 0; every tenth has none.
func Phone(n int) string {
	if n%10 == 9 {
		return ""
	}
	return fmt.Sprintf("129%08d", n)
}

// New makes a city with so many leads. More rules may be given to its policy.
func New(t testing.TB, db *sqldb.DB, leads int, rules ...[]auth.Rule) *City {
	t.Helper()
	dir := t.TempDir()
	c := &City{TB: t, Dir: dir, DB: db, now: time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC), Skilled: map[string][]mobilise.Called{}, Away: map[string]bool{}, Team: sqldb.NewID()}
	var err error
	c.Audit, err = audit.Open(db, audit.Options{Dir: dir, Now: c.Now})
	c.ok(err)
	c.Keys, err = seal.Open(dir)
	c.ok(err)
	c.Live = live.NewHub(db, nil)
	t.Cleanup(func() { c.ok(c.Live.Stop(context.Background())) })
	c.Net, err = network.Open(t.Context(), db, network.Options{Audit: c.Audit, Seal: c.Keys, Vault: sealtest.Vault(t, db, c.Keys), Now: c.Now, Live: c.Live})
	c.ok(err)
	c.build(leads)
	c.Policy = auth.NewPolicy(c.Net, append([][]auth.Rule{auth.Rules, network.Rules, mobilise.Rules}, rules...)...)
	c.Orders = mobilise.New(c.Options(nil))
	t.Cleanup(c.Orders.Stop)
	return c
}

// Options are those of its orders, with somebody who hears of alerts, or nobody.
func (c *City) Options(useAlert func(context.Context, *sqldb.Tx, auth.Actor, mobilise.AlertUse) error) mobilise.Options {
	return mobilise.Options{DB: c.DB, Network: c.Net, People: people{c}, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Sealer: c.Keys, UseAlert: useAlert, Now: c.Now}
}

func (c *City) ok(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// Now is the city's clock.
func (c *City) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass lets time go by.
func (c *City) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *City) build(leads int) {
	for _, id := range []*string{&c.Root, &c.Town, &c.Other, &c.Village, &c.Far, &c.Group, &c.Official} {
		*id = sqldb.NewID()
	}
	area, post := sqldb.NewID(), sqldb.NewID()
	chunk := network.Chunk{
		Units: []network.NewUnit{
			{ID: c.Root, Code: "430182000000", Name: "宁乡市", Level: network.City},
			{ID: c.Town, Code: "430182001000", Name: "玉潭街道", ParentID: c.Root, Level: network.Town},
			{ID: c.Other, Code: "430182002000", Name: "白马桥街道", ParentID: c.Root, Level: network.Town},
			{ID: c.Village, Code: "430182001001", Name: "花明村", ParentID: c.Town, Level: network.Village, Placed: true, Lon: 112.5, Lat: 28.2},
			{ID: c.Far, Code: "430182002001", Name: "白马村", ParentID: c.Other, Level: network.Village, Placed: true, Lon: 112.9, Lat: 28.2},
			{ID: area, Code: "43018200100101", Name: "一片", ParentID: c.Village, Level: network.Area},
			{ID: c.Group, Code: "4301820010010101", Name: "一组", ParentID: area, Level: network.Group},
		},
		Persons:      []network.NewPerson{{ID: c.Official, Name: "联络员", Phone: "12955555555"}},
		Posts:        []network.NewPost{{ID: post, UnitID: c.Group, Role: auth.LinkedOfficial, Name: "联组干部"}},
		Appointments: []network.NewAppointment{{PostID: post, PersonID: c.Official}},
	}
	for n := range leads {
		cell, person, post := sqldb.NewID(), sqldb.NewID(), sqldb.NewID()
		c.Leads = append(c.Leads, person)
		chunk.Units = append(chunk.Units, network.NewUnit{ID: cell, Code: fmt.Sprintf("4301820010010101%05d", n), Name: fmt.Sprintf("%d邻", n+1), ParentID: c.Group, Level: network.Cell})
		chunk.Persons = append(chunk.Persons, network.NewPerson{ID: person, Name: fmt.Sprintf("邻长%d", n+1), Phone: Phone(n)})
		chunk.Posts = append(chunk.Posts, network.NewPost{ID: post, UnitID: cell, Role: auth.Lead, Name: "邻长"})
		chunk.Appointments = append(chunk.Appointments, network.NewAppointment{PostID: post, PersonID: person})
	}
	c.ok(c.Net.ImportChunk(context.Background(), auth.System("test"), chunk))
	c.ok(c.Net.Refresh(context.Background()))
	c.Command, c.Office = c.Actor(auth.Command, c.Root), c.Actor(auth.CityOffice, c.Root)
	c.TownHall, c.Elsewhere = c.Actor(auth.TownOfficial, c.Town), c.Actor(auth.TownOfficial, c.Other)
	c.Hall, c.Linked = c.Actor(auth.VillageOfficial, c.Village), c.Actor(auth.LinkedOfficial, c.Group)
	c.Linked.PersonID = c.Official
	c.Privacy = c.Actor(auth.PrivacyOfficer, c.Root)
}

// Actor is somebody with a post at a unit.
func (c *City) Actor(role auth.Role, unitID string) auth.Actor {
	return auth.Actor{AccountID: "a-" + string(role) + unitID, Name: string(role), Grants: []auth.Grant{{Role: role, UnitID: unitID}}}
}

// Lead is the n-th lead, from 0, logged in.
func (c *City) Lead(n int) auth.Actor {
	return auth.Actor{AccountID: "a-lead" + c.Leads[n], PersonID: c.Leads[n], Name: fmt.Sprintf("邻长%d", n+1), Grants: c.Net.Tree().Grants(c.Leads[n])}
}

// Words are those of an order that is good for two days.
func (c *City) Words() mobilise.Words {
	return mobilise.Words{Title: "道路结冰除冰", What: "今晚冻雨，省道结冰。", Do: "带铁锹到点铲冰。", Where: "村部门口", Until: c.Now().Add(48 * time.Hour)}
}

// Order proposes one to all leads of the town.
func (c *City) Order(who auth.Actor, change func(*mobilise.Propose)) (*mobilise.Order, error) {
	p := mobilise.Propose{Kind: mobilise.Real, Hazard: mobilise.Ice, Words: c.Words(), Channels: []mobilise.Channel{mobilise.SMS, mobilise.Voice},
		Audience: mobilise.Audience{UnitIDs: []string{c.Town}, Roles: []auth.Role{auth.Lead}}}
	if change != nil {
		change(&p)
	}
	return c.Orders.Propose(context.Background(), who, p)
}

// Receipts are an order's, in order.
func (c *City) Receipts(o *mobilise.Order) []mobilise.Receipt {
	c.Helper()
	list, err := mobilise.ReadReceipts(context.Background(), c.DB.Reader(), `order_id = $1 ORDER BY n`, o.ID)
	c.ok(err)
	return list
}

// people are those beside the posts.
type people struct{ c *City }

func (p people) Members(_ context.Context, ids []string) ([]mobilise.Called, error) {
	if ids != nil && ids[0] != p.c.Team {
		return nil, nil
	}
	return p.c.Members, nil
}

func (p people) Skilled(_ context.Context, skills []string) (list []mobilise.Called, err error) {
	for _, s := range skills {
		list = append(list, p.c.Skilled[s]...)
	}
	return list, nil
}

func (p people) TeamUnits(context.Context, []string) (map[string]string, error) {
	return map[string]string{p.c.Team: p.c.Village}, nil
}

func (p people) AwayOn(context.Context, time.Time) (map[string]bool, error) { return p.c.Away, nil }
