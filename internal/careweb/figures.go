package careweb

import (
	"net/http"
	"strconv"

	"bilin/internal/care"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// counted is a need with how many entries it has.
type counted struct {
	Title string
	N     string
}

// month is how the contacts of a month went.
type month struct {
	Month                            string
	Few                              bool
	Owed, Kept, Late, Climbed, Needs string
}

// part is a town or village.
type part struct {
	Name, Href           string
	N, Owed, Kept, Climb string
}

type figuresPage struct {
	web.Base
	Units   []web.Option
	Code    string
	Where   string
	Up      string
	Entries string
	Needs   []counted
	Months  []month
	Parts   []part
	Least   int
	Column  string // message key of what the parts are
}

// figures shows counts: of no person, and in no order but that of the codes.
func (p *Pages) figures(w http.ResponseWriter, r *http.Request) error {
	page := figuresPage{Base: p.web.Base(r, "careweb.figures"), Code: r.URL.Query().Get("unit"), Least: care.Least}
	p.countable(r, &page)
	u := p.unitOf(page.Code)
	if u == nil {
		return errs.E(errs.NotFound, "care.no_figures")
	}
	f, err := p.o.Care.Figures(r.Context(), actor(r), u.ID)
	if err != nil {
		return err
	}
	parts, err := p.o.Care.Parts(r.Context(), actor(r), u.ID)
	if err != nil {
		return err
	}
	page.Where, page.Entries, page.Column = p.tree().PathName(u, " · "), p.few(r, f.Entries), "careweb.col_village"
	if u.Level == network.City {
		page.Where, page.Column = u.Name, "careweb.col_town"
	}
	if up := p.tree().Parent(u); up != nil && p.may(r, care.ActFigures, up.ID) {
		page.Up = "/care/figures?unit=" + up.Code
	}
	for _, n := range f.Needs {
		page.Needs = append(page.Needs, counted{n.Need.NameIn(p.web.Locale(r)), p.few(r, n.Entries)})
	}
	for _, m := range f.Months {
		page.Months = append(page.Months, month{m.Month, m.Owed < 0, p.few(r, m.Owed), p.percent(r, m.Kept), p.percent(r, m.Late), p.percent(r, m.Climbed), p.few(r, m.Needs)})
	}
	for _, x := range parts {
		at := p.tree().ByID(x.UnitID)
		if at == nil {
			continue
		}
		y := part{Name: at.Name, Href: "/care/figures?unit=" + at.Code, N: p.few(r, x.Entries), Owed: p.few(r, x.Owed), Climb: p.few(r, x.Climbed), Kept: p.percent(r, x.Kept)}
		page.Parts = append(page.Parts, y)
	}
	return p.web.Render(w, r, "care/figures", page)
}

// countable finds where the reader may count, and where the page begins.
func (p *Pages) countable(r *http.Request, page *figuresPage) {
	for _, g := range actor(r).Grants {
		u := p.tree().Current(p.tree().ByID(g.UnitID))
		if u == nil || u.Level > network.Village || !p.may(r, care.ActFigures, u.ID) {
			continue
		}
		page.Units = append(page.Units, web.Option{Value: u.Code, Label: u.Name})
		if page.Code == "" {
			page.Code = u.Code
		}
	}
}

// few writes a count, or that it is too small to say.
func (p *Pages) few(r *http.Request, n int) string {
	if n < 0 {
		return p.web.T(r)("careweb.few", "n", care.Least)
	}
	return strconv.Itoa(n)
}

// percent is few for a share.
func (p *Pages) percent(r *http.Request, n int) string {
	if n < 0 {
		return p.few(r, n)
	}
	return strconv.Itoa(n) + "%"
}
