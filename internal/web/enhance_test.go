package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"bilin/internal/i18n"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// bench is a demo site whose network can be taken away.
type bench struct {
	url  string
	down *atomic.Bool
	demo demo
	ctx  context.Context
}

func newBench(t *testing.T) bench {
	t.Helper()
	needAssets(t)
	b := bench{down: &atomic.Bool{}, demo: demo{moved: make(chan string), raised: make(chan raising, 9), shown: &atomic.Int64{}}}
	cut := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if b.down.Load() {
				panic(http.ErrAbortHandler) // the connection breaks, as under a lost signal
			}
			next.ServeHTTP(w, r)
		})
	}
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		b.demo.srv = srv
		return []web.Module{b.demo.module()}
	}, []i18n.Bundle{demoWords}, webtest.With(func(o *web.Options) {
		o.Now = func() time.Time { return demoNow }
		o.Wrap = []func(http.Handler) http.Handler{cut}
	}))
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(ts.Close)
	b.url = ts.URL
	b.ctx = tab(t, browser(t))
	return b
}

// do runs steps and then waits until the condition, a script, holds.
func (b bench) do(t *testing.T, condition string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
	if condition == "" {
		return
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		// an error is a page that is just being left
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`Boolean(`+condition+`)`)); err == nil && ok {
			return
		}
	}
	body, _ := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("body")))
	t.Fatalf("%s doesn't come true:\n%s", condition, body)
}

func css(s string) chromedp.CSS { return chromedp.CSS(s) }

const fill = `document.querySelector("#f-text").value = "路灯坏了"; document.querySelector("[name=kind]").checked = true`

const badge = `document.getElementById("outbox-badge")`

func (b bench) raise(t *testing.T, condition string) {
	t.Helper()
	b.do(t, condition, chromedp.Evaluate[chromedp.Void](fill), chromedp.Click(css("form[action='/demands'] > .btn-primary")))
}

func TestOutboxKeepsAndSends(t *testing.T) {
	b := newBench(t)
	b.do(t, `navigator.serviceWorker.controller !== null`, chromedp.Navigate(b.url+"/"))
	b.down.Store(true)
	b.raise(t, badge+`.textContent.startsWith("1")`)
	b.raise(t, badge+`.textContent.startsWith("2")`)
	b.do(t, `document.querySelector("h1") && document.querySelectorAll(".outbox-item").length === 2 && document.title.includes("Bilin")`, chromedp.Navigate(b.url+"/desk"))
	b.down.Store(false)
	b.do(t, badge+`.dataset.count === "0"`, chromedp.Navigate(b.url+"/"))
	keys := map[string]int{}
	for len(b.demo.raised) > 0 {
		keys[(<-b.demo.raised).Key]++
	}
	if len(keys) != 2 { // a repeat of a key would do no harm; a missing one would
		t.Errorf("arrived: %v", keys)
	}
}

func TestOutboxSendsAtOnceWithANetwork(t *testing.T) {
	b := newBench(t)
	b.do(t, "", chromedp.Navigate(b.url+"/"))
	b.raise(t, `document.querySelector(".notice-ok")?.textContent.includes("2603-17")`)
	if n := len(b.demo.raised); n != 1 {
		t.Errorf("%d arrived", n)
	}
}

// A form that the server refuses is shown as the server shows it.
func TestOutboxLeavesRefusalsToTheServer(t *testing.T) {
	b := newBench(t)
	b.do(t, `document.querySelector("#e-text") !== null && document.querySelector("#f-text").value.length === 21`,
		chromedp.Navigate(b.url+"/"),
		chromedp.Evaluate[chromedp.Void](fill+`; document.querySelector("#f-text").value = "字".repeat(21)`),
		chromedp.Click(css("form[action='/demands'] > .btn-primary")))
	b.do(t, `document.activeElement?.matches("[data-focus]") && `+badge+`.hidden`)
}

