package honourweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/honour"
	"bilin/internal/honourweb"
	"bilin/internal/i18n"
	"bilin/internal/network/networktest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
	"bilin/internal/workday"
)

type city struct {
	*networktest.City
	*honour.Service
}

func newCity(t *testing.T) *city {
	c := networktest.New(t, sqldbtest.Open(t, sqldb.SQLite), honour.Rules)
	cal, err := workday.Default()
	c.OK(err)
	return &city{c, honour.New(honour.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Vault: c.Vault, Seal: c.Seal, Signer: c.Audit,
		Calendar: func() *workday.Calendar { return cal }, Now: c.Now})}
}

func (c *city) as(name string) *webtest.Visitor {
	who := auth.Actor{}
	if name != "" {
		who = c.Actor(name)
	}
	return c.Visit(who, []i18n.Bundle{honour.Messages, honourweb.Messages, doorcard.Messages}, func(srv *web.Server) web.Module {
		return honourweb.New(srv, c.Service, c.Net.Tree, honourweb.Options{Paper: doorcard.New(c.Now), Public: "https://bilin.example.cn"}).Module()
	})
}

// free is somebody without an account whose searches alone aren't counted.
func (c *city) free() *webtest.Visitor {
	return c.Visit(auth.Actor{}, []i18n.Bundle{honour.Messages, honourweb.Messages, doorcard.Messages}, func(srv *web.Server) web.Module {
		return honourweb.New(srv, c.Service, c.Net.Tree, honourweb.Options{Paper: doorcard.New(c.Now)}).Limit(1000).Module()
	})
}

var version = regexp.MustCompile(`name="_version" value="(\d+)"`)

// step posts a form with the version that a page shows.
func step(v *webtest.Visitor, from, to string, form ...string) string {
	m := version.FindStringSubmatch(v.Get(from))
	if m == nil {
		m = []string{"", "0"}
	}
	return v.Post(to, http.StatusSeeOther, "", append([]string{"_key", sqldb.NewID(), "_version", m[1]}, form...)...)
}

const story = "去年冰冻时一连十二天给独居老人送菜送水。"

// open takes a round to its nominations.
func (c *city) open(office *webtest.Visitor) string {
	home := office.Post("/honours", http.StatusSeeOther, "", "_key", "new", "name", "2026年下半年", "words", "为邻里做了实事的人", "category-1", "最美邻长", "places-1", "1", "until", "2026-12-05", "days", "5")
	home = strings.TrimSuffix(home, "/desk")
	for i, name := range []string{"市办", "指挥", "镇干部", "村干部1", "村干部2"} {
		page := office.Get(home + "/panel?q=" + url.QueryEscape(name))
		if !strings.Contains(page, `value="p-`+name+`"`) {
			c.Fatalf("%s isn't found: %s", name, page)
		}
		office.Post(home+"/panel", http.StatusSeeOther, "", "_key", name, "_version", string(rune('1'+i)), "person", "p-"+name)
	}
	step(office, home+"/desk", home+"/desk", "step", "open")
	return home
}

