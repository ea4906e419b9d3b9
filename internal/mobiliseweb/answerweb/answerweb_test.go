package answerweb_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/mobiliseweb/answerweb"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// city is one with 4 leads, and a visitor nobody knows.
func city(t *testing.T) (*mobilisetest.City, *webtest.Visitor) {
	t.Helper()
	c := mobilisetest.New(t, sqldbtest.Open(t, sqldb.SQLite), 4)
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{answerweb.New(srv, answerweb.Options{Orders: c.Orders, Tree: c.Net.Tree, Now: c.Now,
			Shown: func(context.Context, []string) (map[string]string, error) {
				return map[string]string{c.Official: "12955555555"}, nil
			}}).Module()}
	}, []i18n.Bundle{answerweb.Messages, mobilise.Messages, auth.Messages, network.Messages}, webtest.With(func(o *web.Options) {
		o.Now = c.Now
		o.Guard = func(_ *http.Request, access string) error {
			return c.Policy.Can(auth.Actor{}, auth.Action(access), auth.Object{})
		}
	}))
	webtest.CheckTemplates(t, srv)
	return c, webtest.Visit(t, srv)
}

func issue(t *testing.T, c *mobilisetest.City, change func(*mobilise.Propose)) *mobilise.Order {
	t.Helper()
	o, err := c.Order(c.Command, change)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func lacks(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			t.Errorf("the page says %q:\n%s", text, page)
		}
	}
}

// Somebody looks, says that they come, that they can't, and that they are there.
func TestAnAnswerByLink(t *testing.T) {
	t.Parallel()
	c, v := city(t)
	o := issue(t, c, nil)
	at := "/a/" + c.Orders.Token(o, 2)
	page := v.Get(at, "道路结冰除冰", "今晚冻雨", "村部门口", "2026年12月3日", "您能来吗", "联络员", "tel:12955555555", `data-seen="`+at+`/seen"`, "noindex", "我会来", "我到了", "来不了")
	lacks(t, page, "演练", "邻长2", "更正", "⟦")
	if len(page) > 15<<10 {
		t.Errorf("%d bytes", len(page))
	}
	if r := c.Receipts(o)[1]; r.Standing != mobilise.Queued || r.SeenAt != 0 {
		t.Errorf("looking changed %+v", r)
	}
	v.Post(at+"/seen", http.StatusNoContent, "")
	v.Post(at+"/seen", http.StatusNoContent, "")
	if r := c.Receipts(o)[1]; r.Standing != mobilise.Seen {
		t.Errorf("not seen: %+v", r)
	}
	for range 2 {
		if to := v.Post(at, http.StatusSeeOther, "", "answer", "coming"); to != at {
			t.Error(to)
		}
	}
	lacks(t, v.Get(at, "您说了：会来", "路上小心", "情况变了"), "data-seen", `value="coming"`)
	v.Post(at, http.StatusUnprocessableEntity, "请选一个原因", "answer", "cant", "reason", "lazy")
	v.Post(at, http.StatusUnprocessableEntity, "", "answer", "perhaps")
	v.Post(at, http.StatusSeeOther, "", "answer", "cant", "reason", "ill")
	v.Get(at, "来不了（身体不舒服）", "能来了，我会来")
	v.Post(at, http.StatusSeeOther, "", "answer", "arrived")
	v.Get(at, "记下了：您到了", "来不了")
	if r := c.Receipts(o)[1]; r.Standing != mobilise.Arrived || r.Way != mobilise.ByLink {
		t.Errorf("%+v", r)
	}
}

// A drill says so first; corrected words say that they count.
func TestADrillAndACorrection(t *testing.T) {
	t.Parallel()
	c, v := city(t)
	o := issue(t, c, func(p *mobilise.Propose) { p.Kind = mobilise.Drill })
	at := "/a/" + c.Orders.Token(o, 1)
	page := v.Get(at, "演练 · 不是真的")
	if strings.Index(page, "演练 · 不是真的") > strings.Index(page, "道路结冰除冰</h1>") {
		t.Error("the title stands before the word drill")
	}
	words := c.Words()
	words.Where = "学校操场"
	if _, err := c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Number: o.Number}, words); err != nil {
		t.Fatal(err)
	}
	v.Get(at, "这里写的为准", "学校操场")
}

