package orderweb_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/mobiliseweb/orderweb"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type world struct {
	*mobilisetest.City
	dispatch *dispatch.Service
}

func newWorld(t *testing.T, leads int) *world {
	t.Helper()
	c := mobilisetest.New(t, sqldbtest.Open(t, sqldb.SQLite), leads)
	d, err := dispatch.New(dispatch.Options{DB: c.DB, Orders: c.Orders, Tree: c.Net.Tree, PublicURL: "https://bilin.test", Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return &world{c, d}
}

// options wires the pages as a city would that has one team and one skill.
func (w *world) options() orderweb.Options {
	return orderweb.Options{
		Orders: w.Orders, Tree: w.Net.Tree, Policy: w.Policy, Sample: w.dispatch.Sample, Now: w.Now,
		Phone: func(ctx context.Context, actor auth.Actor, personID, purpose string) (string, error) {
			return w.Net.ReadPhone(ctx, actor, network.PhoneOfPerson, personID, purpose)
		},
		CAP: func(ctx context.Context, out io.Writer, actor auth.Actor, number string) error {
			o, _, err := w.Orders.Get(ctx, actor, number)
			if err == nil {
				_, err = io.WriteString(out, "<alert>"+o.Number+"</alert>")
			}
			return err
		},
		Skills: func(orderweb.Say) []web.Option { return []web.Option{{Value: "chainsaw", Label: "油锯"}} },
		Teams: func(_ context.Context, _ auth.Actor, text string) ([]web.Option, error) {
			if strings.Contains("除冰突击队", text) {
				return []web.Option{{Value: w.Team, Label: "除冰突击队"}}, nil
			}
			return nil, nil
		},
		TeamNames: func(context.Context, []string) (map[string]string, error) {
			return map[string]string{w.Team: "除冰突击队"}, nil
		},
		Suggest: func(_ context.Context, _ auth.Actor, id string) (orderweb.Suggestion, error) {
			if id != "alert-1" {
				return orderweb.Suggestion{}, errs.E(errs.NotFound, "order.none")
			}
			return orderweb.Suggestion{AlertID: id, Drill: true, Hazard: mobilise.Flood, Title: "暴雨红色预警", What: "三小时内降雨100毫米以上。", Do: "请到岗。", Until: w.Now().Add(6 * time.Hour),
				Polygon: []geo.Point{{X: 112.4, Y: 28.1}, {X: 112.6, Y: 28.1}, {X: 112.5, Y: 28.3}}}, nil
		},
	}
}

// as is a visitor who is logged in as somebody.
func (w *world) as(t *testing.T, who auth.Actor) *webtest.Visitor {
	t.Helper()
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{orderweb.New(srv, w.options()).Module()}
	}, []i18n.Bundle{orderweb.Messages, mobilise.Messages, auth.Messages, network.Messages}, webtest.With(func(o *web.Options) {
		o.Now = w.Now
		o.Identify = func(*http.Request) *web.User {
			return &web.User{ID: who.AccountID, Name: who.Name, IsOfficial: who.Official()}
		}
		o.Guard = func(_ *http.Request, access string) error {
			if w.Policy.May(who, auth.Action(access)) {
				return nil
			}
			return auth.Denied(who)
		}
		o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(rw, r.WithContext(auth.With(r.Context(), who)))
			})
		})
	}))
	webtest.CheckTemplates(t, srv)
	return webtest.Visit(t, srv)
}

// filled is a form that calls all leads of the town, with changes by turns of
// name and value; a value "-" takes the field away.
func (w *world) filled(kv ...string) []string {
	form := [][2]string{{"_key", fmt.Sprint("k", len(kv))}, {"kind", "real"}, {"hazard", "ice"}, {"was", "ice"}, {"title", "道路结冰"}, {"what", "今晚冻雨。"}, {"do", "带铁锹来。"}, {"where", "村部门口"},
		{"until", "2026-12-02 18:00"}, {"places", w.Town}, {"roles", "lead"}, {"channel1", "sms"}, {"channel2", "voice"}, {"wait", "5"}}
	var out []string
	for _, f := range form {
		for i := 0; i+1 < len(kv); i += 2 {
			if kv[i] == f[0] {
				f[1] = kv[i+1]
			}
		}
		if f[1] != "-" {
			out = append(out, f[0], f[1])
		}
	}
	for i := 0; i+1 < len(kv); i += 2 {
		known := false
		for _, f := range form {
			known = known || f[0] == kv[i]
		}
		if !known {
			out = append(out, kv[i], kv[i+1])
		}
	}
	return out
}