// TestARoundOnItsPages: opened, nominated by a resident, checked, agreed to, voted
// on with recusal, published, objected to and answered, awarded, verified, revoked.
func TestARoundOnItsPages(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	office, village, resident, lead := c.as("市办"), c.as("村干部1"), c.as(""), c.as("邻长1")
	home := c.open(office)
	page := resident.Get(home + "/nominate?q=" + url.QueryEscape("邻长"))
	if !strings.Contains(page, `value="lead:p-邻长1"`) || !strings.Contains(page, `value="lead:p-邻长2"`) {
		t.Fatalf("nobody is found: %s", page)
	}
	form := []string{"_key", "n", "q", "邻长", "nominee", "lead:p-邻长1", "category", "c1", "citation", story}
	resident.Post(home+"/nominate", http.StatusUnprocessableEntity, "门牌", form...)
	own := resident.Post(home+"/nominate", http.StatusSeeOther, "", append(form, "door", networktest.Door)...)
	if page := resident.Get(own); !strings.Contains(page, "等村社区核实") || !strings.Contains(page, story) {
		t.Errorf("the nomination: %s", page)
	}
	check := regexp.MustCompile(`/honour-checks/[0-9a-f-]{36}`).FindString(village.Get("/honour-checks"))
	id := strings.TrimPrefix(check, "/honour-checks/")
	village.Post(check, http.StatusUnprocessableEntity, "请填写", "_key", "c0", "_version", "1", "true", "yes", "words", "问过三户")
	step(village, check, check, "true", "yes", "words", "问过三户，都说属实。", "praise", "冰冻十二天送菜送水")
	if page := lead.Get("/honours/mine"); !strings.Contains(page, "有人提名您") || strings.Contains(page, networktest.Door) {
		t.Errorf("the nominee: %s", page)
	}
	step(lead, "/honours/mine", "/honours/mine", "do", "yes", "nomination", id)
	c.Clock = time.Date(2026, 12, 6, 2, 0, 0, 0, time.UTC)
	step(office, home+"/desk", home+"/desk", "step", "vote", "until", "2026-12-10")
	c.vote(t, home, id)
	to := home + "/object?to=" + id
	if page := resident.Get(home); !strings.Contains(page, "冰冻十二天送菜送水") || strings.Contains(page, story) || strings.Contains(page, "问过三户") {
		t.Errorf("the publication: %s", page)
	}
	resident.Get(to)
	objection := resident.Post(home+"/object", http.StatusSeeOther, "", "_key", "e", "to", id, "words", "冰冻那几天他不在村里，送菜的是别人。")
	judge := c.as("指挥")
	page = judge.Get(home + "/objections")
	oid := regexp.MustCompile(`name="objection" value="([^"]+)"`).FindStringSubmatch(page)
	judge.Post(home+"/objections", http.StatusUnprocessableEntity, "至少", "_key", "a0", "_version", "1", "objection", oid[1], "upheld", "no", "words", "不对")
	judge.Post(home+"/objections", http.StatusSeeOther, "", "_key", "a", "_version", "1", "objection", oid[1], "upheld", "no", "words", "查了值班表，那几天他都在村里。")
	if page := resident.Get(objection); !strings.Contains(page, "查了值班表") {
		t.Errorf("the answer: %s", page)
	}
	for _, who := range []string{"邻长1", "村干部1"} {
		if code := c.as(who).Status(home + "/objections"); who == "邻长1" && code != http.StatusForbidden {
			t.Errorf("%s reads objections: %d", who, code)
		} else if page := c.as("村干部1").Get(home + "/objections"); strings.Contains(page, "不在村里") {
			t.Error("who is kept from it reads it")
		}
	}
	c.Clock = time.Date(2026, 12, 20, 2, 0, 0, 0, time.UTC)
	step(office, home+"/desk", home+"/desk", "step", "award")
	c.certificate(t, home, office, lead)
}

// vote casts all five ballots; who checked the nomination is kept from it.
func (c *city) vote(t *testing.T, home, id string) {
	t.Helper()
	for _, name := range []string{"市办", "指挥", "镇干部", "村干部2", "村干部1"} {
		v := c.as(name)
		page, yes := v.Get(home+"/ballot"), []string{"_key", "b" + name, "yes", id}
		if !strings.Contains(page, story) {
			t.Errorf("no citation for %s", name)
		}
		if name == "村干部1" {
			if !strings.Contains(page, "这是您核实的") || strings.Contains(page, `name="yes"`) {
				t.Errorf("who checked it can vote: %s", page)
			}
			v.Post(home+"/ballot", http.StatusUnprocessableEntity, "回避", yes...)
			yes = []string{"_key", "none"}
		}
		v.Post(home+"/ballot", http.StatusSeeOther, "", yes...)
	}
	if code := c.as("邻长1").Status(home + "/ballot"); code != http.StatusForbidden {
		t.Errorf("the nominee votes: %d", code)
	}
}

