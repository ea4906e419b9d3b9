package feedweb_test

import (
	"bytes"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/once"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/outcome/pull"
	"bilin/internal/outcomeweb"
	"bilin/internal/outcomeweb/feedweb"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type town struct {
	*outcometest.City
	pulls *pull.Service
	feeds *feed.Service
}

func newTown(t *testing.T, allow ...string) *town {
	t.Helper()
	c := &town{City: outcometest.New(t, sqldbtest.Open(t, sqldb.SQLite), outcometest.Make{Towns: 1, Villages: 2})}
	now := func() time.Time { return c.Now }
	c.feeds = feed.New(feed.Options{Outcome: c.Svc, Tree: c.Net.Tree, Seal: c.Keys, Now: now})
	dir := filepath.Join(c.Dir, "pull")
	c.OK(os.MkdirAll(dir, 0o700))
	var err error
	c.pulls, err = pull.New(pull.Options{DB: c.DB, Outcome: c.Svc, Feeds: c.feeds, Tree: c.Net.Tree, Audit: c.Audit, Live: c.Live, Seal: c.Keys, Dir: dir, Allow: allow, Now: now})
	c.OK(err)
	return c
}

func (c *town) visit(t *testing.T, who auth.Actor) *webtest.Visitor {
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{feedweb.New(srv, feedweb.Options{Outcome: c.Svc, Feeds: c.feeds, Pulls: c.pulls, Tree: c.Net.Tree, Now: func() time.Time { return c.Now }}).Module()}
	}, []i18n.Bundle{feedweb.Messages, feed.Messages, pull.Messages, outcome.Messages, outcomeweb.Messages, auth.Messages, sheet.Messages, once.Messages}, webtest.With(func(o *web.Options) {
		o.Identify = func(*http.Request) *web.User { return &web.User{ID: who.AccountID, Name: who.Name, IsOfficial: true} }
		o.Guard = func(_ *http.Request, access string) error {
			if c.Policy.May(who, auth.Action(access)) {
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

// upload sends a table as the page's form does.
func upload(v *webtest.Visitor, path, text string) (status int, body string) {
	v.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	_ = m.WriteField("_key", "k")
	if text != "" {
		part, err := m.CreateFormFile("file", "三季度.csv")
		if err != nil {
			v.Fatal(err)
		}
		_, _ = io.WriteString(part, text)
	}
	_ = m.Close()
	status, body, _ = v.Answer(v.Client.Post(v.Base+path, m.FormDataContentType(), &b))
	return status, body
}

func hidden(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no %s on the page:\n%s", name, body)
	}
	return html.UnescapeString(m[1])
}

func TestATableIsHandedIn(t *testing.T) {
	c := newTown(t)
	v := c.visit(t, c.Water)
	if page := v.Get("/outcomes/feeds", "河道检查不合格", "2026 年第 3 季度还有 1 项没有送来", "没有送", "还没有"); strings.Contains(page, "道路交通死亡") {
		t.Error("the water department sees the police's figures")
	}
	v.Get("/outcomes/feeds/rivers", "分子：次不合格；分母：次检查", "还没有收到过", "没有设置")
	code, template, _ := v.Answer(v.Client.Get(v.Base + "/outcomes/feeds/rivers/template/csv?period=2026Q3"))
	if want := "代码,镇街,村社区,季度,分子,分母"; code != 200 || !strings.Contains(template, want) || strings.Count(template, "2026Q3") != 2 {
		t.Fatalf("%d %s", code, template)
	}
	filled := strings.NewReplacer("第1村,2026Q3,,", "第1村,2026Q3,3,20", "第2村,2026Q3,,", "第2村,2026Q3,0,8").Replace(template)
	status, page := upload(v, "/outcomes/feeds/rivers", filled)
	if status != http.StatusOK || !strings.Contains(page, "核对无误，可以收下") || !strings.Contains(page, "三季度.csv") {
		t.Fatalf("%d %s", status, page)
	}
	v.Post("/outcomes/feeds/rivers/take", http.StatusSeeOther, "", "_key", "a", "staged", hidden(t, page, "staged"))
	v.Get("/outcomes/feeds/rivers", "三季度.csv", "齐了", c.Water.Name)
	v.Get("/outcomes/feeds", "2026 年第 3 季度的数据都送来了")
	status, page = upload(v, "/outcomes/feeds/rivers", strings.Replace(filled, ",3,20", ",4,20", 1))
	if status != http.StatusOK || !strings.Contains(page, "3 / 20") || !strings.Contains(page, "4 / 20") || !strings.Contains(page, "和以前不同") {
		t.Fatalf("%d %s", status, page)
	}
	v.Post("/outcomes/feeds/rivers/take", http.StatusSeeOther, "", "_key", "b", "staged", hidden(t, page, "staged"))
	v.Get("/outcomes/feeds/rivers/values?village=430182001001&period=2026Q3", "第1村", "2026 年第 3 季度", "各个版本")
	if _, page := upload(v, "/outcomes/feeds/rivers", strings.Replace(filled, ",3,20", ",4,20", 1)); !strings.Contains(page, "不用再收") {
		t.Error("the same is to be taken again")
	}
}

func TestWhatIsWrongIsShownAndSentBack(t *testing.T) {
	c := newTown(t)
	v := c.visit(t, c.Water)
	status, page := upload(v, "/outcomes/feeds/rivers", "村社区,季度,分子,分母\n第1村,2026Q3,3,20\n月塘村,2026年3月,三,8\n")
	if status != http.StatusOK || !strings.Contains(page, "有 3 处要改") || !strings.Contains(page, "2026Q3、2026年三季度 或 2026-3季度") || strings.Contains(page, `name="staged"`) {
		t.Fatalf("%d %s", status, page)
	}
	code, table, _ := v.Answer(v.Client.PostForm(v.Base+"/outcomes/feeds/rivers/bad", map[string][]string{"_key": {"x"}, "bad": {hidden(t, page, "bad")}}))
	if code != http.StatusOK || !strings.Contains(table, "月塘村,2026年3月,三,8") || !strings.Contains(table, "分子: 不是整数") && !strings.Contains(table, "分子：不是整数") || strings.Contains(table, "第1村") {
		t.Errorf("%d %s", code, table)
	}
	for text, want := range map[string]string{"": "请选一个文件", "村社区,季度,分子,分母\n": "没有内容", "x,y\n1,2\n": "缺列"} {
		if status, page := upload(v, "/outcomes/feeds/rivers", text); status != http.StatusUnprocessableEntity || !strings.Contains(page, want) {
			t.Errorf("%q: %d, no %q in\n%s", text, status, want, page)
		}
	}
	v.Post("/outcomes/feeds/rivers/take", http.StatusConflict, "请重新上传", "_key", "c", "staged", "nonsense")
}

func TestSourcesAreTriedAndKept(t *testing.T) {
	body := `[{"village":"第1村","period":"2026Q3","numerator":3,"denominator":20}]`
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(site.Close)
	c := newTown(t, strings.TrimPrefix(site.URL, "http://"))
	v := c.visit(t, c.Water)
	v.Get("/outcomes/feeds/rivers/pulls/new", "网址（JSON）", "postgres://主机:5432/数据库")
	form := func(secret string) []string {
		return []string{"_key", "a", "kind", "http", "address", site.URL + "/x?key=hidden", "secret", secret, "hours", "6"}
	}
	v.Post("/outcomes/feeds/rivers/pulls", http.StatusUnprocessableEntity, "请填写", "_key", "a", "hours", "6", "kind", "http")
	v.Post("/outcomes/feeds/rivers/pulls", http.StatusUnprocessableEntity, "不认这个令牌", form("wrong-secret")...)
	code, page, _ := v.Answer(v.Client.PostForm(v.Base+"/outcomes/feeds/rivers/pulls", values(form("wrong-secret"))))
	if code != http.StatusUnprocessableEntity || strings.Contains(page, "wrong-secret") {
		t.Errorf("%d: the secret comes back", code)
	}
	code, page, _ = v.Answer(v.Client.PostForm(v.Base+"/outcomes/feeds/rivers/pulls", values(form("s3cret"))))
	if code != http.StatusOK || !strings.Contains(page, "保存后每 6 小时取一次") || strings.Contains(page, "s3cret") {
		t.Fatalf("%d %s", code, page)
	}
	v.Post("/outcomes/feeds/rivers/pulls", http.StatusSeeOther, "", "_key", "b", "source", hidden(t, page, "source"))
	shown := v.Get("/outcomes/feeds/rivers", site.URL+"/x", "每 6 小时取一次", "还没有取过")
	if strings.Contains(shown, "s3cret") || strings.Contains(shown, "key=hidden") {
		t.Error("a secret is on the page")
	}
	list, err := c.pulls.Of(t.Context(), c.Water, rivers(c))
	c.OK(err)
	at := "/outcomes/feeds/rivers/pulls/" + list[0].ID
	code, page, _ = v.Answer(v.Client.PostForm(v.Base+at+"/run", values([]string{"_key", "r"})))
	if code != http.StatusOK || !strings.Contains(page, "可以收下") {
		t.Fatalf("%d %s", code, page)
	}
	v.Post("/outcomes/feeds/rivers/take", http.StatusSeeOther, "", "_key", "d", "staged", hidden(t, page, "staged"))
	v.Get("/outcomes/feeds/rivers", "接口", "1 / 2 个村社区")
	body = "nonsense"
	c.OK(c.pulls.Poll(t.Context()))
	v.Get("/outcomes/feeds/rivers", "取不到", "从 ", "要一个 JSON 数组")
	v.Get("/outcomes/feeds", "要一个 JSON 数组")
	v.Post(at+"/run", http.StatusConflict, "要一个 JSON 数组", "_key", "s")
	v.Post(at+"/end", http.StatusSeeOther, "", "_key", "e")
	v.Get("/outcomes/feeds/rivers", "已停", "停于")
}

func values(kv []string) map[string][]string {
	out := map[string][]string{}
	for i := 0; i+1 < len(kv); i += 2 {
		out[kv[i]] = append(out[kv[i]], kv[i+1])
	}
	return out
}

func rivers(c *town) outcome.Indicator {
	x, _ := c.Svc.Catalog().ByCode("rivers")
	return x
}

func TestWhoSeesThesePages(t *testing.T) {
	c := newTown(t)
	for _, who := range []auth.Actor{c.Actor(auth.TownOfficial, c.Towns[0]), c.Actor(auth.Lead, c.Villages[0]), c.Actor(auth.Admin, c.Root), {}} {
		v := c.visit(t, who)
		for _, path := range []string{"/outcomes/feeds", "/outcomes/feeds/rivers", "/outcomes/feeds/rivers/pulls/new"} {
			if got := v.Status(path); got == http.StatusOK || got == http.StatusNotFound {
				t.Errorf("%s opens %s: %d", who.Name, path, got)
			}
		}
	}
	police := c.visit(t, c.Police)
	for _, path := range []string{"/outcomes/feeds/rivers", "/outcomes/feeds/rivers/template/csv?period=2026Q3", "/outcomes/feeds/rivers/values?village=430182001001&period=2026Q3", "/outcomes/feeds/rivers/pulls/new"} {
		if got := police.Status(path); got != http.StatusForbidden {
			t.Errorf("the police open %s: %d", path, got)
		}
	}
	office := c.visit(t, c.Office)
	office.Get("/outcomes/feeds", "河道检查不合格", "道路交通死亡", "投诉件数", "只作参考")
	for _, path := range []string{"/outcomes/feeds/confirmed", "/outcomes/feeds/none", "/outcomes/feeds/rivers/template/pdf?period=2026Q3", "/outcomes/feeds/rivers/template/csv", "/outcomes/feeds/rivers/values?village=1&period=2026Q3"} {
		if got := office.Status(path); got != http.StatusNotFound {
			t.Errorf("%s: %d", path, got)
		}
	}
}