// body posts a form and returns the page.
func body(v *webtest.Visitor, path string, status int, kv ...string) string {
	v.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		values.Add(kv[i], kv[i+1])
	}
	code, page, _ := v.Answer(v.Client.PostForm(v.Base+path, values))
	if code != status {
		v.Errorf("%s: %d, want %d\n%s", path, code, status, page)
	}
	return page
}

func has(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page doesn't say %q:\n%s", text, page)
		}
	}
}

func lacks(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range append(texts, "⟦") {
		if strings.Contains(page, text) {
			t.Errorf("the page says %q:\n%s", text, page)
		}
	}
}

var version = regexp.MustCompile(`name="_version" value="(\d+)"`)

// The form begins with good words, counts, asks once more with the very message,
// and then the order is out.
func TestAnOrderIsBegun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12)
	w.Members = []mobilise.Called{{PersonID: w.Leads[0], UnitID: w.Village, TeamID: w.Team}}
	w.Away = map[string]bool{w.Leads[1]: true}
	v := w.as(t, w.Command)
	lacks(t, v.Get("/orders", "还没有发过令", "组织一次演练"), "drill-word")
	v.Get("/orders/new", "道路结冰，请来铲冰", "带铁锹", "玉潭街道", "白马桥街道", "邻长", "油锯", "短信", `name="_key"`, `value="2026-12-02T10:00"`, "选好地方和人")
	has(t, body(v, "/orders/preview", 200, w.filled("all_teams", "1")...), "11 人", "1 人自己说了不在家", "1 人属于两类，只叫一次")
	page := body(v, "/orders/new", 200, w.filled("all_teams", "1", "_key", "first")...)
	has(t, page, "再看一遍", "【令L26#####】道路结冰：今晚冻雨。请您：带铁锹来。", "个字，每人按 2 条短信", "发出给 11 人", "玉潭街道", "短信", `name="people" value="11"`)
	if n := strings.Count(page, "<h1>"); n != 1 {
		t.Errorf("%d headings", n)
	}
	if list, _, _ := w.Orders.List(t.Context(), w.Command, "", nil, 5); len(list) != 0 {
		t.Error("the last look sent it")
	}
	has(t, body(v, "/orders/new", 200, w.filled("all_teams", "1", "_key", "first", "step", "confirm", "people", "10")...), "人数刚才变了")
	has(t, body(v, "/orders/new", 200, w.filled("all_teams", "1", "_key", "first", "step", "back")...), `value="道路结冰"`, "11 人")
	var at string
	for range 2 { // the second is the same again
		at = v.Post("/orders/new", http.StatusSeeOther, "", w.filled("all_teams", "1", "_key", "first", "step", "confirm", "people", "11")...)
	}
	v.Get(at, "执行中", "带铁锹来", "发出", "叫到的人", "更正", "结束", "取消", "data-live", at+"/people", at+"/doors", at+"/board")
	lacks(t, v.Get("/orders", "道路结冰", "11", "现在开着的"), "drill-word", "以前的")
	lacks(t, v.Get("/orders?state=active", "道路结冰"), "还没有")
	v.Get("/orders?state=closed", "没有这样的令")
}

