package outcomeweb

import (
	"html/template"
	"net/http"
	"slices"
	"time"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcomeweb/draw"
	"bilin/internal/web"
)

type villagePage struct {
	web.Base
	head
	Crumbs  []web.Crumb
	Unit    *network.Unit
	Town    string
	Lights  []light
	Key     []keyed
	Context []beside
	Object  string // where to say that a figure is wrong; "" when it can't be now
	None    bool   // not a village that this quarter knew
}

// light is one light with its explanation.
type light struct {
	Code, Name, Light, Sentence, Href string
	Interval, Spark                   template.HTML
	Trend                             string
	Hidden, Open                      bool // without numbers; with its pictures unfolded
	Source                            string
	Corrected                         string    // what today's data would make of it
	At                                time.Time // of the delivery
}

// byNeed puts first what somebody should look at.
var byNeed = map[string]int{"red": 0, "yellow": 1, "better": 2}

func (p *Pages) village(w http.ResponseWriter, r *http.Request) error {
	tree := p.tree()
	u := tree.ByCode(r.PathValue("code"))
	if u == nil || u.Level != network.Village {
		return errs.E(errs.NotFound, "outcomeweb.no_village")
	}
	v, h, err := p.quarter(r)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	page := villagePage{Base: p.web.Base(r, "outcomeweb.village_title", "name", u.Name), head: h, Unit: u}
	page.Live = []string{outcome.Topic}
	page.Crumbs = []web.Crumb{{Label: t("outcomeweb.title"), Href: h.path("/outcomes")}, {Label: u.Name}}
	if town := tree.At(u, network.Town); town != nil {
		page.Town = town.Name
	}
	if v == nil {
		page.None = true
		return p.web.Render(w, r, "outcomes/village", page)
	}
	from, err := p.svc.Provenance(r.Context(), v.Release)
	if err != nil {
		return err
	}
	var corrected map[string]string
	if !h.Draft {
		if corrected, err = p.correctedHere(r, v, u.ID); err != nil {
			return err
		}
	}
	var n counts
	for _, x := range v.Basis.Indicators {
		c, ok := v.Cell(x.ID, u.ID)
		if !ok {
			continue
		}
		n.add(shown(c))
		l := p.explain(t, page.Locale, v, h, x, c, from[x.ID])
		l.Corrected = corrected[x.ID]
		page.Lights = append(page.Lights, l)
	}
	slices.SortStableFunc(page.Lights, func(a, b light) int { return need(a.Light) - need(b.Light) })
	page.None, page.Key = len(page.Lights) == 0, key(t, n)
	page.Context = p.besides(t, page.Locale, v, []string{u.ID})
	if v.State == outcome.Objection && p.may.May(actor(r), outcome.ActObject) {
		page.Object = "/outcomes/releases/" + h.Period + "?village=" + u.Code
	}
	return p.web.Render(w, r, "outcomes/village", page)
}

func need(light string) int {
	if n, known := byNeed[light]; known {
		return n
	}
	return len(byNeed)
}

// explain is all that is shown of one light.
func (p *Pages) explain(t translate, locale string, v *outcome.View, h head, x outcome.Indicator, c outcome.Cell, from outcome.Batch) light {
	l := light{Code: x.Code, Name: x.In(locale).Name, Light: shown(c), Sentence: outcome.Sentence(locale, t, x, c, p.department(x)),
		Href: h.path("/outcomes/indicators/" + x.Code), Hidden: c.Hidden || c.Den == 0, Source: p.whose(t, x), At: from.At}
	if l.Hidden {
		return l
	}
	_, l.Open = byNeed[l.Light]
	l.Interval, l.Spark = interval(t, locale, v, x, c), spark(t, locale, v, x, c)
	if l.Spark != "" {
		l.Trend = t(v.Direction(x, c))
	}
	return l
}

// interval draws a village's value beside what is usual.
func interval(t translate, locale string, v *outcome.View, x outcome.Indicator, c outcome.Cell) template.HTML {
	from, to := v.Range(x, c)
	i := draw.Interval{Value: value(x, c.Num, c.Den), Low: x.Shown(c.Low), High: x.Shown(c.High), Mean: x.Shown(v.Nulls[x.ID].Mean), From: x.Shown(from), To: x.Shown(to),
		Light: shown(c), Top: top(x)}
	here := measured(t, x, locale, i.Value)
	i.Here = t("outcomeweb.here", "value", here)
	i.Usual = t("outcomeweb.usual", "value", draw.Number(i.Mean), "from", draw.Number(i.From), "to", draw.Number(i.To))
	i.Label = t("outcomeweb.interval", "value", here, "low", draw.Number(i.Low), "high", draw.Number(i.High),
		"mean", draw.Number(i.Mean), "from", draw.Number(i.From), "to", draw.Number(i.To))
	return i.Draw()
}

// spark draws a village's quarters; nothing if each is on too few.
func spark(t translate, locale string, v *outcome.View, x outcome.Indicator, c outcome.Cell) template.HTML {
	steps := stepsOf(x, v.Series(x, c.UnitID), v.Period)
	if !slices.ContainsFunc(steps, func(s draw.Step) bool { return s.Known }) {
		return ""
	}
	return draw.Spark{Steps: steps, Label: said(t, x.In(locale).Name, steps)}.Draw()
}

// stepsOf are quarters as they are drawn; the light looks at the last of them.
func stepsOf(x outcome.Indicator, series []outcome.Quarterly, last outcome.Period) []draw.Step {
	steps := make([]draw.Step, len(series))
	for i, q := range series {
		steps[i] = draw.Step{Known: q.Known, In: q.Period > last-outcome.Period(x.Window), Name: q.Period.String()}
		if q.Known {
			steps[i].Value = value(x, q.Num, q.Den)
		}
	}
	return steps
}

// said reads a line of quarters aloud.
func said(t translate, name string, steps []draw.Step) string {
	text := ""
	for _, s := range steps {
		word := t("outcomeweb.unknown")
		if s.Known {
			word = draw.Number(s.Value)
		}
		text = t("outcomeweb.series_item", "before", text, "quarter", s.Name, "value", word)
	}
	return t("outcomeweb.series", "name", name, "items", text)
}
