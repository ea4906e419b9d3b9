package mobilise_test

import (
	"sync"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
)

// Programs that correct different words at the same time take nothing back of
// each other, and a repeat is answered as before whatever came in between.
func TestAmendments(t *testing.T) {
	each(t, 2, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		amend := func(key string, version int, a mobilise.Amendment) error {
			_, err := c.Orders.Amend(t.Context(), c.Command, mobilise.Command{Key: key, Number: o.Number, Version: version}, a)
			return err
		}
		var wait sync.WaitGroup
		for key, a := range map[string]mobilise.Amendment{"a": {Where: "学校"}, "b": {Do: "带绳子。"}, "c": {What: "桥也结冰了。"}, "d": {Title: "除冰"}, "e": {Until: o.Until.Add(time.Hour)}} {
			wait.Go(func() {
				for range 2 {
					if err := amend(key, 0, a); err != nil {
						t.Errorf("%s: %v", key, err)
					}
				}
			})
		}
		wait.Wait()
		now, _, err := c.Orders.Get(t.Context(), c.Command, o.Number)
		want := mobilise.Words{Title: "除冰", What: "桥也结冰了。", Do: "带绳子。", Where: "学校", Until: o.Until.Add(time.Hour)}
		if err != nil || now.Edition != 6 || !now.Until.Equal(want.Until) || now.Title != want.Title || now.What != want.What || now.Do != want.Do || now.Where != want.Where {
			t.Errorf("%+v %v", now, err)
		}
		wantCode(t, "decided on an older one", amend("f", o.Version, mobilise.Amendment{Where: "河边"}), errs.Stale, "order.changed_since")
		wantCode(t, "nothing new", amend("g", 0, mobilise.Amendment{Where: "学校"}), errs.Invalid, "order.unchanged")
		wantCode(t, "the key for another", amend("a", 0, mobilise.Amendment{Where: "河边"}), errs.Conflict, "once.key_reused")
		wantField(t, "too long ago", amend("h", 0, mobilise.Amendment{Until: c.Now().Add(-time.Hour)}), "until", "order.until_over")
		_, err = c.Orders.Amend(t.Context(), c.Elsewhere, mobilise.Command{Number: o.Number}, mobilise.Amendment{Where: "河边"})
		wantCode(t, "another town", err, errs.NotFound, "order.none")
	})
}
