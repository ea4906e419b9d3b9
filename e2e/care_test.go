package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// why are the words by which somebody could tell why a household is listed.
func (c *city) why(t *testing.T) (words []string) {
	t.Helper()
	page := string(c.page(t, "", "/care/needs").want(t, 200).raw)
	for _, part := range strings.Split(page, `id="n-`)[1:] {
		words = append(words, between(part, "<h3>", "</h3>"))
	}
	if len(words) < 16 {
		t.Fatalf("the catalogue has but %d needs", len(words))
	}
	return words
}

// TestContacts goes through a lead's contacts without a signal: nobody home at
// the first door, something needed at the second. No page of theirs says why.
func TestContacts(t *testing.T) {
	t.Parallel()
	way := newLine(t, here.url)
	lead := here.visitor(t, phone)
	lead.carryTo(way.url, &http.Cookie{Name: "lang", Value: "zh-CN"})
	lead.carryTo(way.url, here.session(t, "lead"))
	lead.open(way.url + "/home")
	lead.reads("今天要联系")
	lead.follow(`#c-care a[href="/contacts"].btn`)
	lead.until(`navigator.serviceWorker.controller`)
	doors := read[[]string](lead, `[...document.querySelectorAll("#due ~ ul > li")].map(e => e.id)`)
	if len(doors) < 2 {
		t.Fatalf("the lead has but %d contacts today", len(doors))
	}
	small := read[int](lead, `[...document.querySelectorAll(".care-how > .btn, .care-how summary")].filter(b => b.getBoundingClientRect().height < 60).length`)
	if small > 0 {
		t.Errorf("%d buttons are less than 60 pixels high", small)
	}
	for _, path := range []string{"/contacts", "/home", "/contacts/emergency", "/tasks"} {
		page := string(here.page(t, "lead", path).want(t, 200).raw)
		for _, word := range here.why(t) {
			if strings.Contains(page, word) {
				t.Errorf("%s tells the lead %q", path, word)
			}
		}
	}

	lead.offline(way, true)
	first, second := "#"+doors[0], "#"+doors[1]
	where := lead.text(first + " h3")
	lead.do(chromedp.Click(chromedp.CSS(first + ` button[value=nobody]`)))
	lead.see(first + ".kept")
	lead.unfolds(second + " .say-help")
	lead.fill(second+" textarea", "煤气灶打不着火")
	lead.do(chromedp.Click(chromedp.CSS(second + ` button[value=need]`)))
	lead.see(second + ".kept")
	lead.until(`document.getElementById("outbox-badge").innerText.startsWith("2")`)
	lead.looks("contacts without a network")
	lead.offline(way, false)
	lead.until(`document.getElementById("outbox-badge").hidden`)
	lead.open(way.url + "/contacts")
	lead.reads("今天记过没见到人")
	lead.reads("今天说过的")
	if got := lead.text(`#ahead ~ ul`); !strings.Contains(got, where) || !strings.Contains(got, "明天") {
		t.Errorf("the door where nobody was isn't there for tomorrow: %s", got)
	}
	number := lead.text(`#said ~ ul a[href^="/demands/"]`)
	lead.looks("contacts that are reported")
	lead.follow(`#said ~ ul a[href^="/demands/"]`)
	lead.reads("煤气灶打不着火")
	if !strings.Contains(number, "诉求") {
		t.Errorf("the demand reads %q", number)
	}
}

// TestCareList lists a household, shows why to whoever has work there and to
// nobody else, lets a second person renew, and takes a household off again.
func TestCareList(t *testing.T) {
	t.Parallel()
	village := here.as(t, "village", desk)
	homes := string(here.page(t, "village", "/network/units/"+here.home(t, "lead")).want(t, 200).raw)
	all := regexp.MustCompile(`/network/households/[0-9a-f-]{36}`).FindAllString(homes, -1)
	village.open(all[len(all)-1])
	village.follow(`a[href^="/care/new?household="]`)
	village.reads("情形")
	village.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=disability])`)), chromedp.Click(chromedp.CSS(`.choice:has(input[value=law])`)))
	village.looks("a household to be listed")
	village.submit(`form[action="/care"]`)
	village.reads("列入了")
	village.reads("每 30 天")
	if page := read[string](village, `document.querySelector("main").innerText`); strings.Contains(page, "重度残疾") {
		t.Error("the entry says why, unasked")
	}
	entry := village.location()
	village.open("/care?ends=1")
	village.reads("您可以续")
	village.follow(`tr:has(.state-warn) a`)
	renewed := village.location()
	village.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=ground])`)))
	village.submit(`form[action$="/open"]`)
	village.reads("这次打开已经记录")
	village.looks("why a household is listed")
	village.open(renewed)
	village.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=agreed][value=words])`)))
	village.submit(`form[action$="/renew"]`)
	village.reads("续好了")
	village.reads("起可以续")

	village.open(entry)
	village.unfolds("details.card")
	village.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=why][value=moved])`)))
	village.submit(`form[action$="/end"]`)
	village.reads("移出了")
	if got := here.page(t, "village", strings.TrimPrefix(entry, here.url)); got.status != http.StatusNotFound {
		t.Errorf("the entry is still there: %d", got.status)
	}
}
