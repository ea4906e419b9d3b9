package offlistweb_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/admission/admissiontest"
	"bilin/internal/admissionweb/offlistweb"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func visit(c *admissiontest.City, who auth.Actor) *webtest.Visitor {
	return c.Visit(who, []i18n.Bundle{offlistweb.Messages}, func(srv *web.Server) web.Module {
		return offlistweb.New(srv, c.Offlist, c.Net.Tree, func() time.Time { return c.Clock }).Module()
	})
}

func TestReportIsSettledAndProtected(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	lead, office, water, aid := visit(c, c.Lead(0)), visit(c, c.Office), visit(c, c.Water), visit(c, admissiontest.Actor("aid", auth.Department, c.Root, c.Aid))
	lead.Get("/offlist", "谁反映的，不会告诉部门", "市水利局", "还没有")
	const words = "晚上在群里让我们每户拍水表照片发过去"
	form := []string{"_key", "k", "unit", c.Cells[0], "department", c.Dept, "way", "chat", "what", words, "day", "2026-11-20", "minutes", "90"}
	lead.Post("/offlist", http.StatusUnprocessableEntity, "请选是怎么派下来的", "_key", "j", "unit", c.Cells[0], "department", c.Dept, "what", words)
	lead.Post("/offlist", http.StatusSeeOther, "", form...)
	lead.Post("/offlist", http.StatusSeeOther, "", form...)
	lead.Post("/offlist", http.StatusForbidden, "", "_key", "other", "unit", c.Cells[2], "department", c.Dept, "way", "chat", "what", words)
	lead.Get("/offlist", words, "等基层办核实", "约 90 分钟")

	desk := office.Get("/offlist/desk", words, "第1村")
	if strings.Contains(desk, "邻长0") || strings.Contains(desk, "刘lead0") {
		t.Error("the desk shows who reported")
	}
	if strings.Count(desk, "<blockquote>") != 1 {
		t.Error("sent twice, reported twice")
	}
	settle := regexp.MustCompile(`/offlist/settle/(X[0-9]+)`).FindString(desk)
	office.Post(settle, http.StatusUnprocessableEntity, "部门会知道是哪里反映的", "_key", "a", "_version", "1", "answer", "confirm", "summary", "第1村要求拍照")
	office.Post(settle, http.StatusSeeOther, "", "_key", "b", "_version", "1", "answer", "confirm", "summary", "绕过清单，要求逐户拍照")
	office.Post(settle, http.StatusConflict, "", "_key", "c", "_version", "1", "answer", "dismiss", "summary", "再来一次")
	office.Get("/offlist/desk", "没有")
	office.Get("/offlist/desk?tab=settled", "绕过清单，要求逐户拍照")
	office.Get("/offlist/departments?department="+c.Dept, "绕过清单，要求逐户拍照")
	lead.Get("/offlist", "已核实，记在部门名下", "绕过清单，要求逐户拍照")

	seen := water.Get("/offlist/department", "绕过清单，要求逐户拍照", "玉潭街道", "2026 年 11 月")
	for _, secret := range []string{words, "第1村", "2026-11-20", "11月20日", "邻长0"} {
		if strings.Contains(seen, secret) {
			t.Errorf("the department reads %q", secret)
		}
	}
	aid.Get("/offlist/department", "没有记录")
	for path, who := range map[string]*webtest.Visitor{"/offlist": water, "/offlist/desk": lead, "/offlist/department?department=" + c.Dept: aid} {
		if s := who.Status(path); s != http.StatusForbidden {
			t.Errorf("%s: %d", path, s)
		}
	}
}
