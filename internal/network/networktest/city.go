// Package networktest builds a small city with the platform under it, for the tests of slices.
package networktest

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// Door is the code on the door card of a household in the first village's cell.
const Door = "AAAA222233"

// City is one town with two villages; each has a cell with a lead. A person's id
// is "p-" and their name.
type City struct {
	testing.TB
	DB       *sqldb.DB
	Net      *network.Service
	Policy   *auth.Policy
	Audit    *audit.Log
	Live     *live.Hub
	Seal     *seal.Sealer
	Vault    *seal.Vault
	Clock    time.Time // what Now tells
	Root     string
	Town     string
	Villages [2]string
	Codes    [2]string // of the villages
	Cells    [2]string
}

// OK ends the test at an error.
func (c *City) OK(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// New builds the city in an empty database, under the registry's rules and those
// given. Its day is the first of December 2026.
func New(t testing.TB, db *sqldb.DB, rules ...[]auth.Rule) *City {
	t.Helper()
	dir := t.TempDir()
	c := &City{TB: t, DB: db, Clock: time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC), Root: sqldb.NewID(), Town: sqldb.NewID()}
	var err error
	c.Audit, err = audit.Open(db, audit.Options{Dir: dir, Now: c.Now})
	c.OK(err)
	c.Seal, err = seal.Open(dir)
	c.OK(err)
	c.Vault, c.Live = sealtest.Vault(t, db, c.Seal), live.NewHub(db, nil)
	c.Net, err = network.Open(t.Context(), db, network.Options{Audit: c.Audit, Live: c.Live, Seal: c.Seal, Vault: c.Vault, Now: c.Now})
	c.OK(err)
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), c.chunk()))
	c.OK(c.Net.Refresh(t.Context()))
	c.Policy = auth.NewPolicy(c.Net, append([][]auth.Rule{auth.Rules, network.Rules}, rules...)...)
	return c
}

// Now is the city's clock.
func (c *City) Now() time.Time { return c.Clock }

func (c *City) chunk() (out network.Chunk) {
	post := func(unitID string, role auth.Role, name string) {
		id := sqldb.NewID()
		out.Persons = append(out.Persons, network.NewPerson{ID: "p-" + name, Name: name, Phone: fmt.Sprintf("129%08d", len(out.Persons))})
		out.Posts = append(out.Posts, network.NewPost{ID: id, UnitID: unitID, Role: role})
		out.Appointments = append(out.Appointments, network.NewAppointment{PostID: id, PersonID: "p-" + name, From: "2026-01-01"})
	}
	unit := func(id, parent, code, name string, level network.Level) string {
		out.Units = append(out.Units, network.NewUnit{ID: id, Code: code, Name: name, ParentID: parent, Level: level})
		return id
	}
	unit(c.Root, "", "430182000000", "宁乡市", network.City)
	unit(c.Town, c.Root, "430182001000", "玉潭街道", network.Town)
	post(c.Root, auth.CityOffice, "市办")
	post(c.Root, auth.Command, "指挥")
	post(c.Town, auth.TownOfficial, "镇干部")
	for i := range c.Villages {
		c.Codes[i] = fmt.Sprintf("43018200100%d", i+1)
		c.Villages[i] = unit(sqldb.NewID(), c.Town, c.Codes[i], fmt.Sprintf("第%d村", i+1), network.Village)
		post(c.Villages[i], auth.VillageOfficial, fmt.Sprintf("村干部%d", i+1))
		area := unit(sqldb.NewID(), c.Villages[i], c.Codes[i]+"01", "片", network.Area)
		group := unit(sqldb.NewID(), area, c.Codes[i]+"0101", "组", network.Group)
		c.Cells[i] = unit(sqldb.NewID(), group, c.Codes[i]+"010101", "邻", network.Cell)
		post(c.Cells[i], auth.Lead, fmt.Sprintf("邻长%d", i+1))
	}
	out.Households = []network.NewHousehold{{ID: "h-1", UnitID: c.Cells[0], Door: Door, Address: "一号", AddressKey: "一号", Size: 3, RosterKey: "t/1"}}
	return out
}

// Actor is the person of that name as they are in today's tree.
func (c *City) Actor(name string) auth.Actor {
	return auth.Actor{AccountID: "a-" + name, PersonID: "p-" + name, Login: name, Name: name, Grants: c.Net.Tree().Grants("p-" + name)}
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
	return Visit(c, Seen{who, c.Policy, c.Now}, append([]i18n.Bundle{live.Messages}, bundles...), mount)
}

// Seen is who looks at pages, under whose policy and when.
type Seen struct {
	Who    auth.Actor
	Policy *auth.Policy
	Now    func() time.Time
}

// Visit opens a module's pages as somebody sees them, in any test city.
func Visit(t testing.TB, by Seen, bundles []i18n.Bundle, mount func(*web.Server) web.Module) *webtest.Visitor {
	t.Helper()
	bundles = append([]i18n.Bundle{auth.Messages, network.Messages}, bundles...)
	srv := webtest.New(t, func(srv *web.Server) []web.Module { return []web.Module{mount(srv)} }, bundles, webtest.With(func(o *web.Options) {
		o.Now = by.Now
		o.Identify = func(*http.Request) *web.User {
			if by.Who.Anonymous() {
				return nil
			}
			return &web.User{ID: by.Who.AccountID, Name: by.Who.Name, IsOfficial: by.Who.Official(), IsLead: by.Who.Leads()}
		}
		o.Guard = func(_ *http.Request, access string) error {
			if access == web.Public || by.Policy.May(by.Who, auth.Action(access)) {
				return nil
			}
			return auth.Denied(by.Who)
		}
		o.Wrap = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), by.Who)))
			})
		}}
	}))
	webtest.CheckTemplates(t, srv)
	return webtest.Visit(t, srv)
}
