package figures_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

var ctx = context.Background()

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// units are two towns; the first has two villages, the first of them an area
// with two groups, of which the second is one cell alone.
var units = []struct {
	code, parent string
	level        network.Level
}{
	{"430182", "", network.City},
	{"430182101000", "430182", network.Town}, {"430182102000", "430182", network.Town},
	{"430182101201", "430182101000", network.Village}, {"430182101202", "430182101000", network.Village},
	{"430182102201", "430182102000", network.Village},
	{"43018210120101", "430182101201", network.Area}, {"43018210120201", "430182101202", network.Area},
	{"4301821012010101", "43018210120101", network.Group}, {"4301821012010102", "43018210120101", network.Group},
	{"4301821012020101", "43018210120201", network.Group},
	{"430182101201010101", "4301821012010101", network.Cell}, {"430182101201010102", "4301821012010101", network.Cell},
	{"430182101201010201", "4301821012010102", network.Cell},
	{"430182101202010101", "4301821012020101", network.Cell}, {"430182101202010102", "4301821012020101", network.Cell},
}

func id(code string) string { return "u-" + code }

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

type site struct {
	db   *sqldb.DB
	net  *network.Service
	svc  *figures.Service
	next int
}

// newSite has the services on an empty database; a later clock lets nothing come from the cache.
func newSite(t testing.TB, db *sqldb.DB) *site {
	t.Helper()
	dir := t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	s := &site{db: db}
	s.net, err = network.Open(ctx, db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	chunk := network.Chunk{Source: "test", Departments: []network.Department{{ID: "d-water", Code: "water", Name: "水利局"}}}
	for _, u := range units {
		n := network.NewUnit{ID: id(u.code), Code: u.code, Name: u.code, Level: u.level, StartedOn: "2026-01-01"}
		if u.parent != "" {
			n.ParentID = id(u.parent)
		}
		chunk.Units = append(chunk.Units, n)
	}
	ok(t, s.net.ImportChunk(ctx, auth.System("test"), chunk))
	ok(t, s.net.Refresh(ctx))
	tick := now
	s.svc = figures.New(figures.Options{
		DB: db, Tree: s.net.Tree, Catalog: catalog.Default, Policy: auth.NewPolicy(s.net, figures.Rules), Audit: log,
		Now: func() time.Time { tick = tick.Add(time.Second); return tick },
	})
	return s
}

func each(t *testing.T, fn func(t *testing.T, s *site)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(t, newSite(t, db)) })
}

func holder(role auth.Role, code string) auth.Actor {
	return auth.Actor{AccountID: "a-" + code, PersonID: "p-" + code, Name: "某人", Grants: []auth.Grant{{Role: role, UnitID: id(code)}}}
}

var office = auth.Actor{AccountID: "a", PersonID: "p", Name: "罗平", Grants: []auth.Grant{{Role: auth.CityOffice, UnitID: id("430182")}}}

// matter is a demand as a test puts it into the table.
type matter struct {
	unit, owner, dept, about, category, kind, source, state string
	raised, resolved, late                                  time.Time
	reopens, satisfied, rung, climbs, hands, rechecked      int
	confined                                                bool
}

func (s *site) insert(t testing.TB, matters ...matter) {
	t.Helper()
	tree := s.net.Tree()
	rows := make([][]any, 0, len(matters))
	for _, m := range matters {
		s.next++
		u := tree.ByID(m.unit)
		at := func(l network.Level) string {
			if x := tree.At(u, l); x != nil {
				return x.ID
			}
			return ""
		}
		raised := sqldb.Millis(m.raised)
		rows = append(rows, []any{
			fmt.Sprint("d", s.next), fmt.Sprint(s.next), m.kind, "门前的路灯不亮，" + fmt.Sprintf("%0200d", s.next), m.unit, at(network.Village), at(network.Town), m.owner, raised, m.about,
			m.state, 0, raised, raised, m.reopens, 1, 1, fmt.Sprint("h", s.next), m.category, m.source, m.dept, one(m.confined),
			millis(m.late), m.climbs, m.hands, millis(m.resolved), millis(m.resolved), m.rung, m.satisfied, m.rechecked,
			m.raised.Add(8 * time.Hour).UTC().Format("2006-01-02"),
		})
	}
	ok(t, s.db.Write(ctx, func(tx *sqldb.Tx) error {
		return sqldb.InsertMany(ctx, tx, "demand", []string{"id", "number", "kind", "text", "unit_id", "village_id", "town_id", "owner_id", "owner_since", "about_id",
			"state", "stage", "state_since", "raised_at", "reopens", "version", "seq", "track_hash", "category_id", "source", "owner_dept", "confined",
			"late_at", "climbs", "handovers", "resolved_at", "first_resolved_at", "resolved_rung", "satisfied", "rechecked", "day"}, rows, "")
	}))
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return sqldb.Millis(t)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *site) clear(t testing.TB) {
	t.Helper()
	ok(t, s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM demand`)
		return err
	}))
	*s = site{db: s.db, net: s.net, svc: s.svc}
}
