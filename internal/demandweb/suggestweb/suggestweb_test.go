package suggestweb_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/suggestion"
	"bilin/internal/demandweb/suggestweb"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network/networktest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type city struct {
	*demandtest.City
	t   *testing.T
	svc *suggestion.Service
}

func newCity(t *testing.T) *city {
	c := demandtest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	s := suggestion.New(suggestion.Options{DB: c.DB, Demand: c.Demand, Tree: c.Net.Tree, Policy: c.Policy, Audit: c.Audit, Now: c.Clock.Now,
		Links: suggestion.Links{suggestion.ByPractice: {Page: "/practices/", Find: func(_ context.Context, ref string) (suggestion.Linked, error) {
			return suggestion.Linked{Title: "一条做法", Ref: ref}, nil
		}}}})
	c.Demand.Observe(s)
	return &city{c, t, s}
}

func (c *city) as(who auth.Actor) *webtest.Visitor {
	policy := auth.NewPolicy(c.Net, auth.Rules, demand.Rules, suggestion.Rules)
	return networktest.Visit(c.t, networktest.Seen{Who: who, Policy: policy, Now: c.Clock.Now}, []i18n.Bundle{live.Messages, demand.Messages, suggestion.Messages, suggestweb.Messages}, func(srv *web.Server) web.Module {
		return suggestweb.New(srv, c.svc, c.Net.Tree).Module()
	})
}

// TestFromAWordToWhatWasDone: the village adopts, everybody reads why, it is
// done, and everybody reads that; who suggested it is nowhere.
func TestFromAWordToWhatWasDone(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	r := c.Raise(t, demand.Suggestion, demandtest.CellCode, "我是老王，能不能装长凳。")
	village, everybody := c.as(c.Village), c.as(auth.Actor{})
	form := "/suggestions/" + r.Number + "/decide"
	if page := village.Get(form); !strings.Contains(page, "我是老王") {
		t.Error("the office doesn't read what was said")
	}
	village.Post(form, http.StatusUnprocessableEntity, "请选一种", "_key", "1", "title", "装长凳", "reasons", "老人多。")
	village.Post(form, http.StatusUnprocessableEntity, "老人多。", "_key", "2", "adopt", "1", "title", "装长凳", "reasons", "老人多。", "due", "2020-01-01")
	village.Post(form, http.StatusSeeOther, "", "_key", "3", "adopt", "1", "title", "装长凳", "reasons", "老人多。", "due", "2026-05-20")
	if page := everybody.Get("/suggestions?state=adopted&q=长凳&unit=" + demandtest.VillageCode); !strings.Contains(page, "老人多。") || strings.Contains(page, "老王") || strings.Contains(page, r.Number) {
		t.Errorf("the list: %s", page)
	}
	village.Post("/suggestions/"+r.Number+"/finish", http.StatusUnprocessableEntity, "", "_key", "4", "words", "", "on", "2026-04-01")
	village.Post("/suggestions/"+r.Number+"/finish", http.StatusSeeOther, "", "_key", "5", "words", "装在桂花树下。", "on", "2026-04-01", "link", "practice", "ref", "p1")
	if page := everybody.Get("/suggestions?state=done"); !strings.Contains(page, "装在桂花树下") || !strings.Contains(page, "/practices/p1") {
		t.Errorf("done: %s", page)
	}
	if page := village.Get(form); strings.Contains(page, "adopt") {
		t.Error("it can be decided once more")
	}
}

func TestWhoseItIsnt(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	r := c.Raise(t, demand.Suggestion, demandtest.CellCode, "能不能装长凳。")
	form := "/suggestions/" + r.Number + "/decide"
	for who, code := range map[*auth.Actor]int{&c.Lead: http.StatusForbidden, &c.Auditor: http.StatusForbidden, &c.Water: http.StatusNotFound} {
		if got := c.as(*who).Status(form); got != code {
			t.Errorf("%s opens the form: %d", who.Name, got)
		}
		c.as(*who).Post(form, code, "", "_key", "1", "adopt", "0", "title", "装长凳", "reasons", "不行。")
	}
	help := c.Raise(t, demand.Help, demandtest.CellCode, "灯不亮")
	if got := c.as(c.Village).Status("/suggestions/" + help.Number + "/decide"); got != http.StatusNotFound {
		t.Errorf("of what is no suggestion: %d", got)
	}
	if page := c.as(auth.Actor{}).Get("/suggestions"); !strings.Contains(page, "还没有答复过的建议") {
		t.Error("the empty list doesn't say so")
	}
}

