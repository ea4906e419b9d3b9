package oldnetweb_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/admission/admissiontest"
	"bilin/internal/admission/oldnet"
	"bilin/internal/admissionweb/oldnetweb"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func visit(c *admissiontest.City, who auth.Actor) *webtest.Visitor {
	return c.Visit(who, []i18n.Bundle{oldnetweb.Messages, sheet.Messages}, func(srv *web.Server) web.Module {
		return oldnetweb.New(srv, c.Oldnet, c.Net.Tree, c.Duties.Catalog, func() time.Time { return c.Clock }).Module()
	})
}

func TestNetIsMappedAndRetires(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	office, water, anybody := visit(c, c.Office), visit(c, c.Water), visit(c, auth.Actor{})
	anybody.Get("/oldnets", "还没有旧网")
	rows, err := json.Marshal([]oldnet.Row{
		{Number: 2, Kind: oldnet.Grid, Code: "G1", Name: "东网格", Unit: "不清楚", Households: "12"},
		{Number: 3, Kind: oldnet.Worker, Name: "李大勇", Grid: "G1"},
		{Number: 4, Kind: oldnet.Form, Name: "登记表", Yearly: "12"},
	})
	c.OK(err)
	office.Get("/oldnets/import", "先核对，再导入")
	office.Post("/oldnets/import", http.StatusUnprocessableEntity, "请填写", "department", c.Dept, "name", "河湖网")
	office.Post("/oldnets/import", http.StatusUnprocessableEntity, "1 处", "_key", "i0", "department", c.Dept, "name", "河湖网", "rows", strings.Replace(string(rows), "G1", "G2", 1))
	at := office.Post("/oldnets/import", http.StatusSeeOther, "", "_key", "i", "department", c.Dept, "name", "河湖网", "rows", string(rows))

	page := office.Get(at, "还有 3 处没有定", "东网格")
	grid := regexp.MustCompile(at + `/grids/[^"]+`).FindString(page)
	office.Post(grid, http.StatusUnprocessableEntity, "没有找到“天边”", "_key", "g0", "unit", "天边")
	if to := office.Post(grid, http.StatusSeeOther, "", "_key", "g", "unit", "玉潭街道 第2村", "open", "1"); !strings.Contains(to, "open=1") {
		t.Errorf("back to %s", to)
	}
	office.Get(at, "第2村", "人工")
	person := regexp.MustCompile(at + `/people/[^"]+`).FindString(office.Get(at+"?part=people", "李大勇", "还没定"))
	office.Post(person, http.StatusUnprocessableEntity, "没有岗位", "_key", "p0", "fate", "post", "unit", "天边")
	office.Post(person, http.StatusSeeOther, "", "_key", "p", "fate", "released")
	form := regexp.MustCompile(`name="duty" value="([^"]+)"`).FindStringSubmatch(office.Get(at+"?part=duties", "登记表"))[1]
	office.Post(at+"/day", http.StatusConflict, "还有 1 处没有定下来", "_key", "y0", "day", "2026-12-31", "_version", "1")
	office.Post(at+"/duties", http.StatusSeeOther, "", "_key", "f", "duty", form, "fate-"+form, "dropped")
	office.Post(at+"/day", http.StatusUnprocessableEntity, "明天以后", "_key", "y1", "day", "2026-11-24", "_version", "1")
	office.Post(at+"/day", http.StatusSeeOther, "", "_key", "y", "day", "2026-12-31", "_version", "1")
	office.Get(at, "自动停用", "取消日期")
	water.Get(at+"?part=people", "李大勇", "已解除")

	c.Clock = admissiontest.At(t, "2027-01-01 08:00")
	_, err = c.Oldnet.Tick(t.Context())
	c.OK(err)
	if page := anybody.Get("/oldnets", "1 / 1", "已停用", "取消 1 张，每年少填 12 次"); strings.Contains(page, "李大勇") || strings.Contains(page, at) {
		t.Error("everybody reads the people of an old net")
	}
	if s := visit(c, admissiontest.Actor("aid", auth.Department, c.Root, c.Aid)).Status(at); s != http.StatusForbidden {
		t.Errorf("another department's net: %d", s)
	}
	if s := office.Status("/oldnets/nothing"); s != http.StatusNotFound {
		t.Errorf("a net that isn't there: %d", s)
	}
}
