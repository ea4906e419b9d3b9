package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// size is a screen that people really use.
type size struct {
	name          string
	width, height int64
}

var (
	phone = size{"phone", 360, 780}
	desk  = size{"desk", 1440, 900}
)

// openBrowser starts one headless Chromium for all journeys.
func (c *city) openBrowser() (func(), error) {
	path, err := chromium()
	if err != nil {
		return nil, err
	}
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	opts = append(opts, chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(filepath.Join(c.dir, "chromium")))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	if err := chromedp.Do(ctx); err != nil {
		stop()
		stopAlloc()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	c.browser = ctx
	return func() {
		stop()
		stopAlloc()
	}, nil
}

func chromium() (string, error) {
	if path := os.Getenv("BILIN_TEST_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium found: run `make browser`, or name one in BILIN_TEST_CHROMIUM")
}

// visitor is somebody at a screen, with cookies of their own.
type visitor struct {
	t    *testing.T
	city *city
	ctx  context.Context
}

// visitor opens a fresh browser context: nobody's cookies, one screen size.
func (c *city) visitor(t *testing.T, s size) *visitor {
	t.Helper()
	ctx, stop := chromedp.NewContext(c.browser, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 12*time.Minute)
	t.Cleanup(cancel)
	v := &visitor{t: t, city: c, ctx: ctx}
	v.carry(&http.Cookie{Name: "lang", Value: "zh-CN"}) // whatever this machine's language
	return v
}

// patience is how long a visitor waits for one thing, on a machine under load.
const patience = 40 * time.Second

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.t.Fatalf("%v\n%s", err, v.where())
	}
}

// get runs an action that answers something.
func get[T any](v *visitor, a chromedp.Action[T]) T {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, a)
	if err != nil {
		v.t.Fatalf("%v\n%s", err, v.where())
	}
	return out
}

// where tells what the visitor sees, for the message of a failed test.
func (v *visitor) where() string {
	ctx, cancel := context.WithTimeout(v.ctx, 2*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + (document.body ? document.body.innerText.slice(0, 600) : "")`))
	if err != nil {
		return "on a page that doesn't answer: " + err.Error()
	}
	return "at " + text
}

// js runs a script whose result doesn't matter.
func (v *visitor) js(script string) {
	v.t.Helper()
	v.do(chromedp.Evaluate[chromedp.Void](script))
}

func (v *visitor) open(path string) {
	v.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = v.city.url + path
	}
	v.do(chromedp.Navigate(path), chromedp.WaitReady(chromedp.CSS("main")))
}

// as is a visitor who is logged in.
func (c *city) as(t *testing.T, login string, s size) *visitor {
	t.Helper()
	v := c.visitor(t, s)
	v.carry(c.session(t, login))
	return v
}

// carry puts a cookie into the visitor's browser.
func (v *visitor) carry(cookie *http.Cookie) {
	v.t.Helper()
	v.carryTo(v.city.url, cookie)
}

func (v *visitor) carryTo(url string, cookie *http.Cookie) {
	v.t.Helper()
	command(v, network.SetCookie, network.SetCookieParams{Name: cookie.Name, Value: cookie.Value, URL: url})
}

// command gives the visitor's browser a command of its protocol.
func command[P, R any](v *visitor, cmd cdp.Command[P, R], params P) {
	v.t.Helper()
	if _, err := chromedp.Call(v.ctx, cmd, params); err != nil {
		v.t.Fatal(err)
	}
}

// submit sends a form and waits for the page that answers.
func (v *visitor) submit(form string) {
	v.t.Helper()
	v.follow(form + ` button:not([type=button]):not([formaction]):not([name^=_])`)
}

// follow clicks a link or button and waits for the page that answers.
func (v *visitor) follow(selector string) {
	v.t.Helper()
	v.js(`document.documentElement.dataset.old = "1"`)
	v.do(chromedp.Click(chromedp.CSS(selector)))
	if !v.comes(left, patience/4) && v.comes(`document.querySelector(`+quote(selector)+`)?.matches(":enabled, a")`, time.Second) {
		v.do(chromedp.Click(chromedp.CSS(selector))) // the page changed under the first click
	}
	v.until(left)
}

// left is true on a page that came after the one that follow marked.
const left = `!document.documentElement.dataset.old && document.readyState === "complete"`

// followLine follows the link of the list's line, or the table's row, that says text.
func (v *visitor) followLine(text string) {
	v.t.Helper()
	v.reads(text)
	v.follow(read[string](v, `"main a[href='" + [...document.querySelectorAll("main li, main tr")].find(
		e => e.innerText.includes(`+quote(text)+`)).querySelector("a").getAttribute("href") + "']"`))
}

// unfolds opens what a page keeps folded until somebody wants it.
func (v *visitor) unfolds(details string) {
	v.t.Helper()
	v.see(details)
	v.until(`(d => d.open || d.firstElementChild.click())(document.querySelector(` + quote(details) + `))`)
}

// until waits for a JavaScript condition.
func (v *visitor) until(condition string) {
	v.t.Helper()
	if !v.comes(condition, patience) {
		v.t.Fatalf("never true: %s\n%s", condition, v.where())
	}
}

// comes reports whether a JavaScript condition becomes true in time.
func (v *visitor) comes(condition string, in time.Duration) bool {
	for deadline := time.Now().Add(in); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		// A page that is being replaced has no context to ask for a moment.
		if ok, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](`!!(`+condition+`)`)); err == nil && ok {
			return true
		}
	}
	return false
}

func (v *visitor) see(selector string) {
	v.t.Helper()
	v.until(fmt.Sprintf(`document.querySelector(%s)`, quote(selector)))
}

// reads waits until the page says text.
func (v *visitor) reads(text string) {
	v.t.Helper()
	v.until(fmt.Sprintf(`document.body && document.body.innerText.includes(%s)`, quote(text)))
}

func (v *visitor) text(selector string) string {
	v.t.Helper()
	return strings.TrimSpace(get(v, chromedp.Text(chromedp.CSS(selector))))
}

func (v *visitor) fill(selector, value string) {
	v.t.Helper()
	v.do(chromedp.SetValue(chromedp.CSS(selector), value))
}

// read evaluates a script and returns what it yields.
func read[T any](v *visitor, script string) T {
	v.t.Helper()
	return get(v, chromedp.Evaluate[T](script))
}

func (v *visitor) location() string {
	v.t.Helper()
	return get(v, chromedp.Location())
}

func quote(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(raw)
}
