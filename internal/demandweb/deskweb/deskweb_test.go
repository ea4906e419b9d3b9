package deskweb_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/whistle"
	"bilin/internal/demandweb/deskweb"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/photo"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

var bundles = []i18n.Bundle{auth.Messages, network.Messages, once.Messages, catalog.Messages, demand.Messages, photo.Messages, whistle.Messages, deskweb.Messages}

// site is the desk's pages of the small city, as somebody sees them.
type site struct {
	t      *testing.T
	srv    *web.Server
	base   string
	client *http.Client
}

func open(t *testing.T, c *demandtest.City, actor auth.Actor) *site {
	t.Helper()
	s := &site{t: t}
	answers := func(context.Context, auth.Actor) ([]catalog.Template, error) {
		return []catalog.Template{{ID: "t1", Title: "已派人", Text: "已经派人去看了。"}}, nil
	}
	s.srv = webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{deskweb.New(srv, c.Demand, c.Net.Tree).With(deskweb.Options{Whistles: whistle.New(whistle.Options{DB: c.DB, Demand: c.Demand, Tree: c.Net.Tree, Now: c.Clock.Now}), Answers: answers, Now: c.Clock.Now}).Module()}
	}, bundles, webtest.With(func(o *web.Options) {
		o.Now = c.Clock.Now
		o.Identify = func(*http.Request) *web.User {
			return &web.User{ID: actor.AccountID, Name: actor.Name, IsOfficial: actor.Official(), IsLead: actor.Leads()}
		}
		o.Guard = func(_ *http.Request, access string) error {
			if c.Policy.May(actor, auth.Action(access)) {
				return nil
			}
			return auth.Denied(actor)
		}
		o.Wrap = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), actor)))
			})
		}}
	}))
	s.base, s.client = webtest.Start(t, s.srv)
	return s
}

func city(t *testing.T) *demandtest.City {
	t.Helper()
	return demandtest.New(t, sqldbtest.Open(t, sqldb.SQLite))
}

type answer struct {
	status   int
	body     string
	location string
}

func (s *site) get(path string) answer {
	s.t.Helper()
	return s.read(s.client.Get(s.base + path))
}

func (s *site) post(path string, kv ...string) answer {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		form.Add(kv[i], kv[i+1])
	}
	return s.read(s.client.PostForm(s.base+path, form))
}

func (s *site) read(resp *http.Response, err error) answer {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, string(body), resp.Header.Get("Location")}
}

// want checks the status and the words on the page; "!word" must not be there.
func (s *site) want(a answer, status int, words ...string) answer {
	s.t.Helper()
	if a.status != status {
		s.t.Errorf("status %d, want %d: %.300s", a.status, status, plain(a.body))
	}
	for _, w := range words {
		if w, no := strings.CutPrefix(w, "!"); no == strings.Contains(a.body, w) {
			s.t.Errorf("%q on the page: %t: %.1500s", w, no, plain(a.body))
		}
	}
	if strings.Contains(a.body, "⟦") {
		s.t.Errorf("untranslated: %s", regexp.MustCompile(`⟦[^⟧]*⟧`).FindAllString(a.body, -1))
	}
	return a
}

var tags = regexp.MustCompile(`(?s)<[^>]*>\s*`)

func plain(page string) string { return tags.ReplaceAllString(page, " ") }

var hidden = regexp.MustCompile(`name="_version" value="(\d+)"`)

func version(t *testing.T, a answer) string {
	t.Helper()
	m := hidden.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("no version on the page: %s", plain(a.body))
	}
	return m[1]
}

func TestTemplates(t *testing.T) {
	c := city(t)
	webtest.CheckTemplates(t, open(t, c, c.Village).srv)
}

func TestEveryTabOpens(t *testing.T) {
	c := city(t)
	c.Raise(t, demand.Report, demandtest.CellCode, "路灯坏了")
	for name, actor := range map[string]auth.Actor{"lead": c.Lead, "group": c.GroupLead, "village": c.Village, "town": c.Town, "office": c.Office, "department": c.Urban} {
		s := open(t, c, actor)
		for _, tab := range demand.Tabs() {
			a := s.want(s.get("/demands?tab="+string(tab)), 200)
			if found := strings.Contains(a.body, "路灯坏了"); found != (tab == demand.TabUnit && name != "department") && tab != demand.TabToday {
				t.Errorf("%s, tab %q: found %t", name, tab, found)
			}
		}
		s.want(s.get("/demands?tab=nonsense"), 404)
		s.want(s.get("/demands?q=没有这样的字&kind=report&urgency=1"), 200, "没有符合条件的事", "只看：", "含“没有这样的字”", `<a href="/demands">看全部`)
	}
}

