package e2e

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestSearchAsYouType answers before anybody presses a button, residents and officials.
func TestSearchAsYouType(t *testing.T) {
	t.Parallel()
	town := here.unit(t, here.home(t, "town")).Name
	resident := here.visitor(t, phone)
	resident.open("/find")
	resident.types(`main input[name=q]`, town)
	resident.see("#results a.found")
	resident.until(`location.search.includes("q=")`)
	if n := read[int](resident, `document.querySelectorAll("#results a.found").length`); n > 20 {
		t.Errorf("%d results", n)
	}
	resident.types(`main input[name=q]`, "没有这个地方")
	resident.see("#results .blank")

	v := here.as(t, "village", desk)
	v.open("/network/search")
	v.types(`main input[name=q]`, here.unit(t, here.home(t, "group")).Name)
	v.see(`#results a[href="/network/units/` + here.home(t, "group") + `"]`)
	v.open("/network/coverage")
	v.do(chromedp.KeyEvent("/"))
	v.until(`document.activeElement?.matches("[data-search]")`)
}

// types puts words into a search box, in place of what is there.
func (v *visitor) types(selector, words string) {
	v.t.Helper()
	v.js(`document.querySelector(` + quote(selector) + `).value = ""`)
	v.do(chromedp.SendKeys(chromedp.CSS(selector), words))
}

// TestMap shows the city as the server drew it where a browser has no WebGL.
func TestMap(t *testing.T) {
	t.Parallel()
	v := here.as(t, "city", desk)
	command(v, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `HTMLCanvasElement.prototype.getContext = () => null`,
	})
	v.open("/network/map")
	v.until(`document.querySelector("svg.map-fallback")?.getBoundingClientRect().height > 200`)
	if read[bool](v, `!!document.querySelector(".map-drawn, .map-canvas")`) {
		t.Error("a map was drawn without WebGL")
	}
	if n := read[int](v, `document.querySelectorAll("svg.map-fallback g:first-of-type > a").length`); n != 278 {
		t.Errorf("%d villages on the map", n)
	}
	if n := read[int](v, `document.querySelectorAll("svg.map-fallback .map-names a").length`); n != 29 {
		t.Errorf("%d towns on the map", n)
	}
	v.reads("泰森多边形")
	v.reads("10 个镇街驻地为大致位置")
	v.follow("svg.map-fallback .map-names a")
	v.see("main h1")
}

// TestDoorCards prints: a household's card, a cell's, all of a cell.
func TestDoorCards(t *testing.T) {
	t.Parallel()
	cell := here.home(t, "lead")
	household := here.link(t, "village", "/network/units/"+cell, "/network/households/")
	for _, path := range []string{
		"/network/units/" + cell + "/doorcards.pdf", "/network/units/" + cell + "/doorcards.pdf?kind=cell",
		"/network/households/" + household + "/doorcard.pdf",
	} {
		got := here.page(t, "village", path).want(t, 200)
		if got.kind != "application/pdf" || !bytes.HasPrefix(got.raw, []byte("%PDF")) || !bytes.Contains(got.raw[max(0, len(got.raw)-32):], []byte("%%EOF")) {
			t.Errorf("%s: %s, %d bytes: %q", path, got.kind, len(got.raw), got.raw[:min(20, len(got.raw))])
		}
	}
	here.page(t, "", "/network/households/"+household+"/doorcard.pdf").kept(t)
}

// kept fails the test unless the page was kept from whoever asked.
func (r reply) kept(t *testing.T) {
	t.Helper()
	if bytes.HasPrefix(r.raw, []byte("%PDF")) {
		t.Error("anybody may print a household's card")
	}
}

// TestEnglish switches the language for good, and back.
func TestEnglish(t *testing.T) {
	t.Parallel()
	v := here.visitor(t, phone)
	v.open("/find")
	v.do(chromedp.Click(chromedp.CSS(".prefs > summary")))
	v.follow(`.prefs button[name=locale]`)
	v.reads("Find your lead")
	if !strings.HasSuffix(v.location(), "/find") {
		t.Errorf("the switch leads to %s", v.location())
	}
	v.open("/t")
	v.reads("Look up my matter")
	if lang := read[string](v, `document.documentElement.lang`); lang != "en" {
		t.Errorf("the page says that it is in %q", lang)
	}
	v.do(chromedp.Click(chromedp.CSS(".prefs > summary")))
	v.follow(`.prefs button[name=locale]`)
	v.reads("查一查我的事")
}

// TestElder measures what large text promises: headings of 30 pixels, targets of 60.
func TestElder(t *testing.T) {
	t.Parallel()
	cell := here.home(t, "lead")
	v := here.as(t, "lead", phone)
	v.open("/home")
	v.follow(".elder-switch button")
	v.see("html.elder")
	for _, path := range []string{"/home", "/demands", "/network/units/" + cell, "/find?q=" + cell, "/u/" + cell, "/demands/new?unit=" + cell, "/t", "/account"} {
		v.open(path)
		for _, c := range []struct{ wrong, script string }{{"headings under 30 px", smallHeadings}, {"targets under 60 px", smallTargets}} {
			if found := read[string](v, c.script); found != "" {
				t.Errorf("%s: %s: %s", path, c.wrong, found)
			}
		}
		v.looks("elder " + path)
	}
}

const smallHeadings = `[...document.querySelectorAll("main h1, main h2, main h3")]
	.filter(e => e.getClientRects().length && !e.matches(".visually-hidden") && parseFloat(getComputedStyle(e).fontSize) < 30)
	.map(e => getComputedStyle(e).fontSize + " " + e.outerHTML.slice(0, 90)).join(" | ")`

const smallTargets = `[...document.querySelectorAll("button, .btn, .choice, summary, select, textarea, .menu a, .found, .line, input:not([type=hidden]):not([type=radio]):not([type=checkbox])")]
	.map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width && Math.round(r.height) < 60)
	.map(([e, r]) => Math.round(r.height) + " px " + e.outerHTML.slice(0, 90)).join(" | ")`
