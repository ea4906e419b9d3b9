package practiceweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network/networktest"
	"bilin/internal/once"
	"bilin/internal/photo"
	"bilin/internal/practice"
	"bilin/internal/practiceweb"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type city struct {
	*networktest.City
	*practice.Service
}

func newCity(t *testing.T) *city {
	c := networktest.New(t, sqldbtest.Open(t, sqldb.SQLite), practice.Rules)
	return &city{c, practice.New(practice.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Now: c.Now})}
}

func (c *city) as(name string) *webtest.Visitor {
	who := auth.Actor{}
	if name != "" {
		who = c.Actor(name)
	}
	return c.Visit(who, []i18n.Bundle{practice.Messages, practiceweb.Messages, once.Messages, photo.Messages}, func(srv *web.Server) web.Module {
		return practiceweb.New(srv, c.Service, c.Net.Tree, c.Policy).Module()
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

var form = []string{"topic", "water", "title", "路灯认领", "trouble", "巷子里黑。", "did", "一户看一盏灯。\n坏了当天报。", "cost", "一年两百元。", "result", "半年没有黑过。", "mind", ""}

// with returns the form with one field otherwise.
func with(name, value string, more ...string) []string {
	out := append([]string{}, form...)
	for i := 0; i < len(out); i += 2 {
		if out[i] == name {
			out[i+1] = value
		}
	}
	return append(out, more...)
}

// TestAPractice: a lead writes it, the town changes a word, both agree, another
// village takes it up and says what came of it.
func TestAPractice(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	lead, town, other, anybody := c.as("邻长1"), c.as("镇干部"), c.as("村干部2"), c.as("")
	has(t, anybody.Get("/practices"), "还没有做法")
	lead.Get("/practices/new")
	work := lead.Post("/practices", http.StatusSeeOther, "", append(form, "_key", "1", "offer", "1")...)
	home := strings.TrimSuffix(work, "/work")
	if code := anybody.Status(home); code != http.StatusNotFound {
		t.Errorf("public before anybody agreed: %d", code)
	}
	has(t, town.Get("/practices/mine"), work, "等您看")
	town.Get(home + "/edit")
	town.Post(home, http.StatusSeeOther, "", with("did", "一户看一盏灯。\n坏了当天报，三天修好。", "_key", "2", "_version", "1")...)
	town.Post(home+"/say", http.StatusSeeOther, "", "_key", "3", "words", "三天修好，对吗？")
	has(t, lead.Get(work), "<ins>，三天修好</ins>", "三天修好，对吗？", "和第1稿比")
	lead.Post(home+"/agree", http.StatusSeeOther, "", "_key", "4", "_version", "2")
	has(t, town.Get(work), "同意并发布")
	if to := town.Post(home+"/agree", http.StatusSeeOther, "", "_key", "5", "_version", "2"); to != home {
		t.Errorf("published, and at %s", to)
	}
	has(t, anybody.Get("/practices?q=路灯&topic=water"), home, "第1村")
	has(t, anybody.Get("/practices?q=稻田"), "没有找到")
	has(t, anybody.Get(home), "坏了当天报，三天修好。", "还没有别的村试过", `data-speak="read"`)
	has(t, other.Get(home), "第2村也试试")
	village := c.City.Villages[1]
	other.Post(home+"/try", http.StatusSeeOther, "", "_key", "6", "village", village)
	has(t, anybody.Get("/practices"), "1个村在用")
	other.Post(home+"/came", http.StatusUnprocessableEntity, "请选择结果", "_key", "7", "village", village, "words", "亮了", "_version", "1")
	other.Post(home+"/came", http.StatusSeeOther, "", "_key", "8", "village", village, "came", "partly", "words", "还差两盏。", "_version", "1")
	has(t, anybody.Get(home), "还差两盏。", "部分管用", "第2村")
	has(t, other.Get("/practices/mine"), "路灯认领", "部分管用")
	other.Post(home+"/end?village="+village, http.StatusSeeOther, "", "_key", "9")
	has(t, anybody.Get(home), "停了", "还差两盏。")
	lead.Post(home+"/withdraw", http.StatusUnprocessableEntity, "请填写", "_key", "a", "why", "")
	lead.Post(home+"/withdraw", http.StatusSeeOther, "", "_key", "b", "why", "灯换成自动的了")
	page := anybody.Get(home)
	has(t, page, "灯换成自动的了")
	if strings.Contains(page, "三天修好") {
		t.Error("what was taken back is read on")
	}
	town.Get(work)
}

type visitor struct{ *webtest.Visitor }

// typed sends a form and returns the page that comes back.
func (v visitor) typed(path string, status int, kv []string) string {
	v.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		values.Add(kv[i], kv[i+1])
	}
	code, body, _ := v.Answer(v.Client.PostForm(v.Base+path, values))
	if code != status {
		v.Errorf("%s: %d, want %d:\n%s", path, code, status, body)
	}
	return body
}

// TestTheOthersWordsStandBeside: of two who write at once the later sees both texts, and the next save counts.
func TestTheOthersWordsStandBeside(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	lead, town := visitor{c.as("邻长1")}, c.as("镇干部")
	home := strings.TrimSuffix(lead.Post("/practices", http.StatusSeeOther, "", append(form, "_key", "1", "offer", "1")...), "/work")
	town.Post(home, http.StatusSeeOther, "", with("cost", "一年三百元。", "_key", "2", "_version", "1")...)
	body := lead.typed(home, http.StatusConflict, with("did", "两户看一盏灯。", "_key", "3", "_version", "1"))
	has(t, body, "两户看一盏灯。", "<del>两</del>", "<ins>三</ins>", "对方刚改成这样", `name="_version" value="2"`)
	key := regexp.MustCompile(`name="_key" value="([^"]+)"`).FindStringSubmatch(body)[1]
	if key == "3" {
		t.Error("another command under the same key")
	}
	lead.Post(home, http.StatusSeeOther, "", with("did", "两户看一盏灯。", "_key", key, "_version", "2")...)
	has(t, town.Get(home+"/work?since=2"), "和第2稿比", "<ins>两</ins>")
}

// TestWhatIsWrongComesBack keeps what was written.
func TestWhatIsWrongComesBack(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	lead := c.as("邻长1")
	lead.Post("/practices", http.StatusUnprocessableEntity, "巷子里黑。", with("title", "", "_key", "1")...)
	lead.Post("/practices", http.StatusUnprocessableEntity, "请不要写手机号", with("did", "找13800138000", "_key", "1")...)
	lead.Post("/practices", http.StatusUnprocessableEntity, "最多 40 个字，多了 1 个字", with("title", strings.Repeat("长", 41), "_key", "1")...)
	draft := strings.TrimSuffix(lead.Post("/practices", http.StatusSeeOther, "", with("result", "", "_key", "2")...), "/work")
	lead.Post(draft, http.StatusUnprocessableEntity, "请填写", with("result", "", "_key", "3", "_version", "1", "offer", "1")...)
	c.as("邻长2").Post(draft, http.StatusNotFound, "", with("result", "x", "_key", "3", "_version", "1")...)
	if code := c.as("").Status("/practices/nothing"); code != http.StatusNotFound {
		t.Errorf("%d", code)
	}
	if code := c.as("").Status("/practices?after=xyz"); code != http.StatusNotFound {
		t.Errorf("a made-up cursor: %d", code)
	}
}
