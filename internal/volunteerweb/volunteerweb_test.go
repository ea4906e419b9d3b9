package volunteerweb_test

import (
	"context"
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
	"bilin/internal/volunteer/volunteertest"
	"bilin/internal/volunteerweb"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// days keeps one period for each person.
type days map[string]volunteerweb.Day

func (d days) with() volunteerweb.Days {
	return volunteerweb.Days{
		List: func(_ context.Context, personID string) (out []volunteerweb.Day, _ error) {
			if x, ok := d[personID]; ok {
				out = append(out, x)
			}
			return out, nil
		},
		Say: func(_ context.Context, _, personID, from, to string) error {
			if to < from {
				return errs.E(errs.Invalid, "volunteer.check").WithField("to", "volunteer.missing")
			}
			d[personID] = volunteerweb.Day{ID: "d1", From: from, To: to}
			return nil
		},
		Back: func(_ context.Context, _, personID, _ string) error {
			delete(d, personID)
			return nil
		},
	}
}

func visit(c *volunteertest.City, d days, who auth.Actor, change ...func(*volunteerweb.Pages)) *webtest.Visitor {
	return c.Visit(who, []i18n.Bundle{volunteerweb.Messages}, func(srv *web.Server) web.Module {
		p := volunteerweb.New(srv, c.Reports, c.Net.Tree, d.with())
		for _, f := range change {
			f(p)
		}
		return p.Module()
	})
}

func city(t *testing.T) *volunteertest.City {
	return volunteertest.New(t, sqldbtest.Open(t, sqldb.SQLite))
}

func TestSomebodyReportsInAndWithdraws(t *testing.T) {
	c, d := city(t), days{}
	anybody, village := visit(c, d, auth.Actor{}), visit(c, d, c.Actor("村干部1"))
	anybody.Get("/report-in", "先说您住在哪里", "玉潭街道")
	anybody.Get("/report-in?town=430182001000", "第1村", "/report-in?unit="+c.Codes[1])
	anybody.Get("/report-in?unit=nowhere", "先说您住在哪里")
	anybody.Get("/report-in?unit="+c.Codes[0], "玉潭街道 · 第1村", "装防滑链", "没有积分，没有排名")
	form := []string{"_key", "a", "unit", c.Codes[0], "name", "龙志愿", "phone", "129 5555 0001", "kind", "party", "skills", "truck", "skills", "first_aid", "pledge", "雪天送药", "hours", "4"}
	anybody.Post("/report-in", http.StatusUnprocessableEntity, "请填能打通的电话号码", "_key", "x", "unit", c.Codes[0], "name", "龙志愿", "phone", "110", "kind", "party", "skills", "boat")
	if s := anybody.Status("/report-in?door=ZZZZ999999"); s != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code opens the form: %d", s)
	}
	anybody.Post("/report-in", http.StatusUnprocessableEntity, `id="e-door"`, "_key", "y2", "door", "ZZZZ999999", "name", "龙志愿", "phone", "12955550001", "kind", "party")
	anybody.Post("/report-in", http.StatusUnprocessableEntity, `value="龙志愿"`, "_key", "y", "door", "ZZZZ999999", "name", "龙志愿", "phone", "12955550001", "kind", "party")
	anybody.Post("/report-in", http.StatusUnprocessableEntity, "先说您住在哪里", "_key", "z", "name", "龙志愿", "phone", "12955550001", "kind", "party")
	to := anybody.Post("/report-in", http.StatusSeeOther, "", form...)
	if again := anybody.Post("/report-in", http.StatusSeeOther, "", form...); again != to {
		t.Errorf("sent twice: %s and %s", to, again)
	}
	anybody.Get(to, "请留好这张回执", "第1村会和您联系确认")
	mine := strings.Replace(to, "/receipt", "", 1)
	anybody.Get(mine, "等村社区确认", "雪天送药", "还没有人看过")

	at := "/volunteers/" + regexp.MustCompile(`[0-9a-f-]{36}`).FindString(to)
	village.Get("/volunteers", "龙志愿", "党员", "急救、开货车")
	village.Get(at, "雪天送药", "每月大约几小时", "4 小时")
	village.Post(at+"/phone", http.StatusUnprocessableEntity, "请填写这一项", "_key", "p")
	village.Post(at+"/phone", http.StatusOK, "tel:12955550001", "_key", "p2", "purpose", "核实住址")
	village.Post(at+"/refuse", http.StatusUnprocessableEntity, "请选原因", "_key", "r", "_version", "1")
	village.Post(at+"/confirm", http.StatusConflict, "刚被改过", "_key", "s", "_version", "5")
	village.Post(at+"/confirm", http.StatusSeeOther, "", "_key", "t", "_version", "1")
	village.Get("/volunteers?state=active", "龙志愿")
	village.Get("/volunteers?state=active&skill=boat", "没有这样的人")

	key := keyOf(t, to)
	own := strings.SplitN(mine, "?", 2)[0]
	anybody.Get(mine, "已报到", "核实住址", "村干部1")
	anybody.Post(own, http.StatusNotFound, "", "_k", "wrong", "_key", "u", "_version", "2", "pledge", "改")
	anybody.Post(own, http.StatusUnprocessableEntity, "最多 200 个字", "_k", key, "_key", "v", "_version", "2", "pledge", strings.Repeat("字", 201))
	anybody.Post(own, http.StatusSeeOther, "", "_k", key, "_key", "w", "_version", "2", "pledge", "飞无人机看路", "skills", "drone")
	anybody.Get(mine, "飞无人机看路")
	anybody.Post(own+"/away", http.StatusUnprocessableEntity, "", "_k", key, "_key", "aw", "from", "2026-12-05", "to", "2026-12-01")
	anybody.Post(own+"/away", http.StatusSeeOther, "", "_k", key, "_key", "ax", "from", "2026-12-05", "to", "2026-12-07")
	anybody.Get(mine, "2026年12月5日 到 2026年12月7日")
	anybody.Post(own+"/away/d1/back", http.StatusSeeOther, "", "_k", key, "_key", "ay")
	anybody.Post(own+"/withdraw", http.StatusSeeOther, "", "_k", key, "_key", "b")
	if page := anybody.Get(mine, "您已经退出了", "已经删除"); strings.Contains(page, "龙志愿") || strings.Contains(page, "无人机看路") {
		t.Error("what was told is still shown")
	}
	anybody.Post(own+"/away", http.StatusConflict, "", "_k", key, "_key", "c", "from", "2026-12-05", "to", "2026-12-07")
	if n := len(d); n != 0 {
		t.Errorf("%d away", n)
	}
}

