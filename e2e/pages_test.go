package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// pagesOf lists every page by who looks at it. {home} is the unit of the
// login's post; the other names are found by places.
var pagesOf = []struct {
	login string // "" is a resident
	pages []string
}{
	{"", []string{
		"/", "/find", "/find?q={address}", "/find?q=xyzzy", "/find/tree", "/find/tree/{village}", "/u/{cell}", "/d/{door}",
		"/u/{vacant}", "/u/{vacant}/nominate", "/notices/leads", "/demands/new", "/demands/new?town={town}", "/demands/new?unit={cell}",
		"/demands/new?door={door}", "/t", "/t/{open}?k={open.key}", "/t/{open}/receipt?k={open.key}", "/t/{asked}?k={asked.key}", "/t/{solved}?k={solved.key}",
		"/t/{again}?k={again.key}", "/t/{done}?k={done.key}", "/t/{gone}?k={gone.key}", "/t/{entered}?k={entered.key}", "/demands/thanks",
		"/outcomes", "/outcomes?indicator=fires", "/outcomes/villages/{village}", "/outcomes/indicators/fires", "/outcomes/towns", "/outcomes/towns?indicator=rivers", "/outcomes/wall",
		"/care/needs", "/care/proposals/{careidea}", "/emergency", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/duties?q=xyzzy", "/duties/functions", "/duties/data", "/board", "/board?q=xyzzy", "/board/{shown}", "/login", "/offline", "{card}", "/a/{token}",
		"/practices", "/practices?q=路灯", "/practices?q=xyzzy", "/practices?unit={town}", "/practices/{practice}", "/lessons", "/lessons/{lesson}", "/talks", "/talks?unit={town}", "/talks/{talk}",
		"/meetings", "/meetings?unit={village}", "/meetings?door={door}", "/meetings/{meeting}", "/meetings/{met}",
		"/feedback", "/feedback?from=/notices", "/feedback/changes",
		"/notices", "/notices?door={door}", "/notices?unit={village}", "/notices/{notice}", "/notices/{notice}?door={door}",
		"/honours", "/honours/{honours}", "/honours/{honours}/nominate", "/honours/{honours}/nominate?q=xyzzy", "/honours/{honoured}", "/verify", "/verify/{certificate}",
		"/mediation", "/mediation?town={town}", "/mediation/new", "/mediation/new?door={door}", "/mediation/offer", "/mediation/figures", "/mediation/figures?unit={town}", "/suggestions", "/suggestions?q=xyzzy", "/suggestions?state=declined",
		"/programmes", "/programmes/{programme}", "/programmes/{programme}/ledger", "/programmes/{programme}/join",
		"/privacy", "/mine", "/mine?door={door}", "/mine/code", "/mine/requests",
		"/report-in", "/report-in?town={town}", "/report-in?unit={village}", "/report-in/{reported}?k={reported.key}", "/report-in/{reported}/receipt?k={reported.key}",
	}},
	{"lead", []string{"/home", "/wishes", "/wishes?over=1", "/wishes/new", "/wishes/new?household={household}", "/wishes/new?household={household}&kind=tutor", "/wishes/{wish}", "/honours/mine", "/meetings", "/meetings/new", "/meetings/{meeting}", "/practices/mine", "/practices/new", "/practices/{workshop}/work", "/practices/{workshop}/edit", "/talks/mine", "/talks/{talk}", "/lessons/{lesson}", "/notices/mine", "/notices/{notice}", "/notices/{notice}/tell", "/contacts", "/contacts/emergency", "/orders/mine", "/rollcall", "/tasks", "/offlist", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/demands", "/demands?tab=mine", "/demands?tab=waiting", "/demands?stage=closed", "/demands/{open}", "/demands/{asked}", "/demands/{done}",
		"/demands/enter", "/demands/enter?household={household}", "/demands/enter?for=self&unit={cell}", "/network/units/{cell}",
		"/network/households/{household}", "/network/posts/{post}", "/network/search", "/account", "/me/push",
		"/teams", "/teams?mine=1", "/teams/{team}", "/teams/{team}/members/{member}", "/me/away", "/me/skills", "/me/reads"}},
	{"group", []string{"/home", "/orders", "/orders/{order}", "/orders/{order}/board", "/orders/{order}/doors", "/orders/{order}/report", "/rollcalls", "/rollcalls/{rollcall}", "/rollcalls/{rollcall}/missing", "/rollcalls/{rollcall}/help", "/rollcalls/{rollcall}/cells/{cell}", "/tasks", "/offlist", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/demands", "/network/units/{home}", "/network/coverage"}},
	{"official", []string{"/home", "/contacts", "/care", "/care/entries/{carecontact}", "/orders", "/orders/{order}", "/orders/{order}/doors", "/orders/{order}/people", "/rollcalls", "/rollcalls/{rollcall}", "/tasks", "/offlist", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/demands", "/network/units/{home}", "/network/coverage"}},
	{"area", []string{"/home", "/honours/mine", "/rollcalls/{rollcall}", "/tasks", "/offlist", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/demands", "/demands/figures", "/network/units/{home}", "/network/coverage"}},
	{"village", []string{
		"/mediation/desk",
		"/honours", "/honour-checks", "/honour-checks/{honourcheck}",
		"/practices/{practice}", "/practices/mine",
		"/meetings", "/meetings/new?unit={group}", "/meetings/{meeting}", "/meetings/{meeting}/edit", "/meetings/{meeting}/invite", "/meetings/{meeting}/move", "/meetings/{met}", "/meetings/{met}/minutes", "/meetings/{met}/correct", "/promises/{promise}",
		"/notices/desk", "/notices/new", "/notices/new?template=pension", "/notices/{notice}", "/notices/{notice}/reach", "/notices/{notice}/correct", "/notices/{notice}/meet",
		"/orders", "/orders?state=cancelled", "/orders/new?kind=drill", "/orders/{order}", "/orders/{order}/people", "/orders/{order}/people?standing=door", "/orders/{order}/people/{n}", "/orders/{order}/doors",
		"/teams", "/teams/new", "/teams/{team}", "/teams/{team}/edit", "/teams/{team}/add", "/teams/{team}/add?q=xyzzy", "/teams/{team}/members/{member}", "/teams/{team}/equipment/new", "/teams/{team}/equipment/{thing}",
		"/wishes", "/wishes/new", "/wishes/{wish}",
		"/volunteers", "/volunteers?state=active", "/volunteers?state=active&q=xyzzy", "/volunteers/new", "/volunteers/{waiting}", "/volunteers/{volunteer}",
		"/rollcalls/{rollcall}", "/rollcalls/{rollcall}/missing", "/rollcalls/{rollcall}/help", "/rollcalls/{rollcall}/help?show=helped", "/rollcalls/{rollcall}/cells/{vacant}", "/rollcalls/{rollcall}/sheet/{home}",
		"/outcomes/releases", "/outcomes/releases/{quarter}", "/outcomes/villages/{home}?period={quarter}",
		"/privacy/desk", "/privacy/desk/households/{household}/code",
		"/contacts", "/care", "/care?ends=1", "/care/entries/{careentry}", "/care/new", "/care/new?household={household}", "/care/figures",
		"/home", "/tasks", "/offlist", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/demands", "/demands?tab=mine", "/demands?tab=incoming", "/demands?tab=today", "/demands?tab=overdue", "/demands?tab=helping",
		"/demands?tab=returned", "/demands?tab=reopened", "/demands?tab=tell", "/demands?tab=waiting", "/demands?tab=merged", "/demands?tab=closed",
		"/demands/{open}", "/demands/{solved}", "/demands/{again}", "/demands/{late}", "/demands/{merged}", "/demands/enter", "/demands/enter?for=unit&unit={home}",
		"/demands/figures", "/demands/board", "/board/{proposed}/review", "/settings/templates", "/settings/templates/new", "/whistles",
		"/network/coverage", "/network/coverage?unit={cell}", "/network/holes?kind=no_lead", "/network/holes?kind=vacant_post",
		"/network/holes?kind=household_two_cells", "/network/map", "/network/search?q={address}", "/network/selections", "/network/selections/{selection}", "/network/units/{home}",
		"/network/units/{group}", "/network/units/{cell}", "/network/units/{home}/history", "/network/units/{group}/new", "/network/units/{group}/rename",
		"/network/units/{group}/move", "/network/units/{group}/split", "/network/units/{group}/merge", "/network/units/{vacant}/end",
		"/network/units/{group}/posts/new", "/network/posts/{post}", "/network/posts/{empty}", "/network/people/{person}",
		"/network/units/{cell}/households/new", "/network/households/{household}", "/network/households/{claimed}", "/leads", "/account", "/account/factors", "/account/prove", "/resets", "/me/push", "/rosters", "/rosters/export",
	}},
	{"town", []string{"/home", "/practices/mine", "/practices/{workshop}/work", "/lessons/new", "/lessons/{lesson}/edit", "/talks/new", "/talks/mine", "/talks/{talk}", "/notices/desk", "/notices/{notice}/reach", "/care", "/care?unit={village}", "/care/figures", "/programmes/new", "/programmes/{programme}", "/programmes/{programme}/edit", "/programmes/{programme}/rewards/new", "/programmes/{programme}/desk", "/demands?tab=owed", "/orders", "/orders/new", "/orders/{order}", "/orders/{order}/correct", "/orders/{order}/board", "/orders/{order}/board?suggest=moved", "/orders/{order}/report", "/outcomes/releases", "/outcomes/releases/{quarter}", "/outcomes/methods", "/teams", "/volunteers", "/volunteers/new", "/rollcalls", "/rollcalls/new", "/rollcalls/{rollcall}", "/rollcalls/{rollcall}?unit={village}", "/rollcalls/{rollcall}/missing?unit={village}", "/alerts", "/emergency", "/offlist", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/demands", "/demands/figures?by=month", "/network/coverage", "/network/map", "/network/selections", "/network/units/{home}", "/leads"}},
	{"city", []string{
		"/wishes/kinds", "/wishes/kinds?edit=tutor",
		"/honours/new", "/honours/{honours}/desk", "/honours/{honours}/panel", "/honours/{honours}/panel?q=周", "/honours/{honoured}/desk", "/honours/{honoured}/certificates/{honournumber}",
		"/feedback/desk", "/feedback/desk?show=all", "/feedback/desk/{said}", "/feedback/desk/{answered}",
		"/notices/desk", "/notices/new?template=heat", "/notices/{citynotice}/reach", "/notices/{citynotice}/correct",
		"/care/needs", "/care/needs/new", "/care/needs/alone80/change", "/care/needs/alone80/off", "/care/proposals/{careidea}", "/care/figures",
		"/home", "/orders", "/orders/{searched}", "/teams", "/teams?q=xyzzy", "/teams/new", "/volunteers", "/alerts", "/alerts/{alert}", "/offlist/desk", "/offlist/desk?tab=settled", "/offlist/departments", "/duties/import", "/oldnets/import", "/duties/new", "/review", "/returns", "/matters/new", "/matters/emergency", "/emergency", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/demands", "/demands?tab=disputed", "/demands/{disputed}", "/demands/figures?by=category", "/demands/figures?by=rung", "/demands/board?state=published",
		"/outcomes", "/outcomes?indicator=rivers", "/outcomes/releases", "/outcomes/releases/{quarter}", "/outcomes/releases/{quarter}?village={village}", "/outcomes/releases/{quarter}/publish", "/outcomes/releases/{published}", "/outcomes/methods", "/outcomes/catalog", "/outcomes/catalog/new", "/outcomes/catalog/complaints",
		"/settings/categories", "/settings/categories/new", "/settings/categories/environment", "/settings/limits", "/settings/calendar",
		"/network/coverage", "/network/map", "/network/search", "/network/units/{home}", "/network/units/{home}/new", "/network/selections",
	}},
	{"command", []string{"/home", "/honours/mine", "/honours/{honoured}/objections", "/notices/desk", "/orders", "/orders/{order}/wall", "/orders/{ice}/board", "/orders/{ice}/wall", "/orders?state=closed", "/orders/new", "/orders/new?hazard=missing", "/orders/new?alert={alert}", "/orders/{order}", "/orders/{ice}", "/orders/{ice}/report", "/orders/{searched}", "/teams", "/volunteers?state=active", "/rollcalls", "/rollcalls/new", "/rollcalls/{winter}", "/rollcalls/{winter}?unit={town}", "/rollcalls/{winter}?unit={village}", "/rollcalls/{winter}/missing", "/rollcalls/{rollcall}/help", "/alerts", "/alerts/{alert}", "/alerts/{used_alert}", "/emergency", "/matters/emergency", "/emergency", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/network/coverage", "/network/search?q={village}"}},
	{"department", []string{"/home", "/outcomes/feeds", "/outcomes/feeds/waste", "/outcomes/feeds/waste/pulls/new", "/offlist/department", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/demands", "/demands?tab=incoming", "/demands/{offered}", "/demands/{theirs}", "/demands/figures", "/settings/templates", "/whistles", "/matters/new", "/account"}},
	{"privacy", []string{"/home", "/privacy/desk", "/privacy/desk?show=done", "/privacy/desk/requests/{asking}", "/privacy/desk/reviews/{glass}", "/orders/mine", "/account"}},
	{"auditor", []string{"/home", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/audit", "/network/coverage"}},
	{"admin", []string{"/home", "/alerts", "/matters", "/monthly", "/burden", "/duties", "/oldnets", "/accounts", "/accounts/new", "/accounts/{account}", "/audit", "/account", "/settings/calendar", "/settings/backups"}},
}

// TestPages looks at every page of every role, on a phone and on a desk, in
// Chinese and in English.
func TestPages(t *testing.T) {
	known := here.places(t)
	for _, role := range pagesOf {
		t.Run("as_"+role.login, func(t *testing.T) {
			t.Parallel()
			v, mine := here.visitor(t, desk), map[string]string{}
			if role.login != "" {
				v = here.as(t, role.login, desk)
				mine["home"] = here.home(t, role.login)
			}
			for _, page := range role.pages {
				path := fillIn(fillIn(page, mine), known)
				if role.login != "" {
					v.carry(here.session(t, role.login))
				}
				v.looksEverywhere(page, path)
			}
			if role.login != "" {
				v.menuIsListed(role.pages)
			}
		})
	}
}

// looksEverywhere looks at one page in both languages and both sizes. In the
// second language a phone's page differs by the length of its words alone.
func (v *visitor) looksEverywhere(page, path string) {
	v.t.Helper()
	for _, in := range []struct{ lang, axe, small string }{{"zh-CN", runAxe, runAxeAgain}, {"en", runAxeAgain, ""}} {
		v.carry(&http.Cookie{Name: "lang", Value: in.lang})
		resp := get(v, chromedp.NavigateResponse(v.city.url+path))
		if resp == nil || resp.Status != http.StatusOK {
			v.t.Errorf("%s (%s): no page: %s", page, path, v.where())
			return
		}
		for s, axe := range map[size]string{desk: in.axe, phone: in.small} {
			v.do(chromedp.EmulateViewport(s.width, s.height))
			v.looksFor(page+" "+in.lang+" "+s.name, axe)
		}
	}
}

// menuIsListed checks that the role's menu leads nowhere that isn't looked at
// for somebody.
func (v *visitor) menuIsListed(own []string) {
	v.t.Helper()
	var all []string
	for _, role := range pagesOf {
		all = append(all, role.pages...)
	}
	for _, href := range read[[]string](v, `[...document.querySelectorAll("nav.menu a")].map(a => a.getAttribute("href"))`) {
		listed := false
		for _, page := range append(all, own...) {
			path, _, _ := strings.Cut(page, "?")
			listed = listed || path == href
		}
		if !listed && href != "/network" { // which leads on to the reader's own unit
			v.t.Errorf("the menu leads to %s, which no test looks at", href)
		}
	}
}

// places finds one of each thing that pages are about.
func (c *city) places(t *testing.T) map[string]string {
	t.Helper()
	cell, village := c.home(t, "lead"), c.home(t, "village")
	known := map[string]string{
		"cell": cell, "village": village, "group": c.home(t, "group"), "town": c.home(t, "town"), "vacant": c.vacant(t, village),
	}
	c.matters(t, cell, known)
	c.orders(t, known)
	c.ready(t, village, known)
	c.honours(t, known)
	known["programme"] = c.link(t, "town", "/programmes", "/programmes/")
	known["notice"], known["citynotice"] = c.notice(t, "lead", "/notices/mine"), c.notice(t, "", "/notices?unit=430182000000")
	known["meeting"], known["met"] = c.aMeeting(t, "/meetings?unit="+village, "soon"), c.aMeeting(t, "/meetings?unit="+village, "past")
	known["promise"] = c.link(t, "village", "/meetings?unit="+village, "/promises/")
	known["practice"], known["workshop"] = c.link(t, "", "/practices", "/practices/"), c.link(t, "lead", "/practices/mine", "/practices/")
	known["lesson"], known["talk"] = c.link(t, "", "/lessons", "/lessons/"), c.link(t, "", "/talks", "/talks/")
	known["said"], known["answered"] = c.said(t, "/feedback/desk"), c.said(t, "/feedback/desk?show=all")
	known["alert"] = c.link(t, "command", "/home", "/alerts/")
	known["used_alert"] = c.lastLink(t, "command", "/alerts", "/alerts/")
	known["household"] = c.link(t, "village", "/network/units/"+cell, "/network/households/")
	known["claimed"] = c.link(t, "village", "/network/holes?kind=household_two_cells", "/network/households/")
	known["rollcall"] = c.link(t, "village", "/rollcalls", "/rollcalls/")
	past := between(string(c.page(t, "command", "/rollcalls").want(t, 200).raw), `id="past"`, "</table>")
	known["winter"] = between(past, `href="/rollcalls/`, `"`)
	quarters := string(c.page(t, "city", "/outcomes/releases").want(t, 200).raw)
	known["quarter"] = between(quarters, `href="/outcomes/releases/`, `"`)
	known["published"] = between(quarters[strings.LastIndex(quarters, `href="/outcomes/releases/`):], `href="/outcomes/releases/`, `"`)
	known["post"] = c.link(t, "village", "/network/units/"+cell, "/network/posts/")
	known["empty"] = c.link(t, "village", "/network/units/"+known["vacant"], "/network/posts/")
	known["selection"] = c.nominate(t, known["vacant"], "汪小满")
	known["card"] = c.loginCard(t, "village", village, c.ledCell(t, village, cell))
	known["person"] = c.link(t, "village", "/network/posts/"+known["post"], "/network/people/")
	known["careentry"] = c.link(t, "village", "/care", "/care/entries/")
	known["carecontact"] = c.link(t, "official", "/contacts", "/care/entries/")
	known["careidea"] = c.link(t, "", "/care/needs", "/care/proposals/")
	known["account"] = c.link(t, "admin", "/accounts", "/accounts/")
	known["glass"] = c.link(t, "privacy", "/privacy/desk", "/privacy/desk/reviews/")
	known["asking"] = between(string(c.page(t, "privacy", "/privacy/desk").want(t, 200).raw), `href="/privacy/desk/requests/`, `"`)
	home := string(c.page(t, "village", "/network/households/"+known["household"]).want(t, 200).raw)
	known["door"] = strings.NewReplacer(" ", "", "-", "").Replace(between(home, `<span class="code">`, `</span>`))
	known["address"] = url.QueryEscape(between(home, "<h1>", "</h1>"))
	return known
}

// vacant is a cell under a unit that nobody leads.
func (c *city) vacant(t *testing.T, under string) string {
	t.Helper()
	for _, cell := range c.cells(t, under) {
		for _, post := range c.unit(t, cell.Code).Posts {
			if post.Role == "lead" && post.Serving == "" {
				return cell.Code
			}
		}
	}
	t.Fatalf("%s has no cell without a lead", under)
	return ""
}

var ids = regexp.MustCompile(`^[0-9a-f-]{36}`)

// link finds the first link on a page that begins with prefix and goes on with
// an id, and returns the id.
func (c *city) link(t *testing.T, login, page, prefix string) string {
	t.Helper()
	for _, part := range strings.Split(string(c.page(t, login, page).want(t, 200).raw), `href="`+prefix)[1:] {
		if id := ids.FindString(part); id != "" {
			return id
		}
	}
	t.Fatalf("%s shows %s no link to %s", page, login, prefix)
	return ""
}

// lastLink is link for the last one of a page.
func (c *city) lastLink(t *testing.T, login, page, prefix string) (last string) {
	t.Helper()
	for _, part := range strings.Split(string(c.page(t, login, page).want(t, 200).raw), `href="`+prefix)[1:] {
		if id := ids.FindString(part); id != "" {
			last = id
		}
	}
	if last == "" {
		t.Fatalf("%s shows %s no link to %s", page, login, prefix)
	}
	return last
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}
