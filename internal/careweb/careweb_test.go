package careweb_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/caretest"
	"bilin/internal/careweb"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func city(t *testing.T) *caretest.City {
	t.Helper()
	return caretest.New(t, sqldbtest.Open(t, sqldb.SQLite))
}

func visit(c *caretest.City, who auth.Actor) *webtest.Visitor {
	return c.Visit(who, []i18n.Bundle{careweb.Messages}, func(srv *web.Server) web.Module {
		return careweb.New(srv, careweb.Options{Care: c.Service, Needs: c.Needs, Network: c.Net, Purpose: c.Purposes, Policy: c.Policy, Now: func() time.Time { return c.Now }}).Module()
	})
}

// named looks for anything on a page that says why a household is listed.
func named(c *caretest.City, page string) string {
	for _, n := range c.Needs.Catalog().All() {
		for _, word := range []string{n.Name, n.NameEN, n.Law, n.Benefit, `"` + n.Code + `"`} {
			if strings.Contains(page, word) && word != `"danger"` { // which is a reason to break the glass, too
				return word
			}
		}
	}
	return ""
}

func TestALeadTapsHowItWent(t *testing.T) {
	c := city(t)
	for i, code := range []string{"alone80", "dialysis", "flood"} {
		c.Listed1(0, i, code)
	}
	c.Days(3)
	c.OK(c.Tick(t.Context()))
	lead := visit(c, c.Lead(0))
	page := lead.Get("/contacts", "今天要联系 3 家", "第1村0号", "上门看看，说几句话", "明天再去一次", "data-outbox", "不记几点")
	if word := named(c, page); word != "" {
		t.Errorf("the lead's page says %q", word)
	}
	if strings.Contains(page, "/care/entries/") {
		t.Error("the lead's page leads to an entry")
	}
	fine, nobody, need := c.Due(0, 0).ID, c.Due(0, 1).ID, c.Due(0, 2).ID
	if to := lead.Post("/contacts/"+fine, http.StatusSeeOther, "", "_key", "f", "outcome", "fine"); to != "/contacts?said="+fine {
		t.Errorf("leads to %s", to)
	}
	lead.Get("/contacts", "记下了：第1村0号 平安。下次联系：3月11日。", "点错了，撤回", "今天要联系 2 家")
	lead.Post("/contacts/"+nobody, http.StatusSeeOther, "", "_key", "n", "outcome", "nobody")
	lead.Get("/contacts", "第1村1号 没见到人。明天（3月5日）再去一次。", "今天记过没见到人", "撤回“没见到人”")
	lead.Post("/contacts/"+need, http.StatusUnprocessableEntity, `id="e-words-`+need+`"`, "_key", "w0", "outcome", "need", "words", " ")
	lead.Post("/contacts/"+need, http.StatusSeeOther, "", "_key", "w", "outcome", "need", "words", "要换药")
	lead.Get("/contacts", "诉求编号 D1", `href="/demands/D1"`, "今天要联系的都联系过了")
	lead.Post("/contacts/"+need, http.StatusUnprocessableEntity, "", "_key", "x", "outcome", "shrug")

	other := visit(c, c.Lead(1))
	other.Post("/contacts/"+nobody, http.StatusNotFound, "", "_key", "o", "outcome", "fine")
	for _, path := range []string{"/care", "/care/new", "/care/figures"} {
		if s := lead.Status(path); s != http.StatusForbidden {
			t.Errorf("a lead opens %s: %d", path, s)
		}
	}
}

func TestAWrongTapIsTakenBack(t *testing.T) {
	c := city(t)
	c.Listed1(0, 0, "alone80")
	c.Days(3)
	id := c.Due(0, 0).ID
	lead := visit(c, c.Lead(0))
	lead.Post("/contacts/"+id, http.StatusSeeOther, "", "_key", "f", "outcome", "fine")
	lead.Post("/contacts/"+id+"/undo", http.StatusConflict, "", "_key", "s", "_version", "9")
	visit(c, c.Lead(1)).Post("/contacts/"+id+"/undo", http.StatusNotFound, "", "_key", "o", "_version", "2")
	lead.Post("/contacts/"+id+"/undo", http.StatusSeeOther, "", "_key", "u", "_version", "2")
	lead.Get("/contacts", "撤回了", "今天要联系 1 家")
	lead.Post("/contacts/"+id+"/undo", http.StatusConflict, "", "_key", "u2", "_version", "3")
	lead.Post("/contacts/"+id, http.StatusSeeOther, "", "_key", "w", "outcome", "need", "words", "没有米了")
	lead.Post("/contacts/"+id+"/undo", http.StatusConflict, "", "_key", "u3", "_version", "4") // the demand is there
}

