package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestOffline raises a matter without a network: it waits in the outbox, the
// page says so, and it arrives once when the network is back.
func TestOffline(t *testing.T) {
	t.Parallel()
	way := newLine(t, here.url)
	cell := here.anotherVillagesCell(t, 6)
	v := here.visitor(t, phone)
	v.carryTo(way.url, &http.Cookie{Name: "lang", Value: "zh-CN"})
	v.open(way.url + "/demands/new?unit=" + cell.Code)
	v.until(`navigator.serviceWorker.controller`)

	v.offline(way, true)
	v.see("#net:not([hidden])")
	text := "山坡上滚下来两块石头，堵了半边路。"
	v.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=kind][value=report])`)))
	v.fill(`textarea[name=text]`, text)
	v.do(chromedp.Click(chromedp.CSS(`form[action="/demands"] > .btn-primary`)))
	v.until(`!document.getElementById("outbox-badge").hidden && document.getElementById("outbox-badge").innerText.startsWith("1")`)
	v.reads("已存在手机里")
	if listed := here.listed(t, text); listed != 0 {
		t.Fatalf("arrived %d times without a network", listed)
	}
	v.open(way.url + "/demands/new")
	v.see(".outbox-item")
	v.looks("offline")

	v.offline(way, false)
	v.until(`document.getElementById("outbox-badge").hidden && document.querySelectorAll(".outbox-item").length === 0`)
	v.open(way.url + "/offline")
	v.reads("所有内容都已发出")
	if listed := here.listed(t, text); listed != 1 {
		t.Errorf("arrived %d times", listed)
	}
}

// listed is how often the town's list of new demands has a text.
func (c *city) listed(t *testing.T, text string) int {
	t.Helper()
	raw := c.page(t, "town", "/demands?state=open").want(t, 200).raw
	return strings.Count(string(raw), text)
}
