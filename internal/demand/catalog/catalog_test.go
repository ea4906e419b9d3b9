package catalog_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/demand/catalog"
	"bilin/internal/i18n"
)

func TestDefault(t *testing.T) {
	c := catalog.Default()
	roots, children := c.Roots(), 0
	code := regexp.MustCompile(`^[a-z][a-z-]*[a-z]$`)
	for _, cat := range c.All() {
		if !code.MatchString(cat.Code) || cat.Name == "" || cat.NameEN == "" || cat.ID != cat.Code {
			t.Errorf("%+v is not well formed", cat)
		}
		if !c.Usable(cat.ID) {
			t.Errorf("%s is not usable", cat.ID)
		}
	}
	for _, r := range roots {
		children += len(c.Children(r.ID))
	}
	if len(roots) < 10 || children < 40 || len(c.All()) != len(roots)+children {
		t.Errorf("%d roots with %d children, %d in all", len(roots), children, len(c.All()))
	}
	if got := c.Path("env-waste", i18n.ZH); got != "环境卫生 · 垃圾清运" {
		t.Errorf("Path = %q", got)
	}
	if got := c.Path("environment", i18n.EN); got != "Environment and hygiene" {
		t.Errorf("Path = %q", got)
	}
	if cat, ok := c.ByCode("utility-water"); !ok || cat.ParentID != "utility" {
		t.Errorf("ByCode = %+v, %v", cat, ok)
	}
	if _, ok := c.ByCode("nothing"); ok || c.Path("nothing", i18n.ZH) != "" || c.Usable("nothing") || c.Children("") != nil {
		t.Error("an unknown category is known")
	}
}

func TestLimitFallsBack(t *testing.T) {
	c := catalog.Default()
	day := catalog.WorkingDay
	for _, tt := range []struct {
		category string
		u        catalog.Urgency
		r        catalog.Rung
		want     time.Duration
	}{
		{"", catalog.Normal, catalog.Cell, day},
		{"env-waste", catalog.Normal, catalog.Department, 10 * day},
		{"nothing", catalog.Urgent, catalog.Village, 4 * time.Hour},
		{"safety-fire", catalog.Critical, catalog.Cell, 30 * time.Minute}, // the parent's
		{"utility-water", catalog.Urgent, catalog.Cell, time.Hour},        // the parent's
		{"utility-water", catalog.Critical, catalog.Office, time.Hour},    // the city's
		{"utility", catalog.Normal, catalog.Village, day},                 // its own
		{"utility", catalog.Normal, catalog.Rung(0), 0},                   // no such rung
		{"utility", catalog.Urgency(3), catalog.Cell, 0},                  // no such urgency
	} {
		if got := c.Limit(tt.category, tt.u, tt.r); got != tt.want {
			t.Errorf("Limit(%q, %v, %v) = %v, want %v", tt.category, tt.u, tt.r, got, tt.want)
		}
	}
	for _, cat := range c.All() {
		for _, r := range catalog.Rungs() {
			n, u, crit := c.Limit(cat.ID, catalog.Normal, r), c.Limit(cat.ID, catalog.Urgent, r), c.Limit(cat.ID, catalog.Critical, r)
			if crit <= 0 || crit > u || u > n {
				t.Errorf("%s at %s: %v, %v, %v: the more urgent has longer", cat.ID, r, n, u, crit)
			}
		}
	}
}

func TestRetiredStaysKnown(t *testing.T) {
	c, err := catalog.New([]catalog.Category{
		{ID: "1", Code: "a", Name: "甲", Sort: 2, Retired: true}, {ID: "2", ParentID: "1", Code: "b", Name: "乙"},
		{ID: "3", Code: "c", Name: "丙", Sort: 1, DepartmentID: "dep"}, {ID: "4", ParentID: "3", Code: "d", Name: "丁"},
	}, []catalog.Limit{{CategoryID: "4", Rung: catalog.Cell, Time: time.Hour}, {Rung: catalog.Cell, Time: 2 * time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Roots()) != 1 || c.Usable("1") || c.Usable("2") || !c.Usable("4") {
		t.Error("a retired category is offered")
	}
	if c.Path("2", i18n.EN) != "甲 · 乙" || c.Department("4") != "dep" || c.Department("2") != "" {
		t.Error("a retired category was lost")
	}
	if c.Limit("4", catalog.Normal, catalog.Cell) != time.Hour || c.Limit("3", catalog.Normal, catalog.Cell) != 2*time.Hour {
		t.Error("limits don't fall back")
	}
	var ids []string
	for _, cat := range c.All() {
		ids = append(ids, cat.ID)
	}
	if got := strings.Join(ids, ""); got != "3412" {
		t.Errorf("All is in order %s", got)
	}
}

func TestNewRefuses(t *testing.T) {
	a := catalog.Category{ID: "1", Code: "a"}
	for name, tt := range map[string]struct {
		categories []catalog.Category
		limits     []catalog.Limit
	}{
		"the same code twice": {categories: []catalog.Category{a, {ID: "2", Code: "a"}}},
		"no id":               {categories: []catalog.Category{{Code: "a"}}},
		"unknown parent":      {categories: []catalog.Category{{ID: "1", Code: "a", ParentID: "9"}}},
		"a third level":       {categories: []catalog.Category{a, {ID: "2", Code: "b", ParentID: "1"}, {ID: "3", Code: "c", ParentID: "2"}}},
		"too short":           {limits: []catalog.Limit{{Rung: catalog.Cell, Time: catalog.MinLimit - time.Minute}}},
		"too long":            {limits: []catalog.Limit{{Rung: catalog.Cell, Time: catalog.MaxLimit + time.Minute}}},
		"no rung":             {limits: []catalog.Limit{{Time: time.Hour}}},
	} {
		if _, err := catalog.New(tt.categories, tt.limits); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
