package orderweb_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
)

func (w *world) propose(t *testing.T, who auth.Actor, change func(*mobilise.Propose)) *mobilise.Order {
	t.Helper()
	o, err := w.Order(who, change)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func missing(p *mobilise.Propose) {
	p.Hazard, p.Missing = mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A7731", AskedBy: "女儿"}
}

func versionOf(t *testing.T, page string) string {
	t.Helper()
	m := version.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no version on the page")
	}
	return m[1]
}

// Over the limit, or about a person, somebody else looks at message and number first.
func TestASecondPersonDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	o := w.propose(t, w.Command, missing)
	at := "/orders/" + o.Number
	own := w.as(t, w.Command).Get(at, "待批准", "这是您提的", "5 人", "【令"+o.Number+"】", "A7731", "女儿")
	lacks(t, own, at+"/approve", "批准，发出给", "现场情况", at+"/cap")
	office := w.as(t, w.Office)
	page := office.Get(at, "请您决定发不发", "批准，发出给 5 人", "不批准")
	office.Post(at+"/refuse", http.StatusUnprocessableEntity, "请填写", "_key", "a", "_version", versionOf(t, page), "note", " ")
	office.Post(at+"/approve", http.StatusConflict, "刚被别人改过", "_key", "b", "_version", "99")
	w.as(t, w.Command).Post(at+"/approve", http.StatusForbidden, "自己提的令", "_key", "c", "_version", versionOf(t, page))
	office.Post(at+"/approve", http.StatusSeeOther, "", "_key", "d", "_version", versionOf(t, page))
	office.Get(at, "执行中", "批准，发出", "正在发出")
	office.Post(at+"/refuse", http.StatusConflict, "已经批过了", "_key", "e", "note", "晚了一步")
	if w.as(t, w.Elsewhere).Status(at) != http.StatusNotFound {
		t.Error("seen from elsewhere")
	}
	officer := w.as(t, w.Privacy)
	page = officer.Get(at, "请您复核", "A7731")
	lacks(t, page, at+"/people", "更正")
	if officer.Status(at+"/people") != http.StatusForbidden {
		t.Error("the privacy officer reads the list of people")
	}
	officer.Post(at+"/review", http.StatusUnprocessableEntity, "请填写", "_key", "f")
	officer.Post(at+"/review", http.StatusSeeOther, "", "_key", "g", "_version", versionOf(t, page), "note", "该发，内容合适。")
	lacks(t, officer.Get(at, "该发，内容合适。"), "请您复核")
	for _, who := range []auth.Actor{w.Command, w.Linked, w.Privacy} {
		if w.as(t, who).Status(at+"/cap") != http.StatusForbidden {
			t.Errorf("%s gets it as CAP", who.Name)
		}
	}
	w.Pass(80 * time.Hour)
	if err := w.Orders.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	lacks(t, office.Get(at, "已经按规定删除", "已完成"), "今晚冻雨", "A7731", "女儿", "<h1></h1>")
	lacks(t, office.Get("/orders", o.Number), "道路结冰")
}

func TestAProposedOrderIsRefusedOrTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	one, two := w.propose(t, w.Command, missing), w.propose(t, w.Command, missing)
	office := w.as(t, w.Office)
	office.Post("/orders/"+one.Number+"/refuse", http.StatusSeeOther, "", "_key", "a", "note", "没有受理编号的原件")
	office.Get("/orders/"+one.Number, "没有批准", "没有受理编号的原件")
	command := w.as(t, w.Command)
	command.Get("/orders/"+two.Number, "还没有发出，取消后")
	command.Post("/orders/"+two.Number+"/cancel", http.StatusSeeOther, "", "_key", "b", "note", "人找到了")
	command.Get("/orders/"+two.Number, "已取消", "人找到了")
	command.Get("/orders?state=refused", one.Number)
}

