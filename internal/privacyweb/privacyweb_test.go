package privacyweb_test

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/privacy"
	"bilin/internal/privacyweb"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
	"bilin/internal/workday"
)

// shelf is a holder of one record.
type shelf struct {
	erased bool
	number string // what is held; "" for 13800138000
}

func (*shelf) Name() string { return "care" }
func (s *shelf) Held(context.Context, sqldb.Querier, string, bool) ([]privacy.Item, error) {
	if s.erased {
		return nil, nil
	}
	return []privacy.Item{{ID: "e1", Title: privacy.Words{Text: "关怀联系一"}, Why: "privacyweb.why", Basis: "privacyweb.basis", Asks: privacy.Kinds(),
		Facts: []privacy.Fact{{Label: "privacyweb.number", Value: privacy.Words{Text: cmp.Or(s.number, "13800138000")}}}}}, nil
}

func (s *shelf) Erase(context.Context, *sqldb.Tx, string) error {
	s.erased = true
	return nil
}

// nowhere takes messages and loses them.
type nowhere struct{}

func (nowhere) Send(context.Context, gateway.Message) error { return nil }

type world struct {
	*networktest.City
	svc   *privacy.Service
	reads *purpose.Service
	shelf *shelf
}

func newWorld(t *testing.T) *world {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := &world{City: networktest.New(t, db, purpose.Rules, privacy.Rules), shelf: &shelf{}}
	w.reads = purpose.New(purpose.Options{DB: db, Policy: w.Policy, Tree: w.Net, UnitOf: network.UnitOfHousehold, Audit: w.Audit, Now: w.Now})
	w.Net.ReadThrough(w.reads)
	days, err := workday.Default()
	w.OK(err)
	w.svc = privacy.New(privacy.Options{DB: db, Network: w.Net, Policy: w.Policy, Audit: w.Audit, Live: w.Live, Purpose: w.reads, Sealer: w.Seal, Vault: w.Vault,
		Calendar: func() *workday.Calendar { return days }, Sender: nowhere{}, SendText: func(code string) string { return code }, Now: w.Now,
		DemandHome: func(context.Context, string, string) (string, error) {
			return "", errs.E(errs.NotFound, "demand.no_track")
		}})
	w.svc.Ask(w.shelf)
	return w
}

func (w *world) as(who auth.Actor) *webtest.Visitor {
	return w.Visit(who, []i18n.Bundle{privacyweb.Messages, privacy.Messages, purpose.Messages}, func(srv *web.Server) web.Module {
		return privacyweb.New(srv, privacyweb.Options{Privacy: w.svc, Purpose: w.reads, Network: w.Net, Policy: w.Policy, Now: w.Now, About: func(auth.Actor, *privacy.Request) []privacyweb.Link {
			return []privacyweb.Link{{Label: "privacyweb.see", Href: "/privacy", Icon: "eye"}}
		}}).Module()
	})
}

func (w *world) officer() auth.Actor {
	return auth.Actor{AccountID: "a-o", PersonID: "p-o", Name: "隐私员", Grants: []auth.Grant{{Role: auth.PrivacyOfficer, UnitID: w.Root}}}
}

func (w *world) code() string {
	w.Helper()
	p, err := w.svc.IssueCode(w.Context(), w.Actor("村干部1"), "", "h-1", true)
	w.OK(err)
	return p.Code
}

func TestAHouseholdSeesAndAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.as(auth.Actor{})
	home.Get("/privacy", "谁能看", "15 个工作日")
	home.Get("/mine?door="+networktest.Door, networktest.Door, "用短信验证")
	if to := home.Post("/mine/paper", http.StatusSeeOther, "", "code", w.code()); to != "/mine/held" {
		t.Errorf("led to %s", to)
	}
	home.Get("/mine/held", "关怀联系一", "13800138000", "没有人打开过")
	home.Get("/mine/held", "这里没有列出")
	home.Get("/mine/held", "一共1项", `<details class="card in-print"><summary>`)
	home.Get("/mine/held.json", `"13800138000"`, `"key": "care"`, `"language": "zh-CN"`, `2026-12-01T10:00:00+08:00`, `"breaks": []`, `"requests": []`, `"not_listed": "这里没有列出`)
	home.Post("/mine/ask", http.StatusUnprocessableEntity, "请填写", "kind", "correct", "holder", "care", "item", "e1")
	to := home.Post("/mine/ask", http.StatusSeeOther, "", "kind", "erase", "_key", "k")
	home.Get(to, "2026年12月22日", "隐私保护员")
	number := regexp.MustCompile(`Y\d+`).FindString(to)
	home.Post("/mine/requests", http.StatusUnprocessableEntity, "没有找到", "number", number, "key", "wrong")
	home.Post("/mine/requests", http.StatusSeeOther, "", "number", strings.ToLower(number), "key", to[strings.Index(to, "k=")+2:])

	officer := w.as(w.officer())
	officer.Get("/privacy/desk", number, "全部信息")
	officer.Get("/privacy/desk/requests/"+number, "密钥销毁")
	officer.Post("/privacy/desk/requests/"+number, http.StatusUnprocessableEntity, "依据的法律", "outcome", "refused", "words", "不方便删除")
	answer := []string{"outcome", "granted", "words", "已经删除", "_version", "1", "_key", "e", "plan"}
	officer.Post("/privacy/desk/requests/"+number, http.StatusOK, "会删掉的", answer[:8]...)
	officer.Post("/privacy/desk/requests/"+number, http.StatusOK, "又有了变化", append(answer, "old")...)
	if w.shelf.erased {
		t.Fatal("erased without asking once more")
	}
	f, err := w.svc.Get(t.Context(), w.officer(), number)
	w.OK(err)
	officer.Post("/privacy/desk/requests/"+number, http.StatusSeeOther, "", append(answer, f.Plan.Mark)...)
	home.Get(to, "已经删除")
	if body := home.Get("/mine/held", "关怀联系"); strings.Contains(body, "13800138000") {
		t.Error("it is still there")
	}
	home.Post("/mine/leave", http.StatusSeeOther, "")
	if got := home.Status("/mine/held"); got != http.StatusSeeOther {
		t.Errorf("after leaving: %d", got)
	}
}

// TestAskingForACodeTellsNothing: a household with a number, one without, and
// none at all are answered alike.
func TestAskingForACodeTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.as(auth.Actor{})
	for _, door := range []string{networktest.Door, "ZZZZZ99999", "??"} {
		to := v.Post("/mine/sms", http.StatusSeeOther, "", "door", door)
		if !strings.HasPrefix(to, "/mine/code?c=") || len(to) != len("/mine/code?c=")+26 {
			t.Errorf("%s: %s", door, to)
		}
		v.Get(to, "如果这一户登记了手机号")
		v.Post("/mine/code", http.StatusUnprocessableEntity, "查询码不对", "c", to[len("/mine/code?c="):], "code", "123456")
	}
	v.Post("/mine/sms", http.StatusUnprocessableEntity, "请填写门牌码")
	last := 0
	for range 40 {
		last = v.Status("/mine")
	}
	if last != http.StatusOK {
		t.Errorf("looking is limited: %d", last)
	}
}

func TestTheVillageHandsOutACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	village := w.as(w.Actor("村干部1"))
	at := "/privacy/desk/households/h-1/code"
	village.Get(at, "一号", "核对过身份")
	village.Post(at, http.StatusUnprocessableEntity, "必须本人到场", "_key", "a")
	village.Post(at, http.StatusOK, "只能用一次", "person", "1", "_key", "b")
	village.Post(at, http.StatusUnprocessableEntity, "只显示一次", "person", "1", "_key", "b")
	if got := w.as(w.Actor("村干部2")).Status(at); got != http.StatusForbidden {
		t.Errorf("another village: %d", got)
	}
}

func TestBrokenGlassIsReviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g, err := w.reads.BreakGlass(t.Context(), w.Actor("邻长1"), purpose.BreakGlass{Subject: purpose.Subject{HouseholdID: "h-1"}, Reason: purpose.Another, Words: "敲门没有人应"})
	w.OK(err)
	officer := w.as(w.officer())
	at := "/privacy/desk/reviews/" + g.ID
	officer.Get("/privacy/desk", "紧急查看", "邻长1")
	officer.Get(at, "敲门没有人应")
	officer.Post(at, http.StatusUnprocessableEntity, "请填写", "verdict", "unjustified", "_version", "1")
	officer.Post(at, http.StatusSeeOther, "", "verdict", "unjustified", "note", "应当先敲门再问邻居", "_version", "1")
	officer.Get("/privacy/desk?show=done", "没有正当理由")
	home := w.as(auth.Actor{})
	home.Post("/mine/paper", http.StatusSeeOther, "", "code", w.code())
	home.Get("/mine/held", "敲门没有人应", "没有正当理由", "应当先敲门再问邻居")
	if got := w.as(w.Actor("邻长1")).Status(at); got != http.StatusForbidden {
		t.Errorf("a lead: %d", got)
	}
}
