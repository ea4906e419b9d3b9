package outcomeweb

import (
	"html/template"
	"math"
	"net/http"
	"slices"

	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcome/method"
	"bilin/internal/outcomeweb/draw"
	"bilin/internal/web"
)

type overviewPage struct {
	web.Base
	head
	Indicators []web.Option
	Chosen     row
	Definition string
	Map        template.HTML // empty where the city has no map
	Rows       []row
	Context    []beside
	Key        []keyed
	Standing   []standing
	Beyond     int // more that stand out
	Objections []objection
	Corrected  []corrected
	More       int // corrections that aren't listed
	Span       string
	Rare       bool   // grey everywhere
	Red, Both  int    // of a hundred red lights, of red and yellow ones, so many are expected to be ordinary places
	Mark       string // the beginning of what was signed
	City       string // its code
	Office     bool
}

// objection is what a village said against a figure, with its answer.
type objection struct {
	outcome.Objected
	Where, What string
}

// row is an indicator with how many villages show which light.
type row struct {
	Code, Name, Whose, Href string
	Counts                  counts
	Bar                     template.HTML
	Current                 bool
}

// standing is a light that stands out.
type standing struct{ Light, Village, Indicator, Href, Sentence string }

// mostStanding bounds how many are listed; the table has them all.
const mostStanding = 60

// beside is a figure for context.
type beside struct{ Name, Text, Definition string }

// keyed is a light in the legend.
type keyed struct {
	Light  string
	N      int
	Letter string
}

func (p *Pages) overview(w http.ResponseWriter, r *http.Request) error {
	v, h, err := p.quarter(r)
	if err != nil {
		return err
	}
	page := overviewPage{Base: p.web.Base(r, "outcomeweb.title"), head: h, Office: p.may.May(actor(r), outcome.ActPreview)}
	page.Live = []string{outcome.Topic}
	if v == nil {
		return p.web.Render(w, r, "outcomes/overview", page)
	}
	t := p.web.T(r)
	x := chosen(v, r.URL.Query().Get("indicator"))
	for _, y := range v.Basis.Indicators {
		line := p.row(t, page.Locale, v, h, y)
		line.Current = y.ID == x.ID
		page.Rows = append(page.Rows, line)
		page.Indicators = append(page.Indicators, web.Option{Value: y.Code, Label: line.Name})
		if line.Current {
			page.Chosen = line
		}
	}
	page.Definition, page.Key, page.Span = x.In(page.Locale).Definition, key(t, page.Chosen.Counts), span(t, x, v.Period)
	page.Rare = page.Chosen.Counts.Grey > 0 && !tells(v.Cells[x.ID])
	page.Context = p.besides(t, page.Locale, v, p.villages())
	p.standing(t, &page, v)
	page.Red, page.Both = percent(v.Basis.Settings.RedFDR), percent(v.Basis.Settings.YellowFDR)
	if !h.Draft {
		if page.Objections, err = p.objections(r, page.Locale, v); err != nil {
			return err
		}
		if page.Corrected, page.More, err = p.corrections(r, page.Locale, v, h); err != nil {
			return err
		}
	}
	page.City, page.Mark = p.tree().Root().Code, v.Digest[:min(12, len(v.Digest))]
	if page.Map, err = p.drawn(r, v, h, x); err != nil {
		return err
	}
	return p.web.Render(w, r, "outcomes/overview", page)
}

// objections are those of a published quarter: they are for everybody.
func (p *Pages) objections(r *http.Request, locale string, v *outcome.View) (out []objection, err error) {
	list, err := p.svc.Objections(r.Context(), actor(r), v.Period)
	for _, o := range list {
		row := objection{Objected: o}
		if u := p.tree().ByID(o.UnitID); u != nil {
			row.Where = p.tree().PathName(u, " · ")
		}
		for _, x := range v.Basis.Indicators {
			if x.ID == o.IndicatorID {
				row.What = x.In(locale).Name
			}
		}
		out = append(out, row)
	}
	return out, err
}

