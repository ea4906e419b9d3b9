package orderweb_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
)

// The list shows each person once, narrowed as asked, and only one's own part of the city.
func TestThePeopleOfAnOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	o := w.propose(t, w.Command, nil)
	for n := 1; n <= 3; n++ {
		if err := w.Orders.AnswerByToken(t.Context(), w.Orders.Token(o, n), mobilise.Answer{Coming: n > 1, Reason: mobilise.ReasonCare}); err != nil {
			t.Fatal(err)
		}
	}
	w.Knock(o, 10)
	at := "/orders/" + o.Number + "/people"
	v := w.as(t, w.Command)
	first := v.Get(at, "邻长1<", "邻长50<", "家里有人要照顾", "自己点的链接", "要上门", "一组")
	second := v.Get(strings.ReplaceAll(at+"?"+between(first, at+"?", `"`), "&amp;", "&"), "邻长51<", "邻长60<")
	lacks(t, first, "邻长51<", "1970")
	lacks(t, second, "邻长50<")
	lacks(t, v.Get(at+"?standing=coming", "邻长2<", "邻长3<"), "邻长1<", "邻长4<")
	lacks(t, v.Get(at+"?standing=door", "邻长10<"), "邻长1<")
	v.Get(at+"?standing=arrived", "没有这样的人")
	v.Get(at+"?unit=430182001001", "邻长1<", `value="430182001001" selected`)
	v.Get(at+"?unit=430182002000", "没有这样的人")
	for _, bad := range []string{at + "?unit=xyz", at + "?after=zzz", at + "/0", at + "/x", at + "/61"} {
		if v.Status(bad) != http.StatusNotFound {
			t.Errorf("%s: %d", bad, v.Status(bad))
		}
	}
	if w.as(t, w.Elsewhere).Status(at) != http.StatusNotFound || w.as(t, w.Lead(0)).Status(at) != http.StatusForbidden {
		t.Error("others see the people")
	}
}

// What somebody said on the telephone is written down, the number opened on record.
func TestAnAnswerIsEntered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12)
	o := w.propose(t, w.Command, nil)
	at := "/orders/" + o.Number + "/people/3"
	v := w.as(t, w.Linked)
	page := v.Get(at, "邻长3", "带铁锹到点铲冰", "看电话号码", "打电话", "上门", "来不了时必填", `data-outbox="令 `+o.Number)
	lacks(t, page, mobilisetest.Phone(2), "desk")
	has(t, body(v, at+"/phone", 200, "_key", "p"), mobilisetest.Phone(2), "tel:", "已记下")
	v.Post(at, http.StatusUnprocessableEntity, "请选一个原因", "_key", "a", "way", "phone", "answer", "cant")
	v.Post(at, http.StatusUnprocessableEntity, "", "_key", "b", "way", "phone", "answer", "sleeps")
	v.Post(at, http.StatusUnprocessableEntity, "请填写", "_key", "c", "way", "dream", "answer", "coming")
	for range 2 {
		if to := v.Post(at, http.StatusSeeOther, "", "_key", "d", "way", "phone", "answer", "coming"); to != at {
			t.Error(to)
		}
	}
	v.Get(at, "会来", "电话里说的，别人代记")
	if r := w.Receipts(o)[2]; r.Standing != mobilise.Coming || r.Way != mobilise.ByPhone || r.EnteredBy == "" {
		t.Errorf("%+v", r)
	}
	v.Post(at, http.StatusSeeOther, "", "_key", "e", "way", "visit", "answer", "cant", "reason", "road")
	v.Get(at, "来不了", "路不通")
	lacks(t, v.Get("/orders/"+o.Number+"/people/10", "没有登记电话"), "看电话号码")
	has(t, body(v, "/orders/"+o.Number+"/people/10/phone", 200, "_key", "q"), "不归您看，或者没有登记")
	if _, err := w.Orders.Close(t.Context(), w.Command, mobilise.Command{Number: o.Number, Note: "好了"}); err != nil {
		t.Fatal(err)
	}
	v.Post(at, http.StatusGone, "已经结束", "_key", "f", "way", "phone", "answer", "coming")
	v.Post(at+"/phone", http.StatusConflict, "", "_key", "g")
}

