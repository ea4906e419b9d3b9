package teamweb_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/mobilise/team"
	"bilin/internal/mobilise/team/teamtest"
	"bilin/internal/mobiliseweb/teamweb"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func visit(c *teamtest.City, who auth.Actor) *webtest.Visitor {
	return c.Visit(who, []i18n.Bundle{teamweb.Messages, gateway.Messages}, func(srv *web.Server) web.Module {
		return teamweb.New(srv, c.Teams, c.Net, func() time.Time { return c.Clock }).Module()
	})
}

func city(t *testing.T) *teamtest.City {
	return teamtest.New(t, sqldbtest.Open(t, sqldb.SQLite))
}

func TestAVillageKeepsItsTeam(t *testing.T) {
	c := city(t)
	village := visit(c, c.Actor("村干部1"))
	village.Get("/teams", "还没有突击队")
	village.Get("/teams/new", "第1镇 · 第1村")
	village.Post("/teams", http.StatusUnprocessableEntity, "请选是哪一类突击队", "_key", "a", "name", "除冰队", "unit", c.Villages[0])
	village.Post("/teams", http.StatusForbidden, "", "_key", "b", "name", "除冰队", "kind", "ice", "unit", c.Villages[1])
	at := village.Post("/teams", http.StatusSeeOther, "", "_key", "c", "name", "第1村除冰队", "kind", "ice", "unit", c.Villages[0])
	village.Get(at, "第1村除冰队", "还没有队员", "还没有登记装备", "没有设置队里的群")
	village.Get(at+"/add?q=邻长", "邻长1", "1邻")
	if page := village.Get(at + "/add?q=邻长"); strings.Contains(page, "邻长3") {
		t.Error("people of another village are offered")
	}
	village.Get(at+"/add?q=天外", "您管的地方没有这个姓名", "/volunteers/new")
	village.Post(at+"/members", http.StatusUnprocessableEntity, "请选一个人", "_key", "d", "q", "邻长", "grade", "leader")
	village.Post(at+"/members", http.StatusUnprocessableEntity, "不在您管的地方", "_key", "e", "q", "邻长", "person", "p-邻长3", "grade", "leader")
	village.Post(at+"/members", http.StatusSeeOther, "", "_key", "f", "q", "邻长", "person", "p-邻长1", "grade", "leader")
	village.Get(at, "邻长1", "队长")
	if page := village.Get(at+"/add?q=邻长1", "已经在队里：邻长1"); strings.Contains(page, `value="p-邻长1"`) || strings.Contains(page, "没有这个姓名") {
		t.Error("somebody in the team is offered once more")
	}
	member := at + "/members/p-邻长1"
	village.Post(member, http.StatusUnprocessableEntity, "请选队里的角色", "_key", "g", "grade", "king")
	village.Post(member, http.StatusSeeOther, "", "_key", "h", "grade", "deputy")
	village.Post(member+"/phone", http.StatusUnprocessableEntity, "请填写这一项", "_key", "i")
	village.Post(member+"/phone", http.StatusOK, "tel:129", "_key", "j", "purpose", "今晚集合")
	village.Post(at+"/equipment/new", http.StatusUnprocessableEntity, "请填写数字", "_key", "k", "name", "油锯", "quantity", "三", "place", "村部")
	village.Post(at+"/equipment/new", http.StatusSeeOther, "", "_key", "l", "name", "油锯", "quantity", "3", "place", "村部库房")
	page := village.Get(at, "油锯", "村部库房", "能用")
	line := at + regexp.MustCompile(`/equipment/[0-9a-f-]{36}`).FindString(page)
	village.Get(line, `value="3"`)
	village.Post(line, http.StatusConflict, "刚被别人改过", "_key", "m", "_version", "7", "name", "油锯", "quantity", "2", "place", "村部库房")
	village.Post(line, http.StatusSeeOther, "", "_key", "n", "_version", "1", "name", "油锯", "quantity", "2", "place", "村部库房", "repair", "1")
	village.Get(at, "在修，用不了", "1 种在修")
	village.Get("/teams", "第1村除冰队", "除冰保畅", "1 种在修")
	csv := village.Get(at+"/list.csv", "邻长1", "副队长")
	if strings.Contains(csv, "129") {
		t.Error("the list holds a number")
	}
	village.Post(line+"/drop", http.StatusSeeOther, "", "_key", "o")
	village.Post(member+"/remove", http.StatusSeeOther, "", "_key", "p")
	village.Post(at, http.StatusConflict, "刚被别人改过", "_key", "q", "_version", "9", "name", "新名", "kind", "flood", "unit", c.Villages[0])
	village.Post(at, http.StatusSeeOther, "", "_key", "r", "_version", "1", "name", "第1村防汛队", "kind", "flood", "unit", c.Villages[0])
	village.Post(at+"/end", http.StatusSeeOther, "", "_key", "s", "_version", "2")
	village.Get(at, "撤销了")
	if s := village.Status(at + "/edit"); s != http.StatusConflict {
		t.Errorf("an ended team is changed: %d", s)
	}
}

