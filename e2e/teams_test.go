package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestReportIn: a neighbour reports in on a phone, the village confirms, puts
// them into a team, and they say when they are away; then they withdraw.
func TestReportIn(t *testing.T) {
	t.Parallel()
	neighbour := here.visitor(t, phone)
	neighbour.open("/")
	neighbour.follow(`main a[href="/report-in"]`)
	neighbour.do(chromedp.SetValue(chromedp.CSS(`select[name=town]`), here.home(t, "town")))
	neighbour.submit(`form[action="/report-in"]`)
	neighbour.follow(`main a[href$="unit=` + here.home(t, "village") + `"]`)
	neighbour.fill(`input[name=name]`, "贺春生")
	neighbour.fill(`input[name=phone]`, "12911112222")
	neighbour.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=party])`)), chromedp.Click(chromedp.CSS(`.choice:has(input[value=chains])`)))
	neighbour.fill(`textarea[name=pledge]`, "下雪天帮大家装防滑链。")
	neighbour.submit(`form[action="/report-in"]`)
	neighbour.reads("请留好这张回执")
	neighbour.looks("a receipt of a report-in")
	neighbour.follow(`main .actions a`)
	own := neighbour.location()
	neighbour.reads("等村社区确认")

	village := here.as(t, "village", desk)
	village.open("/volunteers?state=pending")
	village.followLine("贺春生")
	village.reads("下雪天帮大家装防滑链")
	village.looks("a report-in that waits")
	village.submit(`form[action$="/confirm"]`)
	village.reads("已确认")

	team := here.link(t, "lead", "/teams?mine=1", "/teams/")
	village.open("/teams/" + team + "/add")
	village.fill(`main input[name=q]`, "贺春")
	village.submit(`form[action$="/add"]`)
	village.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=person])`)))
	village.submit(`form[action$="/members"]`)
	village.reads("加进来了")

	neighbour.open(own)
	neighbour.reads("已报到")
	neighbour.fill(`input[name=from]`, "2099-01-01")
	neighbour.fill(`input[name=to]`, "2099-01-03")
	neighbour.submit(`form[action$="/away"]`)
	neighbour.reads("2099年1月1日")
	neighbour.looks("one's own report-in")
	neighbour.unfolds(`details.confirm`)
	neighbour.submit(`form[action$="/withdraw"]`)
	neighbour.reads("您已经退出了")
	if strings.Contains(neighbour.text("main"), "贺春生") {
		t.Error("what was told is still there")
	}
}

// TestAway: a lead says that they are away, and that they are back.
func TestAway(t *testing.T) {
	t.Parallel()
	lead := here.as(t, "group", phone)
	lead.open("/me/away")
	lead.reads("您都在")
	lead.looks("when one is away")
	lead.submit(`form[action="/me/away"]`)
	lead.reads("今天不在")
	lead.submit(`form[action$="/back"]`)
	lead.reads("您都在")
}

// ready finds a team, its people and things, and somebody who reported in.
func (c *city) ready(t *testing.T, village string, known map[string]string) {
	t.Helper()
	known["team"] = c.link(t, "lead", "/teams?mine=1", "/teams/")
	at := "/teams/" + known["team"]
	known["member"] = c.link(t, "village", at, at+"/members/")
	known["thing"] = c.link(t, "village", at, at+"/equipment/")
	known["waiting"] = c.link(t, "village", "/volunteers?state=pending", "/volunteers/")
	known["volunteer"] = c.link(t, "village", "/volunteers?state=active", "/volunteers/")
	known["wish"] = c.link(t, "lead", "/wishes", "/wishes/")
	form := url.Values{"unit": {village}, "name": {"喻小满"}, "phone": {"12933334444"}, "kind": {"volunteer"}, "skills": {"boat"}, "_key": {"report-" + village}}
	resp, err := http.PostForm(c.url+"/report-in", form)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	known["reported"], known["reported.key"] = between(resp.Request.URL.Path, "/report-in/", "/"), resp.Request.URL.Query().Get("k")
	if known["reported.key"] == "" {
		t.Fatalf("report in: %s at %s", resp.Status, resp.Request.URL.Path)
	}
}
