package dutyweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bilin/internal/admission/admissiontest"
	"bilin/internal/admissionweb/dutyweb"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func visit(c *admissiontest.City, who auth.Actor) *webtest.Visitor {
	return c.Visit(who, []i18n.Bundle{dutyweb.Messages, sheet.Messages}, func(srv *web.Server) web.Module {
		return dutyweb.New(srv, c.Duties, c.Net).Module()
	})
}

func TestDutyLists(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	office := visit(c, c.Office)
	office.Get("/duties", "市水利局", "部门收回")
	office.Post("/duties", http.StatusUnprocessableEntity, "请填写", "department", c.Dept, "list", "own", "code", "SL-01", "title", "水库检查")
	form := []string{"_key", "k", "department", c.Dept, "list", "own", "code", "SL-01", "title", "水库大坝安全检查", "basis", "《水库大坝安全管理条例》第十八条"}
	to := office.Post("/duties", http.StatusSeeOther, "", form...)
	if again := office.Post("/duties", http.StatusSeeOther, "", form...); again != to {
		t.Errorf("pressed twice: %s and %s", to, again)
	}
	office.Post("/duties", http.StatusUnprocessableEntity, "代码已经有了", append([]string{"_key", "l"}, form[2:]...)...)
	id := to[strings.Index(to, "#d-")+3:]

	anybody := visit(c, auth.Actor{})
	anybody.Get("/duties?department="+c.Dept, "水库大坝安全检查", "第十八条", "部门自己办，不能交给邻长")
	anybody.Get("/duties?q="+url.QueryEscape("大坝"), "共 1 项")
	anybody.Get("/duties?q="+url.QueryEscape("没有的事"), "没有找到")
	if csv := anybody.Get("/duties/lists/csv", "SL-01,市水利局,部门主责,水库大坝安全检查"); strings.Contains(csv, "/duties/items/") {
		t.Error("the file has links")
	}
	if s := anybody.Status("/duties/lists/pdf"); s != http.StatusNotFound {
		t.Errorf("a format that isn't there: %d", s)
	}
	if s := anybody.Status("/duties/items/" + id); s != http.StatusUnauthorized && s != http.StatusSeeOther {
		t.Errorf("anybody edits: %d", s)
	}
	office.Get("/duties/items/"+id, "SL-01", "停用")
	office.Post("/duties/items/"+id, http.StatusConflict, "刚被别人改过", "department", c.Dept, "list", "assist", "title", "x", "basis", "y", "_version", "9")
	office.Post("/duties/items/"+id+"/retire", http.StatusSeeOther, "", "_version", "1")
	if page := anybody.Get("/duties?department=" + c.Dept); strings.Contains(page, "水库大坝安全检查") {
		t.Error("a retired item is on the list")
	}
	office.Get("/duties?department="+c.Dept, "已下清单", "水库大坝安全检查")
	office.Post("/duties/items/"+id+"/back", http.StatusSeeOther, "", "_version", "2")
	office.Post("/duties/items/"+id+"/away", http.StatusNotFound, "", "_version", "3")
}

func TestFunctionsAndData(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	office, anybody := visit(c, c.Office), visit(c, auth.Actor{})
	anybody.Get("/duties/functions", "4 类 12 项", "邻里调解")
	to := office.Post("/duties/functions", http.StatusSeeOther, "", "parent", "dispute", "name", "屋场会")
	id := to[strings.Index(to, "#f-")+3:]
	office.Post("/duties/functions/"+id, http.StatusSeeOther, "", "name", "屋场会议事", "name_en", "Yard meetings", "_version", "1")
	office.Post("/duties/functions/"+id, http.StatusUnprocessableEntity, "最多 20 个字", "name", strings.Repeat("长", 21), "_version", "2")
	anybody.Get("/duties/functions", "屋场会议事", "4 类 13 项")
	office.Post("/duties/functions/"+id+"/retire", http.StatusSeeOther, "", "_version", "2")
	anybody.Get("/duties/functions", "4 类 12 项")

	anybody.Get("/duties/data?q="+url.QueryEscape("请把每户的身份证和车牌报上来"), "身份证号", "车辆登记")
	anybody.Get("/duties/data?q="+url.QueryEscape("宠物"), "目录里没有")
	to = office.Post("/duties/data", http.StatusSeeOther, "", "name", "养犬登记", "place", "犬类管理系统", "words", "养犬\n宠物", "department", c.Aid)
	anybody.Get("/duties/data?q="+url.QueryEscape("宠物"), "养犬登记", "市民政局", "犬类管理系统")
	office.Get("/duties/data/"+to[strings.Index(to, "#d-")+3:], "修改：养犬登记")
}

func TestImport(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	office := visit(c, c.Office)
	office.Get("/duties/import", "先核对，再导入")
	rows := `[{"n":2,"code":"MZ-01","department":"MZ","list":"部门主责","title":"低保审核","basis":"《社会救助暂行办法》"}]`
	office.Post("/duties/import", http.StatusSeeOther, "", "_key", "k", "rows", rows)
	office.Get("/duties?department="+c.Aid, "低保审核")
	office.Post("/duties/import", http.StatusUnprocessableEntity, "", "_key", "l", "rows", strings.Replace(rows, `"MZ",`, `"谁也不是",`, 1))
	office.Post("/duties/import", http.StatusUnprocessableEntity, "请填写", "_key", "m")
}
