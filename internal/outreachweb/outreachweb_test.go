package outreachweb_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/job"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/once"
	"bilin/internal/outreach"
	"bilin/internal/outreach/texting"
	"bilin/internal/outreachweb"
	"bilin/internal/photo"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type city struct {
	*networktest.City
	*outreach.Service
	texts *texting.Service
}

func newCity(t *testing.T) *city {
	c := networktest.New(t, sqldbtest.Open(t, sqldb.SQLite), outreach.Rules)
	var chunk network.Chunk
	for _, x := range "ABCDEFGHIJKLMNOPQRST" {
		id := "h-" + string(x)
		chunk.Households = append(chunk.Households, network.NewHousehold{ID: id, UnitID: c.Cells[0], Door: "BBBB2222" + string(x) + "3", Address: "二号" + string(x), AddressKey: "二号", Size: 2, RosterKey: id})
	}
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), chunk))
	c.OK(c.Net.Refresh(t.Context()))
	return &city{City: c, Service: outreach.New(outreach.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Seal: c.Seal, Now: c.Now})}
}

// box is a gateway that hands messages on to the test.
type box chan gateway.Message

func (b box) Send(_ context.Context, m gateway.Message) error {
	b <- m
	return nil
}

// next is the next message.
func (b box) next(t *testing.T) gateway.Message {
	t.Helper()
	select {
	case m := <-b:
		return m
	case <-time.After(20 * time.Second):
		t.Fatal("no message")
		return gateway.Message{}
	}
}

// texting has the city send short messages to agreed telephones.
func (c *city) texting() box { return c.textingAnd(nil) }

// textingAnd has it call them too.
func (c *city) textingAnd(calls gateway.Sender) box {
	b := make(box, 10)
	var err error
	c.texts, err = texting.New(texting.Options{DB: c.DB, Network: c.Net, Audit: c.Audit, Live: c.Live, Seal: c.Seal, Vault: c.Vault, Sender: b, Voice: calls, Budget: 9, PublicURL: "https://bilin.example", Now: c.Now})
	c.OK(err)
	c.Service.By(c.texts)
	runner := job.NewRunner(c.DB, slog.New(slog.DiscardHandler), job.Options{Poll: 20 * time.Millisecond})
	c.texts.Register(runner)
	c.OK(runner.Start(c.Context()))
	c.Cleanup(func() { _ = runner.Stop(context.WithoutCancel(c.Context())) })
	return b
}