// The key alone shows nothing of somebody whom the registry knew before.
func TestTheKeyOfSomebodyKnown(t *testing.T) {
	c, d := city(t), days{"p-邻长1": {ID: "d1", From: "2026-12-05", To: "2026-12-07"}}
	phone := "129" + "00000004" // the lead's own
	r := c.Confirmed("邻长1", phone)
	own := "/report-in/" + r.ID
	mine := own + "?k=" + r.Key
	anybody, lead := visit(c, d, auth.Actor{}), visit(c, d, c.Actor("邻长1"))
	page := anybody.Get(mine, "回执不能证明您是本人", "退出")
	for _, hidden := range []string{"2026年12月5日", "谁看过我的电话", own + "/away"} {
		if strings.Contains(page, hidden) {
			t.Errorf("anybody sees %s", hidden)
		}
	}
	anybody.Post(own+"/away", http.StatusForbidden, "", "_k", r.Key, "_key", "a", "from", "2026-12-05", "to", "2026-12-30")
	anybody.Post(own+"/away/d1/back", http.StatusForbidden, "", "_k", r.Key, "_key", "b")
	anybody.Post(own, http.StatusForbidden, "", "_k", r.Key, "_key", "c", "_version", "2", "skills", "boat")
	if got := d["p-邻长1"]; got.To != "2026-12-07" {
		t.Errorf("away until %s", got.To)
	}
	lead.Get(mine, "2026年12月5日", "谁看过我的电话")
	lead.Post(own+"/away/d1/back", http.StatusSeeOther, "", "_k", r.Key, "_key", "d")
	anybody.Post(own+"/withdraw", http.StatusSeeOther, "", "_k", r.Key, "_key", "e")
	anybody.Get(mine, "您已经退出了")
}

func keyOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("k")
}

