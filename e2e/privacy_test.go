package e2e

import (
	"strings"
	"testing"
)

// TestWhatIsHeldAboutUs: a resident without a telephone gets a code at the
// village, sees what is held and who read it, asks for all of it to be erased,
// and finds it gone once the privacy officer has decided.
func TestWhatIsHeldAboutUs(t *testing.T) {
	t.Parallel()
	home := here.lastLink(t, "village", "/network/units/"+here.home(t, "lead"), "/network/households/")

	village := here.as(t, "village", desk)
	village.open("/network/households/" + home)
	village.unfolds("details.glass")
	village.js(`document.querySelector("details.glass input[value=damage]").checked = true`)
	village.fill("details.glass #f-words", "楼上漏水，家里没人")
	village.submit(`form[action$="/glass"]`)
	number := village.text(".phone-shown strong")
	village.looks("a household whose glass was broken")
	village.open("/network/households/" + home)
	village.follow(`a[href$="/` + home + `/code"]`)
	village.js(`document.querySelector("input[name=person]").checked = true`)
	village.submit("main form")
	code := village.text(".big-code")

	resident := here.visitor(t, phone)
	resident.open("/mine")
	resident.fill("#f-code", "AAAAA-AAAAA")
	resident.submit(`form[action="/mine/paper"]`)
	resident.reads("查询码不对")
	resident.fill("#f-code", strings.ToLower(code))
	resident.submit(`form[action="/mine/paper"]`)
	resident.js(`document.querySelectorAll("details.in-print").forEach(d => { d.open = true })`)
	resident.reads(number)
	resident.reads("楼上漏水，家里没人")
	resident.looks("what is held about a household")
	resident.unfolds("section[aria-labelledby=all] > details")
	resident.submit(`form:has(input[name=kind][value=erase][type=hidden])`)
	resident.reads("以前答复")
	resident.looks("a request that waits")
	status := resident.location()
	request := resident.text(".kept-code")

	officer := here.as(t, "privacy", desk)
	officer.open("/privacy/desk")
	officer.looks("the privacy officer's desk")
	officer.open("/privacy/desk/requests/" + request)
	officer.js(`document.querySelector("input[value=refused]").checked = true`)
	officer.fill("#f-words", "不方便删除。")
	officer.submit("main form")
	officer.reads("必须写明依据的法律")
	officer.js(`document.querySelector("input[value=granted]").checked = true`)
	officer.fill("#f-words", "姓名、电话已经删除，住址留着。")
	officer.js(`document.querySelector("main form").requestSubmit()`)
	officer.until(`document.body && document.body.innerText.includes("已答复") || (document.querySelector("input[name=plan]")?.form.requestSubmit(), false)`) // confirmed
	officer.reads("已答复")
	officer.reviewsLast()

	resident.open(status)
	resident.reads("姓名、电话已经删除，住址留着。")
	resident.open("/mine/held")
	resident.reads("住户登记")
	resident.js(`document.querySelectorAll("details.in-print").forEach(d => { d.open = true })`)
	if strings.Contains(resident.text("main"), number) {
		t.Error("the number is still there")
	}
	village.open("/network/households/" + home)
	if strings.Contains(village.text("main"), "查看电话") {
		t.Error("the village is still offered the number")
	}
	village.reads("没有登记")
}

// reviewsLast reviews the glass that was broken last.
func (v *visitor) reviewsLast() {
	v.t.Helper()
	v.open("/privacy/desk")
	v.follow(`tbody tr:has(a[href*="/privacy/desk/reviews/"]):last-of-type a`)
	v.js(`document.querySelector("input[value=justified]").checked = true`)
	v.submit("main form")
	v.reads("已作出结论")
}