// What the server refuses after the network came back is given back in words.
func TestOutboxGivesRefusalsBack(t *testing.T) {
	b := newBench(t)
	b.do(t, "", chromedp.Navigate(b.url+"/"))
	b.down.Store(true)
	b.do(t, badge+`.textContent.startsWith("1")`,
		chromedp.Evaluate[chromedp.Void](fill+`; document.querySelector("#f-text").value = "字".repeat(21)`),
		chromedp.Click(css("form[action='/demands'] > .btn-primary")))
	b.down.Store(false)
	b.do(t, `document.querySelector(".outbox-returned")?.textContent.includes("1 too many")`, chromedp.Navigate(b.url+"/offline"))
	b.do(t, `document.querySelector(".outbox-fields")?.textContent.includes("字字字")`, chromedp.Click(css("[data-outbox-do=edit]")))
}

func TestLiveRegionIsFetchedAgain(t *testing.T) {
	b := newBench(t)
	b.do(t, `document.querySelector("#shown")?.textContent === "1"`, chromedp.Navigate(b.url+"/"))
	b.do(t, "", chromedp.Evaluate[chromedp.Void](`document.querySelector("#f-text").value = "halb fertig"`))
	b.demo.moved <- "demand:1"
	b.do(t, `document.querySelector("#shown").textContent === "2" && document.querySelector("#f-text").value === "halb fertig"`)
}

func TestSearchAsYouType(t *testing.T) {
	b := newBench(t)
	b.do(t, `document.querySelector("#sought")?.textContent === "baima" && location.search.includes("find=baima") && document.activeElement.name === "find"`,
		chromedp.Navigate(b.url+"/"),
		chromedp.SendKeys(css("[name=find]"), "baima"))
}

func TestKeysOfTheDesk(t *testing.T) {
	b := newBench(t)
	b.do(t, `document.activeElement?.textContent === "2603-12"`, chromedp.Navigate(b.url+"/desk"), chromedp.KeyEvent("jj"))
	b.do(t, `document.activeElement?.textContent === "2603-11"`, chromedp.KeyEvent("k"))
	b.do(t, `document.activeElement?.type === "search"`, chromedp.KeyEvent("/"))
	b.do(t, `document.getElementById("keys").open`, chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("?"))
}

// Charts are drawn from the tables' cells, in the page's type, and read out as one picture.
func TestChart(t *testing.T) {
	b := newBench(t)
	b.do(t, `(() => { const boxes = [...document.querySelectorAll(".chart[role=img][aria-label]")];
		const words = boxes.map(c => [...c.querySelectorAll("svg text")].map(e => e.textContent).join());
		return boxes.length === 3 && words.every(w => w.includes("玉潭街道") && w.includes("按时") && !w.includes("合计")) &&
			getComputedStyle(boxes[0].querySelector("svg text")).fontFamily === getComputedStyle(document.body).fontFamily &&
			document.querySelectorAll(".chart + .table-wrap").length === 3; })()`,
		chromedp.EmulateViewport(1440, 900), chromedp.Navigate(b.url+"/chart"))
}

// The map is drawn under the strict policy, and where there is no WebGL the
// server's drawing stays.
func TestMap(t *testing.T) {
	b := newBench(t)
	messages := chromedp.Console(b.ctx)
	b.do(t, `document.querySelector(".map-canvas")?.offsetHeight > 300 && document.querySelector(".map-drawn .map-name")?.textContent === "玉潭街道" && getComputedStyle(document.querySelector(".map-fallback")).visibility === "hidden"`,
		chromedp.EmulateViewport(1440, 900), chromedp.Navigate(b.url+"/map"))
	b.do(t, "", chromedp.Evaluate[chromedp.Void](`console.log("end of test")`))
	for m, err := range messages {
		if err != nil || m.Text == "end of test" {
			break
		}
		if m.IsException() || m.Type == "error" {
			t.Errorf("console: %s", m)
		}
	}
	if dir := os.Getenv("BILIN_SHOTS"); dir != "" {
		picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "map.png"), picture, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// A page that the worker passed over is taken all the same: one that was loaded
// past it stands for one that was on its way when the worker began.
func TestWorkerTakesAPageItPassedOver(t *testing.T) {
	b := newBench(t)
	b.do(t, `navigator.serviceWorker.controller !== null`, chromedp.Navigate(b.url+"/"))
	past := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.Reload, page.ReloadParams{IgnoreCache: new(true)})
		return err
	})
	b.do(t, `performance.getEntriesByType("navigation")[0].type === "reload" && navigator.serviceWorker.controller !== null`, past)
}
