package mobilise_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
)

// What is counted in one query is what a count by hand comes to.
func TestTallyIsARecount(t *testing.T) {
	each(t, 25, func(t *testing.T, c *mobilisetest.City) {
		seatAt(c, c.Far)
		rapid.Check(t, func(rt *rapid.T) {
			o := issue(c, c.Command, func(p *mobilise.Propose) { p.Audience.UnitIDs, p.Kind = []string{c.Root}, mobilise.Drill })
			change(c, o, func(r *mobilise.Receipt) {
				r.Standing = mobilise.Standing(rapid.IntRange(0, 7).Draw(rt, "standing"))
				r.KnockAt = int64(rapid.IntRange(0, 1).Draw(rt, "knock"))
				r.Way = rapid.SampledFrom([]mobilise.Way{"", mobilise.ByVisit}).Draw(rt, "way")
			})
			got, err := c.Orders.Tally(t.Context(), o.ID)
			if err != nil {
				rt.Fatal(err)
			}
			if want := recount(c.Receipts(o)); fmt.Sprint(flat(got)) != fmt.Sprint(flat(want)) {
				rt.Errorf("counted %v\nby hand %v", flat(got), flat(want))
			}
			many, err := c.Orders.Tallies(t.Context(), []string{o.ID})
			got.Villages, got.At = nil, many[o.ID].At
			if one := many[o.ID]; err != nil || fmt.Sprint(flat(one)) != fmt.Sprint(flat(got)) {
				rt.Errorf("with others %v, alone %v, %v", flat(one), flat(got), err)
			}
		})
	})
}

func recount(list []mobilise.Receipt) (t mobilise.Tally) {
	t.Villages = map[string]*mobilise.VillageTally{}
	one := func(yes bool) int { return map[bool]int{true: 1}[yes] }
	for _, r := range list {
		if t.Villages[r.VillageID] == nil {
			t.Villages[r.VillageID] = &mobilise.VillageTally{}
		}
		v := t.Villages[r.VillageID]
		reached, answered, knock := one(r.HasBeenReached()), one(r.Standing >= mobilise.Cant), one(r.ToKnock())
		t.People, t.Reached, t.Answered, t.Knock = t.People+1, t.Reached+reached, t.Answered+answered, t.Knock+knock
		v.People, v.Reached, v.Answered, v.Knock = v.People+1, v.Reached+reached, v.Answered+answered, v.Knock+knock
		v.Coming, v.Arrived = v.Coming+one(r.Standing == mobilise.Coming), v.Arrived+one(r.Standing >= mobilise.Arrived)
		t.By[r.Standing]++
	}
	return t
}

// flat is a tally to compare.
func flat(t mobilise.Tally) []any {
	out := []any{t.People, t.By, t.Knock, t.Reached, t.Answered}
	villages := map[string]mobilise.VillageTally{}
	for id, v := range t.Villages {
		villages[id] = *v
	}
	return append(out, villages)
}

