package web_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"bilin/internal/web"
	"bilin/internal/webtest"
)

func TestSecurityHeaders(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	resp, body := get(t, client, base+"/")
	policy := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy lacks %s", want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("policy is lax: %s", policy)
	}
	if strings.Contains(body, "style=\"") || strings.Contains(body, "onclick") {
		t.Error("the page has inline style or script")
	}
	for _, h := range []string{"X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy"} {
		if resp.Header.Get(h) == "" {
			t.Errorf("no %s", h)
		}
	}
	if resp.Header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS over plain HTTP")
	}
}

func TestLanguage(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	for accept, want := range map[string]string{"": "zh-CN", "en-GB,en;q=0.9": "en", "fr": "zh-CN", "fr,en": "en", "zh-TW,en;q=0.5": "zh-CN", ";;": "zh-CN"} {
		if _, body := get(t, client, base+"/", "Accept-Language", accept); !strings.Contains(body, `<html lang="`+want+`"`) {
			t.Errorf("%q is not answered in %s", accept, want)
		}
	}
	resp, _ := post(t, client, base+"/prefs/language", url.Values{"locale": {"en"}, "next": {"/desk?a=1"}})
	if resp.StatusCode != 303 || resp.Header.Get("Location") != "/desk?a=1" {
		t.Errorf("%s to %s", resp.Status, resp.Header.Get("Location"))
	}
	if _, body := get(t, client, base+"/", "Accept-Language", "zh-CN"); !strings.Contains(body, `<html lang="en"`) || !strings.Contains(body, "Skip to the content") {
		t.Error("the choice of language isn't kept")
	}
}

func TestElderMode(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	post(t, client, base+"/prefs/elder", url.Values{"on": {"1"}, "next": {"https://evil.example/"}})
	if _, body := get(t, client, base+"/"); !strings.Contains(body, "face-phone elder") {
		t.Error("elder mode isn't kept")
	}
}

func TestLocalPath(t *testing.T) {
	for next, want := range map[string]string{
		"/a?b=1": "/a?b=1", "": "/", "//evil.example": "/", "https://evil.example/": "/",
		`/\evil.example`: "/", "javascript:alert(1)": "/", "a": "/", "/%2fevil": "/%2fevil",
	} {
		if got := web.LocalPath(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestFlashIsShownOnce(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	resp, _ := post(t, client, base+"/demands", url.Values{"text": {"路灯坏了"}, "kind": {"help"}})
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatal(resp.Status)
	}
	if _, body := get(t, client, base+"/"); !strings.Contains(body, "已收到，编号 2603-17") {
		t.Error("the message isn't shown")
	}
	if _, body := get(t, client, base+"/"); strings.Contains(body, "已收到") {
		t.Error("the message is shown twice")
	}
}

func TestInvalidFormIsShownAgain(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	resp, body := post(t, client, base+"/demands", url.Values{"_key": {"k9"}, "kind": {"help"}})
	if resp.StatusCode != http.StatusUnprocessableEntity {
		t.Fatal(resp.Status)
	}
	for _, want := range []string{`href="#f-text"`, `id="f-text"`, `aria-invalid="true"`, `aria-describedby="e-text h-text"`, `value="k9"`, `role="alert"`} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %s", want)
		}
	}
}

func TestSecureCookiesBehindProxy(t *testing.T) {
	srv := demoServer(t, webtest.With(func(o *web.Options) {
		o.PublicURL = "https://bilin.example"
		o.TrustedProxy = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	}))
	r := httptest.NewRequest(http.MethodPost, "/prefs/elder", strings.NewReader("on=1"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "10.1.2.3:99"
	w := httptest.NewRecorder()
	srv.Handler().ServeHTTP(w, r)
	cookie := w.Header().Get("Set-Cookie")
	for _, want := range []string{"__Host-elder=1", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
}

func TestPublicAddressNeedsItsProxyNamed(t *testing.T) {
	for _, o := range []web.Options{{PublicURL: "https://bilin.example"}, {PublicURL: "bilin.example"}, {PublicURL: "https://bilin.example/sub"}} {
		o.Catalog = demoCatalog(t)
		if _, err := web.New(o); err == nil {
			t.Errorf("%q is taken", o.PublicURL)
		}
	}
}

func TestClientIP(t *testing.T) {
	srv := demoServer(t, webtest.With(func(o *web.Options) {
		o.TrustedProxy = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		o.Wrap = []func(http.Handler) http.Handler{func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, web.ClientIP(r)) })
		}}
	}))
	for _, c := range []struct{ peer, forwarded, want string }{
		{"1.2.3.4:5", "", "1.2.3.4"},
		{"1.2.3.4:5", "6.6.6.6", "1.2.3.4"}, // not a proxy of ours: what it says is nothing
		{"10.0.0.1:5", "9.9.9.9, 10.0.0.2", "9.9.9.9"},
		{"10.0.0.1:5", "6.6.6.6, 9.9.9.9", "9.9.9.9"}, // the first hop is what the client made up
		{"10.0.0.1:5", "nonsense", "10.0.0.1"},
		{"[2001:db8::1]:5", "", "2001:db8::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-For", c.forwarded)
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, r)
		if got := w.Body.String(); got != c.want {
			t.Errorf("%s via %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestAssets(t *testing.T) {
	files := fstest.MapFS{
		"manifest.json": {Data: []byte(`{"app.css":"app.1.css","sw.js":"sw.2.js"}`)},
		"app.1.css":     {Data: []byte("plain")}, "app.1.css.br": {Data: []byte("brotli")}, "app.1.css.gz": {Data: []byte("gzip")},
		"sw.2.js": {Data: []byte("worker")},
	}
	base, client := webtest.Start(t, demoServer(t, webtest.With(func(o *web.Options) { o.Assets = files })))
	if _, body := get(t, client, base+"/"); !strings.Contains(body, `href="/static/app.1.css"`) {
		t.Error("the page doesn't name the hashed style sheet")
	}
	for accept, want := range map[string]string{"gzip, br": "brotli", "gzip": "gzip", "br;q=0": "plain", "identity": "plain"} {
		resp, body := get(t, client, base+"/static/app.1.css", "Accept-Encoding", accept)
		if body != want || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/css") {
			t.Errorf("%q gets %q", accept, body)
		}
	}
	resp, body := get(t, client, base+"/sw.js")
	if body != "worker" || resp.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("service worker: %q %v", body, resp.Header)
	}
	for _, path := range []string{"/static/manifest.json", "/static/.keep", "/static/../web.go", "/static/none.css"} {
		if resp, _ := get(t, client, base+path); resp.StatusCode == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
}