// TestTheNumberOfADemandIsNotOnTheList: everybody reads that there is one; whoever decides reads which.
func TestTheNumberOfADemandIsNotOnTheList(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	r, other := c.Raise(t, demand.Suggestion, demandtest.CellCode, "能不能装长凳。"), c.Raise(t, demand.Help, demandtest.CellCode, "没有地方坐")
	village := c.as(c.Village)
	form := "/suggestions/" + r.Number
	village.Post(form+"/decide", http.StatusSeeOther, "", "_key", "1", "adopt", "1", "title", "装长凳", "reasons", "老人多。", "due", "2026-05-20")
	village.Post(form+"/finish", http.StatusSeeOther, "", "_key", "2", "words", "装好了。", "on", "2026-04-01", "link", "demand", "ref", other.Number)
	page := c.as(auth.Actor{}).Get("/suggestions?state=done")
	if !strings.Contains(page, "有一件诉求可以对上") || strings.Contains(page, other.Number) || strings.Contains(page, demand.Spoken(other.Number)) {
		t.Errorf("the list: %s", page)
	}
	if page := village.Get(form + "/decide"); !strings.Contains(page, "/demands/"+other.Number) {
		t.Errorf("the office doesn't see which: %s", page)
	}
}

// TestTheListSaysWhatItIsNarrowedTo, how much is left, and how to see all.
func TestTheListSaysWhatItIsNarrowedTo(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	for range 2 {
		r := c.Raise(t, demand.Suggestion, demandtest.CellCode, "能不能装长凳。")
		c.as(c.Village).Post("/suggestions/"+r.Number+"/decide", http.StatusSeeOther, "", "_key", r.Number, "adopt", "0", "title", "装长凳", "reasons", "老人多。")
	}
	everybody := c.as(auth.Actor{})
	page := everybody.Get("/suggestions?state=declined&q=长凳&unit=" + demandtest.VillageCode)
	for _, want := range []string{"找到2条", "东沩社区", "不采纳", "含“长凳”", `<a href="/suggestions">看全部`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on %s", want, page)
		}
	}
	if page := everybody.Get("/suggestions?q=+-&state="); strings.Contains(page, "找到") || !strings.Contains(page, "装长凳") {
		t.Errorf("what can't be looked for: %s", page)
	}
	for _, query := range []string{"unit=1", "state=open"} {
		if got := everybody.Status("/suggestions?" + query); got != http.StatusNotFound {
			t.Errorf("%s: %d", query, got)
		}
	}
}

// TestAFarDayIsAskedAbout: half a year off is asked about, more than a year isn't taken.
func TestAFarDayIsAskedAbout(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	form := "/suggestions/" + c.Raise(t, demand.Suggestion, demandtest.CellCode, "能不能装长凳。").Number + "/decide"
	village, day := c.as(c.Village), func(months int) string { return c.Clock.Now().AddDate(0, months, 3).Format("2006-01-02") }
	adopt := []string{"adopt", "1", "title", "装长凳", "reasons", "老人多。", "due"}
	if page := village.Get(form); strings.Contains(page, `name="far"`) {
		t.Error("it is asked before a day is chosen")
	}
	village.Post(form, http.StatusUnprocessableEntity, "一年以内", append(adopt, day(12), "_key", "1", "far", "1")...)
	village.Post(form, http.StatusUnprocessableEntity, `name="far"`, append(adopt, day(7), "_key", "1")...)
	village.Post(form, http.StatusSeeOther, "", append(adopt, day(7), "_key", "1", "far", "1")...)
}
