package admission

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"bilin/internal/errs"
	"bilin/internal/network"
)

// DefaultBudget is what a lead may be asked in a month, in minutes, where no unit says otherwise.
const DefaultBudget = 240

// Doorstep is what each separate visit or call costs beside its matter, in minutes:
// the way there, the greeting. Matters merged into one visit share it.
const Doorstep = 5

// Month is a month of a year, written "2026-11".
type Month string

const monthForm = "2006-01"

// Of returns the month of an instant, in the zone that it is in.
func Of(t time.Time) Month { return Month(t.Format(monthForm)) }

// ParseMonth reads a month; anything else is errs.Invalid.
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse(monthForm, s)
	if err != nil || t.Year() < 2000 {
		return "", errs.E(errs.Invalid, "matter.bad_month", "month", s)
	}
	return Of(t), nil
}

func (m Month) time() time.Time {
	t, err := time.Parse(monthForm, string(m))
	if err != nil {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

// Next and Prev are the months beside it.
func (m Month) Next() Month { return Of(m.time().AddDate(0, 1, 0)) }

// Prev is the month before.
func (m Month) Prev() Month { return Of(m.time().AddDate(0, -1, 0)) }

// First is its first day, "YYYY-MM-DD".
func (m Month) First() string { return m.Day(1) }

// Last is its last day.
func (m Month) Last() string { return m.Day(m.Days()) }

// Day is a day of it; one past its end is the last.
func (m Month) Day(n int) string { return fmt.Sprintf("%s-%02d", m, min(max(n, 1), m.Days())) }

// Days is how many days it has.
func (m Month) Days() int { return m.time().AddDate(0, 1, -1).Day() }

// Year is its year, OfYear its place in it, 1 to 12.
func (m Month) Year() int { return m.time().Year() }

// OfYear is its place in the year, 1 to 12.
func (m Month) OfYear() int { return int(m.time().Month()) }

// Number counts months since the year 0.
func (m Month) Number() int { return m.Year()*12 + m.OfYear() }

// Due reports whether the matter is to be done in a month.
func (c *Content) Due(m Month) bool {
	if c.From > m.Last() || c.Until < m.First() {
		return false
	}
	return len(c.Months) == 0 || slices.Contains(c.Months, m.OfYear())
}

// Window is the days of a month between which it is to be done, cut to the
// month and to the permit.
func (c *Content) Window(m Month) (first, last string) {
	first, last = m.Day(c.FirstDay), m.Day(c.LastDay)
	return max(first, c.From), min(last, c.Until)
}

// Turn reports whether the household at a place, 0-based in order of ids, is due in a month.
func (c *Content) Turn(place int, m Month) bool {
	return c.byTurns() && (place+m.Number())%c.Rotation == 0
}

// byTurns reports whether households have their turns; those of care contacts
// are named by the care list.
func (c *Content) byTurns() bool { return c.Way.ToHouseholds() && c.Rotation > 0 && !c.Standing }

// Homes returns how many of a unit's households have their turn in a month:
// those at places i (0-based, in order of their ids) with (i + Number) mod Rotation = 0.
func (c *Content) Homes(households int, m Month) int {
	if !c.byTurns() {
		return 0
	}
	first := (c.Rotation - m.Number()%c.Rotation) % c.Rotation
	if households <= first {
		return 0
	}
	return (households-first-1)/c.Rotation + 1
}

// LeadMinutes returns what one lead with so many households is asked in a month,
// each visit counted for itself: the number the budget is charged with.
func (c *Content) LeadMinutes(households int, m Month) int {
	if c.Standing {
		return 0 // by the care list, not by the number of households
	}
	return c.Minutes + c.Homes(households, m)*(c.HomeMinutes+Doorstep)
}

// Covers reports whether the post at a unit is among those asked.
func (c *Content) Covers(tree *network.Tree, u *network.Unit) bool {
	if u.Level != c.Level {
		return false
	}
	return len(c.UnitIDs) == 0 || slices.ContainsFunc(c.UnitIDs, func(id string) bool { return tree.Contains(id, u.ID) })
}

// Posts lists the units whose posts are asked, in the tree's order.
func (c *Content) Posts(tree *network.Tree) []*network.Unit {
	roots := c.roots(tree)
	var out []*network.Unit
	for _, root := range roots {
		for _, u := range tree.Subtree(root) {
			if u.Level == c.Level {
				out = append(out, u)
			}
		}
	}
	return out
}

// roots are the units named, none of them under another.
func (c *Content) roots(tree *network.Tree) []*network.Unit {
	if len(c.UnitIDs) == 0 {
		if tree.Root() == nil {
			return nil
		}
		return []*network.Unit{tree.Root()}
	}
	var out []*network.Unit
	for i, id := range c.UnitIDs {
		u := tree.ByID(id)
		if u == nil || !u.Active() || slices.Contains(c.UnitIDs[:i], id) {
			continue
		}
		if !slices.ContainsFunc(c.UnitIDs, func(o string) bool { return o != id && tree.Contains(o, id) }) {
			out = append(out, u)
		}
	}
	return out
}

// Budgets are the minutes a month of leads, by unit; what a unit doesn't say, the one above says.
type Budgets map[string]int

// For is what a lead at the unit may be asked in a month, in minutes.
func (b Budgets) For(tree *network.Tree, u *network.Unit) int {
	if len(b) == 0 {
		return DefaultBudget
	}
	for ; u != nil && len(b) > 0; u = tree.Parent(u) {
		if minutes, ok := b[u.ID]; ok {
			return minutes
		}
	}
	return DefaultBudget
}

// Load is what leads are asked in one month.
type Load struct {
	tree    *network.Tree
	budgets Budgets
	month   Month
	asked   map[string]int
	owed    map[string]int // to households on the care list
	objects map[string][]string
}

// LoadOf sums what the matters ask of every post of the tree in a month.
// objected says where a matter doesn't count: the units' ids under its own.
// Posts in which nobody serves are asked nothing.
func LoadOf(tree *network.Tree, budgets Budgets, month Month, matters []*Matter, objected map[string][]string) *Load {
	l := &Load{tree: tree, budgets: budgets, month: month, asked: make(map[string]int, 1024), objects: objected}
	wide := map[network.Level][]*Matter{} // of every post of a level: reckoned once for each number of households
	for _, m := range matters {
		if len(m.UnitIDs) == 0 && len(objected[m.ID]) == 0 && m.Due(month) {
			wide[m.Level] = append(wide[m.Level], m)
			continue
		}
		l.add(m)
	}
	for level, of := range wide {
		l.addWide(level, of)
	}
	return l
}

func (l *Load) addWide(level network.Level, matters []*Matter) {
	minutes := map[int]int{} // by households
	for _, u := range l.tree.Units(level) {
		n, known := minutes[u.Households]
		if !known {
			for _, m := range matters {
				n += m.LeadMinutes(u.Households, l.month)
			}
			minutes[u.Households] = n
		}
		if n > 0 && l.tree.LeadOf(u.ID) != nil {
			l.asked[u.ID] += n
		}
	}
}

func (l *Load) add(m *Matter) {
	if !m.Due(l.month) {
		return
	}
	against := l.objects[m.ID]
	for _, u := range m.Posts(l.tree) {
		if l.tree.LeadOf(u.ID) == nil || slices.ContainsFunc(against, func(id string) bool { return l.tree.Contains(id, u.ID) }) {
			continue
		}
		l.asked[u.ID] += m.LeadMinutes(u.Households, l.month)
	}
}

// Owing is the load with what is owed to households on the care list, by cell:
// it goes before any matter. Where a month then hasn't room for everything, the
// gate refuses that lead the rest, so what is owed makes nobody's month too full.
func (l *Load) Owing(owed map[string]int) *Load {
	l.owed = owed
	return l
}

// total is what the post at a unit is asked and owes together.
func (l *Load) total(u *network.Unit) int {
	asked, owed := l.asked[u.ID], l.owed[u.ID]
	if owed == 0 || l.tree.LeadOf(u.ID) == nil {
		return asked
	}
	return max(asked, min(asked+owed, l.budgets.For(l.tree, u)))
}

// With is the load with one matter more.
func (l *Load) With(m *Matter) *Load {
	more := &Load{tree: l.tree, budgets: l.budgets, month: l.month, objects: l.objects, owed: l.owed, asked: make(map[string]int, len(l.asked))}
	for id, n := range l.asked {
		more.asked[id] = n
	}
	more.add(m)
	return more
}

// Month is the month it is of.
func (l *Load) Month() Month { return l.month }

// Asked is what the post at a unit is asked and owes, in minutes.
func (l *Load) Asked(unitID string) int {
	u := l.tree.ByID(unitID)
	if u == nil {
		return 0
	}
	return l.total(u)
}

// Budget is what it may be asked.
func (l *Load) Budget(unitID string) int {
	u := l.tree.ByID(unitID)
	if u == nil {
		return 0
	}
	return l.budgets.For(l.tree, u)
}

// Sum is the load of many leads together.
type Sum struct {
	Leads            int // asked anything
	Minutes, Budget  int // of all of them together
	Over             int // leads asked more than they have
	Median, P90, Max int // minutes of one
}

// Under sums up a unit's subtree.
func (l *Load) Under(unitID string) Sum {
	root := l.tree.ByID(unitID)
	if root == nil {
		return Sum{}
	}
	var s Sum
	var all []int
	for _, u := range l.tree.Subtree(root) {
		n := l.total(u)
		if n == 0 {
			continue
		}
		budget := l.budgets.For(l.tree, u)
		s.Leads++
		s.Minutes += n
		s.Budget += budget
		if n > budget {
			s.Over++
		}
		all = append(all, n)
	}
	if len(all) > 0 {
		slices.Sort(all)
		s.Median, s.P90, s.Max = all[(len(all)-1)/2], all[(len(all)-1)*9/10], all[len(all)-1]
	}
	return s
}

// Place is a post and what it is asked.
type Place struct {
	UnitID        string
	Asked, Budget int
}

// Over lists the posts of which matters ask more than they have, the worst first.
func (l *Load) Over() []Place {
	var out []Place
	for id, n := range l.asked {
		if budget := l.Budget(id); n > budget {
			out = append(out, Place{id, n, budget})
		}
	}
	slices.SortFunc(out, func(a, b Place) int {
		return cmp.Or(cmp.Compare(b.Asked-b.Budget, a.Asked-a.Budget), cmp.Compare(a.UnitID, b.UnitID))
	})
	return out
}

// Histogram counts a subtree's leads by the share of their budget that is
// asked, in tenths: [0] up to 10%, …, [9] up to 100%, [10] over it.
func (l *Load) Histogram(unitID string) [11]int {
	var h [11]int
	root := l.tree.ByID(unitID)
	if root == nil {
		return h
	}
	for _, u := range l.tree.Subtree(root) {
		if n := l.total(u); n > 0 {
			h[min(10, (n*10-1)/max(1, l.budgets.For(l.tree, u)))]++
		}
	}
	return h
}
