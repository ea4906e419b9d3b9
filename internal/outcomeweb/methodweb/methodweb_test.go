package methodweb_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network/networktest"
	"bilin/internal/outcome"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/outcomeweb"
	"bilin/internal/outcomeweb/methodweb"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// newCity is one in which three villages are so far out that by the first version
// they hide one another.
func newCity(t *testing.T) *outcometest.City {
	t.Helper()
	c := outcometest.New(t, sqldbtest.Open(t, sqldb.SQLite), outcometest.Make{Towns: 4, Villages: 10})
	more := map[int]int{5: 20, 15: 20, 25: 20}
	for q := outcometest.Q3 - 3; q <= outcometest.Q3; q++ {
		c.Take("waste", q, func(v int) (int, int) {
			return 3 + v%3 + more[v], 30
		})
	}
	return c
}

func visit(t *testing.T, c *outcometest.City, who auth.Actor) *webtest.Visitor {
	t.Helper()
	now := func() time.Time { return c.Now }
	return networktest.Visit(t, networktest.Seen{Who: who, Policy: c.Policy, Now: now}, []i18n.Bundle{methodweb.Messages, outcomeweb.Messages, outcome.Messages}, func(srv *web.Server) web.Module {
		return methodweb.New(srv, c.Svc, c.Net.Tree, c.Policy, now).Module()
	})
}

func TestOldBesideNew(t *testing.T) {
	c := newCity(t)
	office, town := visit(t, c, c.Office), visit(t, c, c.Actor(auth.TownOfficial, c.Towns[0]))
	const at = "/outcomes/methods"
	town.Get(at, "第 1 版", "这个季度在用", "第 2 版", "没有启用", "还没有可以对比的季度", "一直用第 1 版")
	if status := visit(t, c, c.Actor(auth.Lead, c.Villages[0])).Status(at); status != http.StatusForbidden {
		t.Errorf("a lead: %d", status)
	}
	_, err := c.Svc.Begin(t.Context(), c.Office, outcome.Command{Period: outcometest.Q3})
	c.OK(err)
	office.Get(at, "2026 年第 3 季度（还没有公布）", "只有市基层办看得到")
	if page := town.Get(at, "还没有可以对比的季度"); strings.Contains(page, "2026Q3") {
		t.Error("a town compares what isn't published")
	}
	if status := town.Status(at + "?period=2026Q3"); status != http.StatusNotFound {
		t.Errorf("a town asks for what isn't published: %d", status)
	}
	c.Publish(outcometest.Q3)
	sides, err := c.Svc.SideBySide(t.Context(), c.Office, outcometest.Q3, "2")
	c.OK(err)
	x, _ := c.Svc.Catalog().ByCode("waste")
	changed := sides.Changed(x)
	if len(changed) == 0 {
		t.Fatal("no light differs; the test proves nothing")
	}
	name := c.Net.Tree().ByID(changed[0].Now.UnitID).Name
	page := town.Get(at, "2026 年第 3 季度是按第 1 版算的", "一共 600 个灯", "垃圾检查不合格（", name, "换成第 2 版")
	if strings.Contains(page, "从哪个季度起用哪一版") || strings.Contains(page, "⟦") {
		t.Error("a town decides, or a key without words")
	}
	town.Get(at+"?indicator=fires", "一共 600 个灯")

	town.Post(at, http.StatusForbidden, "", "_key", "t", "version", "2", "from", "2026Q4", "why", "x", "last", "")
	office.Get(at, "从哪个季度起用哪一版", "2026 年第 4 季度")
	office.Post(at, http.StatusUnprocessableEntity, "请填写", "_key", "a", "version", "2", "from", "2026Q4", "why", "", "last", "")
	office.Post(at, http.StatusUnprocessableEntity, "已经公布", "_key", "b", "version", "2", "from", "2026Q3", "why", "看得更清", "last", "")
	office.Post(at, http.StatusSeeOther, "", "_key", "c", "version", "2", "from", "2026Q4", "why", "小的村也看得更清", "last", "")
	office.Post(at, http.StatusConflict, "", "_key", "d", "version", "1", "from", "2027Q1", "why", "另一个人", "last", "")
	town.Get(at, "从2026 年第 4 季度起用第 2 版", "小的村也看得更清", "2026 年第 3 季度是按第 1 版算的")
}
