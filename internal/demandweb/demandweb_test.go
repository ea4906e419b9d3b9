package demandweb_test

import (
	"bytes"
	"context"
	"html"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/tell"
	"bilin/internal/demandweb"
	"bilin/internal/demandweb/deskweb"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/photo"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/ticket"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

var bundles = []i18n.Bundle{photo.Messages, catalog.Messages, tell.Messages, board.Messages, auth.Messages, network.Messages, once.Messages, demand.Messages, demandweb.Messages, deskweb.Messages}

// site is the pages of the small city, as somebody sees them.
type site struct {
	t      *testing.T
	city   *demandtest.City
	pages  *demandweb.Pages
	srv    *web.Server
	base   string
	client *http.Client
}

// open starts the site for an actor; the zero actor is the public.
func open(t *testing.T, c *demandtest.City, actor auth.Actor) *site {
	t.Helper()
	s := &site{t: t, city: c}
	s.srv = webtest.New(t, func(srv *web.Server) []web.Module {
		s.pages = demandweb.New(srv, c.Demand, c.Net.Tree).Clock(c.Clock.Now)
		return []web.Module{s.pages.Module(), deskweb.New(srv, c.Demand, c.Net.Tree).Module()}
	}, bundles, webtest.With(func(o *web.Options) {
		o.Now = c.Clock.Now
		o.Identify = func(*http.Request) *web.User {
			if actor.Anonymous() {
				return nil
			}
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
	header   http.Header
}

func (s *site) get(path string) answer {
	s.t.Helper()
	resp, err := s.client.Get(s.base + path)
	return s.read(resp, err)
}

func (s *site) post(path string, kv ...string) answer {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		form.Add(kv[i], kv[i+1])
	}
	resp, err := s.client.PostForm(s.base+path, form)
	return s.read(resp, err)
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
	return answer{resp.StatusCode, string(body), resp.Header.Get("Location"), resp.Header}
}

func (s *site) want(a answer, status int, words ...string) answer {
	s.t.Helper()
	if a.status != status {
		s.t.Errorf("status %d, want %d: %.300s", a.status, status, text(a.body))
	}
	for _, w := range words {
		if w, no := strings.CutPrefix(w, "!"); no {
			if strings.Contains(a.body, w) {
				s.t.Errorf("page has %q", w)
			}
		} else if !strings.Contains(a.body, w) {
			s.t.Errorf("page lacks %q: %.2000s", w, text(a.body))
		}
	}
	if strings.Contains(a.body, "⟦") {
		s.t.Errorf("untranslated: %s", regexp.MustCompile(`⟦[^⟧]*⟧`).FindAllString(a.body, -1))
	}
	return a
}

var tags = regexp.MustCompile(`(?s)<[^>]*>\s*`)

func text(page string) string { return tags.ReplaceAllString(page, " ") }

var hidden = regexp.MustCompile(`name="_version" value="(\d+)"`)

func version(t *testing.T, a answer) string {
	t.Helper()
	m := hidden.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("no version on the page: %s", text(a.body))
	}
	return m[1]
}

func TestTemplates(t *testing.T) {
	webtest.CheckTemplates(t, open(t, city(t), auth.Actor{}).srv)
}

func TestResidentRaisesFollowsAndConfirms(t *testing.T) {
	c := city(t)
	public, lead := open(t, c, auth.Actor{}), open(t, c, c.Lead)

	form := public.want(public.get("/demands/new?door="+demandtest.Door), 200, "一邻邻长周桂英", "一组组长刘建国", "data-outbox", `name="anonymous"`)
	key := regexp.MustCompile(`name="_key" value="([^"]+)"`).FindStringSubmatch(form.body)[1]
	raise := []string{"door", demandtest.Door, "kind", "report", "text", "路灯坏了", "contact", "13900000000", "_key", key}
	sent := public.want(public.post("/demands", raise...), 303)
	if again := public.post("/demands", raise...); again.location != sent.location {
		t.Errorf("a double tap went to %q, then %q", sent.location, again.location)
	}
	receipt := public.want(public.get(sent.location), 200, "<svg class=\"qr\"", "一邻邻长周桂英")
	for header, value := range map[string]string{"Referrer-Policy": "same-origin", "Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow"} {
		if receipt.header.Get(header) != value {
			t.Errorf("%s: %q", header, receipt.header.Get(header))
		}
	}
	track := strings.Replace(sent.location, "/receipt", "", 1)
	public.want(public.get(track), 200, "已经收到", "路灯坏了", "!办好了吗", "data-live=\"demand:")

	number := regexp.MustCompile(`/t/(\d+)`).FindStringSubmatch(track)[1]
	show := lead.want(lead.get("/demands/"+number), 200, "我来办", "花明北路12号", "!13900000000")
	lead.want(lead.post("/demands/"+number+"/accept", "_version", version(t, show)), 303)
	lead.want(lead.post("/demands/"+number+"/contact"), 200, "13900000000", "本次查看已记录")
	show = lead.want(lead.get("/demands/"+number), 200, "做了什么", "!我来办")
	lead.want(lead.post("/demands/"+number+"/resolve", "_version", version(t, show), "note", "换了灯泡"), 303)

	asked := public.want(public.get(track), 200, "办好了吗", "换了灯泡", "查看了您的联系方式")
	k := regexp.MustCompile(`k=([a-z0-9]+)`).FindStringSubmatch(track)[1]
	public.want(public.post("/t/"+number+"/confirm", "_k", k, "_version", version(t, asked)), 303)
	public.want(public.get(track), 200, "您已确认办好", "!办好了吗")
	lead.want(lead.get("/demands?stage=closed"), 200, "路灯坏了", "居民已确认办好")
	lead.want(lead.get("/demands"), 200, "现在没有要办的事")
}

func TestRaiseAsksAgainWithEverythingKept(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	s.want(s.post("/demands", "unit", demandtest.CellCode, "text", "路灯坏了", "contact", "张三", "_key", "k"), 422, "请选一下是什么事", "路灯坏了", "张三", `value="k"`)
	s.want(s.post("/demands", "unit", demandtest.CellCode, "kind", "help", "contact", "张三"), 422, "请写下您的事", "张三")
	s.want(s.post("/demands", "unit", demandtest.CellCode, "kind", "help", "text", strings.Repeat("长", 2001)), 422, "多了")
	s.want(s.post("/demands", "unit", "1", "kind", "help", "text", "路灯坏了"), 422, "您住在哪里", "没有找到这个地方", "路灯坏了")
	s.want(s.get("/demands/new"), 200, "您住在哪里", "城郊街道")
	s.want(s.get("/demands/new?town="+demandtest.TownCode), 200, "东沩社区", "unit="+demandtest.VillageCode)
	s.want(s.get("/demands/new?door=ZZZZZZZZZZ"), 422, "没有找到这个门牌码")
	s.want(s.get("/demands/new?unit="+demandtest.EmptyCode), 200, "一组组长刘建国", "下一级现在没有人在岗")
}

func TestLookup(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	r := c.Raise(t, demand.Help, demandtest.CellCode, "路灯坏了")
	s.want(s.get("/t"), 200, "查询码")
	found := s.want(s.post("/t", "number", demand.Spoken(r.Number), "key", strings.ToUpper(ticket.Spoken(r.Track))), 303)
	s.want(s.get(found.location), 200, "路灯坏了")
	s.want(s.post("/t", "number", r.Number, "key", "wrong"), 404, "对不上", r.Number)
	s.want(s.get("/t/"+r.Number+"?k=wrong"), 404, "!路灯坏了")
	s.want(s.get("/t/"+r.Number), 200, "查询码", "!路灯坏了")
}

func TestGuessingIsLimited(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	r := c.Raise(t, demand.Help, demandtest.CellCode, "路灯坏了")
	s.pages.Misses = web.NewLimiter(1, 2)
	for _, status := range []int{404, 404, 429} {
		s.want(s.get("/t/"+r.Number+"?k=wrong"), status)
	}
	s.want(s.get("/t/"+r.Number+"?k="+r.Track), 200)
	s.pages.Raises = web.NewLimiter(1, 1)
	for _, status := range []int{303, 429} {
		s.want(s.post("/demands", "unit", demandtest.CellCode, "kind", "help", "text", "路灯坏了"), status)
	}
	s.pages.Doors = web.NewLimiter(1, 2)
	for i, status := range []int{200, 422, 429} {
		s.want(s.get("/demands/new?door="+[]string{demandtest.Door, "AAAA222299", demandtest.Door}[i]), status)
	}
}

func TestStalePageAsksAndKeepsTheWords(t *testing.T) {
	c := city(t)
	lead, public := open(t, c, c.Lead), open(t, c, auth.Actor{})
	r := c.Raise(t, demand.Help, demandtest.CellCode, "路灯坏了")
	out, err := c.Demand.Accept(context.Background(), c.Lead, r.Number, demand.Command{})
	if err != nil {
		t.Fatal(err)
	}
	shown := lead.want(lead.get("/demands/"+r.Number), 200)
	public.want(public.post("/t/"+r.Number+"/say", "_k", r.Track, "note", "另一盏也坏了"), 303)
	back := lead.want(lead.post("/demands/"+r.Number+"/resolve", "_version", version(t, shown), "note", "换了灯泡"), 409, "有了新的进展", "换了灯泡", "另一盏也坏了")
	if version(t, back) == version(t, shown) || out.Version == 0 {
		t.Error("the question shows the old version")
	}
	lead.want(lead.post("/demands/"+r.Number+"/resolve", "_version", version(t, back), "note", "两盏都换了"), 303)
	public.want(public.post("/t/"+r.Number+"/reopen", "_k", r.Track, "note", ""), 422, "哪里还没办好", "open")
	public.want(public.post("/t/"+r.Number+"/reopen", "_k", "wrong", "note", "没好"), 404)
	public.want(public.post("/t/"+r.Number+"/reopen", "_k", r.Track, "note", "没好"), 303)
	public.want(public.post("/t/"+r.Number+"/confirm", "_k", r.Track), 409, "还在办")
}

func TestQueue(t *testing.T) {
	c := city(t)
	for range 26 {
		c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
	}
	c.Raise(t, demand.Complaint, demandtest.CellCode, "投诉内容")
	village, lead, group := open(t, c, c.Village), open(t, c, c.Lead), open(t, c, c.GroupLead)
	first := village.want(village.get("/demands"), 200, "<table", "data-row", "一片")
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(first.body)
	if next == nil {
		t.Fatalf("no next page: %s", text(first.body))
	}
	village.want(village.get(strings.ReplaceAll(next[1], "&amp;", "&")), 200, "投诉内容", "rel=\"prev\"")
	lead.want(lead.get("/demands?kind=complaint"), 200, "!投诉内容", "!<table")
	group.want(group.get("/demands?kind=complaint"), 200, "投诉内容")
	village.want(village.get("/demands?unit="+demandtest.AreaCode), 200, "请帮忙")
	village.want(village.get("/demands?stage=nonsense"), 404)
	village.want(village.get("/demands?after=nonsense"), 404)
	lead.want(lead.get("/demands?unit="+demandtest.NextCode), 403)
	stranger := open(t, c, c.Auditor)
	stranger.want(stranger.get("/demands"), 403)
	public := open(t, c, auth.Actor{})
	public.want(public.get("/demands"), 303)
}

func TestOthersGetNothing(t *testing.T) {
	c := city(t)
	r := c.Raise(t, demand.Help, demandtest.CellCode, "路灯坏了")
	for name, s := range map[string]*site{"next door": open(t, c, c.NextLead), "other group": open(t, c, c.OtherLead)} {
		s.want(s.get("/demands/"+r.Number), 404, "!路灯坏了")
		for _, step := range []string{"accept", "answer", "resolve", "contact"} {
			if a := s.post("/demands/"+r.Number+"/"+step, "note", "x"); a.status != 404 {
				t.Errorf("%s may %s: %d", name, step, a.status)
			}
		}
	}
}

func TestQueuedFormsGetPlainAnswers(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	post := func(kind string) answer {
		body := url.Values{"unit": {demandtest.CellCode}, "kind": {kind}, "text": {"路灯坏了"}, "_key": {"k-" + kind}}.Encode()
		req, err := http.NewRequest("POST", s.base+"/demands", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Bilin-Outbox", "1")
		resp, err := s.client.Do(req)
		return s.read(resp, err)
	}
	s.want(post("help"), 200, `"location":"/t/`)
	s.want(post("gossip"), 422, "demand.kind_missing")
}

func TestQRCodeIsDrawn(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	r := c.Raise(t, demand.Help, demandtest.CellCode, "路灯坏了")
	page := s.want(s.get("/t/"+r.Number+"/receipt?k="+r.Track), 200, demand.Spoken(r.Number), ticket.Spoken(r.Track))
	if n := strings.Count(page.body, "h1v1h-1z"); n < 300 {
		t.Errorf("%d black modules", n)
	}
}

func TestTheSameNextDoorIsAskedOnce(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	c.Raise(t, demand.Report, demandtest.CellCode, "村口的路灯坏了三天了，晚上看不见")
	form := []string{"unit", demandtest.CellCode, "kind", "report", "text", "村口路灯坏了，晚上看不见", "_key", "k1", "contact", "张三"}
	asked := s.want(s.post("/demands", form...), 200, "我家也是", `value="张三"`, `value="k1"`, "!三天了")
	s.want(s.post("/demands/similar", form...), 200, "我家也是", "!三天了")
	too := regexp.MustCompile(`/same/[0-9a-f-]+`).FindString(asked.body)
	s.want(s.get(too), 200, "我家也是", "!三天了")
	s.want(s.post(too, "contact", "张三"), 422, "11位手机号")
	s.want(s.post(too, "_key", "f1"), 303)
	s.want(s.get(too), 200, "1户也有")
	s.want(s.post("/demands", append(form, "seen", "1")...), 303)
	s.want(s.get("/same/nothing"), 404)
}

func TestEnteringForAHousehold(t *testing.T) {
	c := city(t)
	lead, public := open(t, c, c.Lead), open(t, c, auth.Actor{})
	lead.pages.Homes(c.Net)
	public.want(public.get("/demands/enter"), 303)
	list := lead.want(lead.get("/demands/enter"), 200, "花明北路12号", "我自己反映")
	home := regexp.MustCompile(`household=([^"&]+)`).FindStringSubmatch(list.body)[1]
	lead.want(lead.get("/demands/enter?household="+home), 200, "花明北路12号")
	sent := lead.want(lead.post("/demands/enter", "household", home, "kind", "help", "text", "想办残疾证", "_key", "e"), 303)
	track, _, _ := strings.Cut(strings.Replace(sent.location, "/receipt", "", 1), "&")
	page := public.want(public.get(track), 200, "是您家的事吗", "想办残疾证")
	k, number := regexp.MustCompile(`k=([a-z0-9]+)`).FindStringSubmatch(track)[1], regexp.MustCompile(`/t/(\d+)`).FindStringSubmatch(track)[1]
	public.want(public.post("/t/"+number+"/claim", "_k", k, "_version", version(t, page), "yes", "1"), 303)
	public.want(public.get(track), 200, "!是您家的事吗")
	public.want(public.post("/t/"+number+"/withdraw", "_k", "wrong"), 404)
	public.want(public.post("/t/"+number+"/withdraw", "_k", k), 303)
	public.want(public.get(track), 200, "您已撤回")
	lead.want(lead.post("/demands/enter", "own", "1", "unit", demandtest.CellCode, "kind", "report", "text", "井盖松了", "category", "nonsense"), 422, "没有这个类别")
}

// upload sends a form with files.
func (s *site) upload(path string, files []string, kv ...string) answer {
	s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(kv); i += 2 {
		if err := w.WriteField(kv[i], kv[i+1]); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, f := range files {
		part, err := w.CreateFormFile("photos", "a.jpg")
		if err == nil {
			_, err = io.WriteString(part, f)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.client.Post(s.base+path, w.FormDataContentType(), &body)
	return s.read(resp, err)
}

func TestPhotos(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	var good bytes.Buffer
	if err := jpeg.Encode(&good, image.NewRGBA(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	fields := []string{"unit", demandtest.CellCode, "kind", "report", "text", "井盖松了", "_key", "p"}
	back := s.want(s.upload("/demands", []string{good.String(), "garbage", strings.Repeat("x", 11<<20)}, fields...), 422, "第2张", "第3张", "井盖松了", `name="kept"`)
	kept := html.UnescapeString(regexp.MustCompile(`name="kept" value="([^"]+)"`).FindStringSubmatch(back.body)[1])
	s.want(s.upload("/demands", make([]string, 7), fields...), 422)
	sent := s.want(s.upload("/demands", []string{good.String()}, append(fields, "kept", kept)...), 303)
	page := s.want(s.get(strings.Replace(sent.location, "/receipt", "", 1)), 200, "/photos/")
	link := html.UnescapeString(regexp.MustCompile(`src="(/t/[^"]+thumb=1[^"]*)"`).FindStringSubmatch(page.body)[1])
	got := s.want(s.get(link), 200)
	for header, value := range map[string]string{"Content-Type": "image/jpeg", "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"} {
		if got.header.Get(header) != value {
			t.Errorf("%s: %q", header, got.header.Get(header))
		}
	}
	if n := strings.Count(page.body, "thumb=1"); n != 2 {
		t.Errorf("%d photos", n)
	}
	s.want(s.get(regexp.MustCompile(`k=[^&]+`).ReplaceAllString(link, "k=wrong")), 404)
}
