package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestSelection makes a new cell and chooses its lead: a neighbour nominates,
// the village reviews, the town files and puts up the public notice.
func TestSelection(t *testing.T) {
	t.Parallel()
	village := here.as(t, "village", desk)
	village.open("/network/units/" + here.home(t, "group") + "/new")
	village.fill(`main input[name=name]`, "栀子邻")
	village.submit(`form[action$="/new"]`)
	village.reads("已增设")
	cell := between(village.location(), "/network/units/", "?")

	neighbour := here.visitor(t, phone)
	neighbour.open("/u/" + cell)
	neighbour.reads("邻长暂缺")
	neighbour.follow(`main a[href$="/nominate"]`)
	neighbour.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=neighbour])`)))
	neighbour.fill(`input[name=name]`, "何念慈")
	neighbour.fill(`textarea[name=statement]`, "热心，家里常有人，谁家有事都去帮忙。")
	neighbour.submit(`form[action$="/nominate"]`)
	neighbour.see(".notice-ok")

	village.open("/network/selections")
	village.followLine("何念慈")
	at := village.location()
	village.submit(`form[action$="/review"]`)
	village.looks("selection, reviewed")
	town := here.as(t, "town", desk)
	town.open(at)
	town.submit(`form[action$="/file"]`)
	town.submit(`form[action$="/notice"]`)
	town.reads("公示")
	if read[bool](town, `!!document.querySelector("form[action$='/appoint']")`) {
		t.Error("a candidate can be appointed before the notice is over")
	}
	neighbour.open("/notices/leads")
	neighbour.reads("何念慈")
	neighbour.looks("a notice")
}

// nominate proposes a lead by the public form and returns the selection's id.
func (c *city) nominate(t *testing.T, cell, name string) string {
	t.Helper()
	form := url.Values{"by": {"neighbour"}, "name": {name}, "statement": {"邻里都熟。"}, "_key": {"nominate-" + cell}}
	resp, err := http.PostForm(c.url+"/u/"+cell+"/nominate", form)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if !strings.Contains(resp.Request.URL.RawQuery, "sent") {
		t.Fatalf("nominate: %s at %s", resp.Status, resp.Request.URL)
	}
	return c.link(t, "village", "/network/selections", "/network/selections/")
}
