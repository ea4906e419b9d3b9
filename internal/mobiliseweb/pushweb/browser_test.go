package pushweb_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"bilin/internal/gateway"
	"bilin/internal/mobilise/push/pushtest"
)

// phoneTab is a page of a browser that lets us show notices.
type phoneTab struct {
	*testing.T
	ctx context.Context
}

func newTab(t *testing.T) *phoneTab {
	t.Helper()
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium doesn't start (install Debian's chromium): %v", err)
	}
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return &phoneTab{t, ctx}
}

func (p *phoneTab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// eval returns what a script answers, waiting for a promise.
func eval[T any](p *phoneTab, script string) T {
	p.Helper()
	out, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", script, err)
	}
	return out
}

// until waits for a condition on the page.
func (p *phoneTab) until(condition string) {
	p.Helper()
	for end := time.Now().Add(30 * time.Second); !eval[bool](p, condition); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			p.Fatalf("never: %s\n%s", condition, eval[string](p, "document.body.innerText"))
		}
	}
}

// command sends what no action is made for, to the page or to the browser.
func command[P any](p *phoneTab, c cdp.Command[P, cdp.Empty], params P, toBrowser bool) {
	p.Helper()
	var session cdp.Session = chromedp.FromContext(p.ctx).Target
	if toBrowser {
		session = chromedp.FromContext(p.ctx).Browser
	}
	if _, err := cdp.Call(p.ctx, session, c, params); err != nil {
		p.Fatal(err)
	}
}

// pushManager stands in for the browser's maker: it hands out an address of our
// own push service.
func pushManager(base string, b *pushtest.Browser) string {
	return fmt.Sprintf(`(() => {
	const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
	const own = () => localStorage.own && {
		endpoint: %q, options: { applicationServerKey: bytes(localStorage.own) }, getKey: (name) => bytes({ p256dh: %q, auth: %q }[name]),
		unsubscribe: async () => { delete localStorage.own; return true; } };
	PushManager.prototype.getSubscription = async () => own() || null;
	PushManager.prototype.subscribe = async (options) => {
		if (localStorage.broken) throw new DOMException("Registration failed - push service error", "AbortError");
		localStorage.own = options.applicationServerKey; return own(); };
})()`, base+"/"+b.Name, b.P256dh(), b.Auth())
}

// A lead turns notices on in their browser, gets one, and turns them off.
func TestANoticeInTheBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	svc := s.open("mailto:duty@example.cn")
	server := httptest.NewServer(s.server(svc, lead).Handler())
	t.Cleanup(server.Close)
	p := newTab(t)
	origin := server.URL
	command(p, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted, Origin: origin,
	}, true)
	if _, err := cdp.Call(p.ctx, cdp.Session(chromedp.FromContext(p.ctx).Target), page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: pushManager(s.url, s.fake.Browser("phone")),
	}); err != nil {
		t.Fatal(err)
	}
	here := server.URL + "/me/push"
	shown := `[...document.querySelectorAll("[data-push-when]")].filter((e) => !e.hidden).map((e) => e.dataset.pushWhen).join()`
	p.do(chromedp.EmulateViewport(360, 780), chromedp.Navigate(server.URL+"/offline"),
		chromedp.Evaluate[chromedp.Void](`document.cookie = "lang=zh-CN; path=/"`), chromedp.Navigate(here))
	p.until(shown + ` === "off"`)
	p.looks("off")
	p.do(chromedp.Evaluate[chromedp.Void](`localStorage.broken = "1"; document.querySelector("form[data-push-form] button").click()`))
	p.until(`document.querySelector("[data-push] [role=status]").textContent.includes("没有开成")`)
	p.looks("failed")
	p.do(chromedp.Evaluate[chromedp.Void](`delete localStorage.broken; document.querySelector("form[data-push-form] button").click()`))
	p.until(shown + ` === "on"`)
	p.until(`!document.querySelector("[data-push-here]").hidden`)
	p.looks("on")

	ok(t, svc.Send(t.Context(), gateway.Message{ID: "o-1/1", Tag: "o-1", To: "p1", Title: "【应急】冰冻", Text: "请到村部集合。", URL: "/me/push?order=1"}))
	got, err := s.fake.Notifications()
	if err != nil || len(got) != 1 {
		t.Fatalf("%d notices, %v", len(got), err)
	}
	p.deliver(origin, string(got[0].Payload))
	p.notices(`【应急】冰冻|请到村部集合。|true`)
	p.deliver(origin, string(got[0].Payload))
	p.notices(`【应急】冰冻|请到村部集合。|false`) // a repeat makes no sound
	ok(t, svc.Send(t.Context(), gateway.Message{ID: "o-1/2", Tag: "o-1", To: "p1", Title: "【更正】冰冻", Text: "改到学校。"}))
	if got, err = s.fake.Notifications(); err != nil || len(got) != 2 {
		t.Fatalf("%d notices, %v", len(got), err)
	}
	p.deliver(origin, string(got[1].Payload))
	p.notices(`【更正】冰冻|改到学校。|true`)
	p.deliver(origin, "no JSON")
	p.notices(`【更正】冰冻|改到学校。|true`, `比邻 Bilin||false`)

	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("form[data-push-end] button").click()`))
	p.until(`document.body.innerText.includes("还没有。")`)
	if err := svc.Send(t.Context(), gateway.Message{ID: "o-1/3", To: "p1", Text: "x"}); err == nil {
		t.Error("notices go on after they were turned off")
	}
}

// deliver hands the service worker what a push service brings.
func (p *phoneTab) deliver(origin, data string) {
	p.Helper()
	p.until(`navigator.serviceWorker.ready.then((r) => r.active?.state === "activated")`)
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	registered := chromedp.Events(ctx, serviceworker.WorkerRegistrationUpdated)
	command(p, serviceworker.Disable, cdp.Empty{}, false)
	command(p, serviceworker.Enable, cdp.Empty{}, false)
	for e, err := range registered {
		if err != nil {
			break
		}
		for _, r := range e.Registrations {
			if strings.HasPrefix(r.ScopeURL, origin) {
				command(p, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: origin, RegistrationID: r.RegistrationID, Data: data}, false)
				return
			}
		}
	}
	p.Fatal("no service worker is registered")
}

// notices waits until these are on the screen: title, text, and whether it came
// with a sound.
func (p *phoneTab) notices(want ...string) {
	p.Helper()
	script := `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((l) => l.map((n) => [n.title, n.body, n.renotify].join("|")).sort().join("\n"))`
	got := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = eval[string](p, script); got == strings.Join(want, "\n") {
			return
		}
	}
	p.Fatalf("on the screen:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
}

// looks examines the page with axe-core, and keeps a picture in BILIN_SHOTS.
func (p *phoneTab) looks(name string) {
	p.Helper()
	axe, err := os.ReadFile("../../../assets/node_modules/axe-core/axe.min.js")
	if err != nil {
		p.Fatal("axe-core is not installed: run `make assets` first")
	}
	found := eval[string](p, string(axe)+`;axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => v.id + ": " + v.nodes[0].html.slice(0, 200)).join("\n"))`)
	if found != "" {
		p.Errorf("%s: %s", name, found)
	}
	if eval[bool](p, `document.documentElement.scrollWidth > innerWidth`) {
		p.Errorf("%s scrolls sideways", name)
	}
	if dir := os.Getenv("BILIN_SHOTS"); dir != "" {
		picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
		ok(p, err)
		ok(p, os.WriteFile(filepath.Join(dir, "push-"+name+".png"), picture, 0o600))
	}
}