func TestTheKeyStaysInTheFamily(t *testing.T) {
	c := city(t)
	anybody := visit(c, days{}, auth.Actor{}, func(p *volunteerweb.Pages) { p.Misses = web.NewLimiter(1, 3) })
	r := c.ReportIn("龙志愿", "12955550001")
	res, err := anybody.Client.Get(anybody.Base + "/report-in/" + r.ID + "?k=" + r.Key)
	c.OK(err)
	c.OK(res.Body.Close())
	for name, want := range map[string]string{"Referrer-Policy": "same-origin", "Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for i := range 4 {
		want := http.StatusNotFound
		if i == 3 {
			want = http.StatusTooManyRequests
		}
		if got := anybody.Status("/report-in/" + r.ID + "?k=wrong"); got != want {
			t.Errorf("guess %d: %d", i, got)
		}
	}
}

func TestReportingInIsLimited(t *testing.T) {
	c := city(t)
	anybody := visit(c, days{}, auth.Actor{}, func(p *volunteerweb.Pages) { p.Limit(1) })
	form := []string{"unit", c.Codes[0], "name", "龙志愿", "phone", "12955550001", "kind", "volunteer"}
	anybody.Post("/report-in", http.StatusSeeOther, "", append(form, "_key", "a")...)
	anybody.Post("/report-in", http.StatusTooManyRequests, "", append(form, "_key", "b")...)
}

func TestAVillageEntersSomebody(t *testing.T) {
	c := city(t)
	village, town := visit(c, days{}, c.Actor("村干部1")), visit(c, days{}, c.Actor("镇干部"))
	village.Get("/volunteers?state=pending", "没有待确认的", "/volunteers/new")
	village.Get("/volunteers/new", "照他说的填", "住在第1村")
	village.Post("/volunteers", http.StatusUnprocessableEntity, "请选您的身份", "_key", "a", "unit", c.Codes[0], "name", "龙大爷", "phone", "12955550001")
	village.Post("/volunteers", http.StatusForbidden, "", "_key", "b", "unit", c.Codes[1], "name", "龙大爷", "phone", "12955550001", "kind", "volunteer")
	to := village.Post("/volunteers", http.StatusSeeOther, "", "_key", "c", "unit", c.Codes[0], "name", "龙大爷", "phone", "12955550001", "kind", "volunteer", "skills", "cooking")
	village.Get(to, "请把这张回执交给本人", "已在玉潭街道 · 第1村报到")
	village.Get("/volunteers", "龙大爷", "做大锅饭")
	town.Get("/volunteers/new", "第1村", "第2村")
	town.Get("/volunteers?state=active&unit="+c.Codes[0]+"&q=龙", "龙大爷")
	town.Get("/volunteers?state=active&unit="+c.Codes[1], "没有这样的人")
	at := "/volunteers/" + regexp.MustCompile(`[0-9a-f-]{36}`).FindString(to)
	visit(c, days{}, c.Actor("指挥")).Get(at, "龙")
	if page := visit(c, days{}, c.Actor("指挥")).Get("/volunteers"); strings.Contains(page, "龙大爷") {
		t.Error("the command reads names")
	}
	village.Post(at+"/end", http.StatusSeeOther, "", "_key", "d", "_version", "2")
	village.Get("/volunteers?state=active", "还没有人报到")
	village.Get(at, "已退出")
	other := visit(c, days{}, c.Actor("村干部2"))
	for path, who := range map[string]*webtest.Visitor{at: other, "/volunteers": visit(c, days{}, c.Actor("邻长1")), "/volunteers/new": visit(c, days{}, c.Actor("市办"))} {
		if s := who.Status(path); s != http.StatusForbidden {
			t.Errorf("%s: %d", path, s)
		}
	}
}

func TestALeadSaysWhatTheyCanDo(t *testing.T) {
	c := city(t)
	lead := visit(c, days{}, c.Actor("邻长1"))
	lead.Get("/me/skills", "勾上您会的")
	lead.Post("/me/skills", http.StatusUnprocessableEntity, "请从列出的技能里选", "_key", "a", "skills", "magic")
	lead.Post("/me/skills", http.StatusSeeOther, "", "_key", "b", "skills", "chains", "skills", "boat")
	if page := lead.Get("/me/skills"); strings.Count(page, " checked") != 2 {
		t.Error("what they said isn't ticked")
	}
	if s := visit(c, days{}, auth.Actor{}).Status("/me/skills"); s == http.StatusOK {
		t.Error("anybody has skills")
	}
}