func TestWithoutAssets(t *testing.T) {
	srv := demoServer(t, webtest.With(func(o *web.Options) { o.Addr, o.Assets = "127.0.0.1:0", fstest.MapFS{".keep": {}} }))
	if err := srv.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "make assets") {
		t.Errorf("Run says %v", err)
	}
	base, client := webtest.Start(t, srv)
	if resp, _ := get(t, client, base+"/readyz"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Error("it calls itself ready")
	}
	if resp, _ := get(t, client, base+"/"); resp.StatusCode != http.StatusOK {
		t.Error("pages can't be tested without the assets")
	}
}

// A city that is only read stays in service, and says it to what watches.
func TestReadyWhileOnlyRead(t *testing.T) {
	needAssets(t)
	full := false
	srv := demoServer(t, webtest.With(func(o *web.Options) {
		o.Notice = func() string {
			if full {
				return "web.prefs"
			}
			return ""
		}
	}))
	base, client := webtest.Start(t, srv)
	for _, tt := range []struct {
		full bool
		want string
	}{{false, "ready"}, {true, "read-only"}, {false, "ready"}} {
		full = tt.full
		resp, body := get(t, client, base+"/readyz")
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Bilin-State") != tt.want || !strings.Contains(body, tt.want) {
			t.Errorf("full %v: %s %s %s", tt.full, resp.Status, resp.Header.Get("Bilin-State"), body)
		}
	}
}

// TestBuiltAssets looks at what make assets built.
func TestBuiltAssets(t *testing.T) {
	needAssets(t)
	base, client := webtest.Start(t, demoServer(t))
	for _, name := range []string{"/sw.js", "/favicon.ico", "/manifest.webmanifest", "/readyz"} {
		if resp, _ := get(t, client, base+name); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
}

func TestPagesAreCompressed(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	resp, body := get(t, client, base+"/", "Accept-Encoding", "gzip")
	if resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("not compressed")
	}
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(page), "</html>") {
		t.Error("the page doesn't come out whole", err)
	}
}

func TestMetrics(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	get(t, client, base+"/fail/conflict")
	if _, body := get(t, client, base+"/metrics"); !strings.Contains(body, `bilin_http_request_seconds_count{method="GET",route="GET /fail/{kind}",status="4xx"} 1`) {
		t.Error("the request isn't counted by its route")
	}
}

func TestRunDrains(t *testing.T) {
	closed := make(chan struct{})
	working := make(chan struct{})
	release := make(chan struct{})
	srv := demoServer(t, webtest.With(func(o *web.Options) {
		o.Assets = fstest.MapFS{"manifest.json": {Data: []byte(`{"app.css":"app.1.css"}`)}}
		o.OnShutdown = []func(){func() { close(closed) }}
		o.Wrap = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(working)
				<-release
				next.ServeHTTP(w, r)
			})
		}}
	}))
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx, ln) }()
	answer := make(chan int, 1)
	go func() {
		resp, err := http.Get("http://" + ln.Addr().String() + "/")
		if err != nil {
			answer <- 0
			return
		}
		resp.Body.Close()
		answer <- resp.StatusCode
	}()
	<-working
	cancel()
	<-closed
	close(release)
	if status := <-answer; status != http.StatusOK {
		t.Errorf("the request in work got %d", status)
	}
	if err := <-done; err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