// The page tells the numbers, and its steps ask where somebody else was quicker.
func TestAnOrderUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.propose(t, w.Command, func(p *mobilise.Propose) { p.Kind = mobilise.Drill })
	at := "/orders/" + o.Number
	for n := 1; n <= 9; n++ {
		if err := w.Orders.AnswerByToken(t.Context(), w.Orders.Token(o, n), mobilise.Answer{Coming: n < 8, Arrived: n == 9, Reason: mobilise.ReasonIll}); err != nil {
			t.Fatal(err)
		}
	}
	w.Knock(o, 10, 11)
	v := w.as(t, w.Command)
	page := v.Get(at, "演练 · 不是真的", "45.0%", "会来", "要上门的", `<svg class="share"`, "短信正常", at+"/doors", "standing=coming", "standing=cant", at+"/wall", at+"/report", at+"/cap")
	lacks(t, page, "不通")
	res, err := v.Client.Get(v.Base + at + "/cap")
	if code, text, _ := v.Answer(res, err); code != http.StatusOK || text != "<alert>"+o.Number+"</alert>" || !strings.Contains(res.Header.Get("Content-Disposition"), o.Number+".cap.xml") {
		t.Errorf("as CAP: %d %s", code, text)
	}
	old := versionOf(t, page)
	form := v.Get(at+"/correct", "今晚冻雨，省道结冰。", "发出更正（9 人）", "还没通知到的 11 人", "2026-12-03T10:00")
	bad := body(v, at+"/correct", http.StatusUnprocessableEntity, "_key", "a", "_version", versionOf(t, form), "title", "", "what", "冻雨", "do", "来", "where", "学校", "until", "2026-12-03T10:00")
	has(t, bad, `id="e-title"`, `value="学校"`)
	same := []string{"_key", "b", "_version", old, "title", o.Title, "what", o.What, "do", o.Do, "where", o.Where, "until", "2026-12-03T10:00"}
	has(t, body(v, at+"/correct", http.StatusUnprocessableEntity, same...), "内容没有变")
	v.Post(at+"/correct", http.StatusSeeOther, "", "_key", "c", "_version", old, "title", o.Title, "what", o.What, "do", o.Do, "where", "学校操场", "until", "2026-12-03T10:00")
	v.Get(at, "学校操场", "第 2 版", "更正")
	late := body(v, at+"/correct", http.StatusConflict, "_key", "d", "_version", old, "title", o.Title, "what", "又变了", "do", o.Do, "where", "河边", "until", "2026-12-03 11:00")
	has(t, late, "刚被别人改过", "别人刚改成了这样", "学校操场", `value="河边"`, "又变了")
	v.Post(at+"/close", http.StatusConflict, "刚被别人改过", "_key", "e", "_version", old, "note", "都到了")
	stale := body(v, at+"/cancel", http.StatusConflict, "_key", "f", "_version", old, "note", "雨停了")
	has(t, stale, `value="雨停了"`)
	v.Post(at+"/cancel", http.StatusUnprocessableEntity, "请填写", "_key", "g", "_version", versionOf(t, stale), "note", "")
	v.Post(at+"/close", http.StatusSeeOther, "", "_key", "h", "_version", versionOf(t, stale), "note", "都到了")
	over := v.Get(at, "已完成", "都到了", "已回")
	lacks(t, over, at+"/cancel", at+"/correct", "短信正常")
	v.Post(at+"/cancel", http.StatusConflict, "已经结束", "_key", "i", "note", "晚了")
	if v.Status(at+"/correct") != http.StatusConflict {
		t.Error("corrected after the end")
	}
	if v.Status("/orders/L2600999") != http.StatusNotFound || v.Status("/orders/x/people") != http.StatusNotFound {
		t.Error("an order that isn't there")
	}
	row := v.Get("/orders", "以前的", "drill-row", "45.0%")
	lacks(t, row, "现在开着的")
	leads := w.as(t, w.Hall)
	lacks(t, leads.Get(at), at+"/cancel") // the village stands over a part of nothing but itself: its group is inside of it
}

// Many look while answers come in: each sees what was true when it asked, and
// the people are counted once for all who asked meanwhile.
func TestCountsAreShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	o := w.propose(t, w.Command, nil)
	v := w.as(t, w.Command)
	var group sync.WaitGroup
	for n := range 30 {
		group.Go(func() {
			if err := w.Orders.AnswerByToken(t.Context(), w.Orders.Token(o, n+1), mobilise.Answer{Coming: true}); err != nil {
				t.Error(errs.CodeOf(err))
			}
			v.Get("/orders/"+o.Number, "执行中")
		})
	}
	group.Wait()
	v.Get("/orders/"+o.Number, "100.0%")
}

// The list goes on page by page, each order once.
func TestTheListOfOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	for range 60 {
		o := w.propose(t, w.Command, nil)
		if _, err := w.Orders.Cancel(t.Context(), w.Command, mobilise.Command{Number: o.Number, Note: "试试"}); err != nil {
			t.Fatal(err)
		}
		w.Pass(time.Minute)
	}
	open := w.propose(t, w.Command, nil)
	v := w.as(t, w.Command)
	page, rows, pages := v.Get("/orders", open.Number, "现在开着的"), 0, 0
	for ; ; pages++ {
		rows += strings.Count(page, "<tr data-row")
		next := between(page, `href="/orders?after=`, `"`)
		if next == "" {
			break
		}
		page = v.Get("/orders?after=" + next)
		lacks(t, page, open.Number)
	}
	if rows != 60 || pages == 0 {
		t.Errorf("%d of 60 orders are listed on %d more pages", rows, pages)
	}
	if v.Status("/orders?after=zzz") != http.StatusNotFound {
		t.Error("a made-up cursor")
	}
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

// Who is called sees it; nobody else's calls.
func TestWhatCallsMe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o := w.propose(t, w.Command, nil)
	v := w.as(t, w.Lead(1))
	page := v.Get("/orders/mine", "道路结冰除冰", "还没有答复", "/a/"+w.Orders.Token(o, 2))
	lacks(t, page, w.Orders.Token(o, 1))
	if err := w.Orders.AnswerByToken(t.Context(), w.Orders.Token(o, 2), mobilise.Answer{Coming: true}); err != nil {
		t.Fatal(err)
	}
	v.Get("/orders/mine", "会来")
	w.as(t, w.Privacy).Get("/orders/mine", "现在没有叫您的令")
}
