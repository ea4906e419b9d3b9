package boardweb_test

import (
	"io"
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
	"bilin/internal/demandweb/boardweb"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

var bundles = []i18n.Bundle{auth.Messages, network.Messages, once.Messages, catalog.Messages, demand.Messages, board.Messages, boardweb.Messages}

// city is the small city with its board.
type city struct {
	*testing.T
	*demandtest.City
	board  *board.Service
	policy *auth.Policy
}

func open(t *testing.T) *city {
	c := &city{T: t, City: demandtest.New(t, sqldbtest.Open(t, sqldb.SQLite))}
	c.policy = auth.NewPolicy(c.Net, auth.Rules, network.Rules, demand.Rules, board.Rules)
	c.board = board.New(board.Options{DB: c.DB, Network: c.Net, Policy: c.policy, Audit: c.Audit, Live: c.Live, Now: c.Clock.Now})
	c.Demand.Observe(c.board)
	return c
}

// site is the pages as somebody sees them.
type site struct {
	t      *testing.T
	srv    *web.Server
	pages  *boardweb.Pages
	base   string
	client *http.Client
}

func (c *city) as(actor auth.Actor) *site {
	c.Helper()
	s := &site{t: c.T}
	s.srv = webtest.New(c, func(srv *web.Server) []web.Module {
		s.pages = boardweb.New(srv, c.board, catalog.Default, c.Net.Tree)
		return []web.Module{s.pages.Module()}
	}, bundles, webtest.With(func(o *web.Options) {
		o.Now = c.Clock.Now
		o.Identify = func(*http.Request) *web.User {
			if actor.Anonymous() {
				return nil
			}
			return &web.User{ID: actor.AccountID, Name: actor.Name, IsOfficial: actor.Official(), IsLead: actor.Leads()}
		}
		o.Guard = func(_ *http.Request, access string) error {
			if c.policy.May(actor, auth.Action(access)) {
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
	s.base, s.client = webtest.Start(c, s.srv)
	return s
}

// solved is a demand whose author confirmed it and agreed to show it.
func (c *city) solved(text, done string) demand.Receipt {
	c.Helper()
	ctx := c.Context()
	r, err := c.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Report, UnitCode: demandtest.CellCode, Text: text, Publish: true})
	if err == nil {
		_, err = c.Demand.Accept(ctx, c.Lead, r.Number, demand.Command{})
	}
	if err == nil {
		_, err = c.Demand.Resolve(ctx, c.Lead, r.Number, demand.Command{Note: done})
	}
	if err == nil {
		_, err = c.Demand.Confirm(ctx, r.Number, r.Track, demand.Rating{}, demand.Command{})
	}
	if err != nil {
		c.Fatal(err)
	}
	return r
}

// id is of the one entry that waits.
func (c *city) id() string {
	c.Helper()
	p, err := c.board.Desk(c.Context(), c.Office, board.Proposed, nil, 5)
	if err != nil || len(p.Entries) != 1 {
		c.Fatal(err, len(p.Entries))
	}
	return p.Entries[0].ID
}

type answer struct {
	status         int
	body, location string
	header         http.Header
}

func (s *site) get(path string, header ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return s.read(s.client.Do(req))
}

func (s *site) post(path string, kv ...string) answer {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
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
	return answer{resp.StatusCode, string(body), resp.Header.Get("Location"), resp.Header}
}

// want checks the status and what the page has, or has not where a word begins with "!".
func (s *site) want(a answer, status int, words ...string) answer {
	s.t.Helper()
	if a.status != status {
		s.t.Errorf("status %d, want %d: %.500s", a.status, status, a.body)
	}
	for _, w := range append(words, "!⟦") {
		w, no := strings.CutPrefix(w, "!")
		if strings.Contains(a.body, w) == no {
			s.t.Errorf("has %q: %v", w, no)
		}
	}
	return a
}

var (
	hidden  = regexp.MustCompile(`name="(_key|_version)" value="([^"]*)"`)
	numbers = regexp.MustCompile(`/demands/[0-9]+|/t/[0-9]+`)
)

// form returns what a page's first form hides.
func (a answer) form() []string {
	var kv []string
	for _, m := range hidden.FindAllStringSubmatch(a.body, 2) {
		kv = append(kv, m[1], m[2])
	}
	return kv
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, open(t).as(auth.Actor{}).srv)
}

func TestReviewAndRead(t *testing.T) {
	t.Parallel()
	c := open(t)
	r := c.solved("路灯不亮，打我电话13800138000，住12号，张大爷。", "彭伟换了灯泡。")
	editor, public := c.as(c.Village), c.as(auth.Actor{})
	public.want(public.get("/board"), http.StatusOK, "还没有公开的事", "!打我电话")
	id := c.id()
	public.want(public.get("/board/"+id), http.StatusNotFound)
	editor.want(editor.get("/demands/board"), http.StatusOK, "路灯不亮", "/board/"+id+"/review", "!13800138000")
	page := editor.want(editor.get("/board/"+id+"/review"), http.StatusOK,
		`<mark title="电话">13800138000</mark>`, `<mark title="门牌或组">12号</mark>`, "彭伟", "某某换了灯泡", "/demands/"+r.Number)
	form := page.form()
	editor.want(editor.post("/board/"+id+"/publish", append(form, "question", "打电话13800138000", "answer", "好了", "sure", "1")...),
		http.StatusUnprocessableEntity, "请去掉", `<mark title="电话">13800138000</mark>`)
	editor.want(editor.post("/board/"+id+"/publish", append(form, "question", "12号门口路灯不亮", "answer", "好了")...),
		http.StatusUnprocessableEntity, "认不出是谁", "12号门口路灯不亮")
	sent := append(form, "question", "村口路灯不亮", "answer", "灯泡换了")
	for range 2 { // a double tap
		if a := editor.post("/board/"+id+"/publish", sent...); a.status != http.StatusSeeOther || a.location != "/demands/board" {
			t.Errorf("%d %s", a.status, a.location)
		}
	}
	a := public.want(public.get("/board?q=路灯"), http.StatusOK, "村口路灯不亮", "灯泡换了", "不到一天就办好", "邻长就办好了", "noindex")
	if a.header.Get("Cache-Control") != "private, no-store" {
		t.Error(a.header)
	}
	b := public.want(public.get("/board/"+id), http.StatusOK, "村口路灯不亮", "2026年4月")
	if leak := numbers.FindString(a.body + b.body); leak != "" || strings.Contains(a.body+b.body, r.ID) || strings.Contains(a.body+b.body, r.Number) {
		t.Errorf("leads to the demand: %s", leak)
	}
	public.want(public.get("/board?q=没有的"), http.StatusOK, "没有找到一样的事")
	public.want(public.get("/board?q=路灯", "HX-Request", "true"), http.StatusOK, "村口路灯不亮", "!<html")
	public.want(public.get("/board?category=none"), http.StatusNotFound)
	public.want(public.get("/board?after=x"), http.StatusNotFound)
	public.want(public.get("/board", "Accept-Language", "en"), http.StatusOK, "solved within a day")
	editor.want(editor.get("/demands/board?state=published"), http.StatusOK, "村口路灯不亮")
	editor.want(editor.get("/demands/board?state=withdrawn"), http.StatusNotFound)
}

func TestDecline(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.solved("路灯不亮", "好了")
	editor, id := c.as(c.Town), c.id()
	form := editor.get("/board/" + id + "/review").form()
	editor.want(editor.post("/board/"+id+"/decline", append(form, "reason", "")...), http.StatusUnprocessableEntity, "<details class=\"confirm\" open")
	if a := editor.post("/board/"+id+"/decline", append(form, "reason", "一看就知道是谁")...); a.status != http.StatusSeeOther {
		t.Errorf("%d %s", a.status, a.body)
	}
	editor.want(editor.get("/board/"+id+"/review"), http.StatusOK, "上次不公开的原因：一看就知道是谁")
	editor.want(editor.post("/board/"+id+"/publish", append(form, "question", "路灯", "answer", "好了")...), http.StatusConflict, "别人刚刚处理过")
}

func TestWithdrawnWhileOnTheDesk(t *testing.T) {
	t.Parallel()
	c := open(t)
	r := c.solved("路灯不亮", "好了")
	editor, id := c.as(c.Village), c.id()
	form := editor.get("/board/" + id + "/review").form()
	if _, err := c.Demand.SetPublish(t.Context(), r.Number, r.Track, false, demand.Command{}); err != nil {
		t.Fatal(err)
	}
	editor.want(editor.post("/board/"+id+"/publish", append(form, "question", "路灯", "answer", "好了")...), http.StatusConflict, "撤回同意", "!路灯不亮")
	editor.want(editor.get("/board/"+id+"/review"), http.StatusOK, "撤回同意", "!路灯不亮")
}

func TestWhoMay(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.solved("路灯不亮", "好了")
	id := c.id()
	for _, actor := range []auth.Actor{{}, c.Lead, c.Linked, c.Auditor} {
		s := c.as(actor)
		for _, path := range []string{"/demands/board", "/board/" + id + "/review"} {
			if a := s.get(path); a.status == http.StatusOK || strings.Contains(a.body, "路灯") {
				t.Errorf("%s got %s: %d", actor.Name, path, a.status)
			}
		}
		if a := s.post("/board/"+id+"/publish", "question", "q", "answer", "a", "_version", "1"); a.status == http.StatusSeeOther && a.location == "/demands/board" {
			t.Errorf("%s published", actor.Name)
		}
	}
}

func TestReadsAreLimited(t *testing.T) {
	t.Parallel()
	s := open(t).as(auth.Actor{})
	s.pages.Limit(2)
	s.want(s.get("/board"), http.StatusOK)
	s.want(s.get("/board?q=a"), http.StatusOK)
	s.want(s.get("/board?q=b"), http.StatusTooManyRequests)
}
