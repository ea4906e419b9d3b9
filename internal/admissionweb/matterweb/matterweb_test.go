package matterweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bilin/internal/admission/admissiontest"
	"bilin/internal/admissionweb/matterweb"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func visit(c *admissiontest.City, who auth.Actor) *webtest.Visitor {
	return c.Visit(who, []i18n.Bundle{matterweb.Messages}, func(srv *web.Server) web.Module {
		return matterweb.New(srv, c.Matters, c.Duties.Catalog, c.Net.Tree, c.Policy, func() time.Time { return c.Clock }).Module()
	})
}

// form is a matter of 20 minutes for each lead, with other fields in place of some.
func form(c *admissiontest.City, other ...string) []string {
	fields := []string{"_key", sqldb.NewID(), "department", c.Dept, "title", "防汛路线告知", "ask", "把转移路线告诉住户。", "function", c.Function, "list", "assist",
		"basis", "《防洪法》第七条", "responsible", "防御科", "support", "发路线卡", "level", "cell", "way", "tell", "minutes", "20", "from", "2026-12-01", "until", "2027-05-31", "first_day", "1", "last_day", "28"}
	for i := 0; i+1 < len(other); i += 2 {
		for j := 0; j+1 < len(fields); j += 2 {
			if fields[j] == other[i] {
				fields = append(fields[:j], fields[j+2:]...)
				break
			}
		}
		fields = append(fields, other[i], other[i+1])
	}
	return fields
}

func TestMatterFromFormToDecision(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	water, office, anybody, lead := visit(c, c.Water), visit(c, c.Office), visit(c, auth.Actor{}), visit(c, c.Lead(0))
	water.Get("/matters/new", "市水利局", "各地邻长每人的时间")
	water.Post("/matters", http.StatusUnprocessableEntity, "这一项要填", form(c, "title", "")...)
	water.Post("/matters", http.StatusUnprocessableEntity, "没有找到“天边村”", form(c, "units", "天边村")...)
	water.Post("/matters", http.StatusForbidden, "", form(c, "department", c.Aid)...)
	water.Post("/matters/preview", http.StatusOK, `id="cost"`, form(c, "units", "玉潭街道 第1村")...)
	water.Post("/matters", http.StatusOK, "这件事要花多少时间", form(c, "minutes", "300", "preview", "1")...)
	at := water.Post("/matters", http.StatusSeeOther, "", form(c, "units", "玉潭街道 第1村\n"+c.Net.Tree().ByID(c.Cells[2]).Code)...)
	if s := anybody.Status(at); s != http.StatusNotFound {
		t.Errorf("a draft is public: %d", s)
	}
	water.Get(at+"/edit", "玉潭街道 第1村", "防汛路线告知")
	water.Post(at+"/submit", http.StatusSeeOther, "", "_key", "s", "_version", "1")
	lead.Post(at+"/decide", http.StatusForbidden, "", "_key", "d0", "how", "admit", "note", "同意")
	office.Get("/review", "防汛路线告知")
	office.Get(at, "审核参考", "同意入网")
	office.Post(at+"/decide", http.StatusUnprocessableEntity, "请填写", "_key", "d1", "how", "refuse", "_version", "2")
	office.Post(at+"/decide", http.StatusSeeOther, "", "_key", "d2", "how", "refuse", "_version", "2", "note", "属部门自身职责。")
	office.Post(at+"/decide", http.StatusConflict, "", "_key", "d3", "how", "admit", "_version", "3", "note", "再想想", "priority", "5")
	anybody.Get(at, "属部门自身职责")
	anybody.Get("/matters?q="+url.QueryEscape("防汛"), "防汛路线告知")
}

func TestObjectionIsDecided(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	number := c.Admitted(c.Content())
	village, office, anybody := visit(c, admissiontest.Actor("v", auth.VillageOfficial, c.Villages[0], "")), visit(c, c.Office), visit(c, auth.Actor{})
	at := "/matters/" + number
	village.Get(at, "提出异议")
	village.Post(at+"/object", http.StatusUnprocessableEntity, "请填写", "_key", "o0", "unit", c.Villages[0])
	village.Post(at+"/object", http.StatusForbidden, "", "_key", "o1", "unit", c.Villages[1], "note", "别的村也不要")
	village.Post(at+"/object", http.StatusSeeOther, "", "_key", "o", "unit", c.Villages[0], "note", "本村正值换届。")
	desk := office.Get("/review", "本村正值换届")
	from := strings.Index(desk, "/review/objections/")
	settle := desk[from : from+strings.Index(desk[from:], `"`)]
	office.Post(settle, http.StatusSeeOther, "", "_key", "p", "how", "uphold", "note", "属实，本村暂停。")
	anybody.Get(at, "本村正值换届", "属实，本村暂停")
}

func TestEmergencyEndsAndIsReviewedByAnother(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	command := visit(c, admissiontest.Actor("command", auth.Command, c.Root, ""))
	office, water := visit(c, c.Office), visit(c, c.Water)
	if s := water.Status("/matters/emergency"); s != http.StatusForbidden {
		t.Errorf("a department issues one: %d", s)
	}
	command.Get("/matters/emergency", "最长 72 小时")
	what := []string{"title", "冰灾断电查看取暖", "ask", "看看每户有没有取暖。", "note", "寒潮断电", "department", c.Dept, "function", c.Function, "level", "cell", "way", "visit", "home_minutes", "5", "hours", "24"}
	command.Post("/matters/emergency", http.StatusUnprocessableEntity, "请选在哪里", append(what, "_key", "e0")...)
	command.Post("/matters/emergency", http.StatusUnprocessableEntity, "", append(what[:len(what)-1:len(what)-1], "100", "_key", "e1", "everywhere", "1")...)
	at := command.Post("/matters/emergency", http.StatusSeeOther, "", append(what, "_key", "e", "units", "玉潭街道 第1村")...)
	visit(c, auth.Actor{}).Get(at, "应急许可", "寒潮断电")
	c.Clock = c.Clock.Add(25 * time.Hour)
	_, err := c.Matters.Tick(t.Context())
	c.OK(err)
	office.Get("/review", "冰灾断电查看取暖")
	office.Get(at, "应急事后复核")
	office.Post(at+"/decide", http.StatusSeeOther, "", "_key", "r", "how", "review", "note", "属实，范围得当。")
	office.Get(at, "属实，范围得当")
}

func TestBudgetIsChangedWhereItStands(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	office := visit(c, c.Office)
	office.Post("/review/budgets", http.StatusUnprocessableEntity, "没有找到", "_key", "b0", "unit", "天边", "minutes", "100", "note", "山高路远")
	office.Post("/review/budgets", http.StatusUnprocessableEntity, "", "_key", "b1", "unit", "第1村", "minutes", "9999", "note", "山高路远")
	office.Post("/review/budgets", http.StatusSeeOther, "", "_key", "b", "unit", "第1村", "minutes", "100", "note", "山高路远")
	office.Get("/review", "第1村", "山高路远")
	office.Post("/review/budgets", http.StatusSeeOther, "", "_key", "c", "unit", "第1村", "minutes", "120", "note", "修了路", "_version", "1")
	office.Post("/review/budgets", http.StatusConflict, "", "_key", "d", "unit", "第1村", "minutes", "90", "note", "没看到修路", "_version", "1")
	budgets, err := c.Matters.AllBudgets(t.Context())
	if err != nil || budgets[c.Villages[0]] != 120 {
		t.Errorf("%v, %v", budgets, err)
	}
}
