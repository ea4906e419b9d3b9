package web_test

import (
	"context"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// needAssets fails a test that looks at the built page where there is none.
func needAssets(t *testing.T) {
	t.Helper()
	if _, err := fs.Stat(os.DirFS("dist"), "manifest.json"); err != nil {
		t.Fatal("the styles and scripts are not built: run `make assets` first")
	}
}

// browser starts a headless Chromium that ends with the test. Its profile is
// its own to delete: it may still be writing when the test ends.
func browser(t *testing.T) context.Context {
	t.Helper()
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,

		chromedp.Flag("enable-unsafe-swiftshader", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium doesn't start (install Debian's chromium): %v", err)
	}
	return ctx
}

// tab opens a page of the browser for one test.
func tab(t *testing.T, browser context.Context) context.Context {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func axeSource(t *testing.T) string {
	t.Helper()
	axe, err := os.ReadFile("../../assets/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("axe-core is not installed: run `make assets` first")
	}
	return string(axe)
}

// TestPagesInTheBrowser looks at every component on each face with axe-core,
// and for breaches of the content security policy, sideways scrolling and
// targets that are too small. BILIN_SHOTS names a directory for pictures.
func TestPagesInTheBrowser(t *testing.T) {
	needAssets(t)
	axe := axeSource(t)
	ts := httptest.NewServer(demoServer(t).Handler())
	defer ts.Close()
	ctx := browser(t)
	for _, c := range []view{
		{"phone", "/", 360, 780, false},
		{"phone-elder", "/", 360, 780, true},
		{"phone-wide", "/", 1440, 900, false},
		{"phone-error", "/nowhere", 360, 780, false},
		{"phone-offline", "/offline", 360, 780, false},
		{"desk", "/desk", 1440, 900, false},
		{"desk-narrow", "/desk", 360, 780, false},
		{"desk-elder", "/desk", 1440, 900, true},
		{"wall", "/wall", 1440, 900, false},
		{"chart", "/chart", 1440, 900, false},
		{"chart-narrow", "/chart", 360, 780, false},
		{"chart-elder", "/chart", 360, 780, true},
		{"chart-wall", "/chart/wall", 1440, 900, false},
	} {
		t.Run(c.name, func(t *testing.T) { c.look(t, tab(t, ctx), ts.URL, axe) })
	}
}

type view struct {
	name, path    string
	width, height int64
	elder         bool
}

func (v view) look(t *testing.T, ctx context.Context, base, axe string) {
	t.Helper()
	messages := chromedp.Console(ctx)
	v.open(t, ctx, base)
	for name, script := range map[string]string{"axe-core": runAxe, "scrolls sideways": sideways, "targets too small": smallTargets} {
		if name == "targets too small" && !strings.HasPrefix(v.name, "phone") && !v.elder {
			continue
		}
		if name == "axe-core" {
			script = axe + ";\n" + script
		}
		found, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
	v.shoot(t, ctx)
	for m, err := range messages {
		if err != nil || m.Text == "end of test" {
			break
		}
		if m.IsException() || m.Type == "error" {
			if v.path != "/nowhere" || m.Source != "network" {
				t.Errorf("console: %s", m)
			}
		}
	}
}

func (v view) open(t *testing.T, ctx context.Context, base string) {
	t.Helper()
	on := "0"
	if v.elder {
		on = "1"
	}
	err := chromedp.Do(ctx,
		chromedp.EmulateViewport(v.width, v.height),
		chromedp.Navigate(base+"/offline"),
		chromedp.Evaluate[chromedp.Void](`document.cookie = "lang=zh-CN; path=/"; document.cookie = "elder=`+on+`; path=/"`),
		chromedp.Navigate(base+v.path))
	if err != nil {
		t.Fatal(err)
	}
}

func (v view) shoot(t *testing.T, ctx context.Context) {
	t.Helper()
	if dir := os.Getenv("BILIN_SHOTS"); dir != "" {
		for name, shot := range map[string]chromedp.Action[[]byte]{"": chromedp.FullScreenshot(100), "-top": chromedp.CaptureScreenshot()} {
			picture, err := chromedp.Run(ctx, shot)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, v.name+name+".png"), picture, 0o600)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`console.log("end of test")`)); err != nil {
		t.Fatal(err)
	}
}

const runAxe = `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v =>
	v.id + ": " + v.help + "\n" + v.nodes.slice(0, 4).map(n => "  " + n.html.slice(0, 160) + "\n  " + n.failureSummary).join("\n")).join("\n"))`

const sideways = `document.documentElement.scrollWidth <= innerWidth ? "" :
	[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-wrap,.menu,.skip"))
	.slice(0, 5).map(e => e.outerHTML.slice(0, 120)).join("\n") || "page"`

// smallTargets names buttons and choices under 48 pixels, 60 in elder mode.
const smallTargets = `(() => { const least = document.documentElement.classList.contains("elder") ? 60 : 48;
	return [...document.querySelectorAll("button, .btn, .choice, summary, input.input, select, .menu a")]
	.map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width && Math.round(r.height) < least)
	.map(([e, r]) => Math.round(r.height) + "px " + e.outerHTML.slice(0, 90)).join("\n"); })()`
