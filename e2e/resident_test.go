package e2e

import (
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
			resident.submit(`form[action$="/confirm"]`)
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
	v.see(".receipt-number")
	if number := strings.ReplaceAll(v.text(".receipt-number"), " ", ""); len(number) < 9 {
		v.t.Errorf("number of the receipt: %q", number)
	}
	return v.text("#receipt a.wrap")
}

// takes finds a new matter from the start page, and accepts it.
func (v *visitor) takes(text string) {
	v.t.Helper()
	v.open("/home")
	v.see(`#c-demands .lines a.line`)
	v.follow(`#c-demands a[href="/demands?state=open"]`)
	v.followLine(text)
	v.reads(text)
	v.submit(`form[action$="/accept"]`)
	v.see(`form[action$="/resolve"]`)
}

func (v *visitor) answers(text string) {
	v.t.Helper()
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
