package e2e

import (
	"net/url"
	"strings"
	"testing"
)

// TestBoard follows a matter to the public board: its author agrees, the
// village looks, and everybody reads it with nobody to be recognised in it.
func TestBoard(t *testing.T) {
	t.Parallel()
	cell := here.home(t, "lead")
	made := here.raises(t, map[string]any{"kind": "report", "unit": cell, "publish": true,
		"text": "晒谷坪边的旱厕塌了半边墙，请联系12900000033。"})
	here.step(t, "lead", made, "accept", nil)
	here.step(t, "lead", made, "resolve", map[string]any{"note": "旱厕拆了，改成三格化粪池。"})
	here.step(t, "", made, "confirm", map[string]any{"satisfied": "yes"})

	anybody := here.visitor(t, phone)
	search := "/board?q=" + url.QueryEscape("旱厕 化粪池")
	anybody.open(search)
	anybody.see("#results .blank")
	village := here.as(t, "village", desk)
	village.open("/demands/board")
	village.followLine("旱厕塌了半边墙")
	village.reads("12900000033") // as written, for those who handle it
	village.looks("a review")
	village.submit(`form[action$="/publish"]`)
	if read[bool](village, `!!document.querySelector("form[action$='/publish'] input[name=sure]")`) {
		village.js(`document.querySelector("input[name=sure]").checked = true`)
		village.submit(`form[action$="/publish"]`)
	}
	village.reads("已公开")

	anybody.open(search)
	anybody.follow(`#results a[href^="/board/"]`)
	anybody.reads("三格化粪池")
	entry := string(here.page(t, "", strings.TrimPrefix(anybody.location(), here.url)).want(t, 200).raw)
	for _, secret := range []string{"12900000033", made.Number, lead(here.unit(t, cell)), here.unit(t, cell).Name + "邻长"} {
		if strings.Contains(entry, secret) {
			t.Errorf("the board tells %q", secret)
		}
	}
	anybody.looks("the board's entry")
	here.step(t, "", made, "publish", map[string]any{"publish": false})
	anybody.open(search)
	anybody.see("#results .blank")
}
