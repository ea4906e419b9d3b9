package situationweb_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/mobilise/situation"
	"bilin/internal/mobiliseweb/situationweb"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// post is a command post with an order under way.
type post struct {
	*mobilisetest.City
	boards *situation.Service
	order  *mobilise.Order
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const outline = `{"type":"Polygon","coordinates":[[[112.3,28.0],[113.1,28.0],[113.1,28.4],[112.3,28.4],[112.3,28.0]]]}`

func newPost(t *testing.T, change func(*mobilise.Propose)) *post {
	db := sqldbtest.Open(t, sqldb.SQLite)
	p := &post{City: mobilisetest.New(t, db, 8, situation.Rules)}
	ok(t, db.Write(t.Context(), func(tx *sqldb.Tx) error { return geo.SaveOutline(t.Context(), tx, p.Root, []byte(outline), p.Now()) }))
	p.boards = situation.New(situation.Options{DB: db, Network: p.Net, Orders: p.Orders, Policy: p.Policy, Audit: p.Audit, Live: p.Live, Now: p.Now})
	t.Cleanup(p.boards.Close)
	var err error
	p.order, err = p.Order(p.Command, change)
	ok(t, err)
	return p
}

func (p *post) visit(t *testing.T, who auth.Actor) *webtest.Visitor {
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{situationweb.New(srv, situationweb.Options{Boards: p.boards, Tree: p.Net.Tree, DB: p.DB, Now: p.Now}).Module()}
	}, []i18n.Bundle{situationweb.Messages, situation.Messages, mobilise.Messages, auth.Messages}, webtest.With(func(o *web.Options) {
		o.Now = p.Now
		o.Identify = func(*http.Request) *web.User { return &web.User{ID: who.AccountID, Name: who.Name, IsOfficial: true} }
		o.Guard = func(_ *http.Request, access string) error {
			if !p.Policy.May(who, auth.Action(access)) {
				return auth.Denied(who)
			}
			return nil
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

func (p *post) at(path string) string { return "/orders/" + p.order.Number + path }

func TestABoardFromItsFirstObjectiveToTheLast(t *testing.T) {
	p := newPost(t, nil)
	v := p.visit(t, p.Command)
	v.Get(p.at("/board"), "道路结冰除冰", "还没有立目标", "还没有开始点名", "发出", `data-numbers="board:`+p.order.ID, "叫到的人", "主要道路通行", "<svg class=\"ground\"")
	v.Get(p.at("/board?suggest=power"), `value="98214"`, `value="停电户"`)
	v.Post(p.at("/objectives"), http.StatusUnprocessableEntity, "目标要和起点不一样", "_key", "a", "name", "主要道路通行", "unit", "条", "start", "41", "target", "４１")
	v.Post(p.at("/objectives"), http.StatusUnprocessableEntity, "请填写数字", "_key", "b", "name", "主要道路通行", "unit", "条", "start", "零", "target", "41")
	v.Post(p.at("/objectives"), http.StatusUnprocessableEntity, "期限要晚于现在", "_key", "b2", "name", "主要道路通行", "unit", "条", "start", "0", "target", "41", "deadline", "2026-12-01T09:00")
	v.Post(p.at("/objectives"), http.StatusSeeOther, "", "_key", "c", "name", "主要道路通行", "unit", "条", "start", "0", "target", "41", "deadline", "2026-12-01T18:00")
	page := v.Get(p.at("/board"), "主要道路通行", "/ 41 条", "期限 18:00", "目标已放上态势板")
	set := regexp.MustCompile(`/orders/L[0-9]+/objectives/[0-9a-f-]+`).FindString(page)
	v.Post(set, http.StatusUnprocessableEntity, "请填", "_key", "d", "_version", "1", "value", "")
	v.Post(set, http.StatusUnprocessableEntity, "0 到", "_key", "d2", "_version", "1", "value", "-3")
	v.Post(set, http.StatusSeeOther, "", "_key", "e", "_version", "1", "value", "23")
	v.Post(set, http.StatusConflict, "您填的数还没有记下", "_key", "f", "_version", "1", "value", "20")
	p.Pass(time.Hour)
	v.Post(set, http.StatusSeeOther, "", "_key", "g", "_version", "2", "value", "4 1")
	v.Get(p.at("/board"), "11:00 达成", "主要道路通行：41 条，达成", "主要道路通行：23 条（目标 41）")
	v.Post(p.at("/notes"), http.StatusUnprocessableEntity, "请填", "_key", "h", "note", " ")
	v.Post(p.at("/notes"), http.StatusSeeOther, "", "_key", "i", "note", "省道 K12 树倒，已清")
	v.Post(set+"/strike", http.StatusSeeOther, "", "_key", "j", "_version", "3", "reason", "并入全市目标")
	v.Get(p.at("/board"), "还没有立目标", "省道 K12 树倒，已清", "并入全市目标", "01:00:00")
	if wall := v.Get(p.at("/wall"), "face-wall", "省道 K12 树倒，已清"); strings.Contains(wall, "<form") && strings.Contains(wall, "/notes") {
		t.Error("there are forms on the wall")
	}
	_, err := p.Orders.Close(t.Context(), p.Command, mobilise.Command{Number: p.order.Number, Note: "路通了"})
	ok(t, err)
	v.Post(p.at("/notes"), http.StatusConflict, "", "_key", "k", "note", "晚了")
}

func TestScreensAskForParts(t *testing.T) {
	p := newPost(t, nil)
	v := p.visit(t, p.Command)
	ok(t, p.boards.Note(t.Context(), p.Command, situation.Note{Number: p.order.Number, Text: "第一件"}))
	ok(t, p.boards.Note(t.Context(), p.Command, situation.Note{Number: p.order.Number, Text: "第二件"}))
	page := v.Get(p.at("/board"), `data-seq="3"`)
	part := v.Get(p.at("/board/events?after=2&to=3"), "第二件")
	if strings.Contains(part, "第一件") || strings.Contains(part, "<html") {
		t.Errorf("more than what is new: %s", part)
	}
	if again := v.Get(p.at("/board/events?after=2&to=3")); again != part {
		t.Error("the same is answered otherwise")
	}
	if v.Status(p.at("/board/events?after=x")) != http.StatusUnprocessableEntity {
		t.Error("anything is taken for a place in the timeline")
	}
	panels := v.Get(p.at("/board/panels?face=wall"), "叫到的人", `id="b-people"`)
	if strings.Contains(panels, "<form") || strings.Contains(panels, "第二件") {
		t.Errorf("panels have more than numbers: %s", panels)
	}
	svg := v.Get(p.at("/board/map"), `data-v="0"`, "花明村")
	if !strings.Contains(page, svg) {
		t.Error("the page has another map")
	}
	res, err := v.Client.Get(v.Base + p.at("/board/map"))
	ok(t, err)
	_ = res.Body.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.Base+p.at("/board/map"), nil)
	ok(t, err)
	req.Header.Set("If-None-Match", res.Header.Get("ETag"))
	if code, _, _ := v.Answer(v.Client.Do(req)); code != http.StatusNotModified {
		t.Errorf("what the screen has is sent again: %d", code)
	}
}

func TestADrillSaysSoEverywhere(t *testing.T) {
	p := newPost(t, func(c *mobilise.Propose) { c.Kind = mobilise.Drill })
	v := p.visit(t, p.Command)
	for _, path := range []string{"/board", "/wall"} {
		v.Get(p.at(path), "<title>【演练】", "board-drill", "这是演练，不是真的。", "b-badge-drill")
	}
}

func TestWhoSeesABoard(t *testing.T) {
	p := newPost(t, nil)
	for name, c := range map[string]struct {
		who    auth.Actor
		status int
	}{"another town": {p.Elsewhere, http.StatusNotFound}, "the linked official": {p.Linked, http.StatusOK}, "the town": {p.TownHall, http.StatusOK}} {
		v := p.visit(t, c.who)
		for _, path := range []string{"/board", "/wall", "/board/panels", "/board/events?after=0", "/board/map"} {
			if got := v.Status(p.at(path)); got != c.status {
				t.Errorf("%s: %s: %d", name, path, got)
			}
		}
	}
	linked := p.visit(t, p.Linked)
	if page := linked.Get(p.at("/board")); strings.Contains(page, `id="b-act"`) || !strings.Contains(page, `http-equiv="refresh"`) {
		t.Error("who only looks gets forms, or no refresh without scripts")
	}
	linked.Post(p.at("/notes"), http.StatusForbidden, "", "_key", "a", "note", "我来写")
}

func TestAChannelThatFailsIsOnTheBoard(t *testing.T) {
	p := newPost(t, nil)
	ok(t, p.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO call_channel (channel, down_since, error, changed_at) VALUES ('sms', $1, 'order.try.stopped', $1)`, sqldb.Millis(p.Now()))
		return err
	}))
	p.visit(t, p.Command).Get(p.at("/wall"), "短信通道 10:00 起不通", "暂时改用语音电话", "程序停了一下")
	if _, _, err := p.boards.View(t.Context(), auth.Actor{}, p.order.Number); errs.KindOf(err) != errs.NotFound {
		t.Errorf("anybody sees it: %v", err)
	}
}
