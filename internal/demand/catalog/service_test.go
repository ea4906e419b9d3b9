package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// world is a small city with its catalogue.
type world struct {
	*catalog.Service
	net                       *network.Service
	root, town, village, next string // next is the village beside
	water, roads              string // departments
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	t.Helper()
	dir := t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	w := &world{net: net, root: sqldb.NewID(), town: sqldb.NewID(), village: sqldb.NewID(), next: sqldb.NewID(), water: sqldb.NewID(), roads: sqldb.NewID()}
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{
		Units: []network.NewUnit{
			{ID: w.root, Code: "430182000000", Name: "宁乡市", Level: network.City},
			{ID: w.town, Code: "430182001000", Name: "玉潭街道", ParentID: w.root, Level: network.Town},
			{ID: w.village, Code: "430182001001", Name: "二环路社区", ParentID: w.town, Level: network.Village},
			{ID: w.next, Code: "430182001002", Name: "花明社区", ParentID: w.town, Level: network.Village},
		},
		Departments: []network.Department{{ID: w.water, Code: "water", Name: "水务局"}, {ID: w.roads, Code: "roads", Name: "交通局"}},
	}))
	ok(t, net.Refresh(t.Context()))
	w.Service, err = catalog.Open(t.Context(), catalog.Options{DB: db, Network: net, Policy: auth.NewPolicy(net, catalog.Rules), Audit: log})
	ok(t, err)
	return w
}

func actor(role auth.Role, unitID, departmentID string) auth.Actor {
	return auth.Actor{AccountID: "a-" + string(role) + unitID + departmentID, Name: string(role),
		Grants: []auth.Grant{{Role: role, UnitID: unitID, DepartmentID: departmentID}}}
}

func (w *world) office() auth.Actor { return actor(auth.CityOffice, w.root, "") }

func TestOpenSeedsOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		want, got := catalog.Default(), w.Catalog()
		if !slices.Equal(got.All(), want.All()) {
			t.Errorf("%d categories, want %d", len(got.All()), len(want.All()))
		}
		for _, c := range want.All() {
			for _, u := range catalog.Urgencies() {
				for _, r := range catalog.Rungs() {
					if got.Limit(c.ID, u, r) != want.Limit(c.ID, u, r) {
						t.Errorf("%s %s %s: %v", c.Code, u, r, got.Limit(c.ID, u, r))
					}
				}
			}
		}
		_, err := w.Retire(t.Context(), w.office(), catalog.Retire{ID: "other", Version: 1})
		ok(t, err)
		again, err := catalog.Open(t.Context(), catalog.Options{DB: db, Network: w.net})
		ok(t, err)
		if again.Catalog().Usable("other") {
			t.Error("opening wrote the built-in catalogue over the city's")
		}
	})
}

func TestCategories(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		put := catalog.PutCategory{Key: "k", ParentID: "road", Name: " 非机动车  道 ", NameEN: "Cycle lanes"}
		first, err := w.PutCategory(t.Context(), w.office(), put)
		ok(t, err)
		again, err := w.PutCategory(t.Context(), w.office(), put)
		if err != nil || again != first {
			t.Errorf("pressed twice: %+v, %v", again, err)
		}
		if first.Code != "road-1" || first.Name != "非机动车 道" || first.Sort != 60 || w.Catalog().Path(first.ID, "zh-CN") != "道路交通 · 非机动车 道" {
			t.Errorf("%+v", first)
		}
		changed, err := w.PutCategory(t.Context(), w.office(), catalog.PutCategory{ID: first.ID, Code: "ignored", Name: "骑行道", DepartmentID: w.roads, Sort: 5, Version: 1})
		if err != nil || changed.Version != 2 || changed.Code != "road-1" || w.Catalog().Children("road")[0].Name != "骑行道" {
			t.Errorf("%+v, %v", changed, err)
		}
		if _, err = w.PutCategory(t.Context(), w.office(), catalog.PutCategory{ID: first.ID, Name: "车道", Version: 1}); errs.KindOf(err) != errs.Stale {
			t.Errorf("a stale page: %v", err)
		}
		_, err = w.Retire(t.Context(), w.office(), catalog.Retire{ID: first.ID, Version: 2})
		ok(t, err)
		if w.Catalog().Usable(first.ID) || w.Catalog().Path(first.ID, "zh-CN") != "道路交通 · 骑行道" || w.Catalog().Department(first.ID) != w.roads {
			t.Error("retired: it is still offered, or its name is lost")
		}
		_, err = w.Retire(t.Context(), w.office(), catalog.Retire{ID: first.ID, Version: 3, Back: true})
		if err != nil || !w.Catalog().Usable(first.ID) {
			t.Errorf("not back: %v", err)
		}
		_, err = w.SetDepartment(t.Context(), w.office(), catalog.SetDepartment{ID: "road", DepartmentID: w.roads, Version: 1})
		if err != nil || w.Catalog().Department("road-light") != w.roads {
			t.Errorf("the department behind a parent stands behind its children: %v", err)
		}
	})
}

