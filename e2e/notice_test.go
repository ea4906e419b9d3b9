package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestNotice: a village warns its households, one opens it by its door, a lead
// without a signal ticks off whom they told, and the village sees numbers.
func TestNotice(t *testing.T) {
	t.Parallel()
	village := here.as(t, "village", desk)
	village.open("/notices/desk")
	village.follow(`main a[href="/notices/new"]`)
	village.follow(`main a[href="/notices/new?template=ice"]`)
	village.looks("a notice that lies ready")
	village.submit(`form.narrow`)
	village.reads("还有【】没有填好")
	village.fill(`input[name=title]`, "今晚冰冻，少出门")
	village.fill(`textarea[name=words]`, "今晚有冰冻。\n不要骑车出门。\n烤火要开一点窗。")
	if !read[bool](village, `document.querySelector('input[name=unit][value="`+here.home(t, "village")+`"]').checked`) {
		t.Error("a village's own notice doesn't go to all of it at first")
	}
	village.submit(`form.narrow`)
	village.reads("会送到哪些户")
	village.looks("a notice before it goes out")
	home := strings.TrimSuffix(village.location(), "/check")
	village.submit(`form[action$="/send"]`)
	village.reads("发出了，发给")
	village.looks("how far a new notice came")
	path := home[strings.LastIndex(home, "/notices/"):]

	neighbour := opensByDoor(t)
	tellsWithoutSignal(t, path)
	countsAndRecalls(t, village, neighbour, path)
}

// opensByDoor is somebody who reads the notice through the code at their door.
func opensByDoor(t *testing.T) *visitor {
	t.Helper()
	neighbour := here.visitor(t, phone)
	neighbour.open("/d/" + here.doorOf(t))
	neighbour.follow(`main a[href^="/notices?door="]`)
	neighbour.looks("the news of a door")
	neighbour.followLine("今晚冰冻")
	neighbour.reads("不要骑车出门")
	neighbour.looks("a notice on a phone")
	if strings.Contains(neighbour.text("main"), "播音稿") {
		t.Error("a resident sees what is for officials")
	}
	return neighbour
}

// tellsWithoutSignal ticks off a household while there is no network.
func tellsWithoutSignal(t *testing.T, path string) {
	t.Helper()
	way := newLine(t, here.url)
	lead := here.visitor(t, phone)
	lead.carryTo(way.url, &http.Cookie{Name: "lang", Value: "zh-CN"})
	lead.carryTo(way.url, here.session(t, "lead"))
	lead.open(way.url + path + "/tell")
	lead.until(`navigator.serviceWorker.controller`)
	lead.looks("whom to tell")
	lead.offline(way, true)
	lead.js(`document.querySelector(".notice-home").scrollIntoView({ block: "center" })`)
	lead.do(chromedp.Click(chromedp.CSS(`.notice-home form button`)))
	lead.see(`.notice-home.kept`)
	lead.until(`document.getElementById("outbox-badge").innerText.startsWith("1")`)
	lead.looks("told without a network")
	lead.offline(way, false)
	lead.until(`document.getElementById("outbox-badge").hidden`)
	lead.open(way.url + path + "/tell")
	lead.reads("已告知1户")
	lead.follow(`main form button[value=met]`)
	lead.reads("记下了")
}

// countsAndRecalls sees numbers, enters a meeting, corrects and recalls.
func countsAndRecalls(t *testing.T, village, neighbour *visitor, path string) {
	t.Helper()
	village.open(path + "/reach")
	village.reads("邻长当面说")
	for stat, want := range map[string]string{"自己打开": "1", "邻长当面说": "1"} {
		if got := read[string](village, `[...document.querySelectorAll(".stat")].find(s => s.innerText.includes("`+stat+`")).querySelector(".stat-value").innerText`); got != want {
			t.Errorf("%s: %s, want %s", stat, got, want)
		}
	}
	village.follow(`main a[href$="/meet"]`)
	village.looks("a meeting where it was read out")
	village.fill(`input[name=households]`, "12")
	village.submit(`form.narrow`)
	village.reads("来了12户")
	village.open(path + "/correct")
	village.looks("a correction")
	village.fill(`input[name=title]`, "明晚冰冻，少出门")
	village.fill(`input[name=why]`, "时间写错了")
	village.submit(`form.narrow`)
	village.reads("更正发出了")
	neighbour.open(path)
	neighbour.reads("时间写错了")
	neighbour.looks("a corrected notice")
	village.open(path + "/correct")
	village.unfolds(`details.confirm`)
	village.fill(`input[name=recall_why]`, "预报取消")
	village.submit(`form[action$="/recall"]`)
	neighbour.open(path)
	neighbour.reads("这条消息已经撤回")
	neighbour.looks("a recalled notice")
}

// notice is the number of the first notice on a list.
func (c *city) notice(t *testing.T, login, list string) string {
	t.Helper()
	number := regexp.MustCompile(`href="/notices/(N\d+)`).FindStringSubmatch(string(c.page(t, login, list).want(t, 200).raw))
	if number == nil {
		t.Fatalf("no notice at %s", list)
	}
	return number[1]
}
