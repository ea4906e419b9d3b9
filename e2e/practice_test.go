package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPractice: a town writes down what worked, the city changes a word, both
// agree, a village finds it, takes it up and says what came of it.
func TestPractice(t *testing.T) {
	t.Parallel()
	town := here.as(t, "town", desk)
	town.open("/practices")
	town.follow(`main a[href="/practices/new"]`)
	town.fill(`input[name=title]`, "井盖一处一个编号")
	town.do(chromedp.SetValue(chromedp.CSS(`select[name=topic]`), "safety"))
	town.submit(`form.card`)
	town.reads("请填写这一项")
	town.looks("a practice with something missing")
	town.fill(`textarea[name=trouble]`, "井盖丢了，说不清是哪一个。")
	town.fill(`textarea[name=did]`, "一个井盖喷一个号。")
	town.fill(`textarea[name=cost]`, "两罐漆。")
	town.fill(`textarea[name=result]`, "报一个号就找得到。")
	town.submit(`form.card`)
	town.reads("交给编辑了")
	home := strings.TrimSuffix(town.location(), "/work")
	path := home[strings.LastIndex(home, "/practices/"):]

	city := here.as(t, "city", desk)
	city.open(path + "/edit")
	city.fill(`textarea[name=did]`, "一个井盖喷一个号，夜里也看得清。")
	city.submit(`form.card`)
	city.reads("和第1稿比")
	city.looks("what changed")
	city.submit(`form[action$="/agree"]`)
	city.reads("等对方同意")

	town.open(path + "/work")
	town.reads("夜里也看得清")
	town.submit(`form[action$="/agree"]`)
	town.reads("发布了")
	takesItUp(t, path)
}

// takesItUp finds a practice by its words, takes it up and says what came of it.
func takesItUp(t *testing.T, path string) {
	t.Helper()
	village := here.as(t, "village", phone)
	village.open("/practices?q=井盖 编号")
	village.looks("practices that were found")
	village.follow(`main a[href="` + path + `"]`)
	village.submit(`form[action$="/try"]`)
	village.reads("试一段时间后")
	village.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=came][value=partly])`)))
	village.fill(`form[action$="/came"] textarea`, "漆不够，先喷了主路。")
	village.submit(`form[action$="/came"]`)
	village.reads("漆不够，先喷了主路。")
	village.looks("what came of it")
	anybody := here.visitor(t, phone)
	anybody.open(path)
	anybody.reads("部分管用")
	anybody.looks("a practice on a phone")
}

// TestTwoWriteAtOnce: of a lead and the town who write over the same words, the
// later sees both texts side by side, and loses nothing.
func TestTwoWriteAtOnce(t *testing.T) {
	t.Parallel()
	lead := here.as(t, "group", phone)
	lead.open("/practices/new")
	lead.do(chromedp.SetValue(chromedp.CSS(`select[name=topic]`), "elders"))
	lead.fill(`input[name=title]`, "板凳放在半坡")
	for name, words := range map[string]string{"trouble": "坡长，老人走不上来。", "did": "半坡放两条板凳。", "cost": "没花钱。", "result": "老人歇一歇再走。"} {
		lead.fill(`textarea[name=`+name+`]`, words)
	}
	lead.submit(`form.card`)
	lead.reads("交给编辑了")
	home := strings.TrimSuffix(lead.location(), "/work")
	path := home[strings.LastIndex(home, "/practices/"):]

	town := here.as(t, "town", desk)
	town.open(path + "/edit")
	lead.open(path + "/edit")
	lead.fill(`textarea[name=cost]`, "旧板凳，没花钱。")
	lead.submit(`form.card`)
	lead.reads("保存好了")
	town.fill(`textarea[name=did]`, "半坡放三条板凳，有靠背。")
	town.submit(`form.card`)
	town.reads("对方刚改成这样")
	town.reads("旧板凳")
	if got := read[string](town, `document.querySelector("textarea[name=did]").value`); got != "半坡放三条板凳，有靠背。" {
		t.Errorf("what was typed became %q", got)
	}
	town.looks("two texts side by side")
	town.fill(`textarea[name=cost]`, "旧板凳，没花钱。")
	town.submit(`form.card`)
	town.reads("第3稿")
	town.reads("半坡放三条板凳，有靠背。")
}
