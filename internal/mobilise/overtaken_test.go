package mobilise_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
)

// What lay on a telephone without signal doesn't take back what the person has
// said since; it does count where it takes nothing away.
func TestAnEntryThatWasOvertaken(t *testing.T) {
	each(t, 5, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		enter := func(n int, shown string, a mobilise.Answer) error {
			a.Way = mobilise.ByVisit
			return c.Orders.Enter(t.Context(), c.Linked, mobilise.Entry{Key: fmt.Sprint(n, shown), Number: o.Number, N: n, Shown: shown, Answer: a})
		}
		said := func(n int, a mobilise.Answer) {
			t.Helper()
			if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, n), a); err != nil {
				t.Fatal(err)
			}
		}
		cant := mobilise.Answer{Reason: mobilise.ReasonRoad}
		said(1, yes)
		wantCode(t, "shown before they said anything", enter(1, "none", cant), errs.Stale, "order.since.coming")
		if r := c.Receipts(o)[0]; r.Standing != mobilise.Coming || r.Way != mobilise.ByLink || r.Said() != "coming" {
			t.Errorf("overwritten: %+v", r)
		}
		for range 2 { // pressed again with the answer before one's eyes, and sent twice
			if err := enter(1, "coming", cant); err != nil || c.Receipts(o)[0].Said() != "cant.road" {
				t.Errorf("%v %+v", err, c.Receipts(o)[0])
			}
		}
		said(2, cant)
		wantCode(t, "they can't", enter(2, "none", yes), errs.Stale, "order.since.cant")
		said(3, mobilise.Answer{Arrived: true})
		wantCode(t, "they are there", enter(3, "none", cant), errs.Stale, "order.since.arrived")
		said(4, yes)
		for shown, a := range map[string]mobilise.Answer{"none": {Told: true}, "cant.ill": yes} { // both take nothing away
			if err := enter(4, shown, a); err != nil || c.Receipts(o)[3].Way != mobilise.ByLink || c.Receipts(o)[3].Said() != "coming" {
				t.Errorf("%+v: %v %+v", a, err, c.Receipts(o)[3])
			}
		}
		if err := enter(5, "", cant); err != nil || c.Receipts(o)[4].Said() != "cant.road" {
			t.Errorf("without having been shown anything: %v", err)
		}
	})
}

// Two answers are named the same exactly if they are.
func TestSaid(t *testing.T) {
	some := rapid.Custom(func(t *rapid.T) *mobilise.Receipt {
		r := &mobilise.Receipt{Standing: mobilise.Standing(rapid.IntRange(0, 7).Draw(t, "standing"))}
		if r.Standing == mobilise.Cant {
			r.Reason = rapid.SampledFrom(mobilise.Reasons()).Draw(t, "reason")
		}
		return r
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := some.Draw(t, "a"), some.Draw(t, "b")
		same := max(a.Standing, mobilise.Seen) == max(b.Standing, mobilise.Seen) && a.Reason == b.Reason
		if (a.Said() == b.Said()) != same {
			t.Errorf("%s of %+v, %s of %+v", a.Said(), a, b.Said(), b)
		}
	})
}
