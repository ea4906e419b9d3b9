package outcomeweb

import (
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"

	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/method"
	"bilin/internal/outcomeweb/draw"
	"bilin/internal/web"
)

// mostQuarters is how many published quarters stand beside each other.
const mostQuarters = 6

type townsPage struct {
	web.Base
	head
	Crumbs     []web.Crumb
	Indicators []web.Option
	Indicator  string // code; "" is all of them by their weights
	Name       string
	Weights    []weighted
	Bands      []bandRow
	Quarters   []string // heads of the columns
	History    []pastRow
	Alike      bool // chance explains all differences
	Closed     bool // not published, and not one's to compare
	Count      int
}

type weighted struct {
	Name   string
	Weight int
}

// bandRow is a town beside the middle of all.
type bandRow struct {
	id               string
	Name, Band       string
	Bar              template.HTML
	Lowest           string // probability of being among the worst quarter
	RankLow, RankTop int
	Papers           string
}

type pastRow struct {
	Name  string
	Bands []string // "" where there was none
}

var bandNames = map[method.Band]string{method.Better: "better", method.Ordinary: "ordinary", method.Poorer: "poorer"}

func (p *Pages) towns(w http.ResponseWriter, r *http.Request) error {
	v, h, err := p.quarter(r)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	page := townsPage{Base: p.web.Base(r, "outcomeweb.towns"), head: h}
	page.Crumbs = []web.Crumb{{Label: t("outcomeweb.title"), Href: h.path("/outcomes")}, {Label: t("outcomeweb.towns")}}
	if v == nil {
		return p.web.Render(w, r, "outcomes/towns", page)
	}
	id := ""
	for _, x := range v.Basis.Indicators {
		page.Indicators = append(page.Indicators, web.Option{Value: x.Code, Label: x.In(page.Locale).Name})
		if x.Code == r.URL.Query().Get("indicator") {
			page.Indicator, page.Name, id = x.Code, x.In(page.Locale).Name, x.ID
		}
		if x.Weight > 0 {
			page.Weights = append(page.Weights, weighted{x.In(page.Locale).Name, x.Weight})
		}
	}
	page.Closed = h.Draft && !p.may.May(actor(r), outcome.ActPublish)
	if page.Closed {
		return p.web.Render(w, r, "outcomes/towns", page)
	}
	if page.Bands, err = p.bands(r, v.Period, id); err != nil {
		return err
	}
	page.Count, page.Alike = len(page.Bands), alike(page.Bands)
	if err := p.history(r, &page, v.Period, id); err != nil {
		return err
	}
	return p.web.Render(w, r, "outcomes/towns", page)
}

// bands are the towns in the order of their codes.
func (p *Pages) bands(r *http.Request, period outcome.Period, indicatorID string) (list []bandRow, err error) {
	towns, err := p.svc.TownsBy(r.Context(), actor(r), period, indicatorID)
	if err != nil {
		return nil, err
	}
	most := 0.5
	for _, town := range towns.Towns {
		most = max(most, math.Abs(town.Low), math.Abs(town.High))
	}
	t := p.web.T(r)
	for _, town := range towns.Towns {
		u := p.tree().ByID(town.UnitID)
		if u == nil {
			continue
		}
		line := bandRow{id: u.ID, Name: u.Name, Band: bandNames[town.Band], Lowest: chance(town.LowestQuarter), RankLow: town.RankLow, RankTop: town.RankHigh,
			Papers: "/outcomes/papers/" + u.Code + ".pdf?period=" + period.String()}
		if town.Villages == 0 { // nothing is known of it
			line.Band, line.Lowest, line.RankLow, line.RankTop = "none", "—", 0, 0
			list = append(list, line)
			continue
		}
		line.Bar = draw.Bar{Value: town.Score, Low: town.Low, High: town.High, Band: line.Band,
			Label: t("outcomeweb.band_said", "name", u.Name, "band", t("outcomeweb.band."+line.Band))}.Draw(1.05 * most)
		list = append(list, line)
	}
	return list, nil
}

// alike reports that no town is out of the ordinary.
func alike(list []bandRow) bool {
	known := slices.ContainsFunc(list, func(b bandRow) bool { return b.Band != "none" })
	return known && !slices.ContainsFunc(list, func(b bandRow) bool { return b.Band != bandNames[method.Ordinary] && b.Band != "none" })
}

// chance writes a probability no finer than it is known.
func chance(p float64) string {
	switch {
	case p < 0.01:
		return "<1%"
	case p > 0.99:
		return ">99%"
	}
	return fmt.Sprintf("%.0f%%", 100*p)
}

// history is the bands of the quarters up to this one.
func (p *Pages) history(r *http.Request, page *townsPage, last outcome.Period, indicatorID string) error {
	releases, err := p.svc.Releases(r.Context())
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, b := range page.Bands {
		page.History = append(page.History, pastRow{Name: b.Name})
		at[b.id] = i
	}
	for i := len(releases) - 1; i >= 0; i-- {
		rel := releases[i]
		if rel.State != outcome.Published || rel.Period > last || rel.Period <= last-mostQuarters {
			continue
		}
		bands, err := p.bands(r, rel.Period, indicatorID)
		if errs.KindOf(err) == errs.NotFound { // the indicator wasn't there then
			continue
		}
		if err != nil {
			return err
		}
		page.Quarters = append(page.Quarters, rel.Period.String())
		for j := range page.History {
			page.History[j].Bands = append(page.History[j].Bands, "")
		}
		for _, b := range bands {
			if j, known := at[b.id]; known {
				page.History[j].Bands[len(page.Quarters)-1] = b.Band
			}
		}
	}
	return nil
}
