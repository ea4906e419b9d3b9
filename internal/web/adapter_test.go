package web_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func TestErrorsBecomePages(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	for _, c := range []struct {
		kind   string
		status int
		says   string
	}{
		{"conflict", 409, "这件事已经有人接了"},
		{"stale", 409, "内容刚刚被别人改过"},
		{"forbidden", 403, "没有权限"},
		{"invalid", 422, "请填写这一项"},
		{"toomany", 429, "7 秒"},
		{"busy", 503, "忙不过来"},
		{"foreign", 500, "系统出了点问题"},
		{"panic", 500, "系统出了点问题"},
		{"nothing", 404, "没有这个页面"},
	} {
		resp, body := get(t, client, base+"/fail/"+c.kind)
		if resp.StatusCode != c.status || !strings.Contains(body, c.says) || !strings.Contains(body, "没有任何内容丢失") {
			t.Errorf("%s: status %d, body lacks %q or that nothing is lost", c.kind, resp.StatusCode, c.says)
		}
		if strings.Contains(body, "fire") || strings.Contains(body, "⟦") {
			t.Errorf("%s: the page shows the cause or a missing message", c.kind)
		}
		if again := resp.Header.Get("Retry-After"); (again != "") != (c.status == 429 || c.status == 503) {
			t.Errorf("%s: Retry-After %q", c.kind, again)
		}
	}
}

// Every kind of error has its words, whichever package raises it.
func TestEveryKindHasItsWords(t *testing.T) {
	for kind := errs.Internal; kind <= errs.Unavailable; kind++ {
		for _, key := range []string{"web.error." + kind.String(), "web.error." + kind.String() + ".todo"} {
			if _, ok := web.Messages[key]; !ok {
				t.Errorf("no message %s", key)
			}
		}
	}
}

func TestFailedFormIsGivenBack(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	form := url.Values{"text": {"巷口的路灯<坏了>"}, "_key": {"k-1"}}
	resp, body := post(t, client, base+"/fail/busy", form)
	if resp.StatusCode != 503 {
		t.Fatal(resp.Status)
	}
	for _, want := range []string{"巷口的路灯&lt;坏了&gt;", `name="_key" value="k-1"`, `action="/fail/busy"`, "没有丢"} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	_, body = post(t, client, base+"/fail/conflict", form)
	if strings.Contains(body, `name="_key"`) || !strings.Contains(body, "巷口的路灯") {
		t.Error("a conflict offers to repeat, or loses the text")
	}
	form.Set("password", "hunter2")
	_, body = post(t, client, base+"/fail/busy", form)
	if strings.Contains(body, "hunter2") {
		t.Error("the page repeats a password")
	}
}

// However little a route takes, a text that is far too long arrives, comes back
// and is told by how much.
func TestATextTooLongComesBack(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	text := strings.Repeat("长", 20_000)
	resp, body := post(t, client, base+"/demands", url.Values{"text": {text}, "kind": {"help"}})
	if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, text) || !strings.Contains(body, "多了 19980 个字") {
		t.Errorf("%d\n%.300s", resp.StatusCode, body)
	}
}

// A form whose key was used up for other content comes back with another.
func TestAUsedKeyIsReplaced(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	resp, body := post(t, client, base+"/demands", url.Values{"text": {"used"}, "kind": {"help"}, "_key": {"k-1"}})
	if resp.StatusCode != http.StatusConflict || strings.Contains(body, "k-1") || !strings.Contains(body, `name="_key" value="`) {
		t.Errorf("%d\n%s", resp.StatusCode, body)
	}
}

// A form that was too long says so, and offers no link that would open it empty.
func TestAFormTooLongSaysSo(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	resp, body := post(t, client, base+"/demands", url.Values{"text": {strings.Repeat("长", 400_000)}}, "Referer", base+"/")
	if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, "有一处文字太长了") || !strings.Contains(body, "都还在") || strings.Contains(body, "换小一点的文件") || strings.Contains(body, "返回刚才的页面") {
		t.Errorf("%d\n%s", resp.StatusCode, body)
	}
}

