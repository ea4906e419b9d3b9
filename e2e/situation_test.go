package e2e

import (
	"net/http"
	"testing"
)

// onWall is the screen of a command post.
var onWall = size{"wall", 1920, 1080}

// TestSituation: the command post reports from a desk what the wall shows a moment
// later, without being loaded again; the wall is worked with keys, and says so
// when its numbers stop.
func TestSituation(t *testing.T) {
	t.Parallel()
	order := here.called(t)
	way := newLine(t, here.url)
	wall := here.visitor(t, onWall)
	for _, cookie := range []*http.Cookie{here.session(t, "town"), {Name: "lang", Value: "zh-CN"}} {
		wall.carryTo(way.url, cookie)
	}
	wall.open(way.url + "/orders/" + order + "/wall")
	wall.reads("这是演练，不是真的。")
	wall.looks("the wall")
	wall.until(`document.documentElement.scrollHeight <= innerHeight`) // all of it on one screen
	wall.js(`document.body.dataset.same = "1"`)

	command := here.as(t, "command", desk)
	command.open("/orders/" + order + "/board")
	command.unfolds("#b-act")
	command.looks("a board with its forms")
	command.fill("#v-1", "901")
	command.submit(`.b-set form[action*="/objectives/"]:not([action$="/strike"])`)
	command.reads("数字已更新")
	wall.until(`document.querySelector("[data-goal='0'] [data-value]").textContent === "901"`)
	command.unfolds("#b-act")
	command.fill("#f-note", "演练：第三批转移车辆出发。")
	command.submit(`form[action$="/notes"]`)
	wall.until(`document.querySelector("#b-lines").innerText.includes("第三批转移车辆")`)
	command.unfolds("#b-act")
	command.fill("#v-1", "1200")
	command.submit(`.b-set form[action*="/objectives/"]:not([action$="/strike"])`)
	wall.until(`document.querySelector("[data-goal='0']").innerText.includes("达成")`)
	wall.until(`document.body.dataset.same === "1"`)

	wall.press("4")
	wall.until(`document.activeElement.id === "b-map"`)
	wall.press("Enter")
	wall.until(`document.querySelector("#b-map.b-zoom")`)
	wall.press("t")
	wall.until(`document.querySelector("#b-time.b-zoom") && !document.querySelector("#b-map.b-zoom")`)
	wall.press("Escape")
	wall.press("?")
	wall.until(`document.querySelector("#b-help").open`)

	wall.offline(way, true)
	wall.until(`!document.getElementById("b-stale").hidden`)
	wall.reads("下面的数字停在")
	wall.offline(way, false)
	wall.until(`document.getElementById("b-stale").hidden`)
}

// press gives a key to whatever has the focus.
func (v *visitor) press(key string) {
	v.t.Helper()
	v.js(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: ` + quote(key) + `, bubbles: true, cancelable: true}))`)
}
