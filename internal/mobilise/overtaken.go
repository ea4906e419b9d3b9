package mobilise

import "bilin/internal/errs"

// Said names a receipt's answer, for a form to carry: "none", or the standing
// and, of those who can't come, why.
func (r *Receipt) Said() string {
	switch {
	case r.Standing < Cant:
		return "none"
	case r.Standing == Cant:
		return Cant.String() + "." + string(r.Reason)
	}
	return r.Standing.String()
}

// overtaken refuses what was written down before another answer came, the
// person's own above all: an entry may lie on a telephone without signal for
// hours. Saying the same, or only that they were told, takes nothing away.
func (c Entry) overtaken(before, after *Receipt) error {
	said := before.Said()
	if c.Shown == "" || c.Shown == said || after.Said() == said {
		return nil
	}
	code := "order.since.none"
	if before.Standing >= Cant {
		code = "order.since." + before.Standing.String()
	}
	return errs.E(errs.Stale, code)
}
