package rollweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/rollcall/rollcalltest"
	"bilin/internal/mobiliseweb/rollweb"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func city(t *testing.T) *rollcalltest.City {
	return rollcalltest.New(t, sqldbtest.Open(t, sqldb.SQLite))
}

func visit(c *rollcalltest.City, who auth.Actor) *webtest.Visitor {
	return c.Visit(who, []i18n.Bundle{rollweb.Messages}, func(srv *web.Server) web.Module {
		return rollweb.New(srv, c.Service, c.Net, func() time.Time { return c.Now }).Module()
	})
}

var buttons = regexp.MustCompile(`name="say" value="([^"]+)"`)

// button is the value of the first button of a kind for a household.
func button(t *testing.T, page, prefix, household string) string {
	t.Helper()
	for _, m := range buttons.FindAllStringSubmatch(page, -1) {
		if strings.HasPrefix(m[1], prefix) && strings.Contains(m[1], household) {
			return m[1]
		}
	}
	t.Fatalf("no button %s for %s", prefix, household)
	return ""
}

func TestALeadsPage(t *testing.T) {
	c := city(t)
	lead := visit(c, c.Lead(0))
	lead.Get("/rollcall", "现在没有点名")
	id := c.Opened(c.Root, false)
	page := lead.Get("/rollcall", "冰灾断电，逐户问一遍", "还有 6 户没报", "第1村0号", "周大一", "其余 6 户都平安", "data-outbox")
	if strings.Contains(page, "演练") {
		t.Error("no drill, and it says so")
	}
	first := c.Homes[0][0]
	form := []string{"call", id, "unit", "430182001001010101"}
	post := func(status int, want, key string, kv ...string) {
		t.Helper()
		lead.Post("/rollcall", status, want, append(append([]string{"_key", key}, form...), kv...)...)
	}
	post(http.StatusUnprocessableEntity, "请选", "x", "say", "nonsense")
	help := button(t, page, "help~heating", first)
	post(http.StatusSeeOther, "", "a", "say", help)
	post(http.StatusSeeOther, "", "a", "say", help) // a second tap
	lead.Get("/rollcall", "还有 5 户没报", "已报的 1 户", "需要帮助：没法取暖", "还没有人去", "刘lead（当面）")
	rest := []string{"say", "rest"}
	for _, home := range c.Homes[0] { // one of them is known to need help
		rest = append(rest, "left", home)
	}
	post(http.StatusConflict, "有 1 户别人报过不一样的情况", "b", rest...)
	page = lead.Get("/rollcall", "每一户都报了", "已报的 6 户")
	post(http.StatusSeeOther, "", "c", "say", button(t, page, "safe", first))
	if page = lead.Get("/rollcall"); strings.Contains(page, "没法取暖</span></span>") {
		t.Error("help is still asked for")
	}
	if lead.Status("/rollcalls") != http.StatusForbidden || lead.Status("/rollcalls/"+id) != http.StatusForbidden {
		t.Error("a lead sees the city's board")
	}
	if status, body := kept(c, lead, "late", id, "help~heating~"+first+"~1"); status != http.StatusOK {
		t.Errorf("a call for help that a phone had kept: %d, %s", status, body)
	}
	if status, body := kept(c, lead, "later", id, "safe~~"+first+"~1"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "第1村0号。请打开点名页") {
		t.Errorf("an older word that a phone had kept: %d, %s", status, body)
	}
	c.OK(c.Close(t.Context(), c.Command(), rollcall.End{ID: id}))
	post(http.StatusConflict, "这次点名已经结束", "d", "say", button(t, page, "safe", c.Homes[0][1]))
}

