package networkweb

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"bilin/internal/network"
	"bilin/internal/web"
)

// coverageRow is one unit's line of the coverage table.
type coverageRow struct {
	Unit      *network.Unit
	Href      string
	Coverage  network.Coverage
	HoleCount int
}

func rowOf(t *network.Tree, u *network.Unit) coverageRow {
	c := t.Coverage(u.ID)
	row := coverageRow{Unit: u, Coverage: c, Href: "/network/coverage?unit=" + u.Code}
	for _, h := range c.Holes {
		row.HoleCount += h.N
	}
	return row
}

type coveragePage struct {
	web.Base
	Unit       *network.Unit
	Crumbs     []web.Crumb
	Total      coverageRow
	Levels     []levelCount
	Rows       []coverageRow
	ChildLevel network.Level
	Direct     direct
	Holes      []holeLink
	Bars       bars
	Query      string
	Filters    []web.FilterSelect
	Day        string
	HasMap     bool
}

// direct is what lies in the unit itself and in none of its children: the line
// that makes the table add up.
type direct struct {
	Households, Covered, Uncovered, Residents, Vacant, Holes int
	Any                                                      bool
}

type levelCount struct {
	Level network.Level
	N     int
}

type holeLink struct {
	Kind network.HoleKind
	N    int
	Href string
}

func (p *Pages) coverage(w http.ResponseWriter, r *http.Request) error {
	t, u, err := p.asked(r)
	if err != nil {
		return err
	}
	if err := p.require(r, network.ActView, u); err != nil {
		return err
	}
	page := coveragePage{
		Base: p.web.Base(r, "network.page.coverage_of", "name", u.Name), Unit: u,
		Crumbs: p.deskCrumbs(r, t, u, func(s *network.Unit) string { return "/network/coverage?unit=" + s.Code }),
		Total:  rowOf(t, u), Day: t.Day(), Query: r.URL.Query().Get("q"), HasMap: u.Level <= network.Town,
	}
	page.Live = []string{"network"}
	page.Levels = levelsOf(page.Total.Coverage, u.Level)
	page.Holes = holeLinks(u, page.Total.Coverage)
	all := childRows(t, u)
	if len(all) > 0 {
		page.ChildLevel = all[0].Unit.Level
	}
	page.Direct = directIn(page.Total, all)
	page.Rows, page.Filters = p.filtered(r, all)
	page.Bars = barsOf(t.Distribution(u.ID))
	if web.IsHTMX(r) && r.URL.Query().Has("q") {
		return p.web.RenderPart(w, r, "network/coverage", "coverage-rows", page)
	}
	return p.web.Render(w, r, "network/coverage", page)
}

func levelsOf(c network.Coverage, above network.Level) []levelCount {
	var out []levelCount
	for _, l := range network.Levels() {
		if l > above {
			out = append(out, levelCount{l, c.Units[l]})
		}
	}
	return out
}

func holeLinks(u *network.Unit, c network.Coverage) []holeLink {
	out := make([]holeLink, len(c.Holes))
	for i, h := range c.Holes {
		out[i] = holeLink{Kind: h.Kind, N: h.N, Href: holesPath(u, h.Kind)}
	}
	return out
}

func childRows(t *network.Tree, u *network.Unit) []coverageRow {
	children := t.Children(u)
	rows := make([]coverageRow, len(children))
	for i, c := range children {
		rows[i] = rowOf(t, c)
	}
	return rows
}

func directIn(total coverageRow, children []coverageRow) direct {
	c := total.Coverage
	d := direct{
		Households: c.Households, Covered: c.Covered, Uncovered: c.Uncovered,
		Residents: c.Residents, Vacant: c.VacantPosts, Holes: total.HoleCount,
	}
	for _, row := range children {
		d.Households -= row.Coverage.Households
		d.Covered -= row.Coverage.Covered
		d.Uncovered -= row.Coverage.Uncovered
		d.Residents -= row.Coverage.Residents
		d.Vacant -= row.Coverage.VacantPosts
		d.Holes -= row.HoleCount
	}
	d.Any = len(children) > 0 && d != direct{}
	return d
}

// filtered narrows and orders the rows as the address says.
func (p *Pages) filtered(r *http.Request, rows []coverageRow) ([]coverageRow, []web.FilterSelect) {
	tr, q := p.web.T(r), r.URL.Query()
	only, order, name := q.Get("only"), q.Get("sort"), strings.TrimSpace(q.Get("q"))
	rows = slices.DeleteFunc(rows, func(row coverageRow) bool {
		hidden := only == "holes" && row.HoleCount == 0 || only == "uncovered" && row.Coverage.Uncovered == 0
		return hidden || !strings.Contains(row.Unit.Name, name)
	})
	key := map[string]func(coverageRow) int{
		"uncovered":  func(row coverageRow) int { return -row.Coverage.Uncovered },
		"households": func(row coverageRow) int { return -row.Coverage.Households },
		"vacant":     func(row coverageRow) int { return -row.Coverage.VacantPosts },
	}[order]
	if key != nil {
		slices.SortStableFunc(rows, func(a, b coverageRow) int { return cmp.Compare(key(a), key(b)) })
	}
	return rows, []web.FilterSelect{
		{Name: "only", Label: tr("network.page.filter.only"), Value: only, Options: []web.Option{
			{Value: "uncovered", Label: tr("network.page.filter.uncovered")}, {Value: "holes", Label: tr("network.page.filter.holes")},
		}},
		{Name: "sort", Label: tr("network.page.filter.sort"), Value: order, Options: []web.Option{
			{Value: "uncovered", Label: tr("network.page.sort.uncovered")}, {Value: "households", Label: tr("network.page.sort.households")},
			{Value: "vacant", Label: tr("network.page.sort.vacant")},
		}},
	}
}
