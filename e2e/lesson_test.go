package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestLesson: a town publishes a lesson, a lead reads it without a network and
// asks, and the answer is for everybody.
func TestLesson(t *testing.T) {
	t.Parallel()
	town := here.as(t, "town", desk)
	town.open("/lessons/new")
	town.fill(`input[name=title]`, "怎么看电表")
	town.fill(`textarea[name=cards]`, "先找到自家的表。\n看红字前面的数。\n比上月多一倍，就叫电工。")
	town.submit(`form.card`)
	town.reads("看红字前面的数")
	home := town.location()
	path := home[strings.LastIndex(home, "/lessons/"):]

	way := newLine(t, here.url)
	lead := here.visitor(t, phone)
	lead.carryTo(way.url, &http.Cookie{Name: "lang", Value: "zh-CN"})
	lead.carryTo(way.url, here.session(t, "lead"))
	lead.open(way.url + "/lessons")
	lead.until(`navigator.serviceWorker.controller`)
	lead.open(way.url + path)
	lead.looks("a lesson on a phone")
	lead.until(`(caches.match("` + path + `", { ignoreVary: true }).then(page => { window.kept = !!page }), window.kept)`)
	lead.offline(way, true)
	lead.open(way.url + path)
	lead.reads("比上月多一倍，就叫电工")
	if strings.Contains(lead.text("body"), "退出登录") || strings.Contains(lead.text("main"), "问一句") {
		t.Error("what is kept on the phone is somebody's own page")
	}
	lead.offline(way, false)
	lead.open(way.url + path)
	lead.fill(`textarea[name=words]`, "没有红字怎么看？")
	lead.submit(`form[action$="/ask"]`)
	lead.reads("问出去了")

	town.open("/home")
	town.reads("没有红字怎么看？")
	town.open(path)
	town.fill(`textarea[name=answer]`, "没有红字就看全部。")
	town.submit(`form[action$="/reply"]`)
	town.reads("回答好了")
	anybody := here.visitor(t, phone)
	anybody.open(path)
	anybody.reads("没有红字就看全部。")
	anybody.looks("a lesson with an answer")
}

// TestTalk: a town asks a lead to speak, the lead says yes, somebody takes a
// place with one tap, and finds on their page that it is cancelled.
func TestTalk(t *testing.T) {
	t.Parallel()
	town := here.as(t, "town", desk)
	town.open("/talks")
	town.follow(`main a[href="/talks/new"]`)
	town.fill(`input[name=cell]`, here.home(t, "lead"))
	town.fill(`input[name=title]`, "我家门口的水")
	town.fill(`textarea[name=about]`, "讲讲怎么看水。")
	town.fill(`input[name=place]`, "社区二楼")
	town.fill(`input[name=at]`, time.Now().AddDate(0, 1, 0).Format("2006-01-02")+"T15:00")
	town.submit(`form.card`)
	town.reads("等主讲人答应")
	town.looks("a talk that waits for its speaker")
	home := town.location()
	path := home[strings.LastIndex(home, "/talks/"):]

	lead := here.as(t, "lead", phone)
	lead.open("/home")
	lead.js(`document.querySelectorAll(".folded details").forEach(d => d.open = true)`)
	lead.reads("我家门口的水")
	lead.open(path)
	lead.looks("asked to speak")
	lead.do(chromedp.Click(chromedp.CSS(`button[name=say][value=yes]`)))
	lead.reads("已经公布")

	other := here.as(t, "group", phone)
	other.open("/talks")
	other.followLine("我家门口的水")
	other.submit(`form[data-outbox][action$="/seat"]`)
	other.reads("您报了1个位子")
	other.looks("a place at a talk")

	lead.open(path)
	lead.unfolds(`details.confirm`)
	lead.fill(`input[name=why]`, "那天有暴雨")
	lead.submit(`form[action$="/cancel"]`)
	lead.reads("都会收到通知")
	other.open("/talks/mine")
	other.reads("已取消")
}
