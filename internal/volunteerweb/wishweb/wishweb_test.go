package wishweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish/wishtest"
	"bilin/internal/volunteerweb/wishweb"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func city(t *testing.T) *wishtest.City {
	t.Helper()
	return wishtest.New(t, sqldbtest.Open(t, sqldb.SQLite))
}

// visit opens the pages; who has a household's session if home is set.
func visit(c *wishtest.City, who auth.Actor, home string) *webtest.Visitor {
	session := func(*http.Request) (string, error) {
		if home == "" {
			return "", errs.E(errs.Unauthenticated, "wish.none")
		}
		return home, nil
	}
	return c.Visit(who, []i18n.Bundle{wishweb.Messages}, func(srv *web.Server) web.Module {
		return wishweb.New(srv, wishweb.Options{Wishes: c.Wishes, Network: c.Net, Session: session}).Module()
	})
}

func own(r volunteer.Receipt) string {
	return "/report-in/" + r.ID + "/wishes?" + url.Values{"k": {r.Key}}.Encode()
}

var version = regexp.MustCompile(`name="_version" value="(\d+)"`)

// versionOn is the first version on a page.
func versionOn(t *testing.T, body string) string {
	t.Helper()
	m := version.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no version on the page:\n%s", body)
	}
	return m[1]
}

// Household, kind, button: a lead posts in three taps, without typing anything.
func TestALeadPostsInThreeTaps(t *testing.T) {
	c := city(t)
	lead := visit(c, c.Actor("邻长1"), "")
	lead.Get("/wishes", "帮邻居发一个", "这里没有微心愿")
	lead.Get("/wishes/new", "帮哪一家", "/wishes/new?household=h-1", "一号")
	lead.Get("/wishes/new?household=h-1", "换灯泡", "household=h-1&amp;kind=tutor")
	body := lead.Get("/wishes/new?household=h-1&kind=tutor", "家里同意，大人全程在场，发出去", `name="guardian" value="1"`)
	if strings.Count(body, "required") > 5 { // of the parts of the day, one of which is chosen
		t.Error("something has to be typed")
	}
	lead.Post("/wishes", http.StatusUnprocessableEntity, "不谈钱", "household", "h-1", "kind", "bulb", "words", "给50元", "part", "any")
	lead.Post("/wishes", http.StatusUnprocessableEntity, "大人全程在场", "household", "h-1", "kind", "tutor", "part", "any")
	lead.Post("/wishes", http.StatusUnprocessableEntity, "想请人帮什么", "household", "h-1")
	to := lead.Post("/wishes", http.StatusSeeOther, "", "_key", "k", "household", "h-1", "kind", "bulb", "part", "any")
	if again := lead.Post("/wishes", http.StatusSeeOther, "", "_key", "k", "household", "h-1", "kind", "bulb", "part", "any"); again != to {
		t.Errorf("sent twice: %s and %s", to, again)
	}
	lead.Get(to, "等人来帮", "一号", "现在没有正好合适的人")
	lead.Get("/wishes", "换灯泡", to)
	other := visit(c, c.Actor("邻长2"), "")
	for _, path := range []string{to, "/wishes/new?household=h-1"} {
		if s := other.Status(path); s != http.StatusForbidden {
			t.Errorf("another lead opens %s: %d", path, s)
		}
	}
}

// A volunteer offers hours, sees what is wished for and not by whom, takes it,
// names a time; the household agrees, says that it is done and thanks.
func TestAVolunteerTakesAWishAndIsThanked(t *testing.T) {
	c := city(t)
	r := c.Able("龙志愿", "12955550001", volunteer.Handy)
	id := c.Posted("bulb")
	lead, anybody, home := visit(c, c.Actor("邻长1"), ""), visit(c, auth.Actor{}, ""), visit(c, auth.Actor{}, wishtest.House)
	lead.Get("/wishes/"+id, "龙志愿", "同一邻", "请这一位")
	seen := anybody.Get(own(r), "换灯泡", "第1村 · 组", "我来", "星期六")
	for _, hidden := range []string{"一号", "楼梯间", "h-1", "aaaa"} {
		if strings.Contains(strings.ToLower(seen), hidden) {
			t.Errorf("before it is taken the page says %q", hidden)
		}
	}
	anybody.Post("/report-in/"+r.ID+"/wishes/"+id+"/take", http.StatusNotFound, "没有找到", "_k", "wrong")
	anybody.Post("/report-in/"+r.ID+"/wishes/"+id+"/take", http.StatusSeeOther, "", "_k", r.Key)
	taken := anybody.Get(own(r), "我接下了：换灯泡", "第1村 · 组", "那一家同意您来以后", "楼梯间的灯不亮了")
	if strings.Contains(taken, "一号") {
		t.Error("the page says where before the household agreed")
	}
	anybody.Post("/report-in/"+r.ID+"/wishes/"+id+"/time", http.StatusUnprocessableEntity, "09:30", "_k", r.Key, "_version", versionOn(t, taken), "day", "2026-12-05", "at", "x")
	anybody.Post("/report-in/"+r.ID+"/wishes/"+id+"/time", http.StatusSeeOther, "", "_k", r.Key, "_version", versionOn(t, taken), "day", "2026-12-05", "at", "09:30")
	body := home.Get("/mine/wishes", "龙志愿愿意来帮忙", "09:30", "行，就这个时间", "想说声谢谢")
	home.Post("/mine/wishes/"+id+"/agree", http.StatusSeeOther, "", "_version", versionOn(t, body))
	anybody.Get(own(r), "说好了", "一号")
	body = home.Get("/mine/wishes", "说好了")
	home.Post("/mine/wishes/"+id+"/done", http.StatusUnprocessableEntity, "不谈钱", "_version", versionOn(t, body), "words", "给您发红包")
	home.Post("/mine/wishes/"+id+"/done", http.StatusSeeOther, "", "_version", versionOn(t, body), "thanks", "warm", "words", "屋里亮堂了")
	anybody.Get(own(r), "收到的谢谢", "有您这样的邻居真好", "屋里亮堂了")
	if body := lead.Get("/wishes/"+id, "办好了"); strings.Contains(body, "亮堂") {
		t.Error("the lead reads the thanks")
	}
}