// TestByShortMessage: a household asks at its door, the telephone agrees, the
// sender sees the cost before sending, and a link ends it.
func TestByShortMessage(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	if body := c.as("").Get("/notices?door=" + networktest.Door); strings.Contains(body, "/notices/sms") {
		t.Error("offered without a gateway")
	}
	c.as("").Post("/notices/sms", http.StatusNotFound, "没有开通", "_key", "0", "door", networktest.Door, "phone", "13800138000")
	gate := c.texting()
	somebody, town := c.as(""), c.as("镇干部")
	if body := somebody.Get("/notices"); strings.Contains(body, `action="/notices/sms"`) {
		t.Error("offered to nobody's door")
	}
	if body := somebody.Get("/notices?door=" + networktest.Door); !strings.Contains(body, `action="/notices/sms"`) {
		t.Error("not offered at the door")
	}
	somebody.Post("/notices/sms", http.StatusUnprocessableEntity, "请填11位手机号", "_key", "1", "door", networktest.Door, "phone", "0731")
	somebody.Post("/notices/sms", http.StatusSeeOther, "", "_key", "2", "door", networktest.Door, "phone", "13800138000")
	own := regexp.MustCompile(`/my-notices/[a-z0-9]+`).FindString(gate.next(t).Text)
	if body := somebody.Get(own); !strings.Contains(body, "同意接收") {
		t.Errorf("asked: %s", body)
	}
	check := town.Post("/notices", http.StatusSeeOther, "", append(form, "_key", "1", "unit", c.Codes[0])...)
	if body := town.Get(check); !strings.Contains(body, "还没有手机号同意收短信") {
		t.Errorf("before anybody agreed: %s", body)
	}
	for range 12 { // a whole village shares an address
		somebody.Get(own)
	}
	somebody.Post(own, http.StatusSeeOther, "", "_key", "3", "do", "agree")
	if body := town.Get(check); !strings.Contains(body, "范围内有1个手机号同意收") || !strings.Contains(body, "本月还剩9条") {
		t.Errorf("the estimate: %s", body)
	}
	home := strings.TrimSuffix(check, "/check")
	town.Post(home+"/send", http.StatusSeeOther, "", "_key", "4", "_version", "1", "households", "21", "short", "1")
	link := regexp.MustCompile(`/notices/N[0-9-]+\?m=[a-z0-9]+`).FindString(gate.next(t).Text)
	if body := town.Get(home + "/reach"); !strings.Contains(body, "短信") || !strings.Contains(body, "0户，共21户") {
		t.Errorf("a message sent counts as reach, or isn't shown: %s", body)
	}
	for range 2 {
		if body := somebody.Get(link); !strings.Contains(body, "不要去河边") {
			t.Errorf("by the link: %s", body)
		}
	}
	somebody.Get(home + "?m=0000000000")
	if body := town.Get(home + "/reach"); !strings.Contains(body, "1户点开了短信里的链接") || !strings.Contains(body, "1户，共21户") {
		t.Errorf("opened by the link: %s", body)
	}
	somebody.Post(own, http.StatusSeeOther, "", "_key", "5", "do", "end")
	if code := somebody.Status(own); code != http.StatusNotFound {
		t.Errorf("ended: %d", code)
	}
}

// TestFewByShortMessage: that a link was opened isn't shown of a village that has
// no figures, alone or among others.
func TestFewByShortMessage(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{Households: []network.NewHousehold{{ID: "h-few", UnitID: c.Cells[1], Door: "ZZZZ222233", Address: "三号", AddressKey: "三号", Size: 2, RosterKey: "few"}}}))
	c.OK(c.Net.Refresh(t.Context()))
	gate, somebody, town := c.texting(), c.as(""), c.as("镇干部")
	somebody.Post("/notices/sms", http.StatusSeeOther, "", "_key", "1", "door", "ZZZZ222233", "phone", "13800138000")
	own := regexp.MustCompile(`/my-notices/[a-z0-9]+`).FindString(gate.next(t).Text)
	somebody.Post(own, http.StatusSeeOther, "", "_key", "2", "do", "agree")
	for homes, units := range map[string][]string{"1": {"unit", c.Codes[1]}, "22": {"unit", c.Codes[0], "unit", c.Codes[1]}} {
		home := strings.TrimSuffix(town.Post("/notices", http.StatusSeeOther, "", append(append(units, form...), "_key", "n"+homes)...), "/check")
		town.Post(home+"/send", http.StatusSeeOther, "", "_key", "s"+homes, "_version", "1", "households", homes, "short", "1")
		somebody.Get(regexp.MustCompile(`/notices/N[0-9-]+\?m=[a-z0-9]+`).FindString(gate.next(t).Text))
		body := town.Get(home + "/reach")
		for range 200 {
			if strings.Contains(body, "短信发完了") {
				break
			}
			time.Sleep(20 * time.Millisecond)
			body = town.Get(home + "/reach")
		}
		if !strings.Contains(body, "短信发完了") || strings.Contains(body, "1户点开了") || strings.Contains(body, "点开了") != (homes == "22") {
			t.Errorf("%s households: %s", homes, body)
		}
	}
}

