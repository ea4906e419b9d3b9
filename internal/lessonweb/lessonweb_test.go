package lessonweb_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/lesson"
	"bilin/internal/lessonweb"
	"bilin/internal/network/networktest"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type city struct {
	*networktest.City
	*lesson.Service
}

// newCity is the small city, in which 邻长1 is honoured.
func newCity(t *testing.T) *city {
	c := networktest.New(t, sqldbtest.Open(t, sqldb.SQLite), lesson.Rules)
	return &city{c, lesson.New(lesson.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Now: c.Now,
		Honours: func(_ context.Context, id string) (bool, error) { return id == "p-邻长1", nil },
		Speakers: func(context.Context) ([]lesson.Speaker, error) {
			return []lesson.Speaker{{PersonID: "p-邻长1", Name: "邻长1", UnitID: c.Cells[0]}}, nil
		}})}
}

func (c *city) as(name string) *webtest.Visitor {
	who := auth.Actor{}
	if name != "" {
		who = c.Actor(name)
	}
	return c.Visit(who, []i18n.Bundle{lesson.Messages, lessonweb.Messages, once.Messages}, func(srv *web.Server) web.Module {
		return lessonweb.New(srv, c.Service, c.Net.Tree, lessonweb.Options{Policy: c.Policy, Public: "https://bilin.example"}).Module()
	})
}

func has(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			t.Errorf("no %q on %s", w, page)
		}
	}
}

func hasNot(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(page, w) {
			t.Errorf("%q on %s", w, page)
		}
	}
}

// TestALesson: an honoured lead writes cards, the town publishes them, everybody
// reads them, a question is asked and answered without who asked.
func TestALesson(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	star, town, lead, anybody := c.as("邻长1"), c.as("镇干部"), c.as("邻长2"), c.as("")
	has(t, anybody.Get("/lessons"), "还没有短课")
	if code := lead.Status("/lessons/new"); code != http.StatusForbidden {
		t.Errorf("not honoured, and at the form: %d", code)
	}
	has(t, star.Get("/lessons/new"), "交给编辑发布")
	star.Post("/lessons", http.StatusUnprocessableEntity, "第2张卡片超过80个字", "_key", "1", "title", "怎么劝架", "cards", "先坐下。\n"+strings.Repeat("长", 81))
	at := star.Post("/lessons", http.StatusSeeOther, "", "_key", "2", "title", "怎么劝架", "cards", "先让两边坐下。\n一个一个听完。", "done", "1")
	if code := anybody.Status(at); code != http.StatusNotFound {
		t.Errorf("out before an editor saw it: %d", code)
	}
	has(t, town.Get("/lessons"), at, "等编辑发布")
	town.Get(at + "/edit")
	town.Post(at, http.StatusConflict, "刚才有人改过", "_key", "3", "_version", "9", "title", "怎么劝架", "cards", "先让两边坐下。", "done", "1")
	town.Post(at, http.StatusSeeOther, "", "_key", "4", "_version", "1", "title", "怎么劝架", "cards", "先让两边坐下。\n一个一个听完。", "done", "1")
	page := anybody.Get(at)
	has(t, page, `id="card-2"`, `href="#card-2"`, `data-speak="cards"`, "邻长1")
	hasNot(t, page, "问一句")
	has(t, lead.Get(at), "问一句")
	lead.Post(at+"/ask", http.StatusUnprocessableEntity, "请填写", "_key", "5", "words", "")
	lead.Post(at+"/ask", http.StatusSeeOther, "", "_key", "6", "words", "一边不肯坐怎么办？")
	hasNot(t, anybody.Get(at), "一边不肯坐")
	has(t, lead.Get(at), "一边不肯坐", "等待回答")
	mine := star.Get("/talks/mine")
	has(t, mine, "一边不肯坐")
	q := regexp.MustCompile(`/lessons/questions/[^"]+`).FindString(mine)
	star.Post(q, http.StatusUnprocessableEntity, "请填写", "_key", "7", "_version", "1", "answer", "")
	lead.Post(q, http.StatusForbidden, "", "_key", "8", "_version", "1", "answer", "随便。")
	if to := star.Post(q, http.StatusSeeOther, "", "_key", "9", "_version", "1", "answer", "先陪他站着。"); to != at {
		t.Errorf("answered, and at %s", to)
	}
	page = anybody.Get(at)
	has(t, page, "一边不肯坐", "先陪他站着。", "主讲人回答")
	hasNot(t, page, "邻长2")
	has(t, lead.Get("/talks/mine"), "先陪他站着。")
	star.Post(at+"/withdraw", http.StatusSeeOther, "", "_key", "a", "why", "有新的办法")
	page = anybody.Get(at)
	has(t, page, "有新的办法")
	hasNot(t, page, "一个一个听完")
}

