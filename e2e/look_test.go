package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// looks checks the page that is open: axe-core finds nothing, nothing is wider
// than the screen, no word is missing, and a phone's text is large enough.
func (v *visitor) looks(where string) {
	v.t.Helper()
	v.looksFor(where, runAxe)
}

// looksFor looks with axe-core as axe runs it; empty leaves that out.
func (v *visitor) looksFor(where, axe string) {
	v.t.Helper()
	if axe != "" {
		for _, f := range v.axe(axe) {
			v.t.Errorf("%s: axe %s", where, f)
		}
	}
	for _, c := range []struct{ wrong, script string }{
		{"wider than the screen", sideways}, {"without words", wordless}, {"smaller than 18 px", small},
		{"a word or number is broken", broken}, {"cards wider than their frame", cards},
	} {
		if found := read[string](v, c.script); found != "" {
			v.t.Errorf("%s: %s: %s", where, c.wrong, found)
		}
	}
}

// settled comes true when no colour is on its way to another: half way it has no
// contrast.
const settled = `Promise.allSettled(document.getAnimations().filter(a => a instanceof CSSTransition).map(a => a.finished))`

// axe runs axe-core and tells each rule that is broken, with an example.
func (v *visitor) axe(run string) []string {
	v.t.Helper()
	if !read[bool](v, `typeof axe === "object"`) {
		v.js(axeSource(v.t))
	}
	raw := get(v, chromedp.Evaluate[string](settled+".then(() => "+run+")", chromedp.EvalAwaitPromise))
	var found []string
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		v.t.Fatal(err)
	}
	return found
}

func axeSource(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("..", "assets", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

const runAxe = `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v =>
	v.id + " ×" + v.nodes.length + ": " + v.help + ": " + v.nodes[0].html.slice(0, 200) + " (" + v.nodes[0].any.map(c => c.message).join("; ").slice(0, 200) + ")")))`

// runAxeAgain is for a page seen before in another language or size: its
// colours, which take axe-core longest, are the same.
var runAxeAgain = strings.Replace(runAxe, "{", `{rules: {"color-contrast": {enabled: false}}, `, 1)

const sideways = `document.documentElement.scrollWidth <= innerWidth ? "" : (document.documentElement.scrollWidth - innerWidth) + " px: " +
	[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-wrap,.menu,.skip"))
	.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | ")`

const wordless = `(document.documentElement.outerHTML.match(/⟦[^⟧]*⟧/g) ?? []).slice(0, 5).join(" ")`

// small names running text under 18 px on a page made for phones.
const small = `innerWidth > 400 || !document.documentElement.matches(".face-phone") ? "" :
	[...document.querySelectorAll("main p, main li, main dd, main label, main a, main button, main input, main textarea, main summary")]
	.filter(e => e.getClientRects().length && !e.matches(".visually-hidden, .visually-hidden *") &&
		[...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && parseFloat(getComputedStyle(e).fontSize) < 18)
	.slice(0, 3).map(e => getComputedStyle(e).fontSize + " " + e.outerHTML.slice(0, 100)).join(" | ")`

// broken names words and numbers of one piece that go over two lines, in
// menus, tabs, buttons and tables.
const broken = `[...document.querySelectorAll(".menu a, .tabs a, .btn, .table th, .table td, .stat-value")]
	.filter(e => e.getClientRects().length && !e.closest(".visually-hidden") && !(innerWidth < 640 && e.closest(".pile thead"))).flatMap(e => {
		const found = [], walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT)
		for (let n; n = walk.nextNode();) {
			if (n.parentElement.closest("code, .code, .visually-hidden")) continue
			for (const m of n.data.matchAll(/[A-Za-z0-9,]{2,32}/g)) {
				const r = document.createRange()
				r.setStart(n, m.index), r.setEnd(n, m.index + m[0].length)
				const rects = [...r.getClientRects()].filter(x => x.width > 0)
				if (rects.some(x => x.top > rects[0].bottom - 1)) found.push(m[0])
			}
		}
		return found
	}).slice(0, 5).join(" | ")`

// cards names tables that are piles of cards on a phone and need scrolling.
const cards = `innerWidth > 639 ? "" : [...document.querySelectorAll(".table-wrap:has(> .pile)")]
	.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => (e.scrollWidth - e.clientWidth) + " px: " + e.outerHTML.slice(0, 120)).join(" | ")`

// fill in replaces {name} in an address by what there is.
func fillIn(path string, known map[string]string) string {
	for name, value := range known {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	return path
}
