package releaseweb_test

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
	"bilin/internal/outcomeweb/releaseweb"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func newCity(t *testing.T) *outcometest.City {
	t.Helper()
	c := outcometest.New(t, sqldbtest.Open(t, sqldb.SQLite), outcometest.Make{Towns: 4, Villages: 10})
	for q := outcometest.Q3 - 3; q <= outcometest.Q3; q++ {
		c.Take("waste", q, func(v int) (int, int) {
			if v == 2 {
				return 24, 30
			}
			return 3 + v%3, 30
		})
	}
	return c
}

func visit(t *testing.T, c *outcometest.City, who auth.Actor) *webtest.Visitor {
	t.Helper()
	now := func() time.Time { return c.Now }
	return networktest.Visit(t, networktest.Seen{Who: who, Policy: c.Policy, Now: now}, []i18n.Bundle{releaseweb.Messages, outcomeweb.Messages, outcome.Messages}, func(srv *web.Server) web.Module {
		return releaseweb.New(srv, c.Svc, c.Net.Tree, c.Policy, now).Module()
	})
}

const at = "/outcomes/releases/2026Q3"

func TestTheWayToPublication(t *testing.T) {
	c := newCity(t)
	office, police := visit(t, c, c.Office), visit(t, c, c.Police)
	village, other := visit(t, c, c.Actor(auth.VillageOfficial, c.Villages[2])), visit(t, c, c.Actor(auth.VillageOfficial, c.Villages[12]))
	town := visit(t, c, c.Actor(auth.TownOfficial, c.Towns[0]))

	office.Get("/outcomes/releases", "还没有算过", "2026 年第 3 季度", "还有数据没到", "建筑火灾（YJ）：0 / 40 个村（社区）", "算出预览")
	village.Get("/outcomes/releases", "还没有算过")
	if status := police.Status("/outcomes/releases"); status != http.StatusForbidden {
		t.Errorf("a department looks at previews: %d", status)
	}
	village.Post(at+"/begin", http.StatusForbidden, "", "_key", "v")
	office.Post(at+"/begin", http.StatusSeeOther, "", "_key", "a")
	office.Get(at, "预览：只有市基层办看得到", "开放提意见", "第3村", "第1镇")
	if status := village.Status(at); status != http.StatusNotFound {
		t.Errorf("a village sees a preview: %d", status)
	}
	office.Post(at+"/open", http.StatusSeeOther, "", "_key", "b", "_version", "1")
	office.Get(at, "到了才能公布", "重新计算")
	office.Get(at+"/publish", "提意见的时间到")

	page := village.Get(at, "第3村的灯", "这明显偏多", "哪里不对")
	if strings.Contains(page, "第4村") {
		t.Error("a village sees another's lights")
	}
	page = town.Get(at+"?village=430182001003", "第10村", "第3村的灯", "提意见")
	if strings.Contains(page, "第2镇") {
		t.Error("a town sees another's lights")
	}
	village.Post(at+"/objections", http.StatusUnprocessableEntity, "请填写", "_key", "c", "village", "430182001003", "indicator", "waste", "text", "")
	other.Post(at+"/objections", http.StatusForbidden, "", "_key", "d", "village", "430182001003", "indicator", "waste", "text", "替别人说")
	village.Post(at+"/objections", http.StatusSeeOther, "", "_key", "e", "village", "430182001003", "indicator", "waste", "text", "有两次检查不在我们村")
	village.Get(at, "已提意见", "有两次检查不在我们村", "等答复")
	if page := other.Get(at, "没有意见"); strings.Contains(page, "有两次检查") {
		t.Error("an objection is seen by others before publication")
	}
	office.Get("/outcomes/releases", "1 条意见等答复")

	list, err := c.Svc.Objections(t.Context(), c.Office, outcometest.Q3)
	c.OK(err)
	answer := at + "/objections/" + list[0].ID
	village.Post(answer, http.StatusForbidden, "", "_key", "f", "upheld", "yes", "answer", "好")
	office.Post(answer, http.StatusUnprocessableEntity, "请填写", "_key", "g", "_version", "1", "upheld", "no", "answer", "")
	c.Now = c.Now.AddDate(0, 0, outcome.ObjectionDays+1)
	office.Get(at, "还有意见没有答复")
	office.Post(at+"/publish", http.StatusConflict, "", "_key", "h")
	office.Post(answer, http.StatusSeeOther, "", "_key", "i", "_version", "1", "upheld", "no", "answer", "已核对，检查都在本村。")
	office.Get(at, "去公布")
	office.Get(at+"/publish", "红灯 1 个", "冻结", "签名并公布")
	office.Post(at+"/publish", http.StatusSeeOther, "", "_key", "j", "_version", "2")
	office.Get(at, "已公布，冻结", "没有采纳", "公布以后的更正", "没有。部门后来")
	other.Get(at, "已核对，检查都在本村")
	office.Post(at+"/begin", http.StatusConflict, "", "_key", "k")
	if status := office.Status(at + "/publish"); status != http.StatusConflict {
		t.Errorf("it can be published again: %d", status)
	}
}

// A correction stands beside what was published: the old at the left, unchanged.
func TestCorrectionsStandBeside(t *testing.T) {
	c := newCity(t)
	c.Publish(outcometest.Q3)
	office := visit(t, c, c.Office)
	office.Get(at, "部门后来没有改过")
	_, err := c.Svc.Take(t.Context(), auth.System("test"), outcome.Delivery{Indicator: "waste", Way: outcome.File, Rows: []outcome.Row{{UnitID: c.Villages[2], Period: outcometest.Q3, Num: 3, Den: 30}}})
	c.OK(err)
	page := office.Get(at, "按现在的数据", "第1镇 · 第3村", "垃圾检查不合格")
	table := page[strings.Index(page, "按现在的数据"):]
	if was, now := strings.Index(table, "约 96（共 120）"), strings.Index(table, "约 75（共 120）"); was < 0 || now < was {
		t.Errorf("both don't stand side by side: %s", table[:min(1500, len(table))])
	}
	own := visit(t, c, c.Actor(auth.VillageOfficial, c.Villages[5]))
	if page := own.Get(at); strings.Contains(page, "约 75") {
		t.Error("a village sees corrections that aren't its own")
	}
}