func TestTheGroupsAddressIsNeverShownAgain(t *testing.T) {
	c := city(t)
	id := c.Team("一队", c.Villages[0])
	village := visit(c, c.Actor("村干部1"))
	village.Post("/teams/"+id+"/channel", http.StatusUnprocessableEntity, "请填写这一项", "_key", "a")
	village.Post("/teams/"+id+"/channel", http.StatusUnprocessableEntity, "群或邮件地址不对", "_key", "b", "channel", "telegram://geheim@telegram")
	village.Post("/teams/"+id+"/channel", http.StatusSeeOther, "", "_key", "c", "channel", "wecom://geheim")
	for _, page := range []string{"/teams/" + id, "/teams/" + id + "/edit", "/teams"} {
		if strings.Contains(village.Get(page), "geheim") {
			t.Errorf("%s shows the address", page)
		}
	}
	village.Get("/teams/"+id, "已设置队里的群")
	village.Post("/teams/"+id+"/channel", http.StatusSeeOther, "", "_key", "d", "forget", "1")
	village.Get("/teams/"+id, "没有设置队里的群")
}

func TestALeadSeesTheirTeamAndSaysWhenTheyAreAway(t *testing.T) {
	c := city(t)
	mine, near := c.Team("邻长队", c.Towns[0]), c.Team("村里队", c.Villages[0])
	c.Join(mine, "p-邻长1", team.Leader)
	c.Join(near, "p-村干部1", team.Leader)
	c.Join(near, c.Settle("龙抢险", c.Villages[0]), team.Plain)
	c.Join(mine, "p-龙抢险", team.Plain)
	lead := visit(c, c.Actor("邻长1"))
	lead.Get("/teams", "邻长队", "村里队")
	if page := lead.Get("/teams?mine=1", "邻长队"); strings.Contains(page, "村里队") {
		t.Error("a team they aren't in is theirs")
	}
	if page := lead.Get("/teams/"+near, "龙*", "村干部1"); strings.Contains(page, "龙抢险") || strings.Contains(page, "/edit") {
		t.Error("a lead nearby reads too much")
	}
	lead.Get("/teams/"+mine, "龙抢险", "我哪几天不在")
	lead.Post("/teams/"+mine+"/members/p-龙抢险/phone", http.StatusOK, "tel:12999990000", "_key", "a", "purpose", "集合")
	for _, path := range []string{"/teams/new", "/teams/" + mine + "/edit", "/teams/" + mine + "/add", "/teams/" + mine + "/list.csv"} {
		if s := lead.Status(path); s != http.StatusForbidden {
			t.Errorf("%s: %d", path, s)
		}
	}
	lead.Post("/teams/"+near+"/members/p-龙抢险/phone", http.StatusOK, "tel:12999990000", "_key", "b", "purpose", "集合") // their team's leader, wherever they look
	visit(c, c.Actor("邻长2")).Post("/teams/"+near+"/members/p-龙抢险/phone", http.StatusForbidden, "", "_key", "c", "purpose", "好奇")
	visit(c, c.Actor("邻长3")).Post("/teams/"+near+"/members/p-龙抢险/phone", http.StatusForbidden, "", "_key", "d", "purpose", "好奇")

	lead.Get("/me/reads", "没有人看过")
	visit(c, c.Actor("村干部1")).Post("/teams/"+mine+"/members/p-邻长1/phone", http.StatusForbidden, "", "_key", "x1", "purpose", "集合")
	visit(c, c.Actor("镇干部1")).Post("/teams/"+mine+"/members/p-邻长1/phone", http.StatusOK, "tel:129", "_key", "x2", "purpose", "今晚集合")
	lead.Get("/me/reads", "镇干部1", "今晚集合")
	lead.Get("/me/away", "没有。您都在。", "就今天")
	lead.Post("/me/away", http.StatusSeeOther, "", "_key", "e", "quick", "three", "day", "2026-12-01")
	page := lead.Get("/me/away", "2026年12月1日 到 2026年12月3日", "今天不在")
	lead.Get("/teams/"+mine, "今天不在")
	lead.Get("/teams", "今天在 1 人")
	lead.Post("/me/away", http.StatusUnprocessableEntity, "请填写这一项", "_key", "f", "from", "2026-12-05")
	lead.Post("/me/away", http.StatusUnprocessableEntity, "回来的日子要在离开之后", "_key", "g", "from", "2026-12-05", "to", "2026-12-04")
	lead.Post("/me/away", http.StatusUnprocessableEntity, "已经过去了", "_key", "h", "quick", "today", "day", "2026-11-01")
	lead.Post("/me/away", http.StatusSeeOther, "", "_key", "i", "quick", "today", "day", "no day")
	back := regexp.MustCompile(`/me/away/[0-9a-f-]{36}/back`).FindString(page)
	lead.Post(back, http.StatusSeeOther, "", "_key", "j")
	lead.Post("/teams/"+mine+"/members/p-邻长1/remove", http.StatusSeeOther, "", "_key", "k")
	if s := lead.Status("/teams/" + mine); s != http.StatusForbidden {
		t.Errorf("a town's team after leaving it: %d", s)
	}
	for _, path := range []string{"/teams", "/me/away"} {
		if s := visit(c, auth.Actor{}).Status(path); s != http.StatusSeeOther && s != http.StatusUnauthorized {
			t.Errorf("%s to anybody: %d", path, s)
		}
	}
}