// Who knocks has a card for each door, and notes what is said there.
func TestDoorsToKnockAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12)
	o := w.propose(t, w.Command, nil)
	at := "/orders/" + o.Number + "/doors"
	v := w.as(t, w.Linked)
	v.Get(at, "没有要上门的")
	w.Knock(o, 2, 5, 10)
	page := v.Get(at, "邻长2<", "邻长5<", "邻长10<", "玉潭街道 · 花明村", "会来", "告诉到了", "来不了", "face-phone", `data-outbox=`, "没有信号也能记", "带铁锹到点铲冰")
	lacks(t, page, "邻长3<", `people/10/phone`)
	one := "/orders/" + o.Number + "/people/"
	v.Post(one+"5", http.StatusUnprocessableEntity, "请选一个原因", "_key", "a", "back", "doors", "way", "visit", "answer", "cant", "reason", "")
	if to := v.Post(one+"5", http.StatusSeeOther, "", "_key", "b", "back", "doors", "way", "visit", "answer", "told"); to != at {
		t.Error(to)
	}
	v.Post(one+"2", http.StatusSeeOther, "", "_key", "c", "back", "doors", "way", "visit", "answer", "coming")
	lacks(t, v.Get(at, "邻长10<", "记下了：会来"), "邻长5<", "邻长2<")
	if r := w.Receipts(o)[4]; r.Standing != mobilise.Seen || r.Way != mobilise.ByVisit {
		t.Errorf("told in person: %+v", r)
	}
	if _, err := w.Orders.Cancel(t.Context(), w.Command, mobilise.Command{Number: o.Number, Note: "雨停了"}); err != nil {
		t.Fatal(err)
	}
	lacks(t, v.Get(at, "不用再上门了"), "邻长10<")
	if w.as(t, w.Elsewhere).Status(at) != http.StatusNotFound || w.as(t, w.Privacy).Status(at) != http.StatusForbidden {
		t.Error("others see the doors")
	}
}

// An entry that was overtaken comes back with what the person has said since,
// and counts when it is pressed again.
func TestAnEntryThatComesLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o := w.propose(t, w.Command, nil)
	w.Knock(o, 2)
	at := "/orders/" + o.Number + "/people/2"
	v := w.as(t, w.Linked)
	v.Get("/orders/"+o.Number+"/doors", `name="shown" value="none"`)
	if err := w.Orders.AnswerByToken(t.Context(), w.Orders.Token(o, 2), mobilise.Answer{Coming: true}); err != nil {
		t.Fatal(err)
	}
	late := []string{"_key", "a", "back", "doors", "way", "visit", "answer", "cant", "reason", "road"}
	page := body(v, at, http.StatusConflict, append(late, "shown", "none")...)
	has(t, page, "有了新的答复：会来", `name="shown" value="coming"`, "自己点的链接")
	if r := w.Receipts(o)[1]; r.Standing != mobilise.Coming || r.Way != mobilise.ByLink {
		t.Errorf("overwritten: %+v", r)
	}
	v.Post(at, http.StatusSeeOther, "", append(late, "shown", "coming")...)
	if r := w.Receipts(o)[1]; r.Standing != mobilise.Cant || r.Way != mobilise.ByVisit {
		t.Errorf("pressed again: %+v", r)
	}
}

// A month after the end there are no names any more, and the page says so.
func TestNamesAreGoneAfterAMonth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o := w.propose(t, w.Command, nil)
	if _, err := w.Orders.Close(t.Context(), w.Command, mobilise.Command{Number: o.Number, Note: "好了"}); err != nil {
		t.Fatal(err)
	}
	at := "/orders/" + o.Number + "/people"
	v := w.as(t, w.Command)
	v.Get(at, "邻长1<")
	w.Pass(31 * 24 * time.Hour)
	code, page, _ := v.Answer(v.Client.Get(v.Base + at))
	has(t, page, "不再给人看", "30 天", `href="/orders/`+o.Number+`"`)
	lacks(t, page, "邻长1<", "search")
	if code != http.StatusGone || v.Status(at+"/1") != http.StatusGone {
		t.Errorf("%d, one of them %d", code, v.Status(at+"/1"))
	}
	v.Get("/orders/"+o.Number, "已完成")
}