func TestTransferIsAcceptedOrReturned(t *testing.T) {
	c := city(t)
	r := c.Raise(t, demand.Report, demandtest.CellCode, "下水道堵了")
	path := "/demands/" + r.Number
	village, urban := open(t, c, c.Village), open(t, c, c.Urban)
	urban.want(urban.get(path), 404, "!下水道")
	village.want(village.post(path+"/accept", "_key", "a"), 303)
	page := village.want(village.get(path), 200, "城市管理局", "转给别的单位办", "说办好了")
	village.want(village.post(path+"/transfer", "to", "", "note", "归口管理"), 422, "请选一下转给谁", "归口管理")
	village.want(village.post(path+"/transfer", "to", "unit:"+demandtest.VillageCode, "note", "归口管理"), 409, "这件事已经在那里了", "归口管理")
	village.want(village.post(path+"/transfer", "to", "dept:"+demandtest.UrbanID, "note", ""), 422, "转办的理由")
	village.want(village.post(path+"/transfer", "_version", version(t, page), "_key", "t", "to", "dept:"+demandtest.UrbanID, "note", "归口管理"), 303)
	village.want(village.post(path+"/transfer", "_version", version(t, page), "_key", "t", "to", "dept:"+demandtest.UrbanID, "note", "归口管理"), 303)
	urban.want(urban.get("/demands?tab=incoming"), 200, "下水道堵了")
	offered := urban.want(urban.get(path), 200, "接收，由我们办", "归口管理", "!说办好了")
	urban.want(urban.post(path+"/return", "note", "不归我们", "basis", ""), 422, "退回要写明法律法规或职责依据", "不归我们")
	urban.want(urban.post(path+"/take", "_version", version(t, offered)), 303)
	urban.want(urban.get(path), 200, "说办好了")
	urban.want(urban.post(path+"/transfer", "to", "unit:"+demandtest.GroupCode, "note", "请组里办"), 403, "不能往下压", "请组里办")
	village.want(village.post(path+"/decide", "to", "office", "note", "x"), 403)
	village.want(village.post(path+"/resolve", "note", "村里也办了"), 403, "村里也办了")
}

func TestStalePageTellsWhatHappenedMeanwhile(t *testing.T) {
	c := city(t)
	ctx := context.Background()
	r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙搬煤")
	lead := open(t, c, c.Lead)
	lead.want(lead.post("/demands/"+r.Number+"/accept"), 303)
	old := lead.get("/demands/" + r.Number)
	seen := regexp.MustCompile(`name="_seen" value="(\d+)"`).FindStringSubmatch(old.body)[1]
	if _, err := c.Demand.Say(ctx, r.Number, r.Track, demand.Command{Note: "煤在楼下"}); err != nil {
		t.Fatal(err)
	}
	lead.want(lead.post("/demands/"+r.Number+"/resolve", "_version", version(t, old), "_seen", seen, "note", "搬好了"), 409,
		"您打开页面之后发生的事", "煤在楼下", "搬好了")
	lead.want(lead.post("/demands/"+r.Number+"/resolve", "note", ""), 422, "请写清楚做了什么")
	lead.want(lead.post("/demands/"+r.Number+"/ask", "note", "几袋煤？"), 303)
	lead.want(lead.get("/demands/"+r.Number), 200, "计时暂停", "不等了，接着办")
	lead.want(lead.post("/demands/"+r.Number+"/resume"), 303)
	lead.want(lead.post("/demands/"+r.Number+"/note", "note", "联系了物业"), 303)
	lead.want(lead.get("/demands/"+r.Number), 200, "联系了物业", "内部")
	lead.want(lead.post("/demands/"+r.Number+"/answer", "_fill", "1", "template", "t1", "note", ""), 200, "已经派人去看了。</textarea>")
	lead.want(lead.post("/demands/"+r.Number+"/resolve", "note", "搬好了"), 303)
	lead.want(lead.get("/demands/"+r.Number), 200, "等居民确认", "!替居民记下回话")
	group := open(t, c, c.GroupLead)
	group.want(group.get("/demands/"+r.Number), 200, "替居民记下回话")
	group.want(group.post("/demands/"+r.Number+"/vouch", "note", "好了"), 422)
	group.want(group.post("/demands/"+r.Number+"/vouch", "solved", "no", "note", "还差两袋"), 303)
	lead.want(lead.get("/demands/"+r.Number), 200, "退回重办1次", "还差两袋")
}

