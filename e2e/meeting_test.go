package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestMeeting: a lead calls a meeting out of an open demand and invites to it,
// writes the minutes without a signal, a promise and a demand come of it, and the
// next meeting reads out what became of each.
func TestMeeting(t *testing.T) {
	t.Parallel()
	cell := here.home(t, "lead")
	lead := here.as(t, "lead", phone)
	lead.open("/home")
	lead.js(`document.querySelectorAll(".folded details").forEach(d => d.open = true)`)
	lead.follow(`main a[href^="/meetings/new"]`)
	lead.looks("calling a meeting")
	lead.calls("桥头的灯", 20)
	lead.looks("an invitation")
	home := strings.TrimSuffix(lead.location(), "/invite")
	home = home[strings.LastIndex(home, "/meetings/"):]
	lead.submit(`form[action$="/invite"]`)
	lead.reads("邀请发出了")
	lead.looks("a meeting that was called")

	neighbour := here.visitor(t, phone)
	neighbour.open("/u/" + cell)
	neighbour.followLine("桥头的灯")
	neighbour.looks("a meeting as neighbours see it")
	if strings.Contains(neighbour.text("main"), "会议记录") {
		t.Error("minutes before there are any")
	}
	neighbour.open("/meetings?unit=" + cell)
	neighbour.looks("the meetings of a cell")

	writesWithoutSignal(t, home)
	lead.publishes(home)
	neighbour.open(home)
	neighbour.reads("先装桥头那一段")
	neighbour.looks("a meeting that was held")
	keepsAPromise(t, cell)
	lead.readsOut(neighbour)
}

// calls fills in a meeting that begins in some minutes, with the first open demand if there is one.
func (v *visitor) calls(subject string, minutes int) {
	v.t.Helper()
	at := time.Now().Add(time.Duration(minutes) * time.Minute).In(time.FixedZone("", 8*3600))
	v.fill(`input[name=subject]`, subject)
	v.fill(`input[name=day]`, at.Format(time.DateOnly))
	v.fill(`input[name=time]`, at.Format("15:04"))
	v.fill(`input[name=place]`, "晒谷坪")
	v.fill(`textarea[name=lines]`, "先装哪一段")
	v.js(`document.querySelector("input[name=demand]")?.click()`)
	v.submit(`form[action="/meetings"]`)
}

// writesWithoutSignal types minutes that outlive the page, and sends them and a
// promise once the network is back.
func writesWithoutSignal(t *testing.T, home string) {
	t.Helper()
	way := newLine(t, here.url)
	lead := here.visitor(t, phone)
	lead.carryTo(way.url, &http.Cookie{Name: "lang", Value: "zh-CN"})
	lead.carryTo(way.url, here.session(t, "lead"))
	lead.open(way.url + home + "/minutes")
	lead.until(`navigator.serviceWorker.controller`)
	lead.looks("minutes before the meeting")
	typed := `(box => { box.value = "先装桥头那一段，电费集体出。"; box.dispatchEvent(new Event("input", { bubbles: true })); })(document.getElementById("f-words"))`
	lead.js(typed)
	time.Sleep(2 * time.Second) // longer than typing pauses
	lead.open(way.url + home + "/minutes")
	lead.reads("从手机里取回来了")
	if got := read[string](lead, `document.getElementById("f-words").value`); !strings.HasPrefix(got, "先装桥头") {
		t.Errorf("the draft came back as %q", got)
	}
	lead.offline(way, true)
	lead.fill(`input[name=came]`, "23")
	lead.do(chromedp.Click(chromedp.CSS(`form[action$="/minutes"] > .btn-primary`)))
	lead.until(`document.getElementById("outbox-badge").innerText.startsWith("1")`)
	lead.reads("已存在手机里，有网时自动发出")
	lead.fill(`textarea[name=what]`, "桥头装三盏灯")
	lead.js(`(list => { list.value = [...list.options].find(o => o.value.endsWith("/village_official")).value; })(document.getElementById("f-owner"))`)
	lead.fill(`input[name=due]`, time.Now().AddDate(0, 0, 20).Format(time.DateOnly))
	lead.do(chromedp.Click(chromedp.CSS(`form[action$="/resolve"] > .btn-primary`)))
	lead.until(`document.getElementById("outbox-badge").innerText.startsWith("2")`)
	lead.offline(way, false)
	lead.until(`document.getElementById("outbox-badge").hidden`)
}

// publishes makes a demand of what can't be done there, and puts the minutes out.
func (v *visitor) publishes(home string) {
	v.t.Helper()
	v.open(home + "/minutes")
	v.reads("桥头装三盏灯")
	v.fill(`textarea[name=what]`, "上山的路要修")
	v.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=kind][value=demand])`)))
	v.submit(`form[action$="/resolve"]`)
	v.reads("上山的路要修")
	v.looks("minutes before they are out")
	v.submit(`form[action$="/publish"]`)
	v.reads("会议记录公开了")
	v.open(home)
	v.follow(`main a[href^="/t/"]`)
	v.reads("上山的路要修")
}

// keepsAPromise says what was done, in a sentence.
func keepsAPromise(t *testing.T, cell string) {
	t.Helper()
	village := here.as(t, "village", desk)
	village.open("/meetings?unit=" + cell)
	village.looks("what was resolved")
	village.follow(read[string](village, `"main a[href='" + [...document.querySelectorAll("li.meeting-fate")].find(e => e.innerText.includes("桥头装三盏灯")).querySelector("a[href^='/promises/']").getAttribute("href") + "']"`))
	village.looks("a promise")
	village.fill(`textarea[name=outcome]`, "好了")
	village.submit(`form[action^="/promises/"]`)
	village.reads("用一句话写清楚做了什么")
	village.fill(`textarea[name=outcome]`, "三盏灯装好了，晚上七点自动亮")
	village.submit(`form[action^="/promises/"]`)
	village.reads("记下了，下次会上会念给大家听")
}

// readsOut holds the next meeting: what became of each heads it.
func (v *visitor) readsOut(neighbour *visitor) {
	v.t.Helper()
	v.open("/meetings/new?unit=" + here.home(v.t, "lead"))
	v.calls("水渠轮流清", 40)
	home := strings.TrimSuffix(v.location(), "/invite")
	v.open(home + "/minutes")
	v.reads("以前定的事，办得怎样")
	v.reads("三盏灯装好了，晚上七点自动亮")
	v.looks("what is read out first")
	v.submit(`form[action$="/read"]`)
	v.reads("已在会上念过")
	neighbour.open(home)
	neighbour.reads("在会上念过")
	neighbour.reads("上山的路要修")
	neighbour.looks("what was read out")
}

// aMeeting is the number of one in a list.
func (c *city) aMeeting(t *testing.T, list, mark string) string {
	t.Helper()
	page := string(c.page(t, "village", list).want(t, 200).raw)
	_, rest, found := strings.Cut(page, `id="`+mark+`"`)
	if !found {
		t.Fatalf("no %s at %s", mark, list)
	}
	return between(rest, `href="/meetings/`, `"`)
}
