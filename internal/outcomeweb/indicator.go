package outcomeweb

import (
	"html/template"
	"maps"
	"net/http"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcome/method"
	"bilin/internal/outcomeweb/draw"
	"bilin/internal/web"
)

// mostRows is how many villages one table shows before a town must be chosen.
const mostRows = 600

// mostDeliveries is how many of a department's deliveries are listed.
const mostDeliveries = 6

type indicatorPage struct {
	web.Base
	head
	Crumbs          []web.Crumb
	Code, Name      string
	Definition      string
	Whose, Unit     string
	Higher          bool // many is good
	Window, Weight  int
	Key             []keyed
	Funnel, Columns template.HTML
	Quarters        []quarterRow
	Villages        []villageRow
	Towns           []web.Option
	Town            string
	Bands           []bandRow
	Alike           bool
	Trend           string // whose quarters they are
	Deliveries      outcome.Delivered
	ByPeople        bool
}

type quarterRow struct {
	Name, Num, Den, Value string
	Known                 bool
}

type villageRow struct {
	Name, Town, Href, Light    string
	Num, Den                   string
	Expected, Value, Low, High string
	Hidden                     bool
}

func (p *Pages) indicator(w http.ResponseWriter, r *http.Request) error {
	v, h, err := p.quarter(r)
	if err != nil {
		return err
	}
	if v == nil {
		return errs.E(errs.NotFound, "outcome.no_release")
	}
	x := chosen(v, r.PathValue("code"))
	if x.Code != r.PathValue("code") {
		return errs.E(errs.NotFound, "outcome.no_indicator")
	}
	t := p.web.T(r)
	page := indicatorPage{Base: p.web.Base(r, "outcomeweb.title"), head: h, Code: x.Code, Whose: p.whose(t, x), Higher: x.Better == outcome.Higher,
		Window: x.Window, Weight: x.Weight, Town: r.URL.Query().Get("town"), ByPeople: x.Source != outcome.Feed}
	words := x.In(page.Locale)
	page.Title, page.Name, page.Definition, page.Unit = words.Name, words.Name, words.Definition, unit(t, x, page.Locale)
	page.Crumbs = []web.Crumb{{Label: t("outcomeweb.title"), Href: h.path("/outcomes")}, {Label: words.Name}}
	page.Key = key(t, p.row(t, page.Locale, v, h, x).Counts)
	page.Funnel = p.funnel(t, page.Locale, v, h, x)
	page.quarters(t, v, x, p.villages())
	page.Trend = t("outcomeweb.city_trend")
	if h.Draft && p.may.Can(actor(r), outcome.ActPublish, auth.Object{}) != nil {
		page.Trend = t("outcomeweb.part_trend")
	}
	p.tabulate(&page, v, x)
	if !h.Draft {
		if page.Bands, err = p.bands(r, v.Period, x.ID); err != nil {
			return err
		}
		page.Alike = alike(page.Bands)
	}
	if page.Deliveries, err = p.svc.Deliveries(r.Context(), v.Release, x.ID, mostDeliveries); err != nil {
		return err
	}
	return p.web.Render(w, r, "outcomes/indicator", page)
}

// funnel draws every village by how much there is to tell of it.
func (p *Pages) funnel(t translate, locale string, v *outcome.View, h head, x outcome.Indicator) template.HTML {
	words, tree := x.In(locale), p.tree()
	f := draw.Funnel{Label: t("outcomeweb.funnel_of", "name", words.Name), Across: t("outcomeweb.funnel_across", "denominator", words.Denominator), Up: unit(t, x, locale),
		Mean: t("outcomeweb.funnel_mean"), Inner: "95%", Far: "99.8%", Per: x.Shown(1), Over: spans(x), Top: top(x)}
	low, high, parts := 0, 0, map[int]int{}
	for _, c := range v.Cells[x.ID] {
		u := tree.ByID(c.UnitID)
		if u == nil || c.Hidden || c.Den == 0 {
			continue
		}
		if low == 0 || c.Den < low {
			low = c.Den
		}
		high = max(high, c.Den)
		parts[c.Parts]++
		f.Points = append(f.Points, draw.Point{Den: c.Den, Value: value(x, c.Num, c.Den), Light: shown(c), Name: u.Name,
			Words: t("outcomeweb.light." + shown(c)), Href: h.path("/outcomes/villages/" + u.Code)})
	}
	if len(f.Points) == 0 {
		return ""
	}
	null := v.Nulls[x.ID]
	f.Lines = null.Funnel(max(1, low*9/10), high*26/25+1, 48, most(parts))
	return f.Draw()
}

// spans is how many quarters an indicator's denominators add up.
func spans(x outcome.Indicator) int {
	if x.Measure == outcome.Share {
		return 1
	}
	return x.Window
}

// most is the number that stands there most often, the smaller of two.
func most(n map[int]int) (often int) {
	for _, k := range slices.Sorted(maps.Keys(n)) {
		if n[k] > n[often] {
			often = k
		}
	}
	return often
}

// quarters is the city's trend, as columns and as a table.
func (page *indicatorPage) quarters(t translate, v *outcome.View, x outcome.Indicator, villages []string) {
	series := v.Together(x, villages)
	steps := stepsOf(x, series, v.Period)
	page.Columns = draw.Columns{Steps: steps, Label: said(t, page.Name, steps)}.Draw()
	for i, q := range series {
		line := quarterRow{Name: q.Period.String(), Known: q.Known}
		if q.Known {
			line.Num, line.Den, line.Value = grouped(q.Num), grouped(q.Den), draw.Number(steps[i].Value)
		}
		page.Quarters = append(page.Quarters, line)
	}
}

// tabulate lists the villages in the order of their codes.
func (p *Pages) tabulate(page *indicatorPage, v *outcome.View, x outcome.Indicator) {
	tree := p.tree()
	towns := tree.Units(network.Town)
	many := len(v.Basis.Units) > mostRows
	for _, town := range towns {
		page.Towns = append(page.Towns, web.Option{Value: town.Code, Label: town.Name})
		if many && page.Town == "" {
			page.Town = town.Code
		}
	}
	only := tree.ByCode(page.Town)
	for _, id := range v.Basis.Units {
		u := tree.ByID(id)
		c, ok := v.Cell(x.ID, id)
		if u == nil || !ok || only != nil && !tree.Contains(only.ID, id) {
			continue
		}
		page.Villages = append(page.Villages, p.villageRow(page.head, v.Nulls[x.ID], x, c, u))
	}
}

func (p *Pages) villageRow(h head, null method.Null, x outcome.Indicator, c outcome.Cell, u *network.Unit) villageRow {
	line := villageRow{Name: u.Name, Href: h.path("/outcomes/villages/" + u.Code), Light: shown(c), Hidden: c.Hidden || c.Den == 0}
	if town := p.tree().At(u, network.Town); town != nil {
		line.Town = town.Name
	}
	if line.Hidden {
		return line
	}
	line.Num, line.Den, line.Expected = grouped(c.Num), grouped(over(x, c.Den, c.Quarters)), draw.Number(null.Expected(c.Den))
	line.Value, line.Low, line.High = draw.Number(value(x, c.Num, c.Den)), draw.Number(x.Shown(c.Low)), draw.Number(x.Shown(c.High))
	return line
}
