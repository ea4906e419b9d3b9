package e2e

import (
	"strings"
	"testing"
)

// TestTransfer takes a matter from a village to a department that sends it
// back, to another that does too, before the city office, and to its end.
func TestTransfer(t *testing.T) {
	t.Parallel()
	made := here.raises(t, map[string]any{"kind": "report", "text": "河堤边的排污口夜里冒黑水。", "unit": here.home(t, "village")})
	village, first := here.as(t, "village", desk), here.as(t, "department", desk)
	own := here.department(t, "department")
	second, other := here.liaison(t, "liaison2", own)

	at := "/demands/" + made.Number
	village.open(at)
	village.accepts()
	village.offers(own)
	village.reads("等对方接收")
	first.returns(at, "不在我局职权范围内。", "《城市管理执法办法》第八条")
	village.open(at)
	village.reads("《城市管理执法办法》第八条")
	village.offers(other)
	second.returns(at, "排污口由执法局负责。", "三定方案第三条")

	village.open(at)
	village.reads("等裁定")
	city := here.as(t, "city", desk)
	city.open("/demands?tab=disputed")
	city.followLine("河堤边的排污口")
	city.looks("a dispute")
	form := `#acts form[action$="/decide"]`
	city.chooses(form, own)
	city.fill(form+` textarea[name=note]`, "由执法局牵头，村里配合。")
	city.submit(form)
	city.reads("由执法局牵头")

	first.open("/demands?q=排污口")
	first.followLine("河堤边的排污口")
	first.reads("已裁定，不能再转")
	first.accepts()
	first.looks("a matter with a department")
	first.resolves("封了排污口，化粪池改接进管网。")
	resident := here.visitor(t, phone)
	resident.open(made.page())
	resident.reads("封了排污口")
	resident.confirms(1)
	resident.reads("您已确认办好")
	first.open(at)
	first.reads("居民已确认")
}

// TestAsked asks the resident for something: the clock stands still until they answer.
func TestAsked(t *testing.T) {
	t.Parallel()
	made := here.raise(t, here.home(t, "lead"), "想请人看看漏水的屋顶。")
	lead, resident := here.as(t, "lead", phone), here.visitor(t, phone)
	lead.open("/demands/" + made.Number)
	lead.accepts()
	form := lead.deedOf("ask")
	lead.fill(form+` textarea`, "是哪一间屋漏？")
	lead.submit(form)
	lead.reads("计时暂停")
	lead.looks("waiting for the resident")

	resident.open(made.page())
	resident.reads("计时")
	resident.reads("是哪一间屋漏？")
	resident.looks("asked for a word")
	resident.fill(`form[action$="/say"] textarea`, "东边那间，靠烟囱。")
	resident.submit(`form[action$="/say"]`)
	resident.reads("正在办")
	lead.reads("东边那间，靠烟囱。")
	lead.until(`!document.querySelector("#matter").innerText.includes("计时暂停")`)
	lead.see(`#acts section.ask > form[action$="/resolve"]`)
}

// offers passes the matter that is open on to a department.
func (v *visitor) offers(department string) {
	v.t.Helper()
	form := v.deedOf("transfer")
	v.chooses(form, department)
	v.fill(form+` textarea[name=note]`, "需要执法权，村里管不了。")
	v.submit(form)
	v.reads(department)
}

// chooses picks an owner by name.
func (v *visitor) chooses(form, owner string) {
	v.t.Helper()
	v.js(`{ const to = document.querySelector(` + quote(form+` select[name=to]`) + `);
		to.value = [...to.options].find(o => o.text === ` + quote(owner) + `).value; }`)
}

// returns refuses an offer, with its reason and the rule it goes by.
func (v *visitor) returns(at, why, basis string) {
	v.t.Helper()
	v.open("/demands?tab=incoming")
	v.follow(`main a[href="` + at + `"]`)
	v.see(`#acts form[action$="/take"]`)
	v.unfolds(`#acts details:has(> form[action$="/return"])`)
	v.looks("an offer")
	v.fill(`#acts form[action$="/return"] textarea[name=note]`, why)
	v.fill(`#acts form[action$="/return"] input[name=basis]`, basis)
	v.submit(`#acts form[action$="/return"]`)
}

// department is the name of the department whose post a login holds.
func (c *city) department(t *testing.T, login string) string {
	t.Helper()
	var me struct{ Posts []struct{ Name string } }
	c.send(t, request{method: "GET", path: "/api/v1/me", token: c.token(t, login)}).want(t, 200).into(t, &me)
	return strings.TrimSuffix(me.Posts[0].Name, "联络员")
}

// liaison gives somebody of a department other than one a login, and has them
// log in; it returns the department, too.
func (c *city) liaison(t *testing.T, login, but string) (*visitor, string) {
	t.Helper()
	admin := c.as(t, "admin", desk)
	admin.open("/accounts/new?unit=" + c.home(t, "city"))
	line := `[...document.querySelectorAll("main li")].find(e => e.innerText.includes("联络员") && !e.innerText.includes(` + quote(but) + `))`
	post := read[string](admin, line+`.innerText.split("·").pop().trim()`)
	admin.follow(`main a[href="` + read[string](admin, line+`.querySelector("a").getAttribute("href")`) + `"]`)
	admin.fill(`input[name=login]`, login)
	admin.submit(`form[action="/accounts"]`)
	v := c.visitor(t, desk)
	v.open(admin.text("main section.card code"))
	v.fill(`input[name=password]`, "guihua-kai-man-yuan")
	v.fill(`input[name=password_again]`, "guihua-kai-man-yuan")
	v.submit(`form[action^="/l/"]`)
	return v, strings.TrimSuffix(post, "联络员")
}
