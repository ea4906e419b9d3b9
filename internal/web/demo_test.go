package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// demoNow is the time of every test, so that spans and deadlines are the same each run.
var demoNow = time.Date(2026, 3, 8, 9, 30, 0, 0, web.CityZone)

var demoWords = i18n.Bundle{
	"demo.title":  {"我的邻里", "My neighbours"},
	"demo.nav":    {"诉求", "Demands"},
	"demo.nav2":   {"一张网", "Network"},
	"demo.text":   {"说说您的事", "Tell us what is on your mind"},
	"demo.kind":   {"是哪一类", "What kind"},
	"demo.saved":  {"已收到，编号 {number}", "Received, number {number}"},
	"demo.moved":  {"这件事已经有人接了", "Somebody has taken this already"},
	"demo.rows":   {"诉求列表", "Demands"},
	"demo.number": {"编号", "Number"},
}

type demoPage struct {
	web.Base
	Text, Kind string
	Kinds      []web.Option
	Items      []web.TimelineItem
	Crumbs     []web.Crumb
	Selects    []web.FilterSelect
	Soon, Late time.Time
	Find       string
	Shown      int64
}

// demo exercises every component.
type demo struct {
	srv    *web.Server
	moved  chan string   // topics that the live stream tells
	raised chan raising  // forms that arrived, when somebody listens
	shown  *atomic.Int64 // how often a page was shown
}

type raising struct{ Text, Key string }

func (d demo) module() web.Module {
	return web.Module{
		Name: "demo", Messages: demoWords,
		Templates: web.Sub(demoFiles, "testdata/demo"),
		Pages:     []web.PageDef{{Name: "demo/all", Data: demoPage{}}, {Name: "demo/map", Data: demoPage{}}, {Name: "demo/chart", Data: demoPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /{$}", Access: web.Public, Handler: d.show},
			{Pattern: "GET /desk", Access: web.Public, Handler: d.desk},
			{Pattern: "GET /wall", Access: web.Public, Handler: d.wall},
			{Pattern: "POST /demands", Access: web.Public, Handler: d.raise, MaxBody: 4 << 10},
			{Pattern: "GET /chart", Access: web.Public, Handler: d.onChart(web.Desk)},
			{Pattern: "GET /chart/wall", Access: web.Public, Handler: d.onChart(web.Wall)},
			{Pattern: "GET /map", Access: web.Public, Handler: d.onMap},
			{Pattern: "GET /map.geojson", Access: web.Public, Handler: d.geo},
			{Pattern: "GET /live", Access: web.Public, Handler: d.live, Stream: true},
			{Pattern: "GET /secret", Access: "demo.secret", Handler: d.show},
			{Pattern: "GET /fail/{kind}", Access: web.Public, Handler: d.fail},
			{Pattern: "POST /fail/{kind}", Access: web.Public, Handler: d.fail},
		},
		Nav: []web.NavItem{
			{Key: "demo.nav", Href: "/", Icon: "message-2", Order: 1},
			{Key: "demo.nav2", Href: "/desk", Icon: "home", Order: 2},
			{Key: "demo.nav2", Href: "/secret", Icon: "home", Access: "demo.secret", Order: 3},
		},
	}
}

func (d demo) page(r *http.Request) demoPage {
	shown := int64(0)
	if d.shown != nil {
		shown = d.shown.Load()
	}
	return demoPage{
		Find: r.URL.Query().Get("find"), Shown: shown,
		Base: d.srv.Base(r, "demo.title"),
		Kinds: []web.Option{
			{Value: "question", Label: "我想问一问"}, {Value: "help", Label: "请帮个忙", Hint: "比如上门、代办"},
		},
		Items: []web.TimelineItem{
			{At: demoNow.Add(-50 * time.Hour), Who: "居民 王**", What: "提出", Text: "巷口的路灯坏了三天，晚上老人出门看不清。", Icon: "message-2"},
			{At: demoNow.Add(-48 * time.Hour), Who: "邻长 陈友和", What: "接办", Kind: "ok", Icon: "circle-check"},
			{At: demoNow.Add(-2 * time.Hour), Who: "邻长 陈友和", What: "已解决", Text: "电工上午换了灯泡，晚上请您看一看。", Kind: "ok"},
		},
		Crumbs: []web.Crumb{{Label: "宁乡市", Href: "/"}, {Label: "白马桥街道", Href: "/"}, {Label: "正农村"}},
		Selects: []web.FilterSelect{{Name: "state", Label: "状态", Options: []web.Option{
			{Value: "open", Label: "办理中"}, {Value: "done", Label: "已办结"},
		}}},
		Soon: demoNow.Add(5 * time.Hour), Late: demoNow.Add(-3 * time.Hour),
	}
}

func (d demo) show(w http.ResponseWriter, r *http.Request) error {
	if d.shown != nil {
		d.shown.Add(1)
	}
	if web.IsHTMX(r) {
		return d.srv.RenderPart(w, r, "demo/all", "rows", d.page(r))
	}
	return d.srv.Render(w, r, "demo/all", d.page(r))
}

func (d demo) desk(w http.ResponseWriter, r *http.Request) error {
	page := d.page(r)
	page.Face = web.Desk
	page.User = &web.User{ID: "u1", Name: "李书记", Roles: "村干部", IsOfficial: true}
	return d.srv.Render(w, r, "demo/all", page)
}

func (d demo) wall(w http.ResponseWriter, r *http.Request) error {
	page := d.page(r)
	page.Face = web.Wall
	return d.srv.Render(w, r, "demo/all", page)
}

func (d demo) onChart(face string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		page := d.page(r)
		page.Face = face
		return d.srv.Render(w, r, "demo/chart", page)
	}
}