func TestContactsClimbToTheOfficial(t *testing.T) {
	c := city(t)
	c.Listed1(0, 0, "alone80")
	c.Days(3)
	id := c.Due(0, 0).ID
	for range 4 { // twice the lead, twice the stand-in
		c.Tell(c.Official(), id, care.Nobody)
		c.Days(1)
	}
	official := visit(c, c.Official())
	page := official.Get("/contacts", "第1村0号", "邻长没联系上，转到您这里", "/care/entries/")
	if word := named(c, page); word != "" {
		t.Errorf("the page says %q", word)
	}
	entry := regexp.MustCompile(`/care/entries/[0-9a-f-]{36}`).FindString(page)
	page = official.Get(entry, "每 7 天", "第一个去这家敲门问平安", "联片联组干部", "为什么列入", "干部0")
	if word := named(c, page); word != "" {
		t.Errorf("the entry says %q unasked", word)
	}
	ground := regexp.MustCompile(`value="(care:[^"]+)"`).FindStringSubmatch(page)
	if ground == nil {
		t.Fatal("the open contact is no ground")
	}
	official.Post(entry+"/open", http.StatusUnprocessableEntity, "没有关于这一户的待办", "_key", "a", "ground", "care:x")
	official.Post(entry+"/open", http.StatusOK, "独居高龄老人", "_key", "b", "ground", ground[1])
	reads, _, err := c.Purposes.Readings(t.Context(), c.Homes[0][0], "", 10)
	if err != nil || len(reads) != 1 || reads[0].What != "care" {
		t.Errorf("read: %+v, %v", reads, err)
	}
	if page = official.Get(entry); strings.Contains(page, "独居高龄老人") {
		t.Error("it stays open")
	}
	visit(c, c.Lead(0)).Post(entry+"/open", http.StatusForbidden, "", "_key", "c", "ground", ground[1])
}

func TestAHouseholdIsListedRenewedAndLapses(t *testing.T) {
	c := city(t)
	village, official := visit(c, c.Village()), visit(c, c.Official())
	village.Get("/care", "这里还没有列入的人家", "列入一户")
	village.Get("/care/new", "先找到这户人家")
	form := "/care/new?household=" + c.Homes[0][0]
	village.Get(form, "独居高龄老人", "最长 90 天", "要本人同意", "邻长1")
	village.Post("/care", http.StatusUnprocessableEntity, "请选一类情形", "_key", "a", "household", c.Homes[0][0])
	village.Post("/care", http.StatusUnprocessableEntity, "这一类要本人或家人同意", "_key", "b", "household", c.Homes[0][0], "need", "dialysis", "basis", "law")
	village.Post("/care", http.StatusUnprocessableEntity, "请选怎样同意的", "_key", "c", "household", c.Homes[0][0], "need", "dialysis", "basis", "consent")
	village.Post("/care", http.StatusUnprocessableEntity, "不能少于每 7 天", "_key", "d", "household", c.Homes[0][0], "need", "alone80", "basis", "law", "every", "30")
	entry := village.Post("/care", http.StatusSeeOther, "", "_key", "e", "household", c.Homes[0][0], "need", "dialysis", "basis", "consent", "agreed", "paper", "days", "30")
	if again := village.Post("/care", http.StatusSeeOther, "", "_key", "e", "household", c.Homes[0][0], "need", "dialysis", "basis", "consent", "agreed", "paper", "days", "30"); again != entry {
		t.Errorf("pressed twice: %s and %s", entry, again)
	}
	page := village.Get(entry, "列入了", "可以续", "移出清单", "停电断路一小时内问到")
	if word := named(c, page); word != "" {
		t.Errorf("the entry says %q unasked", word)
	}
	village.Get(form, "这户已经列着 1 项")
	official.Post("/care", http.StatusForbidden, "", "_key", "o", "household", c.Homes[0][1], "need", "alone80", "basis", "law")

	c.Days(20)
	village.Get("/care?ends=1", "第1村0号", "要另一个人续")
	page = village.Get(entry, "上次是您列入或续期的", "干部0")
	if strings.Contains(page, "/renew\"") {
		t.Error("who listed it is offered to renew it")
	}
	village.Post(entry+"/renew", http.StatusForbidden, "要由另一个人来续", "_key", "f", "_version", "1", "days", "30")
	official.Get("/care?ends=1", "您可以续", care.Topic(c.Cells[0])) // the village's isn't theirs to hear
	official.Get(entry, "先在下面打开看看为什么列入")
	official.Post(entry+"/renew", http.StatusConflict, "请先打开看看为什么列入", "_key", "l", "_version", "1", "days", "30", "agreed", "paper")
	official.Post(entry+"/open", http.StatusOK, "这次打开已经记录", "_key", "o", "ground", "care:"+entry[len("/care/entries/"):])
	official.Post(entry+"/renew", http.StatusUnprocessableEntity, "请填写 1 到 90", "_key", "g", "_version", "1", "days", "0")
	official.Post(entry+"/renew", http.StatusUnprocessableEntity, "这一户是凭同意列的", "_key", "g2", "_version", "1", "days", "30", "agreed", "law")
	official.Post(entry+"/renew", http.StatusSeeOther, "", "_key", "h", "_version", "1", "days", "30", "agreed", "paper")
	official.Get(entry, "续好了")
	village.Get("/care?ends=1", "14 天内没有到期的")

	c.Days(31)
	for _, path := range []string{entry} {
		if s := official.Status(path); s != http.StatusNotFound {
			t.Errorf("%s after it lapsed: %d", path, s)
		}
	}
	official.Get("/care", "这里还没有列入的人家")
}

