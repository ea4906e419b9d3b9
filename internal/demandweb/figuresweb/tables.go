package figuresweb

import (
	"strconv"

	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
)

// tile is one figure of the whole, with what it is a part of in words.
type tile struct {
	Label, Hint string
	Share       figures.Share
	N           int    // if there is no share
	Form        string // "count", "share" or "days"
	Kind        string // look of the value
}

func (v *view) tiles() []tile {
	c := &v.report.Whole
	share := func(m figures.Measure, kind string, more ...any) tile {
		s := c.One(m)
		hint := v.t("figures.hint."+string(m), append([]any{"part", s.Part, "of", s.Of}, more...)...)
		if s.Hidden || s.Of == 0 {
			hint = ""
		}
		return tile{Label: v.t("figures.m." + string(m)), Hint: hint, Share: s, Form: "share", Kind: kind}
	}
	days := tile{Label: v.t("figures.m.days"), Share: c.One(figures.Days), N: c.Median, Form: "days"}
	if !days.Share.Hidden && days.Share.Of > 0 {
		days.Hint = v.t("figures.hint.days", "n", c.Ninety)
	}
	return []tile{
		{Label: v.t("figures.m.raised"), N: c.Raised, Form: "count", Hint: v.t("figures.hint.raised", "merged", c.Merged, "work", c.Standings[figures.InWork])},
		share(figures.InTime, "", "running", c.Running),
		share(figures.Resolved, ""),
		share(figures.Confirms, "ok", "silent", c.Unconfirmed),
		share(figures.Satisfied, "", "partly", c.Answers[2], "not", c.Answers[3]),
		share(figures.Reopened, ""),
		share(figures.Nearby, ""),
		days,
		share(figures.StillFixed, ""),
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