// Lists come page by page, each row once, in their order.
func TestPaging(t *testing.T) {
	each(t, 23, func(t *testing.T, c *mobilisetest.City) {
		seatAt(c, c.Far)
		var numbers []string
		for i := range 7 {
			o := issue(c, c.Command, func(p *mobilise.Propose) { p.Audience.UnitIDs = []string{[]string{c.Town, c.Far}[i%2]} })
			numbers = append(numbers, o.Number)
			if i%3 == 0 {
				c.Pass(time.Second) // some come in the same millisecond
			}
		}
		for limit := 1; limit <= 8; limit++ {
			if got := listed(t, c, c.Command, limit); fmt.Sprint(got) != fmt.Sprint(reversed(numbers)) {
				t.Errorf("%d at a time: %v, want %v", limit, got, reversed(numbers))
			}
			if got := listed(t, c, c.Elsewhere, limit); len(got) != 3 {
				t.Errorf("the other town lists %v", got)
			}
		}
		if _, _, err := c.Orders.List(t.Context(), c.Command, "", []string{"x", "y"}, 3); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a made-up place in the list: %v", err)
		}
		o, _, err := c.Orders.Get(t.Context(), c.Command, numbers[0])
		if err != nil {
			t.Fatal(err)
		}
		change(c, o, func(r *mobilise.Receipt) {
			if r.N%2 == 0 {
				r.Knock(c.Now())
			}
			r.Standing = mobilise.Standing(r.N % 2 * int(mobilise.Delivered))
		})
		for _, x := range []struct {
			what string
			who  auth.Actor
			f    mobilise.Filter
			n    int
		}{
			{"everybody", c.Command, mobilise.Filter{Standing: mobilise.Any}, 23},
			{"the linked official", c.Linked, mobilise.Filter{Standing: mobilise.Any}, 23},
			{"a cell's", c.Actor(auth.GroupLead, c.Receipts(o)[4].UnitID), mobilise.Filter{Standing: mobilise.Any}, 1},
			{"doors", c.Hall, mobilise.Filter{Standing: mobilise.Any, Knock: true}, 11},
			{"delivered", c.Hall, mobilise.Filter{Standing: int(mobilise.Delivered)}, 12},
			{"delivered, of a village", c.Command, mobilise.Filter{Standing: int(mobilise.Delivered), UnitID: c.Village}, 12},
			{"of another village", c.Command, mobilise.Filter{Standing: mobilise.Any, UnitID: c.Far}, 0},
		} {
			for limit := 1; limit <= 24; limit += 4 {
				var seen []int
				for after := 0; ; after = seen[len(seen)-1] {
					list, err := c.Orders.People(t.Context(), x.who, o, x.f, after, limit)
					if err != nil {
						t.Fatalf("%s: %v", x.what, err)
					}
					for _, p := range list {
						if len(seen) > 0 && p.N <= seen[len(seen)-1] || p.Name == "" {
							t.Errorf("%s: %d after %v", x.what, p.N, seen)
						}
						seen = append(seen, p.N)
					}
					if len(list) < limit {
						break
					}
				}
				if len(seen) != x.n {
					t.Errorf("%s, %d at a time: %v", x.what, limit, seen)
				}
			}
		}
		_, err = c.Orders.People(t.Context(), c.Elsewhere, o, mobilise.Filter{Standing: mobilise.Any, UnitID: c.Village}, 0, 10)
		wantCode(t, "another's part", err, errs.Forbidden, "auth.forbidden")
	})
}

func listed(t *testing.T, c *mobilisetest.City, who auth.Actor, limit int) (numbers []string) {
	t.Helper()
	var cursor []string
	for {
		list, next, err := c.Orders.List(t.Context(), who, "", cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			numbers = append(numbers, o.Number)
		}
		if cursor = next; cursor == nil {
			return numbers
		}
	}
}

func reversed(list []string) (out []string) {
	for i := range list {
		out = append(out, list[len(list)-1-i])
	}
	return out
}

// One person of an order, for those whose part they are in.
func TestOneReceipt(t *testing.T) {
	each(t, 12, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		p, err := c.Orders.Receipt(t.Context(), c.Linked, o, 10)
		if err != nil || p.N != 10 || p.HasPhone || p.Name == "" {
			t.Errorf("%+v %v", p, err)
		}
		if p, err := c.Orders.Receipt(t.Context(), c.Hall, o, 9); err != nil || !p.HasPhone {
			t.Errorf("%+v %v", p, err)
		}
		for what, x := range map[string]struct {
			who auth.Actor
			n   int
		}{"another town": {c.Elsewhere, 10}, "nobody": {c.Linked, 13}, "another cell": {c.Actor(auth.GroupLead, c.Receipts(o)[0].UnitID), 2}, "privacy": {c.Privacy, 1}} {
			_, err := c.Orders.Receipt(t.Context(), x.who, o, x.n)
			wantCode(t, what, err, errs.NotFound, "order.no_receipt")
		}
	})
}