func TestAnEntryEndsForAReason(t *testing.T) {
	c := city(t)
	entry := "/care/entries/" + c.Listed1(0, 0, "alone80")
	village := visit(c, c.Village())
	village.Post(entry+"/end", http.StatusUnprocessableEntity, "请选为什么移出", "_key", "a", "_version", "1")
	village.Post(entry+"/end", http.StatusConflict, "刚被别人改过", "_key", "b", "_version", "7", "why", "withdrawn")
	village.Post(entry+"/end", http.StatusSeeOther, "", "_key", "c", "_version", "1", "why", "withdrawn")
	village.Get("/care", "移出了", "这里还没有列入的人家")
}

func TestGlassIsBrokenForAReason(t *testing.T) {
	c := city(t)
	entry := "/care/entries/" + c.Listed1(0, 0, "alone80")
	village := visit(c, c.Village())
	village.Get(entry, "所以不能打开", "打开 30 分钟")
	village.Post(entry+"/glass", http.StatusUnprocessableEntity, "请选一个理由", "_key", "a")
	village.Post(entry+"/glass", http.StatusOK, "独居高龄老人", "_key", "b", "reason", "danger")
	broken, err := c.Purposes.BreaksOf(t.Context(), c.Homes[0][0])
	if err != nil || len(broken) != 1 || broken[0].Reads != 1 {
		t.Errorf("%+v, %v", broken, err)
	}
}

func TestInAnEmergencyDoorsComeFirst(t *testing.T) {
	c := city(t)
	c.Listed1(0, 0, "dialysis")
	c.Listed1(0, 1, "flood")
	lead := visit(c, c.Lead(0))
	lead.Get("/contacts/emergency", "您这里现在没有应急")
	c.Alarmed[c.Cells[0]] = true
	lead.Get("/contacts", "现在在应急", "/contacts/emergency?unit=")
	page := lead.Get("/contacts/emergency", "第1村0号", "停电断路一小时内问到", "第1村1号", "两个人一起去", `href="/rollcall"`)
	if word := named(c, page); word != "" {
		t.Errorf("the page says %q", word)
	}
	if strings.Index(page, "第1村1号") > strings.Index(page, "第1村0号") {
		t.Error("who has to leave stands behind who has to be asked")
	}
	other := visit(c, c.Lead(1))
	code := c.Net.Tree().ByID(c.Cells[0]).Code
	if s := other.Status("/contacts/emergency?unit=" + code); s != http.StatusNotFound {
		t.Errorf("another lead: %d", s)
	}
}

