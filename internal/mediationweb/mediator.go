package mediationweb

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"bilin/internal/mediation"
	"bilin/internal/network"
	"bilin/internal/web"
)

// offerPage offers to mediate.
type offerPage struct {
	web.Base
	Kinds             []web.Option
	Picked            []string
	Town              bool
	Name, About, Door string
	Tells             bool
	Person            bool // it is them who are told, not their home
	MaxName, MaxAbout int
	Labels            map[string]string
	Crumbs            []web.Crumb
}

func (p *Pages) offerPage(r *http.Request) *offerPage {
	t := p.web.T(r)
	return &offerPage{Base: p.web.Base(r, "mediationweb.offer"), Kinds: p.kinds(r), Door: strings.TrimSpace(r.URL.Query().Get("door")), Tells: p.svc.Tells(), Person: actor(r).PersonID != "", MaxName: mediation.MaxName, MaxAbout: mediation.MaxAbout,
		Labels: map[string]string{"name": t("mediationweb.f_public_name"), "about": t("mediationweb.f_about"), "door": t("mediationweb.f_door"), "kinds": t("mediationweb.f_kinds")},
		Crumbs: p.crumbs(r, t("mediationweb.offer"))}
}

func (p *Pages) offerForm(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "mediation/offer", p.offerPage(r))
}

func (p *Pages) offer(w http.ResponseWriter, r *http.Request) error {
	if err := p.Forms.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := p.offerPage(r)
	page.Name, page.About, page.Door, page.Town, page.Picked = f.Text("name", mediation.MaxName), f.Text("about", mediation.MaxAbout), f.Text("door", 40), f.Bool("town"), f.List("kinds")
	o := mediation.Offer{Key: f.Key(), Town: page.Town, Name: page.Name, About: page.About, DoorCode: page.Door}
	for _, k := range page.Picked {
		o.Kinds = append(o.Kinds, mediation.Kind(k))
	}
	var receipt mediation.Receipt
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Offer(r.Context(), actor(r), o)
	}
	if web.Again(err) {
		page.FormKey = f.Key()
		return p.refused(w, r, err, "mediation/offer", page, &page.Errors)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, mineURL(receipt.ID, receipt.Key), "mediationweb.offered")
}

// ownCase is a case on a mediator's page.
type ownCase struct{ Href, Kind, State, Look, Where string }

// minePage is a mediator's own.
type minePage struct {
	web.Base
	M         person
	Waiting   bool
	Tells     bool
	Key       string
	Cases     []ownCase
	Own, Link string
	QR        template.HTML
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	web.Quiet(w)
	key := r.URL.Query().Get("k")
	d, err := p.svc.Mine(r.Context(), r.PathValue("mediator"), key)
	if err != nil {
		return p.missed(r, err)
	}
	t := p.web.T(r)
	page := minePage{Base: p.web.Base(r, "mediationweb.mine"), M: p.person(r, d.Mediator), Waiting: d.State == mediation.Waiting,
		Tells: p.svc.Tells(), Key: key, Own: mineURL(d.ID, key)}
	for _, c := range d.Cases {
		page.Cases = append(page.Cases, ownCase{caseURL(c.ID, key), t("mediation.kind." + string(c.Kind)), t("mediation.state." + string(c.State)), looks[c.State], p.place(c.VillageID)})
	}
	page.Link = p.web.Absolute(r, page.Own)
	if page.QR, err = web.QR(page.Link, 0); err != nil {
		return err
	}
	return p.web.Render(w, r, "mediation/mine", page)
}

func (p *Pages) leave(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.svc.Leave(r.Context(), r.PathValue("mediator"), f.Text("_k", 80), f.Key()); err != nil {
		return p.missed(r, err)
	}
	return p.web.SeeOther(w, r, "/mediation", "mediationweb.left")
}

// offered is an offer on the desk.
type offered struct {
	person
	Over, Checked, Mine bool
}

