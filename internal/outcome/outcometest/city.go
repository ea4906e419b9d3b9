// Package outcometest is a small city with figures, for tests.
package outcometest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// City is one city with towns that have so many villages each, and two departments.
type City struct {
	testing.TB
	Dir, KeysDir          string
	DB                    *sqldb.DB
	Net                   *network.Service
	Policy                *auth.Policy
	Audit                 *audit.Log
	Keys                  *seal.Sealer
	Live                  *live.Hub
	Svc                   *outcome.Service
	Root                  string
	Towns, Villages       []string // Villages in order of towns
	Per                   int      // villages of a town
	Now                   time.Time
	Office, Police, Water auth.Actor // the city office and two departments: GA, SL
}

// Q3 is the quarter before the city's clock.
const Q3 = outcome.Period(4*2026 + 2)

// Make says how a city is made.
type Make struct {
	Towns, Villages int    // villages of each town
	Keys            string // directory of its keys; a fresh one if empty
	Rules           [][]auth.Rule
}

// New makes a city in October 2026. Its ids are the same every time.
func New(t testing.TB, db *sqldb.DB, m Make) *City {
	t.Helper()
	c := &City{TB: t, Dir: t.TempDir(), KeysDir: m.Keys, DB: db, Per: m.Villages, Now: time.Date(2026, 10, 20, 2, 0, 0, 0, time.UTC), Root: "city"}
	if c.KeysDir == "" {
		c.KeysDir = c.Dir
	}
	clock := func() time.Time { return c.Now }
	var err error
	c.Audit, err = audit.Open(db, audit.Options{Dir: c.Dir, Now: clock})
	c.OK(err)
	c.Keys, err = seal.Open(c.KeysDir)
	c.OK(err)
	c.Live = live.NewHub(db, nil)
	t.Cleanup(func() { c.OK(c.Live.Stop(context.Background())) })
	c.Net, err = network.Open(t.Context(), db, network.Options{Audit: c.Audit, Seal: c.Keys, Now: clock, Live: c.Live})
	c.OK(err)
	c.build(m.Towns)
	c.Policy = auth.NewPolicy(c.Net, append([][]auth.Rule{auth.Rules, network.Rules, outcome.Rules}, m.Rules...)...)
	c.Svc, err = outcome.Open(t.Context(), c.Options())
	c.OK(err)
	return c
}

// Options are those of the city's service.
func (c *City) Options() outcome.Options {
	return outcome.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Seal: c.Keys, Signer: c.Audit, Now: func() time.Time { return c.Now }}
}

// OK ends the test if there is an error.
func (c *City) OK(err error) {
	c.Helper()
	if err != nil {
		c.Fatalf("%+v", err)
	}
}

func (c *City) build(towns int) {
	chunk := network.Chunk{
		Units:       []network.NewUnit{{ID: c.Root, Code: "430182000000", Name: "宁乡市", Level: network.City}},
		Departments: []network.Department{{ID: "police", Code: "GA", Name: "公安局"}, {ID: "water", Code: "SL", Name: "水利局"}},
	}
	for t := range towns {
		town := fmt.Sprintf("town%02d", t)
		c.Towns = append(c.Towns, town)
		chunk.Units = append(chunk.Units, network.NewUnit{ID: town, Code: fmt.Sprintf("430182%03d000", t+1), Name: fmt.Sprintf("第%d镇", t+1), ParentID: c.Root, Level: network.Town, Lon: 112.4 + 0.05*float64(t), Lat: 28.2, Placed: true})
		for v := range c.Per {
			village := fmt.Sprintf("village%02d-%02d", t, v)
			c.Villages = append(c.Villages, village)
			chunk.Units = append(chunk.Units, network.NewUnit{ID: village, Code: fmt.Sprintf("430182%03d%03d", t+1, v+1), Name: fmt.Sprintf("第%d村", v+1), ParentID: town, Level: network.Village,
				Lon: 112.4 + 0.05*float64(t), Lat: 28.05 + 0.3*float64(v)/float64(c.Per), Placed: true})
		}
	}
	c.OK(c.Net.ImportChunk(context.Background(), auth.System("test"), chunk))
	c.OK(c.Net.Refresh(context.Background()))
	c.Office = c.Actor(auth.CityOffice, c.Root)
	c.Police, c.Water = c.Department("police"), c.Department("water")
}

// Actor is somebody with a post at a unit.
func (c *City) Actor(role auth.Role, unitID string) auth.Actor {
	return auth.Actor{AccountID: "a-" + string(role) + unitID, PersonID: "p-" + string(role) + unitID, Name: string(role), Grants: []auth.Grant{{Role: role, UnitID: unitID}}}
}

// Department is somebody of a department, by its id.
func (c *City) Department(id string) auth.Actor {
	a := c.Actor(auth.Department, c.Root)
	a.AccountID += id
	a.Grants[0].DepartmentID = id
	return a
}

// Take delivers a quarter's values of all villages.
func (c *City) Take(indicator string, p outcome.Period, value func(village int) (num, den int)) outcome.Taken {
	c.Helper()
	rows := make([]outcome.Row, len(c.Villages))
	for i, id := range c.Villages {
		num, den := value(i)
		rows[i] = outcome.Row{UnitID: id, Period: p, Num: num, Den: den}
	}
	taken, err := c.Svc.Take(c.Context(), auth.System("test"), outcome.Delivery{Indicator: indicator, Way: outcome.File, Name: p.String(), Rows: rows})
	c.OK(err)
	return taken
}

// Publish takes a quarter all the way to publication.
func (c *City) Publish(p outcome.Period) *outcome.Release {
	c.Helper()
	_, err := c.Svc.Begin(c.Context(), c.Office, outcome.Command{Period: p})
	c.OK(err)
	_, err = c.Svc.OpenObjections(c.Context(), c.Office, outcome.Command{Period: p})
	c.OK(err)
	c.Now = c.Now.Add(outcome.ObjectionDays*24*time.Hour + time.Minute)
	r, err := c.Svc.Publish(c.Context(), c.Office, outcome.Command{Period: p})
	c.OK(err)
	return r
}
