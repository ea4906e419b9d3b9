package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var (
	cellLink = regexp.MustCompile(`/network/units/(\d{18})"`)
	doorCode = regexp.MustCompile(`<span class="code">([0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{3})</span>`)
)

// doors are of households in so many different cells of the group login's group.
func (c *city) doors(t *testing.T, n int) (out []string) {
	t.Helper()
	var cells []string
	for _, m := range cellLink.FindAllStringSubmatch(string(c.page(t, "village", "/network/units/"+c.home(t, "group")).want(t, 200).raw), -1) {
		if !slices.Contains(cells, m[1]) {
			cells = append(cells, m[1])
		}
	}
	for _, cell := range cells {
		page := string(c.page(t, "village", "/network/units/"+cell).want(t, 200).raw)
		id := between(page, `href="/network/households/`, `"`)
		if id == "" || len(out) == n {
			continue
		}
		home := string(c.page(t, "village", "/network/households/"+id).want(t, 200).raw)
		if door := doorCode.FindStringSubmatch(home); door != nil {
			out = append(out, strings.ReplaceAll(door[1], "-", ""))
		}
	}
	if len(out) < n {
		t.Fatalf("only %d cells with households of %d", len(out), len(cells))
	}
	return out
}

// pressFor presses the first button in the line of somebody.
func (v *visitor) pressFor(name string) {
	v.t.Helper()
	v.js(`[...document.querySelectorAll("li")].find(x => x.innerText.includes("` + name + `")).querySelector("button").click()`)
}

// TestMediation: a quarrel is brought on a phone, the other side is willing, both
// choose the same mediator, and one draft is confirmed by both. The village reads nothing of it.
func TestMediation(t *testing.T) {
	t.Parallel()
	doors := here.doors(t, 3)
	one, two, peace := here.visitor(t, phone), here.visitor(t, phone), here.visitor(t, phone)
	peace.open("/mediation/offer")
	peace.fill(`input[name=name]`, "易和顺")
	peace.fill(`input[name=door]`, doors[2])
	peace.submit(`form[action="/mediation/offer"]`)
	peace.reads("报名收到了")
	peace.looks("a mediator's own page")
	own := peace.location()

	village := here.as(t, "village", desk)
	village.open("/mediation/desk")
	village.reads("易和顺")
	village.looks("offers to mediate")
	village.pressFor("易和顺")
	village.reads("再有一位干部核对")
	town := here.as(t, "town", desk)
	town.open("/mediation/desk")
	town.pressFor("易和顺")
	town.reads("列上名单了")

	one.open("/mediation/new?door=" + doors[0])
	one.do(chromedp.SetValue(chromedp.CSS(`select[name=kind]`), "noise"))
	one.fill(`textarea[name=words]`, "夜里打牌太吵了。")
	one.fill(`input[name=name]`, "甲家")
	one.submit(`form[action="/mediation"]`)
	one.reads("给对方的邀请")
	one.looks("a quarrel that was brought")
	mine := one.location()
	one.open(read[string](one, `document.querySelector('a[href*="/letter?"]').getAttribute("href")`))
	one.reads("请在这天以前答复")
	one.looks("an invitation on paper")
	one.open(mine)
	two.open(read[string](one, `document.querySelector('a[href*="/invitation?"]').getAttribute("href")`))
	two.reads("甲家想和您一起")
	two.looks("an invitation")
	two.fill(`input[name=name]`, "乙家")
	two.fill(`input[name=door]`, doors[1])
	two.submit(`form[action$="/accept"]`)
	two.reads("请选一位")
	two.looks("choosing a mediator")
	theirs := two.location()
	one.open(mine)
	for _, side := range []*visitor{one, two} {
		side.pressFor("易和顺")
		side.reads("选好了")
	}
	peace.open(own)
	peace.followLine("噪音")
	peace.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=free])`)))
	peace.submit(`form[action$="/take"]`)
	peace.reads("夜里打牌太吵了")
	peace.fill(`textarea[name=draft]`, "十点以后不打牌。")
	peace.do(chromedp.SetValue(chromedp.CSS(`input[name=follow]`), time.Now().AddDate(0, 0, 30).Format(time.DateOnly)))
	peace.submit(`form[action$="/draft"]`)
	peace.reads("等双方确认")
	peace.looks("a case, for its mediator")
	for _, x := range []struct {
		side *visitor
		page string
	}{{one, mine}, {two, theirs}} {
		x.side.open(x.page)
		x.side.submit(`form[action$="/confirm"]`)
	}
	two.reads("说话算数")
	two.looks("an agreement")
	village.open("/mediation/desk")
	if text := village.text("main"); strings.Contains(text, "打牌") || strings.Contains(text, "甲家") {
		t.Error("the village reads of the quarrel")
	}
	village.open("/mediation/figures")
	village.looks("figures of mediation")
}