// TestByACall: where the city can call, a household chooses it; the sender sees both
// numbers and the words, and the telephone's own page changes the way.
func TestByACall(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	calls := make(box, 10)
	gate := c.textingAnd(calls)
	somebody, town := c.as(""), c.as("镇干部")
	if body := somebody.Get("/notices?door=" + networktest.Door); !strings.Contains(body, "打电话，念给我听") || !strings.Contains(body, "请家里人帮您点开一次链接") {
		t.Errorf("not offered: %s", body)
	}
	somebody.Post("/notices/sms", http.StatusUnprocessableEntity, "请选短信", "_key", "1", "door", networktest.Door, "phone", "13800138000", "way", "post")
	somebody.Post("/notices/sms", http.StatusSeeOther, "", "_key", "2", "door", networktest.Door, "phone", "13800138000", "way", "voice")
	own := regexp.MustCompile(`/my-notices/[a-z0-9]+`).FindString(gate.next(t).Text)
	if body := somebody.Get(own); !strings.Contains(body, "以后打这个电话") {
		t.Errorf("asked: %s", body)
	}
	somebody.Post(own, http.StatusSeeOther, "", "_key", "3", "do", "agree")
	check := town.Post("/notices", http.StatusSeeOther, "", append(form, "_key", "1", "unit", c.Codes[0])...)
	if body := town.Get(check); !strings.Contains(body, "1个同意接电话") || !strings.Contains(body, "共1条") || !strings.Contains(body, "给您念一条通知。今晚有暴雨。再说一遍，今晚有暴雨。") {
		t.Errorf("the estimate: %s", body)
	}
	home := strings.TrimSuffix(check, "/check")
	town.Post(home+"/send", http.StatusSeeOther, "", "_key", "4", "_version", "1", "households", "21", "short", "1")
	if m := calls.next(t); m.To != "13800138000" || strings.Contains(m.Text, "https") {
		t.Errorf("%+v", m)
	}
	if body := town.Get(home + "/reach"); !strings.Contains(body, "电话") || strings.Contains(body, "这条没有发短信") {
		t.Errorf("the progress: %s", body)
	}
	if body := somebody.Get(own); !strings.Contains(body, "打这个电话念给您听") || !strings.Contains(body, "改成发短信") {
		t.Errorf("called: %s", body)
	}
	somebody.Post(own, http.StatusSeeOther, "", "_key", "5", "do", "sms")
	if body := somebody.Get(own); !strings.Contains(body, "这个手机号会收到通知短信") || !strings.Contains(body, "改成打电话") {
		t.Errorf("changed: %s", body)
	}
	somebody.Post(own, http.StatusSeeOther, "", "_key", "6", "do", "voice")
	c.texting() // and the city has no gateway for calls any more
	somebody, town = c.as(""), c.as("镇干部")
	if body := somebody.Get("/notices?door=" + networktest.Door); strings.Contains(body, "打电话，念给我听") || !strings.Contains(body, `action="/notices/sms"`) {
		t.Errorf("still offered: %s", body)
	}
	if body := somebody.Get(own); !strings.Contains(body, "现在打不了电话") || !strings.Contains(body, "改成发短信") {
		t.Errorf("can't be called: %s", body)
	}
	check = town.Post("/notices", http.StatusSeeOther, "", append(form, "_key", "7", "unit", c.Codes[0])...)
	for _, page := range []string{check, home + "/correct"} {
		if body := town.Get(page); !strings.Contains(body, "另有1个号码选了打电话，现在打不了") {
			t.Errorf("%s: %s", page, body)
		}
	}
	somebody.Post(own, http.StatusSeeOther, "", "_key", "8", "do", "end")
}

func (c *city) as(name string) *webtest.Visitor {
	who := auth.Actor{}
	if name != "" {
		who = c.Actor(name)
	}
	return c.Visit(who, []i18n.Bundle{outreach.Messages, outreachweb.Messages, once.Messages, photo.Messages, doorcard.Messages, texting.Messages}, func(srv *web.Server) web.Module {
		return outreachweb.New(srv, c.Service, c.Net.Tree, outreachweb.Options{DB: c.DB, Paper: doorcard.New(c.Now), Public: "https://bilin.example/", Now: c.Now, Texts: c.texts}).Module()
	})
}

