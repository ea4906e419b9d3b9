package alertweb_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/mobiliseweb/alertweb"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// city is one with two towns, a village in each, and an alert service with an order for every used alert.
type city struct {
	testing.TB
	net               *network.Service
	svc               *alert.Service
	policy            *auth.Policy
	db                *sqldb.DB
	now               time.Time
	root, town, other string
}

func newCity(t *testing.T) *city {
	db, dir := sqldbtest.Open(t, sqldb.SQLite), t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	c := &city{TB: t, net: net, db: db, now: time.Date(2026, 1, 23, 12, 0, 0, 0, time.UTC), root: sqldb.NewID(), town: sqldb.NewID(), other: sqldb.NewID()}
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{Units: []network.NewUnit{
		{ID: c.root, Code: "430182000000", Name: "宁乡市", Level: network.City},
		{ID: c.town, Code: "430182001000", Name: "玉潭街道", ParentID: c.root, Level: network.Town},
		{ID: c.other, Code: "430182002000", Name: "白马桥街道", ParentID: c.root, Level: network.Town},
		{ID: sqldb.NewID(), Code: "430182001001", Name: "花明村", ParentID: c.town, Level: network.Village, Placed: true, Lon: 112.5, Lat: 28.2},
		{ID: sqldb.NewID(), Code: "430182002001", Name: "白马村", ParentID: c.other, Level: network.Village, Placed: true, Lon: 112.7, Lat: 28.3},
	}}))
	ok(t, net.Refresh(t.Context()))
	c.policy = auth.NewPolicy(net, auth.Rules, alert.Rules, mobilise.Rules)
	c.svc, err = alert.New(alert.Options{DB: db, Tree: net.Tree, Policy: c.policy, Audit: log, Now: func() time.Time { return c.now }, Feeds: []string{"https://alerts.example/feed?key=s3cret"},
		OrdersFrom: func(_ context.Context, id string) ([]alert.OrderRef, error) {
			return []alert.OrderRef{{Number: "260000015", Title: "铲冰", State: "active"}}, nil
		}})
	ok(t, err)
	return c
}

func (c *city) visit(t *testing.T, who auth.Actor) *webtest.Visitor {
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{alertweb.New(srv, alertweb.Options{Alerts: c.svc, Tree: c.net.Tree, Policy: c.policy, Now: func() time.Time { return c.now },
			Outline:  func(context.Context) (geo.Shape, error) { return nil, nil },
			MayOrder: func(a auth.Actor) bool { return c.policy.May(a, mobilise.ActIssue) }}).Module()}
	}, []i18n.Bundle{alertweb.Messages, alert.Messages, mobilise.Messages, cap.Messages, auth.Messages}, webtest.With(func(o *web.Options) {
		o.Identify = func(*http.Request) *web.User { return &web.User{ID: who.AccountID, Name: who.Name, IsOfficial: true} }
		o.Guard = func(_ *http.Request, access string) error {
			if c.policy.May(who, auth.Action(access)) {
				return nil
			}
			return auth.Denied(who)
		}
		o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), who)))
			})
		})
	}))
	webtest.CheckTemplates(t, srv)
	return webtest.Visit(t, srv)
}

func official(role auth.Role, unitID string) auth.Actor {
	return auth.Actor{AccountID: string(role) + unitID, Name: "指挥员", Grants: []auth.Grant{{Role: role, UnitID: unitID}}}
}

func (c *city) message(id string, change func(*cap.Alert)) string {
	a := &cap.Alert{Identifier: id, Sender: "qxj@hn.example", Sent: c.now.Add(-10 * time.Minute), Status: cap.Actual, MsgType: cap.NewAlert, Scope: "Public",
		Infos: []cap.Info{{Language: "zh-CN", Categories: []string{"Met"}, Event: "道路结冰", Urgency: "Expected", Severity: "Severe", Certainty: "Likely", Expires: c.now.Add(12 * time.Hour),
			SenderName: "省气象台", Headline: "道路结冰橙色预警", Description: "路面结冰。<script>alert(1)</script>", Instruction: "组织铲冰。", Web: "javascript:alert(1)",
			Resources: []cap.Resource{{Desc: "雷达图", MimeType: "image/png", URI: "https://alerts.example/a.png"}},
			Areas:     []cap.Area{{Desc: "花明村一带", Circles: []cap.Circle{{Point: cap.Point{Lat: 28.2, Lon: 112.5}, Radius: 3}}}}}}}
	if change != nil {
		change(a)
	}
	var b bytes.Buffer
	ok(c, cap.Write(&b, a))
	return b.String()
}

// upload sends a file as the page's form does.
func upload(v *webtest.Visitor, text, key string) (status int, body, location string) {
	v.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	ok(v, m.WriteField("_key", key))
	if text != "" {
		part, err := m.CreateFormFile("file", "alert.xml")
		ok(v, err)
		_, err = io.WriteString(part, text)
		ok(v, err)
	}
	ok(v, m.Close())
	return v.Answer(v.Client.Post(v.Base+"/alerts", m.FormDataContentType(), &b))
}

