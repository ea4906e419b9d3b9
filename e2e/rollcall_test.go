package e2e

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestRollcall goes through a drill's roll-call: a lead without a signal calls
// for help for one household, the village sees to it once the signal is back,
// and the lead's others are one tap, but for those who are owed contact.
func TestRollcall(t *testing.T) {
	t.Parallel()
	way := newLine(t, here.url)
	lead := here.visitor(t, phone)
	lead.carryTo(way.url, &http.Cookie{Name: "lang", Value: "zh-CN"})
	lead.carryTo(way.url, here.session(t, "lead"))
	lead.open(way.url + "/home")
	lead.reads("【演练】点名报平安")
	lead.until(`navigator.serviceWorker.controller`) // one that begins to work between two pages may take neither
	lead.follow(`a.btn-primary[href="/rollcall"]`)
	lead.until(`navigator.serviceWorker.controller`)
	small := read[int](lead, `[...document.querySelectorAll(".say-how > .btn, .say-how summary")].filter(b => b.getBoundingClientRect().height < 60).length`)
	if small > 0 {
		t.Errorf("%d buttons are less than 60 pixels high", small)
	}
	where := lead.text("li[data-kept-rest] .say-who strong")

	lead.offline(way, true)
	lead.unfolds("li[data-kept-rest] .say-help")
	lead.do(chromedp.Click(chromedp.CSS("li[data-kept-rest] .say-needs button")))
	lead.see("li.kept .kept-note")
	lead.until(`document.getElementById("outbox-badge").innerText.startsWith("1")`)
	lead.looks("a roll-call without a network")
	lead.offline(way, false)
	lead.until(`document.getElementById("outbox-badge").hidden`)
	lead.open(way.url + "/rollcall")
	lead.reads("需要帮助：伤病急救")
	lead.reads("还没有人去")

	village := here.as(t, "village", desk)
	village.open("/rollcalls/" + here.link(t, "village", "/rollcalls", "/rollcalls/") + "/help")
	village.reads(where)
	door := `li[data-row][id="` + read[string](village, `[...document.querySelectorAll("li[data-row]")].find(e => e.innerText.includes(`+quote(where)+`)).id`) + `"]`
	village.follow(door + ` button[value=under_way]`)
	village.reads("记下了")
	if got := village.text(door + " .said-so"); got == "" {
		t.Error("nothing is said of the household")
	}

	lead.open(way.url + "/rollcall")
	lead.reads("有人去了")
	lead.unfolds(".rest")
	lead.follow(`button[value=rest]`)
	lead.reads("已报 6 户") // whoever is owed contact is asked by name, and in no one tap
	lead.reads("先问这户")
	lead.looks("a roll-call in which those who are owed contact are left")
}