func TestTheCatalogueIsPublicAndChangesTogether(t *testing.T) {
	c := city(t)
	public := visit(c, auth.Actor{})
	public.Get("/care/needs", "独居高龄老人", "《老年人权益保障法》", "现在有 16 类情形", "永远不会按这些列")
	office, second, privacy := caretest.Actor(auth.CityOffice, c.Root), caretest.Actor(auth.CityOffice, c.Root), caretest.Actor(auth.PrivacyOfficer, c.Root)
	second.AccountID, second.PersonID, second.Name = "second", "p-second", "陈第二"
	asks := visit(c, office)
	asks.Get("/care/needs", `href="/care/needs/veteran/off"`)
	asks.Get("/care/needs/veteran/off", "少于 10 户", "要另一个人同意", "只剩 2 类")
	asks.Post("/care/needs/veteran/off", http.StatusUnprocessableEntity, "请写明为什么停用", "_key", "a0", "_version", "1", "why", " ")
	end := asks.Post("/care/needs/veteran/off", http.StatusSeeOther, "", "_key", "a", "_version", "1", "why", "并入别的一类")
	asks.Get(end, "停用一类", "并入别的一类", "自己提的，不能自己同意")
	visit(c, second).Post(end+"/approve", http.StatusSeeOther, "", "_key", "a2", "_version", "1")
	public.Get("/care/needs", "正在公示（1）", "并入别的一类")
	c.Days(11)
	c.OK(c.Needs.Tick(t.Context()))
	public.Get("/care/needs", "本市没有启用（1）", "并入别的一类")
	public.Post("/care/needs/veteran/on", http.StatusUnauthorized, "", "_key", "b")

	content := []string{"name", "困境独居妇女", "name_en", "Woman alone in hardship", "grounds", "alone", "grounds", "hardship", "law", "《社会救助暂行办法》第九章", "benefit", "临时救助", "consent", "1", "every", "7-lead-visit-door", "long", "60"}
	with := func(name, value string) []string {
		out := append([]string{"_key", sqldb.NewID()}, content...)
		for i := 2; i < len(out); i += 2 {
			if out[i] == name {
				out[i+1] = value
			}
		}
		return out
	}
	asks.Get("/care/needs/new", "邻长每 7 天上门看看")
	asks.Post("/care/needs", http.StatusUnprocessableEntity, "按信访来列，不能列入", with("name", "信访户")...)
	asks.Post("/care/needs", http.StatusUnprocessableEntity, "按精神卫生病历来列", with("law", "精神障碍者管理办法")...)
	asks.Post("/care/needs", http.StatusUnprocessableEntity, "邻长一看就能猜出原因", with("every", "14-official-call-move")...)
	at := asks.Post("/care/needs", http.StatusSeeOther, "", with("", "")...)
	asks.Get(at, "自己提的，不能自己同意", "等人同意")
	asks.Post(at+"/approve", http.StatusForbidden, "不能自己同意", "_key", "s", "_version", "1")
	visit(c, second).Post(at+"/approve", http.StatusSeeOther, "", "_key", "y", "_version", "1")
	visit(c, second).Post(at+"/approve", http.StatusConflict, "还要另一个人同意", "_key", "z", "_version", "2")
	visit(c, privacy).Post(at+"/approve", http.StatusSeeOther, "", "_key", "p", "_version", "2")
	public.Get(at, "公示到 3月22日", "12345", "陈第二")
	public.Get("/care/needs", "正在公示（1）", "困境独居妇女")
	visit(c, privacy).Post(at+"/refuse", http.StatusUnprocessableEntity, "请填写", "_key", "r0", "_version", "3", "reason", " ")
	c.Days(11)
	c.OK(c.Needs.Tick(t.Context()))
	public.Get("/care/needs", "现在有 16 类情形", "有了结果的提案")
	change := asks.Post("/care/needs", http.StatusSeeOther, "", append([]string{"_key", "ch", "code", "alone80"}, content...)...)
	public.Get(change, "<del", "独居高龄老人", "困境独居妇女")
	visit(c, second).Post(change+"/refuse", http.StatusSeeOther, "", "_key", "no", "_version", "1", "reason", "年龄不能去掉")
	public.Get(change, "年龄不能去掉")
}

func TestFiguresSayNothingOfFew(t *testing.T) {
	c := city(t)
	c.Minutes = 1000
	for i := range 11 {
		c.Listed1(0, i, "alone80")
	}
	c.Listed1(1, 0, "flood")
	village := visit(c, c.Village())
	page := village.Get("/care/figures", "少于 10", "只按镇街和全市")
	if strings.Contains(page, "周大") || strings.Contains(page, "号") && strings.Contains(page, "第1村0号") {
		t.Error("the figures name a household")
	}
	town := visit(c, caretest.Actor(auth.TownOfficial, c.Town))
	town.Get("/care/figures", "按情形", "第1村", "第2村", "按编码排列")
	if s := village.Status("/care/figures?unit=430182000000"); s != http.StatusNotFound {
		t.Errorf("the city's figures for a village: %d", s)
	}
	visit(c, caretest.Actor(auth.CityOffice, c.Root)).Get("/care/figures", "玉潭街道")
}