// Hours are added, corrected, dropped and stopped; what is wrong is said at its field.
func TestHours(t *testing.T) {
	c := city(t)
	r := c.Confirmed("虎志愿", "12955550002")
	v := visit(c, auth.Actor{}, "")
	v.Get(own(r), "先写下您有空的时间")
	at := "/report-in/" + r.ID + "/hours"
	v.Post(at, http.StatusUnprocessableEntity, "至少 30 分钟", "_k", r.Key, "weekday", "3", "from", "10:00", "to", "10:10", "reach", "village", "until", "2027-01-31")
	v.Post(at, http.StatusUnprocessableEntity, "愿意走多远", "_k", r.Key, "weekday", "3", "from", "10:00", "to", "11:00", "reach", "cell", "until", "2027-01-31")
	v.Post(at, http.StatusSeeOther, "", "_k", r.Key, "weekday", "3", "from", "10:00", "to", "11:00", "reach", "village", "until", "2027-01-31")
	body := v.Get(own(r), "每周星期三", "10:00–11:00")
	slot := regexp.MustCompile(`hours/([^/]+)/drop`).FindStringSubmatch(body)[1]
	v.Post(at+"/"+slot+"/drop", http.StatusSeeOther, "", "_k", r.Key)
	v.Get(own(r), "先写下您有空的时间")
	v.Post(at, http.StatusSeeOther, "", "_k", r.Key, "weekday", "3", "day", "2026-12-09", "from", "10:00", "to", "11:00", "reach", "town", "until", "2027-01-31")
	v.Post(at+"/stop", http.StatusSeeOther, "", "_k", r.Key)
	v.Get(own(r), "先写下您有空的时间")
	waiting := c.ReportIn("蛇志愿", "12955550003")
	if s := v.Status(own(waiting)); s != http.StatusConflict {
		t.Errorf("before the village confirmed: %d", s)
	}
}

// A household without a session is led to where it gets one; with it, it posts itself.
func TestAHouseholdPostsItself(t *testing.T) {
	c := city(t)
	if to := visit(c, auth.Actor{}, "").Status("/mine/wishes"); to != http.StatusSeeOther {
		t.Errorf("without a session: %d", to)
	}
	home := visit(c, auth.Actor{}, wishtest.House)
	home.Get("/mine/wishes", "发一个微心愿", "/mine/wishes?kind=bulb")
	home.Get("/mine/wishes?kind=bulb", "发出去")
	home.Post("/mine/wishes", http.StatusUnprocessableEntity, "不写病情", "kind", "bulb", "words", "我有病", "part", "any")
	home.Post("/mine/wishes", http.StatusSeeOther, "", "kind", "bulb", "part", "morning")
	home.Get("/mine/wishes", "等人来帮", "上午")
}

func TestTheCityEditsTheCatalogue(t *testing.T) {
	c := city(t)
	office := visit(c, c.Actor("市办"), "")
	office.Get("/wishes/kinds", "换灯泡", "修水龙头")
	office.Get("/wishes/kinds?edit=tutor", "修改：辅导功课")
	office.Post("/wishes/kinds", http.StatusUnprocessableEntity, "不能取消", "code", "tutor", "name", "辅导功课", "skill", "tutoring")
	office.Post("/wishes/kinds", http.StatusUnprocessableEntity, "请填写", "name", "")
	office.Post("/wishes/kinds", http.StatusSeeOther, "", "name", "浇花", "name_en", "Water plants")
	office.Post("/wishes/kinds", http.StatusSeeOther, "", "code", "bulb", "name", "换灯泡", "skill", "handy", "off", "1")
	lead := visit(c, c.Actor("邻长1"), "")
	if body := lead.Get("/wishes/new?household=h-1", "浇花"); strings.Contains(body, "换灯泡") {
		t.Error("what is out of use is offered")
	}
	if s := lead.Status("/wishes/kinds"); s != http.StatusForbidden {
		t.Errorf("a lead opens the catalogue: %d", s)
	}
}