func TestCategoriesRefused(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		for name, tt := range map[string]struct {
			cmd  catalog.PutCategory
			code string
		}{
			"no name":            {catalog.PutCategory{Name: "  "}, "catalog.missing"},
			"long name":          {catalog.PutCategory{Name: strings.Repeat("长", 21)}, "catalog.too_long"},
			"third level":        {catalog.PutCategory{ParentID: "road-light", Name: "x"}, "catalog.no_category"},
			"code taken":         {catalog.PutCategory{Code: "road", Name: "x"}, "catalog.code_taken"},
			"code in Chinese":    {catalog.PutCategory{Code: "路灯", Name: "x"}, "catalog.bad_code"},
			"name taken":         {catalog.PutCategory{ParentID: "road", Name: "路灯照明"}, "catalog.name_taken"},
			"no such category":   {catalog.PutCategory{ID: "nothing", Name: "x", Version: 1}, "catalog.no_category"},
			"no such department": {catalog.PutCategory{Name: "x", DepartmentID: "nothing"}, "catalog.no_department"},
			"far back":           {catalog.PutCategory{Name: "x", Sort: 10_001}, "catalog.bad_sort"},
		} {
			if _, err := w.PutCategory(t.Context(), w.office(), tt.cmd); errs.CodeOf(err) != tt.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		for i, root := range w.Catalog().Roots() {
			_, err := w.Retire(t.Context(), w.office(), catalog.Retire{ID: root.ID, Version: 1})
			if last := i == len(catalog.Default().Roots())-1; (errs.CodeOf(err) == "catalog.last_category") != last {
				t.Errorf("%s: %v", root.Code, err)
			}
		}
	})
}

func TestLimits(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		rev := w.Rev()
		own := []catalog.Limit{{Rung: catalog.Cell, Time: 5 * time.Hour}, {Urgency: catalog.Urgent, Rung: catalog.Cell, Time: 45 * time.Minute}}
		ok(t, w.SetLimits(t.Context(), w.office(), catalog.SetLimits{Key: "k", CategoryID: "utility-water", Rev: rev, Limits: own[:1]}))
		ok(t, w.SetLimits(t.Context(), w.office(), catalog.SetLimits{Key: "k", CategoryID: "utility-water", Rev: rev, Limits: own[:1]}))
		c := w.Catalog()
		if c.Limit("utility-water", catalog.Normal, catalog.Cell) != 5*time.Hour || c.Limit("utility-water", catalog.Urgent, catalog.Cell) != time.Hour ||
			c.Limit("utility-gas", catalog.Normal, catalog.Cell) != 4*time.Hour {
			t.Error("not its own, or not only its own")
		}
		if err := w.SetLimits(t.Context(), w.office(), catalog.SetLimits{CategoryID: "road", Rev: rev, Limits: own}); errs.KindOf(err) != errs.Stale {
			t.Errorf("a stale page: %v", err)
		}
		ok(t, w.SetLimits(t.Context(), w.office(), catalog.SetLimits{Limits: []catalog.Limit{{Rung: catalog.Group, Time: 21 * time.Hour}}}))
		c = w.Catalog()
		if c.Limit("road", catalog.Normal, catalog.Group) != 21*time.Hour || c.Limit("road", catalog.Normal, catalog.Cell) != catalog.WorkingDay {
			t.Error("the city's default is not what was set, or what wasn't set is gone")
		}
		ok(t, w.SetLimits(t.Context(), w.office(), catalog.SetLimits{CategoryID: "utility-water"}))
		if w.Catalog().Own("utility-water", catalog.Normal, catalog.Cell) != 0 {
			t.Error("its own limits can't be taken back")
		}
		for name, tt := range map[string]struct {
			limit catalog.Limit
			code  string
		}{
			"short":          {catalog.Limit{Rung: catalog.Cell, Time: time.Minute}, "catalog.bad_limit"},
			"long":           {catalog.Limit{Rung: catalog.Cell, Time: 421 * time.Hour}, "catalog.bad_limit"},
			"seconds":        {catalog.Limit{Rung: catalog.Cell, Time: time.Hour + time.Second}, "catalog.bad_limit"},
			"no rung":        {catalog.Limit{Time: time.Hour}, "catalog.no_such_limit"},
			"urgent longer":  {catalog.Limit{Urgency: catalog.Urgent, Rung: catalog.Cell, Time: 9 * time.Hour}, "catalog.urgent_longer"},
			"normal shorter": {catalog.Limit{Rung: catalog.Cell, Time: time.Hour}, "catalog.urgent_longer"},
		} {
			if err := w.SetLimits(t.Context(), w.office(), catalog.SetLimits{CategoryID: "road", Limits: []catalog.Limit{tt.limit}}); errs.CodeOf(err) != tt.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.SetLimits(t.Context(), w.office(), catalog.SetLimits{CategoryID: "nothing"}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("limits of nothing: %v", err)
		}
	})
}

func TestWhoMayEdit(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, role := range auth.Roles() {
		a := actor(role, w.root, "")
		_, put := w.PutCategory(t.Context(), a, catalog.PutCategory{Name: "新类" + string(role)})
		limits := w.SetLimits(t.Context(), a, catalog.SetLimits{CategoryID: "road"})
		_, retire := w.Retire(t.Context(), a, catalog.Retire{ID: "road", Version: w.version("road")})
		_, department := w.SetDepartment(t.Context(), a, catalog.SetDepartment{ID: "road", Version: w.version("road")})
		may := role == auth.CityOffice || role == auth.Admin
		for _, err := range []error{put, limits, retire, department} {
			if (err == nil) != may {
				t.Errorf("%s: %v", role, err)
			}
		}
	}
}

func (w *world) version(id string) int {
	c, _ := w.Catalog().Category(id)
	return c.Version
}