var form = []string{"kind", "weather", "title", "今晚有暴雨", "words", "不要去河边。\n家里备好手电。"}

func (c *city) sent(town *webtest.Visitor) string {
	check := town.Post("/notices", http.StatusSeeOther, "", append(form, "_key", "1", "unit", c.Codes[0])...)
	home := strings.TrimSuffix(check, "/check")
	town.Get(check)
	if reach := town.Post(home+"/send", http.StatusSeeOther, "", "_key", "2", "_version", "1", "households", "21"); reach != home+"/reach" {
		c.Fatalf("sent, and at %s", reach)
	}
	return home
}

// TestANotice: a town sends it, a household opens it by its door, its lead tells
// the others with one tap, and the figures name nobody.
func TestANotice(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	town, resident, lead := c.as("镇干部"), c.as(""), c.as("邻长1")
	home := c.sent(town)
	list := resident.Get("/notices?door=" + networktest.Door)
	if !strings.Contains(list, home+"?door="+networktest.Door) {
		t.Errorf("not on the list of its door: %s", list)
	}
	page := resident.Get(home + "?door=" + networktest.Door)
	for _, want := range []string{"今晚有暴雨", "<p>不要去河边。</p>", `data-speak="told"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on %s", want, page)
		}
	}
	if strings.Contains(page, "大喇叭播音稿") || strings.Contains(resident.Get("/notices?unit="+c.Codes[1]), "今晚有暴雨") {
		t.Error("shown to those whom it doesn't concern")
	}
	tell := lead.Get(home + "/tell")
	if !strings.Contains(tell, "已告知0户，共21户") || strings.Count(tell, "data-outbox") != 22 {
		t.Errorf("the lead's list: %s", tell)
	}
	cell := regexp.MustCompile(`name="cell" value="([^"]+)"`).FindStringSubmatch(tell)[1]
	lead.Post(home+"/tell", http.StatusSeeOther, "", "_key", "a", "cell", cell, "home", "h-A", "way", "told")
	if tell = lead.Get(home + "/tell"); !strings.Contains(tell, "已告知1户，共21户") {
		t.Errorf("after one tap: %s", tell)
	}
	lead.Post(home+"/tell", http.StatusSeeOther, "", "_key", "b", "cell", cell, "way", "told")
	c.as("邻长2").Post(home+"/tell", http.StatusForbidden, "", "_key", "c", "cell", cell, "way", "told")
	reach := town.Get(home + "/reach")
	for _, want := range []string{"100.0%", "21户，共21户", "1户是一分钟里"} {
		if !strings.Contains(reach, want) {
			t.Errorf("no %q on %s", want, reach)
		}
	}
	if strings.Contains(reach, "邻长1") || strings.Contains(reach, "二号") {
		t.Error("the figures name somebody")
	}
	c.as("邻长1").Get("/notices/mine")
	if code := lead.Status(home + "/reach"); code != http.StatusForbidden {
		t.Errorf("a lead at the figures: %d", code)
	}
	if body := town.Get(home + "/poster.pdf"); !strings.HasPrefix(body, "%PDF") {
		t.Error("no poster")
	}
	if body := town.Get(home); !strings.Contains(body, "各位乡亲请注意，这里是") {
		t.Errorf("no words for the loudspeaker: %s", body)
	}
}

