package privacyweb

import "slices"

// heldGroup is what one holder holds: what, how many and until when on one line,
// all of it when that is opened.
type heldGroup struct {
	Holder string
	Items  []item
	Untils []line // distinct
	Open   bool   // a form of it comes back
}

// Groups are the things held by holder, in the order in which they come.
func (p heldPage) Groups() (list []heldGroup) {
	for _, i := range p.Items {
		if len(list) == 0 || list[len(list)-1].Holder != i.Holder {
			list = append(list, heldGroup{Holder: i.Holder})
		}
		g := &list[len(list)-1]
		g.Items = append(g.Items, i)
		if !slices.ContainsFunc(g.Untils, func(l line) bool { return l.Text == i.Until.Text && l.At.Equal(i.Until.At) }) {
			g.Untils = append(g.Untils, i.Until)
		}
		g.Open = g.Open || i.Form == p.Typed.Form
	}
	return list
}
