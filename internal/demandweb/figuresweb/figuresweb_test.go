package figuresweb_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
	"bilin/internal/demandweb/figuresweb"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

type site struct {
	t      *testing.T
	base   string
	client *http.Client
	db     *sqldb.DB
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newSite serves the pages to an actor of a city with two towns, the second of
// which is named like a formula.
func newSite(t *testing.T, who func(root string) auth.Actor) *site {
	t.Helper()
	db, dir := sqldbtest.Open(t, sqldb.SQLite), t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{
		Departments: []network.Department{{ID: "d-water", Code: "water", Name: "水利局"}},
		Units: []network.NewUnit{
			{ID: "u", Code: "430182", Name: "宁乡市", Level: network.City},
			{ID: "u1", Code: "430182101000", Name: "城郊街道", ParentID: "u", Level: network.Town},
			{ID: "u2", Code: "430182102000", Name: "=1+1镇", ParentID: "u", Level: network.Town},
		},
	}))
	ok(t, net.Refresh(t.Context()))
	svc := figures.New(figures.Options{DB: db, Tree: net.Tree, Catalog: catalog.Default, Policy: auth.NewPolicy(net, figures.Rules), Audit: log,
		Now: func() time.Time { return now }})
	actor := who("u")
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{figuresweb.New(srv, svc, net.Tree, catalog.Default).Module()}
	},
		[]i18n.Bundle{figuresweb.Messages, figures.Messages, network.Messages, sheet.Messages, auth.Messages}, webtest.As(&web.User{Name: "某人", IsOfficial: true}),
		webtest.With(func(o *web.Options) {
			o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), actor)))
				})
			})
		}))
	webtest.CheckTemplates(t, srv)
	s := &site{t: t, db: db}
	s.base, s.client = webtest.Start(t, srv)
	return s
}

func office(root string) auth.Actor {
	return auth.Actor{AccountID: "a", PersonID: "p", Name: "罗平", Grants: []auth.Grant{{Role: auth.CityOffice, UnitID: root}}}
}

func (s *site) get(path string) (int, string, http.Header) {
	s.t.Helper()
	res, err := s.client.Get(s.base + path)
	ok(s.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	ok(s.t, err)
	return res.StatusCode, string(body), res.Header
}

// insert puts n confirmed demands of a town into the table.
func (s *site) insert(town string, n int, satisfied int) {
	s.t.Helper()
	at := sqldb.Millis(now.AddDate(0, -1, 0))
	ok(s.t, s.db.Write(s.t.Context(), func(tx *sqldb.Tx) error {
		for i := range n {
			id := fmt.Sprint(town, satisfied, i)
			_, err := tx.ExecContext(s.t.Context(), `INSERT INTO demand (id, number, kind, text, unit_id, village_id, town_id, owner_id, owner_since, state, stage,
				state_since, raised_at, version, seq, track_hash, category_id, first_resolved_at, resolved_rung, satisfied, day)
				VALUES ($1, $2, 'help', '路灯', $3, '', $4, $5, $6, 'confirmed', 2, $7, $8, 1, 1, '', 'env-waste', $9, 2, $10, '2026-10-23')`,
				id, id, town, town, town, at, at, at, at+3*86_400_000, satisfied)
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestPage(t *testing.T) {
	s := newSite(t, office)
	if code, body, _ := s.get("/demands/figures"); code != http.StatusOK || !strings.Contains(body, "这段时间没有诉求") || strings.Contains(body, "chart.js") {
		t.Errorf("empty: %d", code)
	}
	s = newSite(t, office)
	s.insert("u1", 9, 1)
	s.insert("u1", 3, 3)
	s.insert("u2", 3, 1)
	for _, by := range []string{"", "unit", "category", "month", "kind", "source", "rung", "nonsense"} {
		code, body, _ := s.get("/demands/figures?by=" + by)
		if code != http.StatusOK || !strings.Contains(body, "80.0%") || !strings.Contains(body, "12/15 满意；部分满意0，不满意3") {
			t.Errorf("by %s: %d\n%s", by, code, body)
		}
		if strings.Contains(body, "style=") || strings.Contains(body, "figures.") && strings.Contains(body, ">figures.") {
			t.Errorf("by %s: a style attribute, or a key without words", by)
		}
	}
	_, body, _ := s.get("/demands/figures?category=environment&from=2026-10&to=2026-10&by=category&unit=430182101000")
	if !strings.Contains(body, "垃圾清运") || !strings.Contains(body, "9/12") {
		t.Errorf("narrowed: %s", body)
	}
	for path, want := range map[string]int{
		"/demands/figures?unit=999": http.StatusNotFound, "/demands/figures?category=none": http.StatusNotFound, "/demands/figures?dept=none": http.StatusNotFound,
		"/demands/figures?from=2020-01": http.StatusUnprocessableEntity, "/demands/figures?from=soon": http.StatusUnprocessableEntity,
		"/demands/figures?from=2026-05&to=2026-04": http.StatusUnprocessableEntity, "/demands/figures?dept=water": http.StatusOK,
	} {
		if code, _, _ := s.get(path); code != want {
			t.Errorf("%s answers %d, want %d", path, code, want)
		}
	}
}

// TestFewAreNobody: what rests on fewer than five isn't in the page or the file,
// nor what would give it away beside the total.
func TestFewAreNobody(t *testing.T) {
	s := newSite(t, office)
	s.insert("u1", 12, 1)
	s.insert("u2", 3, 2)
	_, page, _ := s.get("/demands/figures?by=unit")
	if strings.Contains(page, "0/3") || strings.Contains(page, "12/12") || !strings.Contains(page, "人数太少") || !strings.Contains(page, "12/15") {
		t.Errorf("page:\n%s", page)
	}
	code, file, head := s.get("/demands/figures.csv?by=unit")
	if code != http.StatusOK || !strings.Contains(head.Get("Content-Disposition"), "figures-430182-unit-2025-12-2026-11.csv") {
		t.Fatalf("%d %v", code, head)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
	ok(t, err)
	if len(lines) != 4 || lines[2][0] != "'=1+1镇" {
		t.Fatalf("file %q", lines)
	}
	for i, name := range lines[0] {
		small, other, whole := lines[2][i], lines[1][i], lines[3][i]
		if name == "满意" && (small != "人数太少" || other != "人数太少" || whole != "12") {
			t.Errorf("%s: %s, %s, %s", name, small, other, whole)
		}
	}
	var n int
	ok(t, s.db.Reader().QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM audit_entry WHERE action = 'demand.figures_export') + (SELECT COUNT(*) FROM audit_pending WHERE action = 'demand.figures_export')`).Scan(&n))
	if n != 1 {
		t.Errorf("%d records of the export", n)
	}
}

func TestLeadsHaveNone(t *testing.T) {
	s := newSite(t, func(root string) auth.Actor {
		return auth.Actor{AccountID: "a", Grants: []auth.Grant{{Role: auth.Lead, UnitID: root}}}
	})
	for _, path := range []string{"/demands/figures", "/demands/figures.csv"} {
		if code, _, _ := s.get(path); code != http.StatusForbidden {
			t.Errorf("%s answers %d", path, code)
		}
	}
}