// TestHourByHour: how it stood after an hour is on the map's page, by links and a
// form that need no script; also for a village that sees only itself.
func TestHourByHour(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	town := c.as("镇干部")
	home := c.sent(town)
	c.as("").Get(home + "?door=" + networktest.Door)
	if body := town.Get(home + "/reach"); strings.Contains(body, `type="range"`) {
		t.Error("an hour to choose where there is one")
	}
	c.Clock = c.Clock.Add(2 * time.Hour)
	c.OK(c.Service.Tell(t.Context(), c.Actor("邻长1"), outreach.Tell{Number: strings.TrimPrefix(home, "/notices/"), CellID: c.Cells[0], Way: outreach.Told}))
	for _, who := range []string{"镇干部", "村干部1"} {
		seen := c.as(who)
		for address, want := range map[string]string{
			home + "/reach":          "到现在：</strong> 21户，共21户",
			home + "/reach?after=2":  "发出后2小时：</strong> 1户，共21户",
			home + "/reach?after=3":  "到现在：</strong> 21户，共21户",
			home + "/reach?after=99": "到现在：</strong> 21户，共21户",
		} {
			if body := seen.Get(address); !strings.Contains(body, want) || !strings.Contains(body, `min="1" max="3"`) {
				t.Errorf("%s at %s: %s", who, address, body)
			}
		}
	}
}

// TestWhatIsWrongComesBack keeps what was written.
func TestWhatIsWrongComesBack(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	town := c.as("镇干部")
	if body := town.Get("/notices/new?template=rain"); !strings.Contains(body, "【时间】") {
		t.Error("no template")
	}
	town.Post("/notices", http.StatusUnprocessableEntity, "请至少选择一个发送范围", append(form, "_key", "1")...)
	town.Post("/notices", http.StatusUnprocessableEntity, "请至少选择一个发送范围", "_key", "1", "kind", "weather", "title", "", "words", "【时间】有暴雨")
	town.Post("/notices", http.StatusUnprocessableEntity, "还有【】没有填好", "_key", "1", "kind", "weather", "title", "", "words", "【时间】有暴雨")
	town.Post("/notices", http.StatusUnprocessableEntity, "还有【】没有填好", "_key", "1", "kind", "weather", "title", "暴雨", "words", "【时间】有暴雨", "unit", c.Codes[0])
	town.Post("/notices", http.StatusUnprocessableEntity, "找不到“天上”", append(form, "_key", "1", "others", "天上")...)
	foreign := c.as("村干部1").Post
	foreign("/notices", http.StatusUnprocessableEntity, "第2村”不归您发", append(form, "_key", "1", "unit", c.Codes[1])...)
	foreign("/notices", http.StatusUnprocessableEntity, "第2村”不归您发", append(form, "_key", "1", "unit", c.Codes[0], "others", c.Codes[1])...)
	foreign("/notices", http.StatusUnprocessableEntity, "不要去河边", append(form, "_key", "1", "unit", c.Codes[1])...) // nothing was lost
	home := strings.TrimSuffix(town.Post("/notices", http.StatusSeeOther, "", append(form, "_key", "2", "unit", c.Codes[0])...), "/check")
	if code := c.as("").Status(home); code != http.StatusNotFound {
		t.Errorf("a draft is public: %d", code)
	}
	town.Get(home + "/edit")
	town.Post(home+"/send", http.StatusConflict, "现在是21户", "_key", "3", "_version", "1", "households", "90")
	town.Post(home+"/send", http.StatusUnprocessableEntity, "天以内的时间", "_key", "4", "_version", "1", "households", "21", "at", "2020-01-01T08:00")
	town.Post(home+"/send", http.StatusSeeOther, "", "_key", "5", "_version", "1", "households", "21", "at", "2026-12-03T08:00")
	if !strings.Contains(town.Get(home+"/check"), "自动发出") {
		t.Error("not scheduled")
	}
	town.Post(home+"/hold", http.StatusSeeOther, "", "_key", "6", "_version", "2")
}

// TestAPosterCutsNothing: a long list goes on to a second sheet, a short notice stays on one.
func TestAPosterCutsNothing(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	town := c.as("镇干部")
	for words, sheets := range map[string]int{"不要去河边。": 1, strings.Repeat("三组明天上午停水\n", 30): 2} {
		check := town.Post("/notices", http.StatusSeeOther, "", "kind", "supply", "title", "停水安排", "words", words, "_key", words[:9], "unit", c.Codes[0])
		home := strings.TrimSuffix(check, "/check")
		town.Post(home+"/send", http.StatusSeeOther, "", "_key", "s"+words[:9], "_version", "1", "households", "21")
		if n := strings.Count(town.Get(home+"/poster.pdf"), "/Type /Page\n"); n != sheets {
			t.Errorf("%d sheets, want %d", n, sheets)
		}
	}
}

