package mobilise

import (
	"time"

	"bilin/internal/errs"
)

// namesFor is how long after an order's end those who answer for it can still
// look up who came and who couldn't. After that only the counts are left.
const namesFor = 30 * 24 * time.Hour

// NamesOpen reports whether the names of an order's people, and why some of them
// couldn't come, can be read: while it goes on, and for a while after.
func (o *Order) NamesOpen(now time.Time) bool {
	return o.EndedAt.IsZero() || now.Before(o.EndedAt.Add(namesFor))
}

// names refuses what is asked of an order's people when that time is over.
func (o *Order) names(now time.Time) error {
	if o.NamesOpen(now) {
		return nil
	}
	return errs.E(errs.Gone, "order.names_over", "days", int(namesFor.Hours()/24))
}

// HomeOpen reports whether somebody needs the address: whoever still has to
// knock there.
func (o *Order) HomeOpen(r *Receipt) bool { return o.Live() && r.ToKnock() }

// withhold leaves out of what was read that for which nobody has a task.
func (o *Order) withhold(list []Person) {
	for i := range list {
		if !o.HomeOpen(&list[i].Receipt) {
			list[i].Home = ""
		}
	}
}

// over is what is left of a call after the order's end: that it is over.
func (c Call) over() Call {
	o := c.Order
	return Call{Order: &Order{ID: o.ID, Number: o.Number, Kind: o.Kind, State: o.State}, Token: c.Token}
}