func TestErrorsAsFragmentsAndProblems(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	_, body := get(t, client, base+"/fail/conflict", "HX-Request", "true", "HX-Request-Type", "partial")
	if strings.Contains(body, "<html") || !strings.Contains(body, `role="alert"`) {
		t.Error("htmx gets a page instead of a fragment")
	}
	resp, body := get(t, client, base+"/fail/invalid", "Accept", "application/json", "Accept-Language", "en")
	var p web.Problem
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Content-Type") != "application/problem+json" || p.Status != 422 || len(p.Errors) != 1 || p.Errors[0].Detail != "Please fill this in" {
		t.Errorf("problem %+v", p)
	}
	resp, _ = get(t, client, base+"/api/nothing")
	if resp.StatusCode != 404 || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Error("an unknown API path answers with a page")
	}
}

func TestGuard(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	resp, _ := get(t, client, base+"/secret?x=1")
	if resp.StatusCode != 303 || resp.Header.Get("Location") != "/login?next=%2Fsecret%3Fx%3D1" {
		t.Errorf("anonymous: %s to %s", resp.Status, resp.Header.Get("Location"))
	}
	resp, _ = get(t, client, base+"/secret", "HX-Request", "true")
	if resp.Header.Get("HX-Redirect") == "" {
		t.Error("htmx is not led to the login page")
	}
	_, body := get(t, client, base+"/")
	if strings.Contains(body, `href="/secret"`) {
		t.Error("the menu shows what the reader may not open")
	}
	base, client = webtest.Start(t, demoServer(t, webtest.As(&web.User{ID: "u1", Name: "李书记", IsOfficial: true})))
	resp, body = get(t, client, base+"/secret")
	if resp.StatusCode != 200 || !strings.Contains(body, "face-desk") || resp.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("an official gets %s", resp.Status)
	}
}

func TestMountRefusesCarelessRoutes(t *testing.T) {
	catalog, err := i18n.New(web.Messages)
	if err != nil {
		t.Fatal(err)
	}
	ok := func(http.ResponseWriter, *http.Request) error { return nil }
	for name, r := range map[string]web.Route{
		"no access":  {Pattern: "GET /a", Handler: ok},
		"no handler": {Pattern: "GET /a", Access: web.Public},
		"bad":        {Pattern: "GET a b", Access: web.Public, Handler: ok},
		"twice":      {Pattern: "GET /offline", Access: web.Public, Handler: ok},
	} {
		if _, err := web.New(web.Options{Catalog: catalog, Modules: []web.Module{{Name: "x", Routes: []web.Route{r}}}}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestOutboxRequests(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t, webtest.As(&web.User{ID: "u1"})))
	good := url.Values{"text": {"路灯坏了"}, "kind": {"help"}}
	resp, body := post(t, client, base+"/demands", good, "X-Bilin-Outbox", "1", "X-Bilin-Account", "u1")
	if resp.StatusCode != 200 || resp.Header.Get("X-Bilin") != "1" || !strings.Contains(body, `"location":"/"`) {
		t.Errorf("%s %s", resp.Status, body)
	}
	resp, _ = post(t, client, base+"/demands", good, "X-Bilin-Outbox", "1", "X-Bilin-Account", "u2")
	if resp.StatusCode != 401 {
		t.Errorf("another's form is sent: %s", resp.Status)
	}
}

func TestAccessLogHoldsNoSecrets(t *testing.T) {
	var log bytes.Buffer
	base, client := webtest.Start(t, demoServer(t, webtest.With(func(o *web.Options) {
		o.Logger = slog.New(slog.NewJSONHandler(&log, nil))
	})))
	resp, body := get(t, client, base+"/fail/foreign?track=sesame")
	if strings.Contains(log.String(), "sesame") {
		t.Error("the log holds the query string")
	}
	id := resp.Header.Get("X-Request-Id")
	for _, want := range []string{"the disk is on fire", `"route":"GET /fail/{kind}"`, `"request":"` + id} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, log.String())
		}
	}
	if !strings.Contains(body, id) {
		t.Error("the page doesn't name the request")
	}
}

func TestCrossOriginFormsAreRefused(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	resp, _ := post(t, client, base+"/demands", url.Values{}, "Sec-Fetch-Site", "cross-site")
	if resp.StatusCode != http.StatusForbidden {
		t.Error(resp.Status)
	}
}

func TestWrapRunsOutermostFirst(t *testing.T) {
	var order []string
	wrap := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	srv := demoServer(t, webtest.With(func(o *web.Options) {
		o.Wrap = []func(http.Handler) http.Handler{wrap("session"), wrap("actor")}
	}))
	srv.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if strings.Join(order, " ") != "session actor" {
		t.Error(order)
	}
}
