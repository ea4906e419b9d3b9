package taskweb_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/admission/admissiontest"
	"bilin/internal/admissionweb/taskweb"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func visit(c *admissiontest.City, who auth.Actor) *webtest.Visitor {
	return c.Visit(who, []i18n.Bundle{taskweb.Messages}, func(srv *web.Server) web.Module {
		return taskweb.New(srv, c.Monthly, c.Net.Tree).Module()
	})
}

func TestTasksOfAMonth(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	lead, other, office := visit(c, c.Lead(0)), visit(c, c.Lead(1)), visit(c, c.Office)
	lead.Get("/tasks", "这个月没有任务")
	visits := c.Visiting()
	visits.HomeMinutes = 5
	second := c.Visiting()
	second.Title, second.HomeMinutes = "取暖安全提醒", 4
	c.Admitted(visits)
	c.Admitted(second)
	c.PublishList(admissiontest.Next)
	c.Clock = admissiontest.At(t, "2026-12-03 09:00")
	if n, err := c.Monthly.Tick(t.Context()); err != nil || n != 6 {
		t.Fatalf("%d tasks, %v; three leads with two matters each", n, err)
	}
	page := lead.Get("/tasks", "还有 2 件没办", "入户查看用水设施", "取暖安全提醒", "省下约", "第1村0号")
	done := regexp.MustCompile(`/tasks/[^/"]+/done`).FindAllString(page, -1)
	if len(done) != 2 {
		t.Fatalf("%v", done)
	}
	other.Post(done[0], http.StatusNotFound, "", "_key", "x", "_version", "1")
	lead.Post(done[0], http.StatusSeeOther, "", "_key", "d", "_version", "1")
	lead.Post(done[0], http.StatusSeeOther, "", "_key", "d", "_version", "1") // a second tap
	lead.Get("/tasks", "还有 1 件没办", "点错了")
	lead.Post(strings.TrimSuffix(done[0], "done")+"undo", http.StatusSeeOther, "", "_key", "u", "_version", "2")
	lead.Get("/tasks", "还有 2 件没办")

	task := strings.TrimSuffix(done[1], "/done")
	lead.Get(task, "退回")
	lead.Post(task+"/return", http.StatusUnprocessableEntity, "", "_key", "r0", "_version", "1")
	lead.Post(task+"/return", http.StatusSeeOther, "", "_key", "r", "_version", "1", "reason", "not_mine", "note", "这几户不归我")
	if s := lead.Status("/returns"); s != http.StatusForbidden {
		t.Errorf("a lead opens the desk: %d", s)
	}
	office.Get("/returns", "这几户不归我", "不归我管")
	settle := strings.Replace(task, "/tasks/", "/returns/", 1)
	office.Post(settle, http.StatusUnprocessableEntity, "", "_key", "s0", "_version", "2", "answer", "insist")
	office.Post(settle, http.StatusSeeOther, "", "_key", "s", "_version", "2", "answer", "agree")
	lead.Get(task, "不用办了")
	office.Get("/returns", "没有退回的任务")
}

// While there is an emergency, routine tasks are kept apart and can still be opened.
func TestRoutineTasksWaitInAnEmergency(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	lead := visit(c, c.Lead(0))
	c.Admitted(c.Visiting())
	c.PublishList(admissiontest.Next)
	c.Clock = admissiontest.At(t, "2026-12-03 09:00")
	_, err := c.Monthly.Tick(t.Context())
	c.OK(err)
	lead.Get("/tasks", "还有 1 件没办", "/done")
	c.Paused[c.Cells[0]] = true
	page := lead.Get("/tasks", "这里正在应急", "1 件日常任务先放着", "因应急先放着的（1 件）", "入户查看用水设施")
	for _, bad := range []string{"/done", "都办好了", "件没办", "要去的人家"} {
		if strings.Contains(page, bad) {
			t.Errorf("says %q", bad)
		}
	}
	if todo, err := c.Monthly.Todo(t.Context(), c.Lead(0)); err != nil || len(todo) != 1 || !todo[0].Waits {
		t.Errorf("%+v, %v", todo, err)
	}
	lead.Get(regexp.MustCompile(`/tasks/[0-9a-f-]{36}`).FindString(page), "/done")
}

func TestReturnsOfOneMatterAreAnsweredTogether(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	office := visit(c, c.Office)
	number, other := c.Admitted(c.Content()), c.Visiting()
	other.HomeMinutes = 3
	c.Admitted(other)
	c.PublishList(admissiontest.Next)
	c.Clock = admissiontest.At(t, "2026-12-03 09:00")
	_, err := c.Monthly.Tick(t.Context())
	c.OK(err)
	for cell := range 3 {
		lead := visit(c, c.Lead(cell))
		for _, done := range regexp.MustCompile(`/tasks/[^/"]+/done`).FindAllString(lead.Get("/tasks"), -1) {
			lead.Post(strings.TrimSuffix(done, "done")+"return", http.StatusSeeOther, "", "_key", done, "_version", "1", "reason", "not_possible")
		}
	}
	office.Get("/returns", "按事项看", `<span class="count">3</span>`)
	if page := office.Get("/returns?matter="+number, "3 条一起答复"); strings.Contains(page, "入户查看用水设施") {
		t.Error("another matter's are shown")
	}
	office.Post("/returns", http.StatusUnprocessableEntity, "请填写", "_key", "a", "matter", number, "answer", "agree")
	for range 2 { // pressed twice
		office.Post("/returns", http.StatusSeeOther, "", "_key", "b", "matter", number, "answer", "insist", "note", "顺路说一声就行。")
	}
	if n, err := c.Monthly.ReturnsWaiting(t.Context()); err != nil || n != 3 {
		t.Errorf("%d wait, %v; the other matter's three", n, err)
	}
	visit(c, c.Lead(0)).Get("/tasks", "顺路说一声就行", "还有 1 件没办")
	visit(c, c.Lead(0)).Post("/returns", http.StatusForbidden, "", "_key", "c", "matter", number, "answer", "agree", "note", "自己答复自己")
}
