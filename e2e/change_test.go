package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestAppoint mends a hole: the village finds the cell without a lead and
// appoints somebody new; its households are covered from then on.
func TestAppoint(t *testing.T) {
	t.Parallel()
	village := here.home(t, "village")
	cell := here.vacant(t, village)
	before := here.coverage(t, "village", cell)
	v := here.as(t, "village", desk)
	v.open("/home")
	v.follow(`main a[href*="kind=no_lead"]`)
	v.follow(`#holes tbody tr:first-child td:last-child a`)
	v.deed("appoint")
	v.names("appoint", "柳青禾", "12900000077")
	v.submit(`form[action$="/appoint"]`)
	v.reads("已任命")
	v.reads("柳青禾")
	after := here.coverage(t, "village", cell)
	if before.Covered != 0 || after.Covered != after.Households || after.Uncovered != 0 {
		t.Errorf("coverage was %+v and is %+v", before, after)
	}
	here.visitor(t, phone).findsLead(cell, "柳青禾")
}

// TestHandOver changes a lead: the page says what moves, the successor has it,
// and the one before is logged out at once.
func TestHandOver(t *testing.T) {
	t.Parallel()
	cell := here.anotherVillagesCell(t, 1)
	made := here.raise(t, cell.Code, "门口的井盖响，晚上睡不着。")
	before := here.visitor(t, phone)
	before.open(here.loginCard(t, "town", cell.Code, cell))
	before.submit(`form[action^="/l/"]`)
	before.open("/home")
	before.reads("门口的井盖响")

	v := here.as(t, "town", desk)
	v.opensPost(cell)
	v.deed("handover")
	v.names("handover", "苏木兰", "12900000078")
	v.fill(`form[action$="/handover"] input[name=reason]`, "搬去省城带孙子")
	v.submit(`form[action$="/handover"]`)
	v.see(`form[action$="/handover"] input[name=confirm]`)
	v.looks("hand-over, to be confirmed")
	v.reads("本单元的")
	v.reads("诉求")
	v.submit(`form[action$="/handover"]:has(input[name=confirm])`)
	v.reads("已交接")
	v.reads("搬去省城带孙子")

	before.open("/home")
	before.see("input[name=password]")
	resident := here.visitor(t, phone)
	resident.open("/t/" + made.Number + "?k=" + made.Track)
	resident.reads("苏木兰")
}

// TestStandIn names somebody known, found as the name is typed, for a time.
func TestStandIn(t *testing.T) {
	t.Parallel()
	cell := here.anotherVillagesCell(t, 2)
	neighbour := here.anotherVillagesCell(t, 3)
	v := here.as(t, "town", desk)
	v.opensPost(cell)
	v.deed("standin")
	v.do(chromedp.SendKeys(chromedp.CSS(`form[action$="/standin"] input[name=person_q]`), lead(neighbour)))
	v.do(chromedp.Click(chromedp.CSS(`form[action$="/standin"] .choice input[name=person]`)))
	v.fill(`form[action$="/standin"] input[name=until]`, "2027-06-30")
	v.submit(`form[action$="/standin"]`)
	v.reads("已指定代理")
	v.reads(lead(neighbour))
}

// TestRename keeps the old name in the history, and finds the unit by the new.
func TestRename(t *testing.T) {
	t.Parallel()
	cell := here.anotherVillagesCell(t, 4)
	v := here.as(t, "town", desk)
	v.open("/network/units/" + cell.Code)
	v.follow(`main a[href$="/rename"]`)
	v.js(`const name = document.querySelector("main input[name=name]"); name.required = false; name.value = ""`)
	v.submit(`form[action$="/rename"]`)
	v.see(".field-bad")
	v.looks("a form that is corrected")
	v.fill(`main input[name=name]`, "桂花邻")
	v.submit(`form[action$="/rename"]`)
	v.reads("已更名")
	if got := v.text("main h1"); got != "桂花邻" {
		t.Errorf("the page is of %q", got)
	}
	v.follow(`main a[href$="/history"]`)
	v.reads(cell.Name)
	v.open("/network/search?q=桂花邻")
	v.see(`main a[href="/network/units/` + cell.Code + `"]`)
}

// TestForbidden answers what somebody may not do with a page that says so.
func TestForbidden(t *testing.T) {
	t.Parallel()
	cell := here.anotherVillagesCell(t, 5).Code
	for _, c := range []struct{ login, path string }{
		{"lead", "/network/units/" + cell}, {"village", "/network/units/" + cell + "/rename"}, {"village", "/accounts"},
		{"village", "/audit"}, {"command", "/network/units/" + cell + "/rename"}, {"city", "/accounts"}, {"department", "/network/units/" + cell + "/posts/new"},
		{"group", "/leads"}, {"auditor", "/network/units/" + cell + "/households/new"}, {"lead", "/network/units/" + cell + "/doorcards.pdf"},
	} {
		if got := here.page(t, c.login, c.path); got.status != 403 {
			t.Errorf("%s at %s: %d", c.login, c.path, got.status)
		}
	}
	v := here.as(t, "lead", phone)
	v.open("/network/units/" + cell)
	v.see(".oops")
	v.looks("403")
	if words := v.text("main h1"); strings.TrimSpace(words) == "" || strings.ContainsAny(words, "{}⟦") {
		t.Errorf("the page says %q", words)
	}
}

// covered is what the API says of a unit's coverage.
type covered struct {
	Units                                     map[string]int
	Households, Covered, Uncovered, Residents int
	VacantPosts                               int `json:"vacant_posts"`
}

func (c *city) coverage(t *testing.T, login, code string) (out covered) {
	t.Helper()
	c.send(t, request{method: "GET", path: "/api/v1/coverage?unit=" + code, token: c.token(t, login)}).want(t, 200).into(t, &out)
	return out
}

// anotherVillagesCell is a cell with a lead in the n-th village of the demo's
// town, the village login's own being none of them: each test has its own.
func (c *city) anotherVillagesCell(t *testing.T, n int) unit {
	t.Helper()
	own := c.home(t, "village")
	for _, village := range c.unit(t, c.home(t, "town")).Children {
		if village.Code == own {
			continue
		}
		if n--; n == 0 {
			return c.ledCell(t, village.Code, "")
		}
	}
	t.Fatal("the town has too few villages")
	return unit{}
}

// opensPost goes to the post of a cell's lead.
func (v *visitor) opensPost(cell unit) {
	v.t.Helper()
	v.open("/network/units/" + cell.Code)
	v.follow(`main td a[href^="/network/posts/"]`)
}

// deed unfolds a form of the post's page.
func (v *visitor) deed(deed string) {
	v.t.Helper()
	v.do(chromedp.Click(chromedp.CSS(`details:has(> form[action$="/` + deed + `"]) > summary`)))
}

// names enters somebody who isn't known yet.
func (v *visitor) names(deed, name, phone string) {
	v.t.Helper()
	form := `form[action$="/` + deed + `"] `
	v.do(chromedp.Click(chromedp.CSS(form + `details > summary`)))
	v.fill(form+`input[name=new_name]`, name)
	v.fill(form+`input[name=new_phone]`, phone)
}

// findsLead sees on a cell's public page who leads it.
func (v *visitor) findsLead(cell, name string) {
	v.t.Helper()
	v.open("/u/" + cell)
	if got := v.text(".lead-name"); !strings.HasPrefix(got, name) {
		v.t.Errorf("the lead of %s is %q, not %s", cell, got, name)
	}
}
