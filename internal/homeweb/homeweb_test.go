package homeweb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/homeweb"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

var bundles = []i18n.Bundle{auth.Messages, network.Messages, demand.Messages, homeweb.Messages}

func city(t testing.TB) *demandtest.City {
	t.Helper()
	return demandtest.New(t, sqldbtest.Open(t, sqldb.SQLite))
}

// server makes the pages of the small city as an actor sees them.
func server(t testing.TB, c *demandtest.City, actor auth.Actor, more ...homeweb.Section) *web.Server {
	t.Helper()
	sections := append([]homeweb.Section{homeweb.Demands{Service: c.Demand, Tree: c.Net.Tree}, homeweb.Network{Service: c.Net},
		homeweb.Selections{Service: c.Net, Policy: c.Policy}, homeweb.Records{Log: c.Audit, Policy: c.Policy}}, more...)
	return webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{homeweb.New(srv, sections...).Module()}
	}, bundles, webtest.With(func(o *web.Options) {
		o.Now = c.Clock.Now
		o.Identify = func(*http.Request) *web.User {
			if actor.Anonymous() {
				return nil
			}
			return &web.User{ID: actor.AccountID, Name: actor.Name, IsOfficial: actor.Official(), IsLead: actor.Leads()}
		}
		o.Guard = func(*http.Request, string) error {
			if actor.Anonymous() {
				return auth.Denied(actor)
			}
			return nil
		}
		o.Wrap = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), actor)))
			})
		}}
	}))
}

func get(t testing.TB, h http.Handler, path string) (int, string, http.Header) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	page := string(body)
	if missing := regexp.MustCompile(`⟦[^⟧]*⟧`).FindAllString(page, -1); missing != nil {
		t.Errorf("untranslated: %s", missing)
	}
	return w.Code, page, w.Header()
}

func TestTemplates(t *testing.T) {
	webtest.CheckTemplates(t, server(t, city(t), auth.Actor{}))
}

func TestLanding(t *testing.T) {
	c := city(t)
	status, page, _ := get(t, server(t, c, auth.Actor{}).Handler(), "/")
	if status != 200 {
		t.Fatal(status)
	}
	for _, want := range []string{`action="/find"`, `href="/demands/new"`, `href="/t"`, `href="/login"`, "有事找邻长"} {
		if !strings.Contains(page, want) {
			t.Errorf("landing lacks %s", want)
		}
	}
	if status, _, header := get(t, server(t, c, c.Lead).Handler(), "/"); status != 303 || header.Get("Location") != "/home" {
		t.Errorf("a lead gets %d to %s", status, header.Get("Location"))
	}
	if status, _, header := get(t, server(t, c, auth.Actor{}).Handler(), "/home"); status != 303 || !strings.HasPrefix(header.Get("Location"), "/login") {
		t.Errorf("nobody gets %d to %s", status, header.Get("Location"))
	}
}

func TestStartPageByRole(t *testing.T) {
	c := city(t)
	c.Raise(t, demand.Help, demandtest.CellCode, "路灯坏了")
	c.Raise(t, demand.Complaint, demandtest.CellCode, "投诉内容")
	c.Raise(t, demand.Help, demandtest.OtherCell, "水管漏了")
	if err := c.Audit.Sequence(context.Background()); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name  string
		actor auth.Actor
		has   []string
		lacks []string
	}{
		{"lead", c.Lead, []string{"周桂英，您好", "路灯坏了", "刘建国", "姜涛", "谢芳", "看看每一户"}, []string{"投诉内容", "水管漏了"}},
		{"lead with nothing to do", c.NextLead, []string{"没有要办的事", "看看每一户"}, []string{"路灯坏了"}},
		{"group lead", c.GroupLead, []string{"路灯坏了", "投诉内容", "三邻", "没有人在岗", "何勇"}, []string{"水管漏了"}},
		{"linked official", c.Linked, []string{"路灯坏了", "刘建国"}, nil},
		{"area lead", c.AreaLead, []string{"路灯坏了", "水管漏了", "二组"}, nil},
		{"village", c.Village, []string{"一片", "3 件要办", "没有邻长的邻", "没有等您审核的人选", "发登录链接"}, []string{"路灯坏了", "投诉内容"}},
		{"town", c.Town, []string{"东沩社区", "3 件要办"}, []string{"路灯坏了"}},
		{"city office", c.Office, []string{"城郊街道", "3 件要办"}, []string{"路灯坏了"}},
		{"auditor", c.Auditor, []string{"一张网全不全", "提出诉求", "查看全部记录"}, []string{"路灯坏了", "居民诉求"}},
		{"command", c.Command, []string{"能叫得应的人"}, []string{"路灯坏了"}},
		{"without a post", auth.Actor{AccountID: "a", Name: "某人"}, []string{"您现在没有岗位"}, []string{"路灯坏了"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			status, page, _ := get(t, server(t, c, tc.actor).Handler(), "/home")
			if status != 200 {
				t.Fatalf("status %d: %s", status, page)
			}
			for _, w := range tc.has {
				if !strings.Contains(page, w) {
					t.Errorf("lacks %q", w)
				}
			}
			for _, w := range tc.lacks {
				if strings.Contains(page, w) {
					t.Errorf("has %q", w)
				}
			}
		})
	}
}

type fixed struct {
	cards []homeweb.Card
	err   error
}

func (f fixed) HomeCards(context.Context, auth.Actor, func(string, ...any) string) ([]homeweb.Card, error) {
	return f.cards, f.err
}

func TestWhatToDoNextComesFirst(t *testing.T) {
	c := city(t)
	c.Raise(t, demand.Help, demandtest.CellCode, "路灯坏了")
	top := fixed{cards: []homeweb.Card{{Key: "top", Rank: 1, Title: "最急的"}, {Key: "end", Rank: 99, Title: "最后的"}}}
	_, page, _ := get(t, server(t, c, c.Lead, top).Handler(), "/home")
	var at []int
	for _, title := range []string{"最急的", "居民诉求", "我的邻里", "谁帮我", "最后的"} {
		at = append(at, strings.Index(page, title+"</h2>"))
	}
	if !slices.IsSorted(at) || at[0] < 0 {
		t.Errorf("in order %v", at)
	}
	if status, _, _ := get(t, server(t, c, c.Lead, fixed{err: errors.New("broken")}).Handler(), "/home"); status != 500 {
		t.Errorf("a failing section gives %d", status)
	}
}

// BenchmarkLeadStart holds a lead's start page to its budget.
func BenchmarkLeadStart(b *testing.B) {
	const budget = 10 * time.Millisecond
	c := city(b)
	for i := range 500 {
		c.Raise(b, demand.Help, []string{demandtest.CellCode, demandtest.NextCode, demandtest.OtherCell}[i%3], fmt.Sprint("第", i))
	}
	h := server(b, c, c.Lead).Handler()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if status, _, _ := get(b, h, "/home"); status != 200 {
			b.Fatal(status)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	b.ReportMetric(float64(p99.Microseconds())/1000, "p99-ms")
	if len(took) > 500 && p99 > budget {
		b.Errorf("p99 is %s, the budget %s", p99, budget)
	}
}