func TestTheCityFindsTeams(t *testing.T) {
	c := city(t)
	var all []team.NewTeam
	for i := range 60 {
		all = append(all, team.NewTeam{Name: fmt.Sprintf("%02d号队", i), Kind: team.Kinds()[i%8], UnitID: c.Villages[i%3]})
	}
	c.OK(c.Teams.Fill(c.Context(), auth.System("test"), all))
	office := visit(c, c.Actor("市办"))
	page := office.Get("/teams", "00号队", "24号队", "第1镇")
	if strings.Contains(page, "25号队") || !strings.Contains(page, "/teams?after=") {
		t.Error("a page has no end")
	}
	next := strings.ReplaceAll(regexp.MustCompile(`/teams\?after=[^"]+`).FindString(page), "&amp;", "&")
	office.Get(next, "25号队", "49号队")
	if page := office.Get("/teams?kind=flood&q=1&unit=430182001000"); strings.Contains(page, "02号队") || !strings.Contains(page, "01号队") {
		t.Error("the filter doesn't filter")
	}
	office.Get("/teams?q=nothing", "没有这样的突击队")
	typing, err := http.NewRequestWithContext(t.Context(), http.MethodGet, office.Base+"/teams?q=07", nil)
	c.OK(err)
	typing.Header.Set("HX-Request", "true")
	if _, part, _ := office.Answer(office.Client.Do(typing)); strings.Contains(part, "<html") || !strings.Contains(part, "07号队") {
		t.Errorf("while one types: %s", part)
	}
	office.Get("/teams?unit=nowhere", "没有这样的突击队")
	if s := office.Status("/teams?after=xx"); s != http.StatusNotFound {
		t.Errorf("a made-up cursor: %d", s)
	}
	office.Get("/teams/new", "宁乡市", "是哪里的队")
	visit(c, c.Actor("镇干部1")).Get("/teams", "第1村", "第2村")
}