func TestBulkTellsEachResult(t *testing.T) {
	c := city(t)
	a, b := c.Raise(t, demand.Report, demandtest.CellCode, "一号路灯坏了"), c.Raise(t, demand.Report, demandtest.NextCode, "二号路灯坏了")
	s := open(t, c, c.Village)
	list := s.want(s.get("/demands"), 200, "data-pick", "一起受理")
	var picks []string
	for _, m := range regexp.MustCompile(`name="pick" value="([^"]+)"`).FindAllStringSubmatch(list.body, -1) {
		picks = append(picks, "pick", m[1])
	}
	if len(picks) != 4 {
		t.Fatalf("check boxes: %v", picks)
	}
	s.want(s.post("/demands/bulk", "do", "accept"), 303)
	if _, err := c.Demand.Accept(context.Background(), c.Lead, a.Number, demand.Command{}); err != nil {
		t.Fatal(err)
	}
	s.want(s.post("/demands/bulk", append(picks, "do", "accept")...), 200, "2件里办成了1件", "有了新的进展")
	picks = []string{"pick", a.Number + ".0", "pick", b.Number + ".0"}
	s.want(s.post("/demands/bulk", append(picks, "do", "merge")...), 200, "并到哪一件", "一号路灯坏了")
	s.want(s.post("/demands/bulk", append(picks, "do", "merge", "into", a.Number)...), 200, "1件里办成了1件")
	s.want(s.get("/demands/"+a.Number), 200, "并入这件的有1件", demand.Spoken(b.Number))
	s.want(s.post("/demands/bulk", "do", "merge", "pick", b.Number+".0", "into", "junk", "return", "//evil.example/"), 200, "没办成", "!evil")
}

func TestStrangersSeeNothing(t *testing.T) {
	c := city(t)
	r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
	for _, actor := range []auth.Actor{c.NextLead, c.OtherLead, c.Urban} {
		s := open(t, c, actor)
		s.want(s.get("/demands/"+r.Number), 404, "!请帮忙")
		for _, step := range []string{"accept", "answer", "note", "ask", "resolve", "contact", "take", "recall", "merge"} {
			s.want(s.post("/demands/"+r.Number+"/"+step, "note", "x", "into", r.Number), 404, "!请帮忙")
		}
	}
	s := open(t, c, c.Auditor)
	s.want(s.get("/demands"), 403)
}

func TestWhistleIsAnsweredAndWrittenDown(t *testing.T) {
	c := city(t)
	r := c.Raise(t, demand.Report, demandtest.CellCode, "井盖没了")
	village, urban, lead := open(t, c, c.Village), open(t, c, c.Urban), open(t, c, c.Lead)
	path := "/demands/" + r.Number
	village.want(village.post(path+"/accept"), 303)
	village.want(village.get(path), 200, "吹哨，请部门到现场")
	village.want(village.post(path+"/whistle", "note", "一起来看", "place", "路口", "meet", "2026-04-02T09:00"), 422, "请选1到8个部门", "一起来看")
	village.want(village.post(path+"/whistle", "note", "一起来看", "place", "路口", "meet", "明天", "department", "dept:"+demandtest.UrbanID), 422, "碰头时间", "路口")
	village.want(village.post(path+"/whistle", "note", "一起来看", "place", "路口", "meet", "2026-04-02T09:00", "department", "dept:"+demandtest.UrbanID), 303)
	lead.want(lead.get("/whistles"), 200, "现在没有等报到的吹哨", "!路口")
	page := urban.want(urban.get("/whistles"), 200, "路口", "我们来", "!记下现场结果")
	id := regexp.MustCompile(`/whistles/([^/"]+)/answer`).FindStringSubmatch(page.body)[1]
	urban.want(urban.post("/whistles/"+id+"/answer", "department", demandtest.UrbanID, "coming", "yes", "note", ""), 422, "请写明谁来")
	urban.want(urban.post("/whistles/"+id+"/answer", "department", demandtest.UrbanID, "coming", "yes", "note", "廖城九点到"), 303)
	page = village.want(village.get("/whistles"), 200, "廖城九点到", "记下现场结果")
	village.want(village.post("/whistles/"+id+"/met", "_version", version(t, page), "came_"+demandtest.UrbanID, "廖城", "note", ""), 422, "请写明现场商定")
	village.want(village.post("/whistles/"+id+"/met", "_version", version(t, page), "came_"+demandtest.UrbanID, "廖城", "note", "三天内装好"), 303)
	village.want(village.get(path), 200, "城市管理局到现场", "三天内装好", "廖城九点到")
}
