package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestOnBehalf has a lead enter something for a household, which says by the
// receipt's link that it is theirs.
func TestOnBehalf(t *testing.T) {
	t.Parallel()
	lead, text := here.as(t, "lead", phone), "李奶奶说灶台的烟道倒烟。"
	lead.open("/demands")
	lead.follow(`a[href="/demands/enter"]`)
	lead.follow(`main a[href^="/demands/enter?household="]`)
	lead.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=kind][value=help])`)))
	lead.fill(`textarea[name=text]`, text)
	lead.submit(`form[action="/demands/enter"]`)
	lead.see(".receipt-number")
	lead.looks("a household's receipt")
	track := lead.text("#receipt a.wrap")

	home := here.visitor(t, phone)
	home.open(track)
	home.reads(text)
	home.see(`form[action$="/claim"]`)
	home.looks("whose is it")
	home.follow(`form[action$="/claim"] button[value="1"]`)
	home.until(`!document.querySelector("form[action$='/claim']")`)
	lead.takes(text)
	lead.resolves("通了烟道，换了一截弯头。")
	home.open(track)
	home.confirms(2)
	home.reads("您已确认办好")
}

// TestNotOurs is an entry that its household never asked for.
func TestNotOurs(t *testing.T) {
	t.Parallel()
	lead := here.as(t, "lead", phone)
	lead.open("/demands/enter")
	lead.follow(`main a[href^="/demands/enter?household="]`)
	lead.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=kind][value=question])`)))
	lead.fill(`textarea[name=text]`, "问问养老认证怎么办，是不是填错了户。")
	lead.submit(`form[action="/demands/enter"]`)
	home := here.visitor(t, phone)
	home.open(lead.text("#receipt a.wrap"))
	home.follow(`form[action$="/claim"] button[value="0"]`)
	home.until(`!document.querySelector("form[action$='/claim']")`)
	home.looks("not ours")
}

// TestWeToo shows a neighbour that the matter was raised before: while they
// write, or, without scripts, when they send. One tap joins it.
func TestWeToo(t *testing.T) {
	t.Parallel()
	cell := here.anotherVillagesCell(t, 9)
	text := "村口水泥桥的桥面裂了一道大口子，三轮车过不去。"
	made := here.raises(t, map[string]any{"kind": "report", "text": text, "unit": cell.Code})

	writing := here.visitor(t, phone)
	writing.open("/demands/new?unit=" + cell.Code)
	writing.do(chromedp.SendKeys(chromedp.CSS(`textarea[name=text]`), strings.Replace(text, "大口子", "口子", 1)))
	writing.see(`#like a[href^="/same/"]`)
	writing.looks("a neighbour's matter, while writing")
	writing.follow(`#like a[href^="/same/"]`)
	if read[bool](writing, `document.body.innerText.includes("三轮车")`) {
		t.Error("a stranger reads what a neighbour wrote")
	}
	writing.looks("we too")
	writing.submit(`form[action^="/same/"]`)
	writing.reads("已经记上了")

	sending := here.visitor(t, phone)
	command(sending, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	sending.open("/demands/new?unit=" + cell.Code)
	sending.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=kind][value=report])`)))
	sending.fill(`textarea[name=text]`, "水泥桥的桥面裂了一道口子，三轮车过不去了。")
	sending.submit(`form[action="/demands"]`)
	sending.see(`form input[name=seen]`)
	sending.follow(`main a[href^="/same/"]`)
	sending.fill(`input[name=contact]`, "12900000066")
	sending.submit(`form[action^="/same/"]`)
	sending.reads("发短信")

	v := here.as(t, "town", desk)
	v.open("/demands/" + made.Number)
	v.reads("2位邻居也遇到")
}