func TestAlertPages(t *testing.T) {
	c := newCity(t)
	command := c.visit(t, official(auth.Command, c.root))
	command.Get("/alerts", "还没有收到预警", "alerts.example/feed", "还没有去取")
	for name, f := range map[string]struct{ text, want string }{
		"nothing": {"", "请选一个文件"}, "no XML": {"x", "第 1 行"}, "DOCTYPE": {"<?xml version=\"1.0\"?>\n<!DOCTYPE alert><alert/>", "第 2 行：不能有文档类型声明"},
		"another version": {strings.Replace(c.message("v", nil), "cap:1.2", "cap:1.1", 1), "只收 CAP 1.2"}, "too large": {c.message("l", func(a *cap.Alert) { a.Note = strings.Repeat("x", 900_000) }) + strings.Repeat(" ", 200_000), "超过 1024 KiB"},
	} {
		if status, body, _ := upload(command, f.text, name); status != http.StatusUnprocessableEntity || !strings.Contains(body, f.want) {
			t.Errorf("%s: %d, no %q", name, status, f.want)
		}
	}
	text := c.message("1", nil)
	status, body, at := upload(command, text, "a")
	if status != http.StatusSeeOther || !strings.HasPrefix(at, "/alerts/") {
		t.Fatalf("%d %s", status, body)
	}
	if _, _, again := upload(command, text, "b"); again != at {
		t.Errorf("the same again: %s", again)
	}
	if status, body, _ := upload(command, strings.Replace(text, "组织铲冰", "不用铲冰", 1), "c"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "内容不同") {
		t.Errorf("other words: %d", status)
	}
	page := command.Get(at, "道路结冰橙色预警", "严重", "一小时内行动", "很可能", "组织铲冰", "玉潭街道", "省气象台 · qxj@hn.example", "上传的文件", "/orders/new?alert="+strings.TrimPrefix(at, "/alerts/"), "<svg", "/orders/260000015", "https://alerts.example/a.png")
	if strings.Contains(page, "<script>alert(1)") || strings.Contains(page, `href="javascript:`) {
		t.Error("the alert's own script is on the page")
	}
	command.Get("/alerts", "建议按“冰冻”下令 · 涉及 1 个村社区", "待处理")
	if code, body, _ := command.Answer(command.Client.Get(command.Base + at + "/cap")); code != http.StatusOK || body != text {
		t.Errorf("downloaded: %d %q", code, body)
	}
	command.Post(at+"/dismiss", http.StatusUnprocessableEntity, "请填写", "_key", "d", "_version", "1")
	command.Post(at+"/dismiss", http.StatusConflict, "", "_key", "e", "_version", "7", "note", "路面干燥")
	command.Post(at+"/dismiss", http.StatusSeeOther, "", "_key", "f", "_version", "1", "note", "路面干燥")
	command.Get(at, "路面干燥", "不需要下令")
	c.now = c.now.Add(24 * time.Hour)
	command.Get(at, "它已过有效期")
}

func TestACancelSaysSo(t *testing.T) {
	c := newCity(t)
	command := c.visit(t, official(auth.Command, c.root))
	var first cap.Alert
	_, _, at := upload(command, c.message("1", func(a *cap.Alert) { first = *a }), "a")
	_, _, cancel := upload(command, c.message("2", func(a *cap.Alert) {
		a.MsgType, a.Sent = cap.Cancel, c.now
		a.References = []cap.Reference{{Sender: first.Sender, Identifier: first.Identifier, Sent: first.Sent}, {Sender: first.Sender, Identifier: "never", Sent: first.Sent}}
	}), "b")
	if page := command.Get(at, "发送者已经解除这条预警", cancel, "据此下的令不会自动停"); strings.Contains(page, "/orders/new") {
		t.Error("an order is still offered")
	}
	command.Get(cancel, "这是解除", at, "还提到 1 条没有收到过的消息")
}

func TestWhoSeesThePages(t *testing.T) {
	c := newCity(t)
	_, _, at := upload(c.visit(t, official(auth.CityOffice, c.root)), c.message("1", nil), "a")
	own := c.visit(t, official(auth.TownOfficial, c.town))
	if page := own.Get(at, "据此拟一道令"); strings.Contains(page, "不需要下令？") {
		t.Error("a town decides")
	}
	if page := own.Get("/alerts", "道路结冰橙色预警"); strings.Contains(page, "上传预警文件") {
		t.Error("a town uploads")
	}
	own.Post(at+"/dismiss", http.StatusForbidden, "", "_key", "d", "note", "x")
	other := c.visit(t, official(auth.TownOfficial, c.other))
	if page := other.Get("/alerts"); strings.Contains(page, "道路结冰") || other.Status(at) != http.StatusNotFound || other.Status(at+"/cap") != http.StatusNotFound {
		t.Error("another town sees it")
	}
	if page := c.visit(t, official(auth.Admin, c.root)).Get(at); strings.Contains(page, "据此拟") {
		t.Error("an administrator makes orders")
	}
	if got := c.visit(t, official(auth.Lead, c.town)).Status("/alerts"); got != http.StatusForbidden {
		t.Errorf("a lead: %d", got)
	}
}
