package figuresweb

import (
	"strconv"

	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
)

// tile is one figure of the whole, with what it is a part of in words.
type tile struct {
	Name  string // of the measure, in keys
	Form  string // "count", "share" or "days"
	Share figures.Share
	N     int // unless it is a share
	A, B  int // what else its words tell
	Kind  string
}

// Told reports whether there is something to say beside the number.
func (t tile) Told() bool { return t.Form == "count" || !t.Share.Hidden && t.Share.Of > 0 }

func (v *view) tiles() []tile {
	c := &v.report.Whole
	share := func(m figures.Measure, kind string, a, b int) tile {
		return tile{Name: string(m), Form: "share", Share: c.One(m), Kind: kind, A: a, B: b}
	}
	return []tile{
		{Name: "raised", Form: "count", N: c.Raised, A: c.Standings[figures.InWork], B: c.Merged},
		share(figures.InTime, "", c.Running, 0),
		share(figures.Resolved, "", 0, 0),
		share(figures.Confirms, "ok", c.Unconfirmed, 0),
		share(figures.Satisfied, "", c.Answers[2], c.Answers[3]),
		share(figures.Reopened, "", 0, 0),
		share(figures.Nearby, "", 0, 0),
		{Name: "days", Form: "days", Share: c.One(figures.Days), N: c.Median, A: c.Ninety},
		share(figures.StillFixed, "", 0, 0),
	}
}

// table is figures by line, and how chart.js draws them.
type table struct {
	ID, Title, Text string
	Chart, Unit     string // kind of chart, and what its numbers are in
	First           string
	Heads           []head
	Rows            []row
	Total           row
}

type head struct {
	Label string
	Drawn bool
}

type row struct {
	Label, Href string
	Cells       []cell
}

// cell is a number, a share with its parts, or a word that there are too few.
type cell struct {
	Form  string // "count", "share" or "days"
	Share figures.Share
	N     int
}

// Value is the number as chart.js reads it, or "".
func (c cell) Value() string {
	switch {
	case c.Share.Hidden:
		return ""
	case c.Form != "share":
		return strconv.Itoa(c.N)
	case c.Share.Of == 0:
		return ""
	}
	return strconv.FormatFloat(100*float64(c.Share.Part)/float64(c.Share.Of), 'f', 1, 64)
}

func (v *view) tables() []table {
	if v.report.Whole.Raised+v.report.Whole.Merged == 0 {
		return nil
	}
	tables := []table{v.rates(), v.counts("stands", figures.Stands, v.standings())}
	if v.ask.by != "rung" {
		tables = append(tables, v.counts("rungs", figures.Rungs, v.rungs()))
	}
	return tables
}

// rateColumns are the measures of the first table, and which of them are drawn.
var rateColumns = []struct {
	measure figures.Measure
	drawn   bool
}{
	{figures.InTime, true}, {figures.Resolved, false}, {figures.Confirms, true}, {figures.Silent, false}, {figures.Reopened, false},
	{figures.Satisfied, true}, {figures.Nearby, false}, {figures.Climbed, false}, {figures.Passed, false},
}

// rates is the table of shares.
func (v *view) rates() table {
	t := v.blank("rates", "bar", "%")
	if v.ask.by == "month" {
		t.Chart = "line"
	}
	groups := v.groups()
	t.Heads = []head{{Label: v.t("figures.m.raised")}}
	for i := range groups {
		t.Rows[i].Cells = []cell{{Form: "count", N: groups[i].Raised}}
	}
	whole := &v.report.Whole
	t.Total.Cells = []cell{{Form: "count", N: whole.Raised}}
	for _, c := range rateColumns {
		t.Heads = append(t.Heads, head{v.t("figures.m." + string(c.measure)), c.drawn})
		for i, s := range figures.Column(groups, c.measure) {
			t.Rows[i].Cells = append(t.Rows[i].Cells, cell{Form: "share", Share: s})
		}
		t.Total.Cells = append(t.Total.Cells, cell{Form: "share", Share: whole.One(c.measure)})
	}
	t.Heads = append(t.Heads, head{Label: v.t("figures.m.median")}, head{Label: v.t("figures.m.ninety")})
	for i, s := range figures.Column(groups, figures.Days) {
		t.Rows[i].Cells = append(t.Rows[i].Cells, cell{"days", s, groups[i].Median}, cell{"days", s, groups[i].Ninety})
	}
	s := whole.One(figures.Days)
	t.Total.Cells = append(t.Total.Cells, cell{"days", s, whole.Median}, cell{"days", s, whole.Ninety})
	return t
}

// part is a column of a table of counts.
type part struct {
	label string
	of    func(*figures.Count) int
}

func (v *view) standings() []part {
	var parts []part
	for _, s := range figures.Standings() {
		parts = append(parts, part{v.t("figures.standing." + s.String()), func(c *figures.Count) int { return c.Standings[s] }})
	}
	return parts
}

func (v *view) rungs() []part {
	var parts []part
	for _, r := range catalog.Rungs() {
		parts = append(parts, part{v.t("figures.rung." + r.String()), func(c *figures.Count) int { return c.At[r] }})
	}
	if v.report.Whole.At[0] > 0 {
		parts = append(parts, part{v.t("figures.rung_unknown"), func(c *figures.Count) int { return c.At[0] }})
	}
	return parts
}

// counts is a table whose columns add up to what m is a share of.
func (v *view) counts(id string, m figures.Measure, parts []part) table {
	t := v.blank(id, "stack", "")
	groups := v.groups()
	shares := figures.Column(groups, m)
	t.Heads = []head{{Label: v.t("figures.sum." + id)}}
	for i := range groups {
		t.Rows[i].Cells = countCells(&groups[i].Count, shares[i], parts)
	}
	t.Total.Cells = countCells(&v.report.Whole, v.report.Whole.One(m), parts)
	for _, p := range parts {
		t.Heads = append(t.Heads, head{p.label, true})
	}
	return t
}

func countCells(c *figures.Count, s figures.Share, parts []part) []cell {
	cells := []cell{{Form: "count", N: s.Of}}
	for _, p := range parts {
		cells = append(cells, cell{"count", figures.Share{Hidden: s.Hidden}, p.of(c)})
	}
	return cells
}

// blank is a table with its lines and without its numbers.
func (v *view) blank(id, chart, unit string) table {
	t := table{ID: id, Title: v.t("figures.table." + id), Text: v.t("figures.text." + id), Chart: chart, Unit: unit, First: v.headOf()}
	for _, g := range v.groups() {
		label, href := v.label(g.Key)
		t.Rows = append(t.Rows, row{Label: label, Href: href})
	}
	t.Total.Label = v.t("figures.total")
	return t
}
