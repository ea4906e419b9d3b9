package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestResident goes the whole way: a resident finds the lead by address, raises
// a matter, the lead solves it, the resident confirms.
func TestResident(t *testing.T) {
	for _, s := range []size{phone, desk} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			text := "楼梯扶手松了，" + s.name
			resident, lead := here.visitor(t, s), here.as(t, "lead", s)
			track := resident.raises(lead.anAddress(), text)
			resident.looks("receipt")
			resident.open(track)
			lead.takes(text)
			resident.reads("正在办")
			lead.answers("明天上午带工具过来。")
			resident.reads("明天上午带工具过来。")
			lead.resolves("换了两颗膨胀螺丝，摇不动了。")
			resident.reads("换了两颗膨胀螺丝，摇不动了。")
			resident.confirms(1)
			resident.reads("您已确认办好")
			lead.reads("居民已确认")
		})
	}
}

// TestReopened is a matter that its lead calls solved and its resident doesn't.
func TestReopened(t *testing.T) {
	t.Parallel()
	cell := here.home(t, "lead")
	made := here.raise(t, cell, "井水发黄，不敢喝。")
	resident, lead := here.visitor(t, phone), here.as(t, "lead", phone)
	resident.open("/t/" + made.Number + "?k=" + made.Track)
	lead.takes("井水发黄，不敢喝。")
	lead.resolves("洗了井，水清了。")
	resident.see(`form[action$="/confirm"]`)
	resident.do(chromedp.Click(chromedp.CSS("#reopen > summary")))
	resident.looks("to be confirmed")
	resident.fill(`#reopen textarea`, "第二天又黄了。")
	resident.submit(`form[action$="/reopen"]`)
	resident.reads("已退回重办")
	lead.reads("第二天又黄了。")
	lead.see(`form[action$="/accept"], form[action$="/resolve"]`)
}

// TestNotSatisfied says what was done, that it doesn't please, and why.
func TestNotSatisfied(t *testing.T) {
	t.Parallel()
	made := here.raise(t, here.home(t, "lead"), "巷口的垃圾桶盖掉了。")
	here.step(t, "lead", made, "accept", nil)
	here.step(t, "lead", made, "resolve", map[string]any{"note": "盖子用铁丝绑上了。"})
	v := here.visitor(t, phone)
	v.open(made.page())
	v.confirms(3)
	v.see(".field-bad, .problem") // a reason is wanted, and nothing was decided instead
	v.see(`form[action$="/confirm"]`)
	v.looks("not satisfied, without a reason")
	v.fill(`form[action$="/confirm"] textarea[name=why]`, "绑得太丑，手一碰就掉。")
	v.confirms(3)
	v.reads("您已确认办好")
	lead := here.as(t, "lead", desk)
	lead.open("/demands/" + made.Number)
	lead.reads("绑得太丑，手一碰就掉。")
}

// TestResidentWithoutScripts finds, raises and follows with scripts switched off.
func TestResidentWithoutScripts(t *testing.T) {
	t.Parallel()
	address := here.as(t, "lead", phone).anAddress()
	v := here.visitor(t, phone)
	command(v, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	track := v.raises(address, "院墙外的树枝压着电线。")
	v.open(track)
	v.reads("院墙外的树枝压着电线。")
	v.reads("已经收到")
	v.open("/t")
	number, key, _ := strings.Cut(strings.TrimPrefix(track, here.url+"/t/"), "?k=")
	v.fill(`input[name=number]`, number)
	v.fill(`input[name=key]`, key)
	v.submit(`form[action="/t"]`)
	v.reads("院墙外的树枝压着电线。")
}

// anAddress is where one of the lead's households lives.
func (v *visitor) anAddress() string {
	v.t.Helper()
	v.open("/home")
	v.follow(`section[id^=c-households] a.btn-primary`)
	return v.text(`.home-list .household .muted`)
}

// raises walks from the front page to the receipt and returns the tracking link.
func (v *visitor) raises(address, text string) string {
	v.t.Helper()
	v.open("/")
	v.fill(`main input[name=q]`, address)
	v.follow(`main form[action="/find"] button`)
	v.follow(`.found-list a.found`)
	v.see(".lead-card .lead-name")
	v.follow(".lead-card a.btn-primary")
	v.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=kind][value=help])`)))
	v.fill(`textarea[name=text]`, text)
	v.submit(`form[action="/demands"]`)
	v.insists()
	if number := strings.ReplaceAll(v.text(".receipt-number"), " ", ""); len(number) < 9 {
		v.t.Errorf("number of the receipt: %q", number)
	}
	return v.text("#receipt a.wrap")
}

// insists says that it is another matter, if a neighbour's is like it.
func (v *visitor) insists() {
	v.t.Helper()
	v.until(`document.querySelector(".receipt-number, form.card input[name=seen]")`)
	if read[bool](v, `!document.querySelector(".receipt-number")`) {
		v.submit(`form:has(> input[name=seen])`)
	}
	v.see(".receipt-number")
}

// takes finds a new matter from the start page, and accepts it.
func (v *visitor) takes(text string) {
	v.t.Helper()
	v.open("/home")
	v.see(`#c-demands .lines a.line`)
	v.follow(`#c-demands a[href="/demands?state=open"]`)
	v.open("/demands?state=open&q=" + url.QueryEscape(text))
	v.followLine(text)
	v.accepts()
}

// accepts takes on the matter that is open.
func (v *visitor) accepts() {
	v.t.Helper()
	v.submit(`#acts form[action$="/accept"]`)
	v.see(`#acts section.ask > form[action$="/resolve"]`)
}

func (v *visitor) answers(text string) {
	v.t.Helper()
	v.unfolds(`#acts details:has(> form[action$="/answer"])`)
	v.fill(`form[action$="/answer"] textarea`, text)
	v.submit(`form[action$="/answer"]`)
	v.reads(text)
}

func (v *visitor) resolves(done string) {
	v.t.Helper()
	v.fill(`form[action$="/resolve"] textarea`, done)
	v.submit(`form[action$="/resolve"]`)
	v.reads(done)
}

// deedOf unfolds one of the rarer things to do with a matter.
func (v *visitor) deedOf(name string) (form string) {
	v.t.Helper()
	v.unfolds(`#acts details.more`)
	v.unfolds(`#acts .acts details:has(> form[action$="/` + name + `"])`)
	return `#acts form[action$="/` + name + `"]`
}

// confirms says that it is done, and how satisfied the resident is: 1 to 3.
func (v *visitor) confirms(satisfied int) {
	v.t.Helper()
	v.follow(fmt.Sprintf(`form[action$="/confirm"] button[name=satisfied][value="%d"]`, satisfied))
}
