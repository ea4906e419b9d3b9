package figures

// Group is one line of figures: the demands that share a key, such as a unit's
// id, a category's id, or a month.
type Group struct {
	Key string
	Count
}

// One returns a measure of a single set of demands, hidden if it rests on too few.
func (c *Count) One(m Measure) Share {
	s := c.Share(m)
	s.Hidden = s.few()
	return s
}

// Column returns a measure of every group. Those on too few demands are hidden,
// and where what is hidden could be worked out from the total, the smallest of
// the others as well: so a table that leaves the office gives nobody away. It
// doesn't keep those who may open the demands from comparing two tables.
func Column(groups []Group, m Measure) []Share {
	column := make([]Share, len(groups))
	hidden := 0 // demands under hidden shares
	for i := range groups {
		column[i] = groups[i].One(m)
		if column[i].Hidden {
			hidden += column[i].Of
		}
	}
	for hidden > 0 && hidden < Least || oneHidden(column) {
		i := smallestShown(column)
		if i < 0 {
			break
		}
		column[i].Hidden = true
		hidden += column[i].Of
	}
	return column
}

// few reports whether there are demands, but too few to show a rate of them.
func (s Share) few() bool { return s.Of > 0 && s.Of < Least }

func oneHidden(column []Share) bool {
	n := 0
	for _, s := range column {
		if s.Hidden {
			n++
		}
	}
	return n == 1
}

func smallestShown(column []Share) int {
	best := -1
	for i, s := range column {
		if !s.Hidden && s.Of > 0 && (best < 0 || s.Of < column[best].Of) {
			best = i
		}
	}
	return best
}
