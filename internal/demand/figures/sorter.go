package figures

import (
	"maps"
	"slices"

	"bilin/internal/demand/catalog"
	"bilin/internal/network"
)

// sorter puts each demand under its line of every axis.
type sorter struct {
	tree   *network.Tree
	over   string
	parts  parts
	topics topics

	whole                                            tally
	units, categories, months, kinds, sources, rungs axis
}

func newSorter(tree *network.Tree, v view, t topics) *sorter {
	return &sorter{
		tree: tree, over: v.over, topics: t, parts: parts{tree: tree, unit: v.unit, line: map[string]string{}},
		units: axis{}, categories: axis{}, months: axis{}, kinds: axis{}, sources: axis{}, rungs: axis{},
	}
}

func (s *sorter) put(r *row) {
	line, within := s.parts.of(r.unit)
	if !within || r.owner != "" && !s.tree.Contains(s.over, r.owner) {
		return
	}
	d := &r.deed
	s.whole.add(d)
	s.units.at(line).add(d)
	s.categories.at(s.topics.line[d.category]).add(d)
	s.months.at(d.month).add(d)
	s.kinds.at(d.kind).add(d)
	s.sources.at(d.source).add(d)
	rung := ""
	if d.resolved {
		rung = d.rung.String()
	}
	s.rungs.at(rung).add(d)
}

// join adds what another sorter counted.
func (s *sorter) join(o *sorter) {
	s.whole.join(&o.whole)
	s.units.join(o.units)
	s.categories.join(o.categories)
	s.months.join(o.months)
	s.kinds.join(o.kinds)
	s.sources.join(o.sources)
	s.rungs.join(o.rungs)
}

func (s *sorter) report(f Filter) *Report {
	r := &Report{
		Filter: f, Whole: s.whole.done(),
		Categories: s.categories.groups(s.topics.order, false),
		Months:     s.months.groups(f.months(), true),
		Kinds:      s.kinds.groups([]string{"help", "question", "report", "suggestion", "complaint"}, true),
		Sources:    s.sources.groups([]string{"resident", "lead", "official", "hotline", "open311", "meeting", "visit"}, false),
		Rungs:      s.rungs.groups(rungNames(), true),
	}
	if order := s.parts.order(); len(order) > 0 {
		r.Units = last(s.units.groups(order, true))
	}
	r.Categories, r.Rungs = last(r.Categories), last(r.Rungs)
	return r
}

func rungNames() []string {
	var names []string
	for _, r := range catalog.Rungs() {
		names = append(names, r.String())
	}
	return names
}

// last moves the line without a key to the end.
func last(groups []Group) []Group {
	if i := slices.IndexFunc(groups, func(g Group) bool { return g.Key == "" }); i >= 0 {
		g := groups[i]
		return append(slices.Delete(groups, i, i+1), g)
	}
	return groups
}

// topics says under which line each category is counted.
type topics struct {
	line  map[string]string
	order []string
}

// topicsOf are the upper categories, or under a chosen one that and its own.
func topicsOf(c *catalog.Catalog, chosen string) topics {
	t := topics{line: map[string]string{}}
	for _, cat := range c.All() {
		switch {
		case chosen == "" && cat.ParentID == "", chosen != "" && (cat.ID == chosen || cat.ParentID == chosen):
			t.line[cat.ID] = cat.ID
			t.order = append(t.order, cat.ID)
		case chosen == "":
			t.line[cat.ID] = cat.ParentID
		}
	}
	return t
}

// ids are the categories that are counted at all.
func (t topics) ids() []string { return slices.Sorted(maps.Keys(t.line)) }
