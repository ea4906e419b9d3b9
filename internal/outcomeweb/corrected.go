package outcomeweb

import (
	"net/http"

	"bilin/internal/outcome"
)

// corrected is a published light beside what today's data would make it.
type corrected struct {
	Village, Indicator, Href, Light, Text string
}

// mostCorrected bounds how many are listed.
const mostCorrected = 40

// corrections are those of a published quarter: they are for everybody.
func (p *Pages) corrections(r *http.Request, locale string, v *outcome.View, h head) (out []corrected, more int, err error) {
	list, err := p.svc.Corrections(r.Context(), v.Period)
	t := p.web.T(r)
	for _, c := range list {
		u := p.tree().ByID(c.Published.UnitID)
		if u == nil || !c.Told() {
			continue
		}
		if len(out) == mostCorrected {
			more++
			continue
		}
		row := corrected{Village: p.tree().PathName(u, " · "), Href: h.path("/outcomes/villages/" + u.Code), Light: shown(c.Now),
			Text: t("outcomeweb.correction", "was", t("outcomeweb.light."+shown(c.Published)), "wasnum", numbers(t, v, c.Published), "now", t("outcomeweb.light."+shown(c.Now)), "nownum", numbers(t, v, c.Now))}
		for _, x := range v.Basis.Indicators {
			if x.ID == c.Published.IndicatorID {
				row.Indicator = x.In(locale).Name
			}
		}
		out = append(out, row)
	}
	return out, more, err
}

// correctedHere says by indicator what was corrected of one village.
func (p *Pages) correctedHere(r *http.Request, v *outcome.View, unitID string) (map[string]string, error) {
	list, err := p.svc.Corrections(r.Context(), v.Period)
	t, out := p.web.T(r), map[string]string{}
	for _, c := range list {
		if c.Published.UnitID == unitID && c.Told() {
			out[c.Published.IndicatorID] = t("outcomeweb.correction_here", "now", t("outcomeweb.light."+shown(c.Now)), "nownum", numbers(t, v, c.Now))
		}
	}
	return out, err
}

// numbers are a cell's, as people know them.
func numbers(t translate, v *outcome.View, c outcome.Cell) string {
	if c.Hidden || c.Den == 0 {
		return t("outcomeweb.few")
	}
	den := c.Den
	for _, x := range v.Basis.Indicators {
		if x.ID == c.IndicatorID {
			den = over(x, c.Den, c.Quarters)
		}
	}
	return t("outcomeweb.num_of", "num", grouped(c.Num), "den", grouped(den))
}