func (d demo) onMap(w http.ResponseWriter, r *http.Request) error {
	return d.srv.Render(w, r, "demo/map", d.page(r))
}

// geo is a city of one area and one seat.
func (d demo) geo(w http.ResponseWriter, r *http.Request) error {
	return d.srv.Send(w, r, http.StatusOK, "application/geo+json", []byte(`{"type":"FeatureCollection","features":[
		{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[112,28],[113,28],[113,29],[112,29],[112,28]]]},"properties":{"fill":"#9cc9b5","label":"宁乡市","href":"/desk"}},
		{"type":"Feature","geometry":{"type":"Point","coordinates":[112.5,28.6]},"properties":{"label":"玉潭街道","caption":"玉潭街道"}}]}`))
}

// live is a stream of the topics sent to moved.
func (d demo) live(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/event-stream")
	if err := http.NewResponseController(w).Flush(); err != nil {
		return err
	}
	for {
		select {
		case topic := <-d.moved:
			if _, err := fmt.Fprintf(w, "event: %s\ndata: x\n\n", topic); err != nil {
				return err
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				return err
			}
		case <-r.Context().Done():
			return nil
		}
	}
}

func (d demo) raise(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := d.page(r)
	page.Text, page.Kind = f.RequiredLines("text", 20), f.Choice("kind", "question", "help")
	if err := f.Err(); err != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return d.srv.RenderStatus(w, r, http.StatusUnprocessableEntity, "demo/all", page)
	}
	if page.Text == "used" {
		err := errs.E(errs.Conflict, "once.key_reused")
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return d.srv.RenderStatus(w, r, errs.Status(err), "demo/all", page)
	}
	if d.raised != nil {
		d.raised <- raising{page.Text, f.Key()}
	}
	return d.srv.SeeOther(w, r, "/", "demo.saved", "number", "2603-17")
}

func (d demo) fail(_ http.ResponseWriter, r *http.Request) error {
	switch r.PathValue("kind") {
	case "panic":
		panic("demo")
	case "foreign":
		return errors.New("the disk is on fire")
	case "conflict":
		return errs.E(errs.Conflict, "demo.moved")
	case "stale":
		return errs.E(errs.Stale, "demo.moved")
	case "busy":
		return errs.E(errs.Unavailable, "errs.unavailable")
	case "toomany":
		return errs.E(errs.TooMany, "web.too_many", "seconds", 7)
	case "forbidden":
		return errs.E(errs.Forbidden, "demo.moved")
	case "invalid":
		return errs.E(errs.Invalid, "web.form_invalid").WithField("text", "web.required")
	}
	return errs.E(errs.NotFound, "web.not_found")
}

func demoCatalog(t testing.TB) *i18n.Catalog {
	t.Helper()
	catalog, err := i18n.New(web.Messages, demoWords)
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

func demoServer(t testing.TB, options ...webtest.Option) *web.Server {
	t.Helper()
	options = append([]webtest.Option{webtest.With(func(o *web.Options) {
		o.Now = func() time.Time { return demoNow }
	})}, options...)
	return webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{demo{srv: srv}.module()}
	}, []i18n.Bundle{demoWords}, options...)
}
