package orderweb_test

import (
	"testing"

	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

// The timeline says what kinds of events keep beside their words.
func TestTheCourseOfAnOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	o := w.propose(t, w.Command, nil)
	err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		for _, e := range []mobilise.Event{
			{Kind: mobilise.EventDown, Detail: `{"channel":"sms","why":"order.try.stopped"}`, ActorID: "system:order.dispatch", Actor: "order.dispatch"},
			{Kind: mobilise.EventKnock, Detail: `{"n":7}`, ActorID: "system:order.dispatch"},
			{Kind: mobilise.EventUp, Detail: `not json`},
		} {
			e.At = w.Now()
			if err := mobilise.AddEvent(t.Context(), tx, o.ID, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lacks(t, w.as(t, w.Command).Get("/orders/"+o.Number, "短信通道不通", "程序停了一下", "7 人没有应答", "通道恢复"), "order.dispatch")
}

// A correction says what it changed, from what to what.
func TestTheCourseSaysWhatWasCorrected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	o := w.propose(t, w.Command, nil)
	words := o.Words
	words.Where = "东沩小学操场"
	if _, err := w.Orders.Correct(t.Context(), w.Command, mobilise.Command{Key: "c", Number: o.Number}, words); err != nil {
		t.Fatal(err)
	}
	course := between(w.as(t, w.Command).Get("/orders/"+o.Number), `id="course-card"`, "</section>")
	has(t, course, "到哪里："+o.Where+" → 东沩小学操场")
	lacks(t, course, "请大家做什么：", "出了什么事：")
}
