package network_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
)

var sys = auth.System("test")

// world is a service over a small city, and a clock that stands still.
type world struct {
	*network.Service
	t   testing.TB
	db  *sqldb.DB
	now time.Time

	purposes *purpose.Service
	vault    *seal.Vault
}

func newWorld(t testing.TB, db *sqldb.DB, shape shape) *world {
	t.Helper()
	w := &world{t: t, db: db, now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	sealer, err := seal.Open(dir)
	ok(t, err)
	w.vault = sealtest.Vault(t, db, sealer)
	w.Service, err = network.Open(t.Context(), db, network.Options{Audit: log, Seal: sealer, Vault: w.vault, Now: w.clock})
	ok(t, err)
	w.purposes = purpose.New(purpose.Options{DB: db, Policy: auth.NewPolicy(w.Service, purpose.Rules), Tree: w.Service, UnitOf: network.UnitOfHousehold, Audit: log, Now: w.clock})
	w.ReadThrough(w.purposes)
	ok(t, w.ImportChunk(t.Context(), sys, shape.chunk()))
	ok(t, w.Refresh(t.Context()))
	return w
}

func (w *world) clock() time.Time { return w.now }

// shape is how many of each a unit has.
type shape struct{ towns, villages, areas, groups, cells, households int }

var small = shape{2, 2, 2, 2, 2, 6}

// chunk makes the city: every post held, every household covered.
func (s shape) chunk() network.Chunk {
	b := &builder{shape: s}
	city := b.unit("", network.City, "430182000000", "宁乡市")
	b.post(city, auth.Admin)
	b.post(city, auth.CityOffice)
	for i := 1; i <= s.towns; i++ {
		code := fmt.Sprintf("430182%03d000", i)
		town := b.unit(city, network.Town, code, fmt.Sprintf("第%d镇", i))
		b.post(town, auth.TownOfficial)
		for j := 1; j <= s.villages; j++ {
			village := b.unit(town, network.Village, fmt.Sprintf("%s%03d", code[:9], j), fmt.Sprintf("第%d村", j))
			b.post(village, auth.VillageOfficial)
			b.below(village, fmt.Sprintf("%s%03d", code[:9], j), network.Area)
		}
	}
	return b.c
}

type builder struct {
	shape
	c network.Chunk
	n int
}

func (b *builder) unit(parent string, level network.Level, code, name string) string {
	id := sqldb.NewID()
	b.c.Units = append(b.c.Units, network.NewUnit{ID: id, Code: code, Name: name, ParentID: parent, Level: level})
	return id
}

func (b *builder) post(unit string, role auth.Role) {
	b.n++
	person, post := sqldb.NewID(), sqldb.NewID()
	b.c.Persons = append(b.c.Persons, network.NewPerson{ID: person, Name: fmt.Sprintf("王%d明", b.n), Phone: fmt.Sprintf("000%08d", b.n)})
	b.c.Posts = append(b.c.Posts, network.NewPost{ID: post, UnitID: unit, Role: role})
	b.c.Appointments = append(b.c.Appointments, network.NewAppointment{PostID: post, PersonID: person, From: "2024-01-01", Until: "2027-12-31"})
}

func (b *builder) below(parent, code string, level network.Level) {
	count := map[network.Level]int{network.Area: b.areas, network.Group: b.groups, network.Cell: b.cells}[level]
	lead := map[network.Level]auth.Role{network.Area: auth.AreaLead, network.Group: auth.GroupLead, network.Cell: auth.Lead}[level]
	for i := 1; i <= count; i++ {
		c := fmt.Sprintf("%s%02d", code, i)
		id := b.unit(parent, level, c, fmt.Sprintf("%s%d", level, i))
		b.post(id, lead)
		if level < network.Cell {
			b.post(id, auth.LinkedOfficial)
			b.below(id, c, level+1)
			continue
		}
		for h := 1; h <= b.households; h++ {
			b.household(id, c, h)
		}
	}
}

func (b *builder) household(cell, code string, h int) {
	ref := fmt.Sprintf("%s-%02d", code[7:], h)
	b.c.Households = append(b.c.Households, network.NewHousehold{UnitID: cell, Ref: ref, Address: "李家湾" + ref + "号", AddressKey: "李家湾" + ref,
		Head: "李建国", Phone: "00012345678", Size: 3, RosterKey: network.RosterKey(code[:12], ref, "")})
}

func (w *world) unit(code string) *network.Unit {
	w.t.Helper()
	u := w.Tree().ByCode(code)
	if u == nil {
		w.t.Fatalf("no unit %s", code)
	}
	return u
}

// actor is somebody logged in with the role at a unit.
func actor(role auth.Role, unitID string) auth.Actor {
	return auth.Actor{AccountID: "a-" + string(role), Name: string(role), Grants: []auth.Grant{{Role: role, UnitID: unitID}}}
}

func (w *world) post(code string, role auth.Role) *network.Post {
	w.t.Helper()
	for _, p := range w.Tree().Posts(w.unit(code).ID) {
		if p.Role == role {
			return p
		}
	}
	w.t.Fatalf("no %s at %s", role, code)
	return nil
}

func (w *world) households(unitID string) []network.Household {
	w.t.Helper()
	rows, _, err := w.HouseholdsOf(context.Background(), sys, unitID, "", 1000)
	ok(w.t, err)
	return rows
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused asserts that an error has the given message.
func refused(t testing.TB, err error, code string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), code) {
		t.Fatalf("want %s, got %v", code, err)
	}
}