// standing lists what stands out, in the order of the villages' codes.
func (p *Pages) standing(t translate, page *overviewPage, v *outcome.View) {
	for _, id := range v.Basis.Units {
		u := p.tree().ByID(id)
		for _, x := range v.Basis.Indicators {
			c, ok := v.Cell(x.ID, id)
			if _, out := byNeed[shown(c)]; !ok || !out || u == nil {
				continue
			}
			if len(page.Standing) == mostStanding {
				page.Beyond++
				continue
			}
			page.Standing = append(page.Standing, standing{Light: shown(c), Village: p.tree().PathName(u, " · "), Indicator: x.In(page.Locale).Name,
				Href: page.path("/outcomes/villages/" + u.Code), Sentence: outcome.Sentence(page.Locale, t, x, c, p.department(x))})
		}
	}
}

func percent(share float64) int { return int(math.Round(100 * share)) }

// chosen is the indicator that is asked for, or the first of which anything can be
// told: no order of merit.
func chosen(v *outcome.View, code string) outcome.Indicator {
	for _, x := range v.Basis.Indicators {
		if x.Code == code {
			return x
		}
	}
	for _, x := range v.Basis.Indicators {
		if code == "" && tells(v.Cells[x.ID]) {
			return x
		}
	}
	if len(v.Basis.Indicators) == 0 {
		return outcome.Indicator{}
	}
	return v.Basis.Indicators[0]
}

// tells reports whether any light is more than grey.
func tells(cells []outcome.Cell) bool {
	return slices.ContainsFunc(cells, func(c outcome.Cell) bool {
		return c.UnitID != "" && c.Light != outcome.Grey && c.Light != outcome.Dark || c.Better
	})
}

func (p *Pages) row(t translate, locale string, v *outcome.View, h head, x outcome.Indicator) row {
	line := row{Code: x.Code, Name: x.In(locale).Name, Whose: p.whose(t, x), Href: h.path("/outcomes/indicators/" + x.Code)}
	for _, c := range v.Cells[x.ID] {
		if c.UnitID != "" {
			line.Counts.add(shown(c))
		}
	}
	shares := make([]draw.Share, len(shownOrder))
	for i, light := range shownOrder {
		shares[i] = draw.Share{Light: light, N: line.Counts.of(light)}
	}
	line.Bar = draw.Stack(shares)
	return line
}

// whose is who brings an indicator's figures.
func (p *Pages) whose(t translate, x outcome.Indicator) string {
	if x.Source != outcome.Feed {
		return t("outcomeweb.residents")
	}
	return p.department(x)
}

func key(t translate, c counts) []keyed {
	list := make([]keyed, 0, len(shownOrder))
	for _, light := range shownOrder {
		if n := c.of(light); n > 0 || light != "dark" {
			list = append(list, keyed{light, n, t("outcomeweb.letter." + light)})
		}
	}
	return list
}

func (p *Pages) villages() (ids []string) {
	for _, u := range p.tree().Units(network.Village) {
		ids = append(ids, u.ID)
	}
	return ids
}

// besides are the figures for context of some villages together.
func (p *Pages) besides(t translate, locale string, v *outcome.View, unitIDs []string) (list []beside) {
	for _, x := range p.svc.Catalog().InUse() {
		if !x.Context {
			continue
		}
		var sum method.Count
		for _, id := range unitIDs {
			if c, ok := v.Beside(x, id); ok {
				sum.Num, sum.Den = sum.Num+c.Num, sum.Den+c.Den
			}
		}
		if sum.Den == 0 {
			continue
		}
		words := x.In(locale)
		list = append(list, beside{words.Name, t("outcomeweb.beside", "n", grouped(sum.Num), "numerator", words.Numerator,
			"measured", measured(t, x, locale, value(x, sum.Num, sum.Den))), words.Definition})
	}
	return list
}

// drawn is the map of one indicator's lights.
func (p *Pages) drawn(r *http.Request, v *outcome.View, h head, x outcome.Indicator) (template.HTML, error) {
	tree, t := p.tree(), p.web.T(r)
	d, err := p.ground.of(r.Context(), tree)
	if err != nil || d == nil {
		return "", err
	}
	return d.svg(t("outcomeweb.map_of", "name", x.In(p.web.Locale(r)).Name), func(id string) lamp {
		c, ok := v.Cell(x.ID, id)
		u := tree.ByID(id)
		if !ok || u == nil {
			return lamp{}
		}
		light := shown(c)
		l := lamp{Light: light, Title: t("outcomeweb.light." + light), Href: h.path("/outcomes/villages/" + u.Code)}
		if light == "red" || light == "yellow" || light == "better" {
			l.Letter = t("outcomeweb.letter." + light)
		}
		return l
	}), nil
}
