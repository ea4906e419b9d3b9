package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestOrder follows a drill of more than a thousand people: the command post
// proposes it, the city office lets it go out, a lead answers by the link, the
// village writes down what somebody said at the door, and it is closed.
func TestOrder(t *testing.T) {
	t.Parallel()
	command := here.as(t, "command", desk)
	number := command.proposesDrill("演练：全市应急呼叫")

	office := here.as(t, "city", desk)
	office.open("/orders/" + number)
	office.reads("请您决定发不发")
	office.looks("an order to be approved")
	office.submit(`form[action$="/approve"]`)
	office.reads("执行中")

	lead := here.as(t, "lead", phone)
	lead.open("/home")
	lead.reads("【演练】演练：全市应急呼叫")
	link := read[string](lead, `document.querySelector('a[href^="/a/`+number+`."]').getAttribute("href")`)
	anybody := here.visitor(t, phone) // whoever has the link needs no log-in
	anybody.open(link)
	anybody.reads("演练 · 不是真的")
	anybody.looks("an order's answer page")
	anybody.follow(`button[value="coming"]`)
	anybody.reads("您说了：会来")
	anybody.looks("an answer")

	village := here.as(t, "village", phone)
	village.open("/orders/" + number + "/people?standing=coming")
	village.see(`main tbody tr`)
	village.open("/orders/" + number + "/people")
	village.follow(`main tbody tr:last-child a`)
	village.js(`document.querySelector("input[name=way][value=visit]").checked = true`)
	village.looks("what somebody said is written down")
	village.follow(`button[value="told"]`)
	village.reads("记下了：告诉到了")
	village.reads("上门说的")

	command.open("/orders/" + number)
	command.until(`Number(document.querySelector('a[href$="standing=coming"] + strong').innerText) === 1`)
	command.fill(`form[action$="/close"] input[name=note]`, "演练结束，大部分人叫得到。")
	command.submit(`form[action$="/close"]`)
	command.reads("已完成")
	anybody.open(link)
	anybody.reads("演练做完了")
}

// proposesDrill fills in a drill that calls all leads of the city, and returns its number.
func (v *visitor) proposesDrill(title string) string {
	v.t.Helper()
	v.open("/orders/new?kind=drill&hazard=flood")
	v.js(`for (const box of ["places", "roles"]) document.querySelectorAll("[name=" + box + "]:not(:checked)").forEach((b, i) => { if (i < (box === "roles" ? 9 : 1)) b.click() })`)
	v.until(`document.querySelector("#count").innerText.includes("要第二个人批准")`)
	v.fill("#f-title", title)
	v.looks("an order's form")
	v.follow("#order-form .btn-primary")
	v.reads("大家收到的是这样")
	v.reads("【演练L")
	v.looks("the last look at an order")
	v.follow(`button[value="confirm"]`)
	v.reads("待批准")
	_, number, _ := strings.Cut(v.location(), "/orders/")
	return number
}

// TestDoorOffline writes down at a door without a network what somebody said:
// it waits in the outbox, and arrives once when the network is back.
func TestDoorOffline(t *testing.T) {
	t.Parallel()
	way, order := newLine(t, here.url), here.called(t)
	v := here.visitor(t, phone)
	for _, cookie := range []*http.Cookie{here.session(t, "village"), {Name: "lang", Value: "zh-CN"}} {
		v.carryTo(way.url, cookie)
	}
	v.open(way.url + "/orders/" + order + "/people?standing=coming")
	v.follow(`main tbody tr a`)
	v.until(`navigator.serviceWorker.controller`)
	v.offline(way, true)
	v.see("#net:not([hidden])")
	v.js(`document.querySelector("input[name=way][value=visit]").checked = true`)
	v.do(chromedp.Click(chromedp.CSS(`form[data-outbox] button[value="arrived"]`)))
	v.reads("已存在手机里")
	v.until(`!document.getElementById("outbox-badge").hidden`)
	v.offline(way, false)
	v.until(`document.getElementById("outbox-badge").hidden`)
	v.js(`location.reload()`)
	v.reads("上门说的，别人代记")
}

// called is the number of the demo city's drill that is under way.
func (c *city) called(t *testing.T) string {
	t.Helper()
	return "L" + between(string(c.page(t, "command", "/orders?state=active").want(t, 200).raw), `href="/orders/L`, `"`)
}

// orders finds what the pages of orders are about: the drill under way, last
// winter's ice storm, one that waits for a second person, somebody who is
// called, and the link of a lead.
func (c *city) orders(t *testing.T, known map[string]string) {
	t.Helper()
	known["order"] = c.called(t)
	known["ice"] = "L" + between(string(c.page(t, "command", "/orders?state=closed").want(t, 200).raw), `href="/orders/L`, `"`)
	known["n"] = between(string(c.page(t, "village", "/orders/"+known["order"]+"/people").want(t, 200).raw), `href="/orders/`+known["order"]+`/people/`, `"`)
	known["token"] = between(string(c.page(t, "lead", "/orders/mine").want(t, 200).raw), `href="/a/`, `"`)
	known["searched"] = c.searchedFor(t)
}

// searchedFor proposes an order about a missing person and returns its number.
func (c *city) searchedFor(t *testing.T) string {
	t.Helper()
	until := time.Now().In(time.FixedZone("", 8*60*60)).Add(24 * time.Hour).Format("2006-01-02 15:04")
	form := url.Values{"_key": {t.Name() + until}, "kind": {"real"}, "hazard": {"missing"}, "title": {"有人走失，请帮忙找"}, "what": {"一位老人走失，穿蓝色外衣。"}, "do": {"房前屋后找一找。"}, "where": {"各自所在的地方"},
		"until": {until}, "units": {c.home(t, "village")}, "roles": {"lead"}, "channel1": {"sms"}, "wait": {"5"}, "case_number": {"宁公受字2026第1131号"}, "asked_by": {"女儿"}}
	page := c.form(t, "command", "/orders/new", form)
	form.Set("step", "confirm")
	form.Set("people", between(string(page.raw), `name="people" value="`, `"`))
	_, number, _ := strings.Cut(c.form(t, "command", "/orders/new", form).location, "/orders/")
	if number == "" {
		t.Fatal("no order was proposed")
	}
	return number
}

// answered is what came back of a form.
type answered struct {
	reply
	location string
}

// form sends a form as a login, without following where it leads.
func (c *city) form(t *testing.T, login, path string, form url.Values) answered {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.AddCookie(c.session(t, login))
	to := ""
	stay := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		to = r.URL.Path
		return http.ErrUseLastResponse
	}}
	return answered{fetch(t, stay, req), to}
}