// deskPage is where a village or town keeps its list.
type deskPage struct {
	web.Base
	Waiting, Listed []offered
	Crumbs          []web.Crumb
}

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	list, err := p.svc.Offers(r.Context(), actor(r))
	if err != nil {
		return err
	}
	page := deskPage{Base: p.web.Base(r, "mediationweb.desk"), Crumbs: p.crumbs(r, p.web.T(r)("mediationweb.desk"))}
	for _, o := range list {
		x := offered{p.person(r, o.Mediator), o.Over, o.Checked, o.Mine}
		if x.State == mediation.Waiting {
			page.Waiting = append(page.Waiting, x)
		} else {
			page.Listed = append(page.Listed, x)
		}
	}
	return p.web.Render(w, r, "mediation/desk", page)
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	list, flash := f.Text("list", 3) == "1", "mediationweb.taken_off"
	listed, err := p.svc.Decide(r.Context(), actor(r), f.Key(), r.PathValue("mediator"), list)
	switch {
	case err != nil:
		return err
	case listed:
		flash = "mediationweb.put_on"
	case list:
		flash = "mediationweb.checked"
	}
	return p.web.SeeOther(w, r, "/mediation/desk", flash)
}

// figureRow is a line of figures; 0 isn't shown.
type figureRow struct {
	Name, Href string
	N          []int
	All        int
}

// figuresPage is counts.
type figuresPage struct {
	web.Base
	F            *mediation.Figures
	Where        string
	All          int
	Outcomes     []string
	Units, Years []figureRow
	Crumbs       []web.Crumb
}

func (p *Pages) figures(w http.ResponseWriter, r *http.Request) error {
	tree, t, q := p.tree(), p.web.T(r), r.URL.Query()
	id := ""
	if u := tree.ByCode(q.Get("unit")); u != nil {
		id = u.ID
	}
	f, err := p.svc.Figures(r.Context(), id, q.Get("year"))
	if err != nil {
		return err
	}
	u := tree.ByID(f.UnitID)
	page := figuresPage{Base: p.web.Base(r, "mediationweb.figures"), F: f, Where: u.Name, Crumbs: p.crumbs(r, t("mediationweb.figures"))}
	for _, o := range mediation.Outcomes() {
		page.Outcomes = append(page.Outcomes, t("mediationweb.col."+string(o)))
	}
	for _, row := range f.Units {
		line := figureRow{Name: t("mediationweb.unit"), N: row.N, All: row.All()}
		if x := tree.ByID(row.UnitID); x != nil {
			line.Name, line.Href = x.Name, figuresURL(x, f.Year)
		}
		page.Units = append(page.Units, line)
	}
	for _, row := range f.Years {
		line := figureRow{Name: row.Year, N: row.N, All: row.All()}
		if row.Year == f.Year {
			page.All = line.All
		} else {
			line.Href = figuresURL(u, row.Year)
		}
		page.Years = append(page.Years, line)
	}
	if parent := tree.Parent(u); parent != nil {
		page.Crumbs = append(page.Crumbs[:1], web.Crumb{Label: t("mediationweb.figures"), Href: "/mediation/figures"})
		for _, a := range up(tree, parent) {
			page.Crumbs = append(page.Crumbs, web.Crumb{Label: a.Name, Href: figuresURL(a, f.Year)})
		}
		page.Crumbs = append(page.Crumbs, web.Crumb{Label: u.Name})
	}
	return p.web.Render(w, r, "mediation/figures", page)
}

func figuresURL(u *network.Unit, year string) string {
	return "/mediation/figures?" + url.Values{"unit": {u.Code}, "year": {year}}.Encode()
}

// up lists the units from the town down to u.
func up(tree *network.Tree, u *network.Unit) (out []*network.Unit) {
	for _, x := range tree.Path(u) {
		if x.Level > network.City {
			out = append(out, x)
		}
	}
	return out
}