// TestATalk: the town asks a lead, who says yes; people take places with one tap; it is cancelled.
func TestATalk(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	star, town, lead, anybody := c.as("邻长1"), c.as("镇干部"), c.as("邻长2"), c.as("")
	form := []string{"title", "怎么劝架", "about", "三十年的办法。", "place", "街道会议室", "at", "2026-12-05T09:00", "minutes", "60", "places", "12"}
	has(t, town.Get("/talks/new"), "邻长1（")
	town.Post("/talks", http.StatusUnprocessableEntity, "请选择主讲人", append(form, "_key", "1")...)
	town.Post("/talks", http.StatusUnprocessableEntity, "没有这个地方", append(form, "_key", "1", "cell", "天上")...)
	town.Post("/talks", http.StatusUnprocessableEntity, "三十年的办法。", "_key", "1", "title", "怎么劝架", "about", "三十年的办法。", "place", "", "at", "明天", "minutes", "x", "places", "0", "speaker", "p-邻长1")
	at := town.Post("/talks", http.StatusSeeOther, "", append(form, "_key", "2", "speaker", "p-邻长1")...)
	if code := anybody.Status(at); code != http.StatusNotFound {
		t.Errorf("announced unasked: %d", code)
	}
	has(t, star.Get("/talks/mine"), "请您来讲", at)
	star.Post(at+"/answer", http.StatusSeeOther, "", "_key", "3", "say", "yes")
	has(t, anybody.Get("/talks"), at, "街道会议室", "可以报名")
	has(t, lead.Get(at), "我要来")
	lead.Post(at+"/seat", http.StatusSeeOther, "", "_key", "4", "places", "1")
	has(t, lead.Get(at), "您报了1个位子")
	lead.Post(at+"/seat", http.StatusUnprocessableEntity, "1到20", "_key", "5", "places", "21")
	c.as("村干部1").Post(at+"/seat", http.StatusUnprocessableEntity, "只剩11个位子", "_key", "6", "places", "12")
	page := town.Get(at)
	has(t, page, "报名的不到10人")
	hasNot(t, page, "邻长2")
	c.as("村干部1").Post(at+"/seat", http.StatusSeeOther, "", "_key", "7", "places", "11")
	has(t, town.Get(at), "已报12人", "满了")
	feed := anybody.Get("/talks.ics?unit=" + c.Codes[0])
	has(t, feed, "BEGIN:VEVENT", "DTSTART:20261205T010000Z", "https://bilin.example"+at)
	hasNot(t, feed, "STATUS:CANCELLED")
	star.Post(at+"/cancel", http.StatusUnprocessableEntity, "请填写", "_key", "8", "why", "")
	lead.Post(at+"/cancel", http.StatusForbidden, "", "_key", "9", "why", "雨")
	star.Post(at+"/cancel", http.StatusSeeOther, "", "_key", "a", "why", "暴雨")
	has(t, anybody.Get(at), "暴雨", "已取消")
	has(t, anybody.Get("/talks.ics"), "STATUS:CANCELLED")
	has(t, lead.Get("/talks/mine"), "已取消")
}

// TestOfWhoCame there is a number, shown from ten on.
func TestOfWhoCame(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	star, anybody := c.as("邻长1"), c.as("")
	star.Get("/talks/new")
	at := star.Post("/talks", http.StatusSeeOther, "", "_key", "1", "title", "怎么劝架", "about", "办法。", "place", "村部", "at", "2026-12-01T11:00", "minutes", "30", "places", "12")
	star.Post(at+"/came", http.StatusConflict, "开始以后", "_key", "2", "came", "11")
	c.Clock = c.Clock.Add(3 * time.Hour)
	has(t, star.Get(at), "来了多少人")
	star.Post(at+"/came", http.StatusUnprocessableEntity, "请填写", "_key", "3", "came", "")
	star.Post(at+"/came", http.StatusSeeOther, "", "_key", "4", "came", "9")
	hasNot(t, anybody.Get(at), "9人")
	star.Post(at+"/came", http.StatusSeeOther, "", "_key", "5", "came", "31")
	has(t, anybody.Get(at), "31人", "已经讲完")
	if code := anybody.Status("/talks?unit=1"); code != http.StatusNotFound {
		t.Errorf("%d", code)
	}
}