// kept is what the outbox sends once there is a network.
func kept(c *rollcalltest.City, v *webtest.Visitor, key, call, say string) (int, string) {
	form := url.Values{"_key": {key}, "call": {call}, "unit": {"430182001001010101"}, "say": {say}}
	r, err := http.NewRequestWithContext(c.Context(), http.MethodPost, v.Base+"/rollcall", strings.NewReader(form.Encode()))
	c.OK(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Bilin-Outbox", "later")
	r.Header.Set("X-Bilin-Account", c.Lead(0).AccountID)
	status, body, _ := v.Answer(v.Client.Do(r))
	return status, body
}

func TestOpeningAsksTwice(t *testing.T) {
	c := city(t)
	command := visit(c, c.Command())
	command.Get("/rollcalls", "现在没有", "发起点名")
	command.Get("/rollcalls/new", "宁乡市")
	command.Post("/rollcalls", http.StatusUnprocessableEntity, "没有找到这个地方", "_key", "a", "unit", "天边", "reason", "冰灾")
	command.Post("/rollcalls", http.StatusOK, "6 户没有邻长能报", "_key", "b", "unit", "宁乡市", "reason", "冰灾", "drill", "1")
	command.Post("/rollcalls", http.StatusOK, "请再看一遍", "_key", "b", "unit", "玉潭街道", "reason", "冰灾断电")
	at := command.Post("/rollcalls", http.StatusSeeOther, "", "_key", "b", "unit", "430182001000", "reason", "冰灾断电", "sure", "1")
	command.Post("/rollcalls", http.StatusUnprocessableEntity, "玉潭街道的点名还没有结束", "_key", "c", "unit", "宁乡市", "reason", "冰灾")
	page := command.Get(at, "点名：玉潭街道", "24", "第1村", "第2村", "结束点名")
	if strings.Contains(page, "演练") {
		t.Error("no drill, and it says so")
	}
	command.Post(at+"/close", http.StatusConflict, "", "_key", "d", "_version", "7")
	command.Post(at+"/close", http.StatusSeeOther, "", "_key", "e", "_version", "1")
	command.Get(at, "已结束")
	command.Get("/rollcalls", "以前的点名", "冰灾断电")
	department := visit(c, rollcalltest.Actor(auth.Department, c.Root))
	for _, page := range []string{"/rollcalls", "/rollcalls/new", "/rollcall", at, at + "/help", at + "/missing"} {
		if s := department.Status(page); s != http.StatusForbidden {
			t.Errorf("a department opens %s: %d", page, s)
		}
	}
}

func TestADrillSaysSoEverywhere(t *testing.T) {
	c := city(t)
	c.Orders["L1"] = rollcall.Order{ID: "o", Number: "L1", UnitID: c.Root, Drill: true, Live: true}
	command := visit(c, c.Command())
	command.Get("/rollcalls/new?order=L1", "【演练】", "属于令 L1")
	town := visit(c, rollcalltest.Actor(auth.TownOfficial, c.Towns[0]))
	if page := town.Get("/rollcalls/new?order=L1", "令 L1 管的地方不全归您", "玉潭街道"); strings.Contains(page, "属于令 L1") {
		t.Error("a town's would be the city's order's")
	}
	if s := command.Status("/rollcalls/new?order=L9"); s != http.StatusNotFound {
		t.Errorf("for no order: %d", s)
	}
	command.Post("/rollcalls", http.StatusOK, "【演练】", "_key", "b", "unit", "宁乡市", "reason", "冰灾", "order", "L1")
	at := command.Post("/rollcalls", http.StatusSeeOther, "", "_key", "b", "unit", "宁乡市", "reason", "冰灾", "order", "L1", "sure", "1")
	for _, page := range []string{at, at + "/help", at + "/missing", at + "/cells/430182001001010101", at + "/sheet/430182001001", "/rollcalls"} {
		command.Get(page, "【演练】")
	}
	command.Get(at, `<title>【演练】`, `class="roll-drill"`, `href="/orders/L1"`)
	visit(c, c.Lead(0)).Get("/rollcall", "【演练】", `class="roll-drill"`, `<title>【演练】`)
}

func TestPaperAndHelp(t *testing.T) {
	c := city(t)
	id := c.Opened(c.Root, false)
	village := visit(c, rollcalltest.Actor(auth.VillageOfficial, c.Villages[1]))
	at, cell := "/rollcalls/"+id, "/rollcalls/"+id+"/cells/430182001002010104"
	village.Get(at+"/missing", "没有邻长，没有人报", "干部1", "还有 6 户没报，共 6 户", "替他们记上")
	village.Get(at+"/sheet/430182001002", "点名报平安：一片 · 一组 · 3邻", "邻长 邻长2", "□", "周大一")
	page := village.Get(cell, "第2村30号", "没有邻长")
	homes := c.Homes[3]
	fill := func(status int, want, key string, kv ...string) {
		t.Helper()
		form := []string{"_key", key}
		for _, h := range homes {
			form = append(form, "home", h, "v-"+h, "0")
		}
		village.Post(cell, status, want, append(form, kv...)...)
	}
	if strings.Count(page, `name="home"`) != rollcalltest.Per {
		t.Error("not every household can be entered")
	}
	fill(http.StatusUnprocessableEntity, "还一户都没选", "a", "way", "paper")
	fill(http.StatusUnprocessableEntity, "请选您是怎么知道的", "b", "a-"+homes[0], "safe")
	fill(http.StatusUnprocessableEntity, "请选需要什么帮助", "c", "way", "paper", "a-"+homes[0], "help")
	fill(http.StatusSeeOther, "", "d", "way", "phone", "a-"+homes[0], "help", "n-"+homes[0], "medicine", "a-"+homes[1], "not_reached", "rest", "1")
	fill(http.StatusConflict, "有 1 户别人报过不一样的情况", "e", "way", "paper", "a-"+homes[0], "safe")
	village.Get(cell, "刘village_official（电话）", "需要帮助：断药断氧", "没联系上")
	list := village.Get(at+"/help", "第2村30号", "断药断氧", "还没有人去", "看电话")
	if strings.Contains(list, "13800000300") {
		t.Error("a number is shown unasked")
	}
	command := visit(c, c.Command())
	command.Get(at+"/help", "周*一")
	village.Post(at+"/help/"+homes[0]+"/phone", http.StatusOK, "13800000300")
	village.Post(at+"/help/"+homes[0], http.StatusSeeOther, "", "_key", "f", "_version", "1", "aid", "under_way")
	village.Get(at+"/help", "有人去了（刘village_official）")
	village.Post(at+"/help/"+homes[0], http.StatusConflict, "", "_key", "g", "_version", "1", "aid", "helped")
	village.Post(at+"/help/"+homes[0], http.StatusSeeOther, "", "_key", "h", "_version", "2", "aid", "helped")
	village.Get(at+"/help", "没有等着帮助的人家")
	village.Get(at+"/help?show=helped", "已帮到（刘village_official）")
	village.Get(at, "50.0%", "一片 · 一组 · 4邻", "没有邻长", `<polyline points="0,150 `)
	if s := village.Status(at + "/cells/430182001001010101"); s != http.StatusNotFound {
		t.Errorf("a cell of another village: %d", s)
	}
	command.Get(at, "玉潭街道", "白马桥街道")
	command.Get(at+"?unit=430182001000", "第1村", "第2村")
	command.Get(at+"/missing", "第1村", "第3村")
	c.OK(c.Close(t.Context(), c.Command(), rollcall.End{ID: id}))
	village.Get(cell, "只能看，不能再报")
	c.Now = c.Now.Add(rollcall.Kept)
	c.OK(c.Tick(t.Context()))
	if s := village.Status(at + "/help"); s != http.StatusGone {
		t.Errorf("who needed help, after it was erased: %d", s)
	}
	village.Get(at, "村以下的情况已经删除", "50.0%")
	village.Get(at+"/missing", "村以下的情况已经删除")
	command.Get(at+"?unit=430182001000", "第1村", "第2村", "只留下各村总数")
}
