package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestStartPages shows each office first what it has to do.
func TestStartPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ login, first, coverage string }{
		{"city", "section.card", `a[href^="/network/coverage"]`}, {"town", "#c-demands", `a[href^="/network/coverage"]`},
		{"village", "#c-demands", `a[href*="/network/holes"]`}, {"area", "#c-demands", `a[href^="/network/"]`},
		{"group", "#c-demands", `a[href^="/network/"]`}, {"command", "section.card", `a[href^="/network/coverage"]`},
	} {
		v := here.as(t, c.login, desk)
		v.open("/home")
		v.see("main " + c.first)
		v.see("main " + c.coverage)
	}
}

// TestLogin is an official's log-in and log-out, and a wrong password.
func TestLogin(t *testing.T) {
	t.Parallel()
	v := here.visitor(t, desk)
	v.open("/network/coverage")
	v.see("input[name=password]")
	v.fill(`input[name=login]`, "command")
	v.fill(`input[name=password]`, "falsch-und-lang")
	v.submit(`form:has(input[name=password])`)
	v.see(".notice-bad, .field-bad")
	v.fill(`input[name=login]`, "command")
	v.fill(`input[name=password]`, here.password)
	v.submit(`form:has(input[name=password])`)
	v.see("#coverage-figures") // where they were going
	v.do(chromedp.Click(chromedp.CSS(".prefs > summary")))
	v.follow("form[data-logout] button")
	v.open("/home")
	v.see("input[name=password]")
}

// TestAuditor reads the record, by area and by person.
func TestAuditor(t *testing.T) {
	t.Parallel()
	here.raise(t, here.home(t, "lead"), "电线杆有点歪。")
	v := here.as(t, "auditor", desk)
	v.open("/audit")
	v.see("main table tbody tr")
	areas := read[[]string](v, `[...document.querySelectorAll("#audit-area option")].map(o => o.value).filter(Boolean)`)
	if len(areas) < 2 {
		t.Fatalf("areas: %v", areas)
	}
	v.js(`document.querySelector("#audit-area").value = ` + quote(areas[0]))
	v.follow(`form[action="/audit"] button`)
	v.see("main table tbody tr, main .blank")
	v.open("/audit")
	v.follow(`main td a[href^="/audit?object="]`)
	v.see("main table tbody tr")
	if read[bool](v, `/\d{11}/.test(document.querySelector("main table").innerText)`) {
		t.Error("a telephone number is in the record")
	}
}

// TestAdmin gives an official a login: the link lets them choose a password;
// disabled, they are logged out.
func TestAdmin(t *testing.T) {
	t.Parallel()
	area := here.unit(t, here.anotherVillagesCell(t, 7).Code[:14])
	admin := here.as(t, "admin", desk)
	admin.open("/accounts/new?unit=" + area.Code)
	admin.follow(`main a[href^="/accounts/new?person="]`)
	admin.fill(`input[name=login]`, "linked7")
	admin.submit(`form[action="/accounts"]`)
	link := admin.text("main section.card code")

	official := here.visitor(t, desk)
	official.open(link)
	official.fill(`input[name=password]`, "guihua-kai-man-yuan")
	official.fill(`input[name=password_again]`, "guihua-kai-man-yuan")
	official.submit(`form[action^="/l/"]`)
	official.open("/network/units/" + area.Code)
	official.reads(area.Name)

	admin.open("/accounts")
	admin.types(`main input[name=q]`, "linked7")
	admin.until(`document.querySelectorAll("#account-list tbody tr").length === 1`)
	admin.follow(`#account-list a[href^="/accounts/"]`)
	official.open("/account")
	official.unfolds(`details:has(form[action="/account/tokens"])`)
	official.fill(`input[name=label]`, "报表程序")
	official.submit(`form[action="/account/tokens"]`)
	official.looks("token")
	token := official.text("main section.card code")
	here.send(t, request{method: "GET", path: "/api/v1/me", token: token}).want(t, 200)

	admin.do(chromedp.Click(chromedp.CSS(`details:has(form[action$="/disable"]) > summary`)))
	admin.submit(`form[action$="/disable"]`)
	admin.see(".state-bad")
	official.open("/home")
	official.see("input[name=password]")
	here.send(t, request{method: "GET", path: "/api/v1/me", token: token}).problem(t, 401)
}
