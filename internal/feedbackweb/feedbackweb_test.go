package feedbackweb_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/feedback"
	"bilin/internal/feedbackweb"
	"bilin/internal/i18n"
	"bilin/internal/network/networktest"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type city struct {
	*networktest.City
	svc *feedback.Service
}

func newCity(t *testing.T) *city {
	c := networktest.New(t, sqldbtest.Open(t, sqldb.SQLite), feedback.Rules)
	return &city{c, feedback.New(feedback.Options{DB: c.DB, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Vault: c.Vault, Now: c.Now})}
}

func (c *city) as(name string) *webtest.Visitor {
	who := auth.Actor{}
	if name != "" {
		who = c.Actor(name)
	}
	return c.Visit(who, []i18n.Bundle{feedback.Messages, feedbackweb.Messages, once.Messages}, func(srv *web.Server) web.Module {
		return feedbackweb.New(srv, c.svc, "1.4").Module()
	})
}

// TestSaidAnsweredAndListed: somebody says it from a page, the desk answers, the
// author reads it by key, and everybody sees what was changed.
func TestSaidAnsweredAndListed(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	somebody, desk := c.as(""), c.as("市办")
	if body := somebody.Get("/feedback/changes"); !strings.Contains(body, `href="/feedback?from=%2Ffeedback%2Fchanges"`) {
		t.Errorf("no link at the foot that says where from: %s", body)
	}
	if body := somebody.Get("/feedback?from=/my-feedback/{number}"); !strings.Contains(body, `name="from" value="/my-feedback/{number}"`) {
		t.Error("the page doesn't come along")
	}
	if body := somebody.Get("/feedback?from=/d/AAAA222233"); !strings.Contains(body, `name="from" value=""`) {
		t.Error("an address comes along")
	}
	own := somebody.Post("/feedback", http.StatusSeeOther, "", "_key", "1", "from", "/feedback/changes", "kind", "hard", "words", "字太小\n看得费劲")
	page := somebody.Get(own)
	for _, want := range []string{"收到了", "看得费劲", "最迟"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on %s", want, page)
		}
	}
	number := regexp.MustCompile(`F\d{8}`).FindString(page)
	if body := desk.Get("/feedback/desk"); !strings.Contains(body, "字太小") || !strings.Contains(body, "/feedback/changes") {
		t.Errorf("not on the desk: %s", body)
	}
	home := "/feedback/desk/" + number
	desk.Post(home+"/reply", http.StatusUnprocessableEntity, "请填写", "_key", "2", "_version", "1", "state", "changed", "words", "改好了")
	desk.Post(home+"/reply", http.StatusUnprocessableEntity, "请去掉", "_key", "2", "_version", "1", "state", "changed", "words", "改好了", "sentence", "有事打13800138000", "release", "1.4")
	desk.Post(home+"/reply", http.StatusConflict, "请看一看再定", "_key", "2", "_version", "7", "state", "declined", "words", "不改")
	desk.Post(home+"/reply", http.StatusSeeOther, "", "_key", "3", "_version", "1", "state", "changed", "words", "改好了", "sentence", "字随手机放大", "release", "1.4")
	for at, v := range map[string]*webtest.Visitor{own: somebody, "/feedback/changes": c.as("邻长1"), home: desk} {
		if body := v.Get(at); !strings.Contains(body, "字随手机放大") || !strings.Contains(body, "1.4版") {
			t.Errorf("%s doesn't say what was changed", at)
		}
	}
	if strings.Contains(somebody.Get("/feedback/changes"), "看得费劲") {
		t.Error("the author's words are public")
	}
	if code := c.as("镇干部").Status(home); code != http.StatusForbidden {
		t.Errorf("a town at the desk: %d", code)
	}
	key := regexp.MustCompile(`k=([a-z0-9]+)`).FindStringSubmatch(own)[1]
	somebody.Post("/my-feedback/"+number+"/withdraw", http.StatusSeeOther, "", "_key", "4", "_k", key)
	if code := somebody.Status(own); code != http.StatusNotFound {
		t.Errorf("taken back, and %d", code)
	}
}

// TestMergedOnThePage: the desk is offered what is likely the same, and takes it apart again.
func TestMergedOnThePage(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	desk := c.as("市办")
	var numbers []string
	for i, words := range []string{"字太小", "字再大点"} {
		at := c.as("").Post("/feedback", http.StatusSeeOther, "", "_key", string(rune('a'+i)), "from", "/feedback", "kind", "hard", "words", words)
		numbers = append(numbers, regexp.MustCompile(`F\d{8}`).FindString(at))
	}
	home := "/feedback/desk/" + numbers[1]
	if body := desk.Get(home); !strings.Contains(body, `name="into" value="`+numbers[0]+`"`) {
		t.Errorf("the likely one isn't offered: %s", body)
	}
	desk.Post(home+"/merge", http.StatusUnprocessableEntity, "没有这个编号", "_key", "1", "_version", "1", "into", "F999")
	desk.Post(home+"/merge", http.StatusSeeOther, "", "_key", "2", "_version", "1", "into", numbers[0])
	if body := desk.Get(home); strings.Contains(body, home+"/reply") || !strings.Contains(body, "字太小") {
		t.Error("a merged one is answered apart")
	}
	if body := desk.Get("/feedback/desk"); strings.Contains(body, "字再大点") {
		t.Error("merged, and still listed")
	}
	desk.Post(home+"/part", http.StatusSeeOther, "", "_key", "3", "_version", "2")
	if body := desk.Get("/feedback/desk?show=all"); !strings.Contains(body, "字再大点") {
		t.Error("parted, and not listed")
	}
}

// TestWrongInput: what was typed comes back, and guessing is held back.
func TestWrongInput(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	somebody := c.as("")
	somebody.Post("/feedback", http.StatusUnprocessableEntity, "请填写", "_key", "1", "kind", "hard", "words", " ")
	somebody.Post("/feedback", http.StatusUnprocessableEntity, "请选一种", "_key", "1", "kind", "praise", "words", "很好")
	somebody.Post("/feedback", http.StatusUnprocessableEntity, "身份证号", "_key", "1", "kind", "hard", "words", "11010519491231002X")
	if code := somebody.Status("/feedback/changes?after=x"); code != http.StatusNotFound && code != http.StatusOK {
		t.Errorf("a wrong cursor: %d", code)
	}
	last := 0
	for range 60 {
		last = somebody.Status("/my-feedback/F26000011?k=wrong")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("guessing a key sixty times: %d", last)
	}
	for i := range 40 {
		last = somebody.Status("/feedback/desk/F" + strings.Repeat("1", i%9))
	}
	if last == http.StatusOK {
		t.Error("somebody reads the desk")
	}
}