// certificate prints, verifies and revokes the one there is.
func (c *city) certificate(t *testing.T, home string, office, lead *webtest.Visitor) {
	t.Helper()
	resident := c.as("")
	verify := regexp.MustCompile(`/verify/X\d+-[0-9A-Z]{8}`).FindString(resident.Get(home))
	if page := resident.Get(verify); !strings.Contains(page, "证书有效") || !strings.Contains(page, "邻长1") {
		t.Errorf("verified: %s", page)
	}
	if text := resident.Get(verify + "/signed.txt"); !strings.Contains(text, "邻长1") || !strings.Contains(text, "— bilin-audit") {
		t.Errorf("signed: %s", text)
	}
	num := verify[len("/verify/"):strings.LastIndex(verify, "-")]
	if pdf := lead.Get("/honour-certificates/" + num + "/paper.pdf"); !strings.HasPrefix(pdf, "%PDF") || !strings.Contains(pdf, "EmbeddedFile") {
		t.Errorf("the certificate has %d bytes", len(pdf))
	}
	if code := c.as("邻长2").Status("/honour-certificates/" + num + "/paper.pdf"); code != http.StatusForbidden {
		t.Errorf("another's certificate: %d", code)
	}
	at := home + "/certificates/" + num
	office.Post(at, http.StatusUnprocessableEntity, "至少", "_key", "r0", "_version", "1", "reason", "假的")
	step(office, at, at, "reason", "事迹是编的，三户都不知道。")
	judge := c.as("镇干部")
	step(judge, home, at+"/decide", "agree", "yes")
	if page := resident.Get(verify); !strings.Contains(page, "证书已撤销") || strings.Contains(page, "邻长1") {
		t.Errorf("revoked: %s", page)
	}
	if page := lead.Get("/honours/mine"); !strings.Contains(page, "三户都不知道") {
		t.Errorf("the person isn't told: %s", page)
	}
}

// TestVerifyingTellsNothingByGuessing: what is no certificate has one answer, and
// who asks too often has to wait.
func TestVerifyingTellsNothingByGuessing(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	v := c.as("")
	limited := 0
	for i := range 60 {
		path := "/verify/X260001007-2222222" + string(rune('A'+i%8))
		if i%2 == 1 {
			path = "/verify/" + url.PathEscape("x' OR '1'='1")
		}
		switch code := v.Status(path); code {
		case http.StatusTooManyRequests:
			limited++
		case http.StatusNotFound:
		default:
			t.Errorf("%s: %d", path, code)
		}
	}
	if limited < 10 {
		t.Errorf("%d of 60 guesses were refused", limited)
	}
	if page := c.as("").Get("/verify"); !strings.Contains(page, "证书编号") {
		t.Errorf("the form: %s", page)
	}
}

// TestWhoSeesWhat of the pages that aren't for everybody.
func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	office := c.as("市办")
	draft := strings.TrimSuffix(office.Post("/honours", http.StatusSeeOther, "", "_key", "d", "name", "草稿", "words", "还没想好", "category-1", "邻长", "places-1", "1", "until", "2026-12-05", "days", "5"), "/desk")
	office.Post("/honours", http.StatusUnprocessableEntity, "整数", "_key", "d2", "name", "草稿", "words", "还没想好", "category-1", "邻长", "places-1", "many", "until", "2026-12-05", "days", "5")
	for _, tc := range []struct {
		who, path string
		code      int
	}{
		{"", draft, http.StatusSeeOther}, {"镇干部", draft, http.StatusForbidden}, {"镇干部", "/honours/new", http.StatusForbidden}, {"镇干部", draft + "/desk", http.StatusForbidden},
		{"邻长1", "/honour-checks", http.StatusForbidden}, {"邻长1", "/honours/mine", http.StatusOK}, {"市办", draft + "/desk", http.StatusOK}, {"市办", draft + "/edit", http.StatusOK},
		{"市办", "/honours/new", http.StatusOK}, {"", "/honours", http.StatusOK}, {"", "/my-nomination/none?k=x", http.StatusNotFound}, {"", "/my-objection/none?k=x", http.StatusNotFound},
	} {
		if code := c.as(tc.who).Status(tc.path); code != tc.code {
			t.Errorf("%q at %s: %d, want %d", tc.who, tc.path, code, tc.code)
		}
	}
	if strings.Contains(c.as("").Get("/honours"), "草稿") {
		t.Error("a draft is public")
	}
}