// What is wrong is said at its field, all at once, and nothing is lost.
func TestABadForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	v := w.as(t, w.Command)
	page := body(v, "/orders/new", http.StatusUnprocessableEntity, w.filled("title", "", "until", "明天", "wait", "999", "channel1", "-", "channel2", "-", "roles", "-", "units", "天边村")...)
	has(t, page, `id="e-title"`, `id="e-until"`, `id="e-wait"`, "没有找到“天边村”", "请至少选一种通知方式", "带铁锹来。")
	for _, c := range [][]string{
		{"polygon", "1,2 3"}, {"polygon", "1,2 3,4"}, {"polygon", "NaN,1 2,3 4,5"}, {"polygon", "1,2;3,4"}, {"places", "nowhere"}, {"until", "2026-11-01 10:00"}, {"until", "2027-12-01T10:00"},
		{"title", strings.Repeat("长", 61)}, {"what", strings.Repeat("长", 501)}, {"hazard", "war"}, {"channel2", "sms"}, {"channel2", "pigeon"}, {"wait", "x"}, {"wait", "-1"}, {"teams", "nothing"}, {"roles", "admin"},
	} {
		lacks(t, body(v, "/orders/new", http.StatusUnprocessableEntity, w.filled(c...)...), "再看一遍")
	}
	drawn := body(v, "/orders/new", http.StatusUnprocessableEntity, w.filled("places", "-", "polygon", "112.4,28.1 112.6,28.1")...)
	has(t, drawn, `还差 1 个角`)
	lacks(t, drawn, "看不懂", "请选叫哪里的人", "请选叫哪些人", "一个人也叫不到")
	has(t, body(v, "/orders/preview", 200, w.filled("roles", "-")...), "请选叫哪些人")
	has(t, body(v, "/orders/preview", 200, w.filled("places", "-")...), "选好地方和人")
	hall := w.as(t, w.TownHall)
	has(t, body(hall, "/orders/new", http.StatusUnprocessableEntity, w.filled("places", "-", "units", "白马桥街道")...), "不归您管")
	has(t, body(hall, "/orders/preview", 200, w.filled("places", w.Other)...), "不归您管")
	lacks(t, hall.Get("/orders/new", "玉潭街道", "花明村"), "白马桥")
	if w.as(t, w.Lead(0)).Status("/orders/new") != http.StatusForbidden {
		t.Error("a lead may begin an order")
	}
}

// Choosing another hazard brings its words, but keeps what somebody wrote.
func TestTheWordsOfAHazard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	v := w.as(t, w.Command)
	v.Get("/orders/new?hazard=flood", "防汛，请到岗")
	blank := body(v, "/orders/words", 200, "kind", "real", "hazard", "missing", "was", "ice", "title", "道路结冰，请来铲冰", "what", "我写的", "do", "", "where", "村（社区）门口集合", "until", "2026-12-02T10:00")
	has(t, blank, "有人走失", "我写的", "72 小时", "第二个人批准", "自动删除", "隐私保护员", `name="case_number"`, `name="was" value="missing"`)
	lacks(t, blank, "铲冰", "<html")
	has(t, body(v, "/orders/new", 200, w.filled("_pick", "hazard", "hazard", "heat", "title", "道路结冰，请来铲冰")...), "高温，请上门看看老人", "今晚冻雨。")
	drill := v.Get("/orders/new?kind=drill&hazard=ice", "演练 · 不是真的", "不用出门", `name="kind" value="drill"`)
	has(t, drill, `class="split drill"`)
	v.Get("/orders/new?hazard=war", "道路结冰，请来铲冰")
	page := v.Get("/orders/new?alert=alert-1", "暴雨红色预警", "三小时内降雨", "演练 · 不是真的", "112.4,28.1 112.6,28.1 112.5,28.3", "圈到 1 个村：花明村", "3 人", `name="alert" value="alert-1"`)
	lacks(t, page, "道路结冰，请来铲冰")
	if v.Status("/orders/new?alert=other") != http.StatusNotFound {
		t.Error("an alert that isn't there")
	}
	req, _ := http.NewRequest(http.MethodGet, v.Base+"/orders/new", nil)
	req.Header.Set("Accept-Language", "en")
	_, english, _ := v.Answer(v.Client.Do(req))
	has(t, english, "道路结冰，请来铲冰", "In English: Icy roads")
}

func TestTeamsAreLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.Members = []mobilise.Called{{PersonID: w.Leads[0], UnitID: w.Village, TeamID: w.Team}}
	v := w.as(t, w.Command)
	has(t, body(v, "/orders/teams", 200, "team_text", "除冰"), "除冰突击队", `value="`+w.Team+`"`)
	has(t, body(v, "/orders/teams", 200, "team_text", "没有", "teams", w.Team), "除冰突击队", "checked")
	has(t, body(v, "/orders/teams", 200, "team_text", "没有"), "没有找到")
	has(t, body(v, "/orders/new", 200, w.filled("_pick", "team", "team_text", "除冰")...), "除冰突击队")
	has(t, body(v, "/orders/new", 200, w.filled("places", "-", "roles", "-", "teams", w.Team)...), "除冰突击队", "发出给 1 人")
	w.Skilled["chainsaw"] = []mobilise.Called{{PersonID: w.Leads[2], UnitID: w.Village}}
	has(t, body(v, "/orders/new", 200, w.filled("roles", "-", "skills", "chainsaw")...), "油锯", "发出给 1 人")
}