// TestCorrectedAndRecalled: the public page says so.
func TestCorrectedAndRecalled(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	town, resident := c.as("镇干部"), c.as("")
	home := c.sent(town)
	town.Get(home + "/correct")
	if _, _, to := town.Answer(town.Client.Get(town.Base + home + "/edit")); to != home+"/correct" {
		t.Errorf("what is out is written at %s", to)
	}
	town.Post(home+"/correct", http.StatusUnprocessableEntity, "内容没有变化", "_key", "3", "_version", "2", "title", "今晚有暴雨", "words", "不要去河边。\n家里备好手电。", "why", "错字")
	town.Post(home+"/correct", http.StatusSeeOther, "", "_key", "4", "_version", "2", "title", "明晚有暴雨", "words", "不要去河边。", "why", "时间写错了")
	if page := resident.Get(home); !strings.Contains(page, "时间写错了") || !strings.Contains(page, "明晚有暴雨") {
		t.Errorf("not corrected: %s", page)
	}
	town.Get(home + "/reach?edition=1")
	c.as("村干部1").Get(home + "/meet")
	c.as("村干部1").Post(home+"/meet", http.StatusSeeOther, "", "_key", "6", "unit", c.Codes[0], "day", "2026-12-01", "households", "15")
	if page := c.as("村干部1").Get(home + "/reach"); !strings.Contains(page, "来了15户") || strings.Contains(page, "逐小时") {
		t.Errorf("no meeting, or hours that there are none of: %s", page)
	}
	town.Post(home+"/recall", http.StatusUnprocessableEntity, `<details class="confirm" id="recall" open>`, "_key", "7", "_version", "3", "recall_why", "")
	town.Post(home+"/recall", http.StatusUnprocessableEntity, `value="【原因】"`, "_key", "7", "_version", "3", "recall_why", "【原因】")
	town.Post(home+"/recall", http.StatusSeeOther, "", "_key", "5", "_version", "3", "recall_why", "预报取消")
	code, again, _ := town.Answer(town.Client.PostForm(town.Base+home+"/correct", url.Values{"_key": {"8"}, "_version": {"3"}, "title": {"后天有暴雨"}, "words": {"改到后天。"}, "why": {"又改了"}}))
	if code != http.StatusConflict || !strings.Contains(again, "后天有暴雨") || !strings.Contains(again, "已经被撤回（原因：预报取消）") || !strings.Contains(again, "改到后天。") || !strings.Contains(again, "又改了") || strings.Contains(again, "发出更正") {
		t.Errorf("corrected after it was taken back: %s", again)
	}
	town.Post(home+"/correct", http.StatusSeeOther, "", "_key", "4", "_version", "2", "title", "明晚有暴雨", "words", "不要去河边。", "why", "时间写错了") // that one was sent
	town.Post(home+"/recall", http.StatusSeeOther, "", "_key", "9", "_version", "3", "recall_why", "预报取消")
	town.Post(home+"/recall", http.StatusConflict, "", "_key", "10", "_version", "3", "recall_why", "地点写错")
	for _, path := range []string{"/edit", "/correct"} {
		if _, _, to := town.Answer(town.Client.Get(town.Base + home + path)); to != home+"/reach" {
			t.Errorf("%s of what was taken back goes to %s", path, to)
		}
	}
	page := resident.Get(home)
	if !strings.Contains(page, "预报取消") || strings.Contains(page, "不要去河边") {
		t.Errorf("not recalled: %s", page)
	}
	town.Get(home + "/reach")
	town.Get("/notices/desk")
}
