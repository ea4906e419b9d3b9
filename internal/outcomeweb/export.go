package outcomeweb

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

// taken is a quarter that is asked for as a file. One that isn't published goes to
// those who may see it, and that is noted.
func (p *Pages) taken(r *http.Request, name, as string) (*outcome.View, head, error) {
	period, err := outcome.ParsePeriod(name)
	if err != nil {
		return nil, head{}, errs.E(errs.NotFound, "outcome.no_release")
	}
	v, err := p.svc.Lights(r.Context(), actor(r), period)
	if err != nil {
		return nil, head{}, err
	}
	h := head{Period: name, Quarter: PeriodName(p.web.T(r), period), Draft: v.State != outcome.Published}
	if h.Draft {
		err = p.svc.Downloaded(r.Context(), actor(r), "release", name, map[string]any{"as": as, "state": v.State})
	}
	return v, h, err
}

// file is a quarter in the name of a file; a draft says so.
func (h head) file() string {
	if h.Draft {
		return h.Period + "-draft"
	}
	return h.Period
}

var kinds = map[string]struct {
	format sheet.Format
	mime   string
}{
	"csv":  {sheet.CSV, "text/csv; charset=utf-8"},
	"xlsx": {sheet.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
}

// export sends a published quarter's lights as a table, one line for each
// village and indicator, as everybody may see them.
func (p *Pages) export(w http.ResponseWriter, r *http.Request) error {
	name, ending, _ := strings.Cut(r.PathValue("file"), ".")
	kind, known := kinds[ending]
	if !known {
		return errs.E(errs.NotFound, "outcomeweb.no_file")
	}
	v, h, err := p.taken(r, name, ending)
	if err != nil {
		return err
	}
	if n := len(v.Basis.Units) * len(v.Basis.Indicators); n > outcome.MaxRows {
		return errs.E(errs.TooLarge, "outcomeweb.many_lights", "n", n, "max", outcome.MaxRows)
	}
	var body bytes.Buffer
	if err := p.write(&body, kind.format, p.web.T(r), p.web.Locale(r), v); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="lights-%s.%s"`, h.file(), ending))
	return p.web.Send(w, r, http.StatusOK, kind.mime, body.Bytes())
}

var columns = []string{"quarter", "code", "town", "village", "indicator", "name", "light", "num", "den", "expected", "value", "low", "high", "unit", "trend", "sentence"}

func (p *Pages) write(body *bytes.Buffer, format sheet.Format, t translate, locale string, v *outcome.View) error {
	out, err := sheet.NewWriter(body, format)
	if err != nil {
		return err
	}
	defer out.Discard()
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = t("outcomeweb.col." + c)
	}
	if err := out.Write(heads); err != nil {
		return err
	}
	for _, id := range v.Basis.Units {
		u := p.tree().ByID(id)
		if u == nil {
			continue
		}
		for _, x := range v.Basis.Indicators {
			if _, ok := v.Cell(x.ID, id); !ok && v.State != outcome.Published {
				continue // not the asker's to see
			}
			if err := out.Write(p.line(t, locale, v, x, u)); err != nil {
				return err
			}
		}
	}
	return out.Close()
}

// line is one light as it is exported. The sheet's writer sees to what would be
// taken for a formula.
func (p *Pages) line(t translate, locale string, v *outcome.View, x outcome.Indicator, u *network.Unit) []string {
	c := cellOf(v, x, u)
	town := ""
	if at := p.tree().At(u, network.Town); at != nil {
		town = at.Name
	}
	line := []string{v.Period.String(), u.Code, town, u.Name, x.Code, x.In(locale).Name, t("outcomeweb.light." + shown(c))}
	if c.Hidden || c.Den == 0 {
		line = append(line, "", "", "", "", "", "", unit(t, x, locale), "")
	} else {
		line = append(line, strconv.Itoa(c.Num), strconv.Itoa(over(x, c.Den, c.Quarters)), decimal(c.Expected), decimal(value(x, c.Num, c.Den)), decimal(x.Shown(c.Low)), decimal(x.Shown(c.High)),
			unit(t, x, locale), t(v.Direction(x, c)))
	}
	return append(line, outcome.Sentence(locale, t, x, c, p.department(x)))
}

// cellOf is a village's light; one that was never reckoned is without data.
func cellOf(v *outcome.View, x outcome.Indicator, u *network.Unit) outcome.Cell {
	c, ok := v.Cell(x.ID, u.ID)
	if !ok {
		c.Light = outcome.Dark
	}
	return c
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

var fills = map[string][3]int{
	"red": {168, 50, 31}, "yellow": {242, 201, 76}, "green": {215, 236, 222}, "better": {28, 122, 90}, "grey": {232, 229, 221}, "dark": {255, 255, 255},
}

// print sends a quarter's lights on paper, for the city or a town.
func (p *Pages) print(w http.ResponseWriter, r *http.Request) error {
	code, ending, _ := strings.Cut(r.PathValue("file"), ".")
	u := p.tree().ByCode(code)
	if u == nil || ending != "pdf" || u.Level > network.Town {
		return errs.E(errs.NotFound, "outcomeweb.no_file")
	}
	v, h, err := p.taken(r, r.URL.Query().Get("period"), ending)
	if err != nil {
		return err
	}
	t, locale := p.web.T(r), p.web.Locale(r)
	g := doorcard.Grid{Title: t("outcomeweb.paper", "unit", u.Name, "period", h.Quarter), First: 42, Foot: t("outcomeweb.paper_foot", "digest", v.Digest),
		Heads: []string{t("outcomeweb.col.village")}}
	intro := t("outcomeweb.draft")
	if !h.Draft {
		intro = t("outcomeweb.paper_intro", "day", v.PublishedAt.In(web.CityZone).Format("2006-01-02"), "by", v.PublishedBy)
	}
	g.Intro = []string{intro, t("outcomeweb.paper_key"), t("outcomeweb.fdr", "red", percent(v.Basis.Settings.RedFDR), "both", percent(v.Basis.Settings.YellowFDR))}
	for _, x := range v.Basis.Indicators {
		g.Heads = append(g.Heads, x.In(locale).Name)
	}
	for _, id := range v.Basis.Units {
		if village := p.tree().ByID(id); village != nil && p.tree().Contains(u.ID, id) && (!h.Draft || seen(v, id)) {
			p.printVillage(t, locale, &g, v, village)
		}
	}
	body, err := p.paper.Grid(g)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="lights-%s-%s.pdf"`, u.Code, h.file()))
	return p.web.Send(w, r, http.StatusOK, "application/pdf", body)
}

// seen reports whether a village's lights are the asker's to see.
func seen(v *outcome.View, unitID string) bool {
	for _, x := range v.Basis.Indicators {
		if _, ok := v.Cell(x.ID, unitID); ok {
			return true
		}
	}
	return false
}

// printVillage adds a village's row, and a sentence for each light that stands out.
func (p *Pages) printVillage(t translate, locale string, g *doorcard.Grid, v *outcome.View, u *network.Unit) {
	row := []doorcard.Box{{Text: u.Name}}
	for _, x := range v.Basis.Indicators {
		c := cellOf(v, x, u)
		light := shown(c)
		row = append(row, doorcard.Box{Text: t("outcomeweb.letter." + light), Fill: fills[light], Plain: light == "dark"})
		if light == "red" || light == "yellow" || light == "better" {
			g.Notes = append(g.Notes, t("outcomeweb.paper_note", "village", p.tree().PathName(u, " · "), "indicator", x.In(locale).Name, "letter", t("outcomeweb.letter."+light),
				"sentence", outcome.Sentence(locale, t, x, c, p.department(x))), "")
		}
	}
	g.Rows = append(g.Rows, row)
}
