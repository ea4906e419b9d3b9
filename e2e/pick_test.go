package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestPick points at a place on the map: the form takes where it is, in words a
// person can check.
func TestPick(t *testing.T) {
	t.Parallel()
	v := here.visitor(t, phone)
	v.open("/demands/new?unit=" + here.home(t, "lead"))
	v.do(chromedp.Click(chromedp.CSS(`details.more > summary`)))
	v.do(chromedp.Click(chromedp.CSS(`[data-pick] > button`)))
	if !read[bool](v, `Boolean(document.createElement("canvas").getContext("webgl2") ?? document.createElement("canvas").getContext("webgl"))`) {
		v.until(`document.querySelector("[data-pick] [role=status]").textContent.includes("文字")`)
		return // this browser can't draw maps; what it says then is all there is to see
	}
	v.until(`document.querySelector(".pick-map canvas")?.width > 100`)
	v.until(`document.querySelectorAll(".pick-map .map-name").length > 0`)
	v.until(`(document.querySelector(".pick-here").click(), document.querySelector("[data-pick] [role=status]").textContent.length > 8)`)
	if lon, lat := read[float64](v, `Number(document.querySelector("[name=lon]").value)`), read[float64](v, `Number(document.querySelector("[name=lat]").value)`); lon < 111 || lon > 113.5 || lat < 27 || lat > 29 {
		t.Errorf("the place is %f, %f", lon, lat)
	}
	v.looks("pointing at a place")
}

// TestPickWithoutMap says that words will do where no map can be drawn.
func TestPickWithoutMap(t *testing.T) {
	t.Parallel()
	v := here.visitor(t, phone)
	command(v, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `HTMLCanvasElement.prototype.getContext = () => null`,
	})
	v.open("/demands/new?unit=" + here.home(t, "lead"))
	v.do(chromedp.Click(chromedp.CSS(`details.more > summary`)))
	v.do(chromedp.Click(chromedp.CSS(`[data-pick] > button`)))
	v.until(`document.querySelector("[data-pick] [role=status]").textContent.includes("文字")`)
}