// After the end the page says that the order is over, and nothing else.
func TestAfterTheEnd(t *testing.T) {
	t.Parallel()
	c, v := city(t)
	o, other, drill := issue(t, c, nil), issue(t, c, nil), issue(t, c, func(p *mobilise.Propose) { p.Kind = mobilise.Drill })
	at := "/a/" + c.Orders.Token(o, 1)
	v.Post(at, http.StatusSeeOther, "", "answer", "coming")
	if _, err := c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: "路通了"}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []*mobilise.Order{other, drill} {
		if _, err := c.Orders.Cancel(t.Context(), c.Command, mobilise.Command{Number: x.Number, Note: "雨停了"}); err != nil {
			t.Fatal(err)
		}
	}
	before := c.Receipts(o)
	gone := func(token string, wants ...string) {
		t.Helper()
		code, page, _ := v.Answer(v.Client.Get(v.Base + "/a/" + token))
		if code != http.StatusGone {
			t.Errorf("%d\n%s", code, page)
		}
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("the page doesn't say %q:\n%s", want, page)
			}
		}
		lacks(t, page, `name="answer"`, "data-seen", "结冰", "冻雨", "村部", "路通了", "雨停了", "您说了", "联络员", "邻长1", "⟦")
	}
	gone(c.Orders.Token(o, 1), "令 "+o.Number+" 已经结束", "已经办完了", "谢谢")
	gone(c.Orders.Token(other, 1), "令 "+other.Number+" 已经结束", "取消了，请不要再去")
	gone(c.Orders.Token(drill, 1), "演练 · 不是真的", "演练 "+drill.Number+" 已经结束", "演练取消了，请不要再去")
	v.Post(at, http.StatusGone, "来晚了一步", "answer", "coming")
	v.Post(at+"/seen", http.StatusGone, "")
	v.Post("/a/"+c.Orders.Token(o, 2)+"/seen", http.StatusGone, "")
	if after := c.Receipts(o); !slices.Equal(before, after) {
		t.Errorf("something was noted after the end: %+v", after)
	}
}

// A link that is none says what to do, whatever is wrong with it, and can't be tried for ever.
func TestAWrongLink(t *testing.T) {
	t.Parallel()
	c, v := city(t)
	o := issue(t, c, nil)
	right := c.Orders.Token(o, 1)
	for i, token := range []string{"x", right[:len(right)-1] + "!", "L2600000.1.abcdefghijkl", strings.Replace(right, ".1.", ".2.", 1), strings.Repeat("a", 300)} {
		code, page, _ := v.Answer(v.Client.Get(v.Base + "/a/" + token))
		if code != http.StatusNotFound || !strings.Contains(page, "这个链接打不开") || strings.Contains(page, "结冰") {
			t.Errorf("%d: %d\n%s", i, code, page)
		}
		v.Post("/a/"+token, http.StatusNotFound, "这个链接打不开", "answer", "coming")
	}
	limited := false
	for range 60 {
		limited = limited || v.Status("/a/nothing") == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("wrong links can be tried without end")
	}
	v.Get("/a/"+right, "您能来吗") // which doesn't keep those out who have a right one
}

// One link is answered some times a minute; another one's turns are its own.
func TestALinkIsLimited(t *testing.T) {
	t.Parallel()
	c, v := city(t)
	o := issue(t, c, nil)
	last := ""
	for range 20 {
		code, _, _ := v.Answer(v.Client.PostForm(v.Base+"/a/"+c.Orders.Token(o, 1), map[string][]string{"answer": {"coming"}}))
		last = http.StatusText(code)
	}
	if last != http.StatusText(http.StatusTooManyRequests) {
		t.Error(last)
	}
	v.Post("/a/"+c.Orders.Token(o, 2), http.StatusSeeOther, "", "answer", "coming")
	c.Pass(time.Minute)
	v.Post("/a/"+c.Orders.Token(o, 1), http.StatusSeeOther, "", "answer", "coming")
	if err := c.Orders.SeenByToken(t.Context(), "x"); errs.KindOf(err) != errs.NotFound {
		t.Error(err)
	}
}

// What was erased isn't shown by any link.
func TestAMissingPersonIsErased(t *testing.T) {
	t.Parallel()
	c, v := city(t)
	o := issue(t, c, func(p *mobilise.Propose) {
		p.Hazard, p.Missing = mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A1", AskedBy: "女儿"}
	})
	if _, err := c.Orders.Approve(t.Context(), c.Office, mobilise.Command{Number: o.Number}); err != nil {
		t.Fatal(err)
	}
	at := "/a/" + c.Orders.Token(o, 1)
	v.Get(at, "今晚冻雨")
	c.Pass(73 * time.Hour)
	if err := c.Orders.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	code, page, _ := v.Answer(v.Client.Get(v.Base + at))
	if code != http.StatusGone || !strings.Contains(page, o.Number) {
		t.Errorf("%d %s", code, page)
	}
	lacks(t, page, "今晚冻雨", "女儿", "结冰")
}
