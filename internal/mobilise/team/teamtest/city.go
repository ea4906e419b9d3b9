// Package teamtest builds a small city with everything teams need, for tests.
package teamtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// City has two towns: the first with two villages, the second with one. Each
// village has one area with one group of two cells, and all posts are held; a
// person's id is "p-" and their name.
type City struct {
	testing.TB
	DB       *sqldb.DB
	Net      *network.Service
	Audit    *audit.Log
	Policy   *auth.Policy
	Seal     *seal.Sealer
	Teams    *team.Service
	Others   People
	Clock    time.Time
	Root     string
	Towns    [2]string
	Villages [3]string
	Cells    [6]string
}

// People are those without a post, by id.
type People map[string]team.Found

// Named finds people by how their name begins.
func (p People) Named(_ context.Context, _ sqldb.Querier, unitIDs []string, name string, limit int) (out []team.Found, _ error) {
	for _, f := range p {
		in := unitIDs == nil
		for _, unit := range unitIDs {
			in = in || unit == f.UnitID
		}
		if in && strings.HasPrefix(f.Name, name) && len(out) < limit {
			out = append(out, f)
		}
	}
	return out, nil
}

// Home is where somebody lives.
func (p People) Home(_ context.Context, _ sqldb.Querier, personID string) (string, error) {
	return p[personID].UnitID, nil
}

// OK ends the test at an error.
func (c *City) OK(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// New builds the city in an empty database. Its day is the first of December 2026.
func New(t testing.TB, db *sqldb.DB) *City {
	t.Helper()
	dir := t.TempDir()
	c := &City{TB: t, DB: db, Clock: time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC), Others: People{}, Root: sqldb.NewID()}
	now := func() time.Time { return c.Clock }
	var err error
	c.Audit, err = audit.Open(db, audit.Options{Dir: dir})
	c.OK(err)
	c.Seal, err = seal.Open(dir)
	c.OK(err)
	hub := live.NewHub(db, nil)
	c.Net, err = network.Open(t.Context(), db, network.Options{Audit: c.Audit, Live: hub, Seal: c.Seal, Vault: sealtest.Vault(t, db, c.Seal), Now: now})
	c.OK(err)
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), c.chunk()))
	c.OK(c.Net.Refresh(t.Context()))
	c.Policy = auth.NewPolicy(c.Net, auth.Rules, network.Rules, team.Rules)
	c.Teams = team.New(team.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: hub, Seal: c.Seal, People: c.Others, Now: now})
	c.Net.ReachThrough(c.Teams)
	return c
}

type builder struct {
	network.Chunk
	n int
}

func (b *builder) unit(parent, code, name string, level network.Level) string {
	id := sqldb.NewID()
	b.Units = append(b.Units, network.NewUnit{ID: id, Code: code, Name: name, ParentID: parent, Level: level})
	return id
}

func (b *builder) post(unitID string, role auth.Role, name string) {
	b.n++
	post := sqldb.NewID()
	b.Persons = append(b.Persons, network.NewPerson{ID: "p-" + name, Name: name, Phone: fmt.Sprintf("129%08d", b.n)})
	b.Posts = append(b.Posts, network.NewPost{ID: post, UnitID: unitID, Role: role})
	b.Appointments = append(b.Appointments, network.NewAppointment{PostID: post, PersonID: "p-" + name, From: "2026-01-01"})
}

func (c *City) chunk() network.Chunk {
	b := &builder{}
	b.Units = append(b.Units, network.NewUnit{ID: c.Root, Code: "430182000000", Name: "宁乡市", Level: network.City})
	b.post(c.Root, auth.CityOffice, "市办")
	b.post(c.Root, auth.Command, "指挥")
	for i := range c.Towns {
		c.Towns[i] = b.unit(c.Root, fmt.Sprintf("43018200%d000", i+1), fmt.Sprintf("第%d镇", i+1), network.Town)
		b.post(c.Towns[i], auth.TownOfficial, fmt.Sprintf("镇干部%d", i+1))
	}
	for i, at := range []int{0, 0, 1} {
		code := fmt.Sprintf("43018200%d%03d", at+1, i+1)
		c.Villages[i] = b.unit(c.Towns[at], code, fmt.Sprintf("第%d村", i+1), network.Village)
		b.post(c.Villages[i], auth.VillageOfficial, fmt.Sprintf("村干部%d", i+1))
		area := b.unit(c.Villages[i], code+"01", "片", network.Area)
		group := b.unit(area, code+"0101", "组", network.Group)
		for j := range 2 {
			cell := 2*i + j
			c.Cells[cell] = b.unit(group, fmt.Sprintf("%s01010%d", code, j+1), fmt.Sprintf("%d邻", j+1), network.Cell)
			b.post(c.Cells[cell], auth.Lead, fmt.Sprintf("邻长%d", cell+1))
		}
	}
	return b.Chunk
}

// Actor is the person of that name as they are in today's tree.
func (c *City) Actor(name string) auth.Actor {
	return auth.Actor{AccountID: "a-" + name, PersonID: "p-" + name, Login: name, Name: name, Grants: c.Net.Tree().Grants("p-" + name)}
}

// Team makes a team of a unit and returns its id.
func (c *City) Team(name, unitID string) string {
	c.Helper()
	id, err := c.Teams.Put(c.Context(), auth.System("test"), team.Put{Key: "make-" + name, Name: name, Kind: team.Ice, UnitID: unitID})
	c.OK(err)
	return id
}

// Join takes somebody into a team.
func (c *City) Join(teamID, personID string, grade team.Grade) {
	c.Helper()
	c.OK(c.Teams.SetMember(c.Context(), auth.System("test"), team.SetMember{TeamID: teamID, PersonID: personID, Grade: grade}))
}

// Settle enters somebody without a post who lives in a unit.
func (c *City) Settle(name, unitID string) string {
	c.Helper()
	id := "p-" + name
	c.OK(c.Net.ImportChunk(c.Context(), auth.System("test"), network.Chunk{Persons: []network.NewPerson{{ID: id, Name: name, Phone: "12999990000"}}}))
	c.Others[id] = team.Found{PersonID: id, Name: name, UnitID: unitID}
	return id
}

// Visit opens pages as somebody sees them.
func (c *City) Visit(who auth.Actor, bundles []i18n.Bundle, mount func(*web.Server) web.Module) *webtest.Visitor {
	c.Helper()
	return networktest.Visit(c.TB, networktest.Seen{Who: who, Policy: c.Policy, Now: func() time.Time { return c.Clock }}, append([]i18n.Bundle{team.Messages, live.Messages}, bundles...), mount)
}
