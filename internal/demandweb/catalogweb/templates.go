package catalogweb

import (
	"net/http"
	"slices"

	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

type templatesPage struct {
	web.Base
	Desks  []deskBlock
	Others []keptBlock // of the offices above
}

// deskBlock is a desk of the reader's and the answers it keeps.
type deskBlock struct {
	Name, UnitID, DepartmentID string
	Kept                       []catalog.Template
}

// keptBlock is what another office keeps, for reading.
type keptBlock struct {
	Name string
	Kept []catalog.Template
}

func (p *Pages) templates(w http.ResponseWriter, r *http.Request) error {
	all, err := p.svc.Templates(r.Context(), actor(r))
	if err != nil {
		return err
	}
	page := templatesPage{Base: p.web.Base(r, "catalog.page.templates")}
	t, desks := p.web.T(r), p.svc.Desks(actor(r))
	for _, d := range desks {
		page.Desks = append(page.Desks, deskBlock{Name: p.deskName(t, d), UnitID: d.UnitID, DepartmentID: d.DepartmentID})
	}
	for _, tpl := range all {
		d := catalog.Desk{UnitID: tpl.UnitID, DepartmentID: tpl.DepartmentID}
		if i := slices.Index(desks, d); i >= 0 {
			page.Desks[i].Kept = append(page.Desks[i].Kept, tpl)
			continue
		}
		name := p.deskName(t, d)
		if n := len(page.Others); n == 0 || page.Others[n-1].Name != name {
			page.Others = append(page.Others, keptBlock{Name: name})
		}
		last := &page.Others[len(page.Others)-1]
		last.Kept = append(last.Kept, tpl)
	}
	return p.web.Render(w, r, "catalog/templates", page)
}

// deskName names an office: a department, the city office, or a unit's.
func (p *Pages) deskName(t func(string, ...any) string, d catalog.Desk) string {
	if d.DepartmentID != "" {
		return p.department(d.DepartmentID)
	}
	tree := p.net.Tree()
	unit := tree.ByID(d.UnitID)
	switch {
	case unit == nil:
		return t("catalog.page.none")
	case unit.Level == network.City:
		return t("catalog.rung.office")
	}
	return tree.PathName(unit, " / ")
}

type templatePage struct {
	web.Base
	Crumbs   []web.Crumb
	Template catalog.Template
	Desk     string
}

func (p *Pages) templateForm(r *http.Request, tpl catalog.Template) templatePage {
	t, title := p.web.T(r), "catalog.page.new_template"
	if tpl.ID != "" {
		title = "catalog.page.edit_template"
	}
	page := templatePage{Base: p.web.Base(r, title), Template: tpl, Desk: p.deskName(t, catalog.Desk{UnitID: tpl.UnitID, DepartmentID: tpl.DepartmentID})}
	page.Crumbs = []web.Crumb{{Label: t("catalog.page.templates"), Href: "/settings/templates"}, {Label: page.Title}}
	return page
}

// newTemplate shows the form for one of the reader's desks: that in the address,
// or else the first.
func (p *Pages) newTemplate(w http.ResponseWriter, r *http.Request) error {
	desks := p.svc.Desks(actor(r))
	want := catalog.Desk{UnitID: r.URL.Query().Get("unit"), DepartmentID: r.URL.Query().Get("department")}
	if want == (catalog.Desk{}) && len(desks) > 0 {
		want = desks[0]
	}
	if !slices.Contains(desks, want) {
		return errs.E(errs.NotFound, "catalog.no_template")
	}
	return p.web.Render(w, r, "catalog/template", p.templateForm(r, catalog.Template{UnitID: want.UnitID, DepartmentID: want.DepartmentID}))
}

// own returns an answer that the reader may change.
func (p *Pages) own(r *http.Request) (catalog.Template, error) {
	all, err := p.svc.Templates(r.Context(), actor(r))
	if err != nil {
		return catalog.Template{}, err
	}
	desks := p.svc.Desks(actor(r))
	for _, tpl := range all {
		if tpl.ID == r.PathValue("id") && slices.Contains(desks, catalog.Desk{UnitID: tpl.UnitID, DepartmentID: tpl.DepartmentID}) {
			return tpl, nil
		}
	}
	return catalog.Template{}, errs.E(errs.NotFound, "catalog.no_template")
}

func (p *Pages) template(w http.ResponseWriter, r *http.Request) error {
	tpl, err := p.own(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "catalog/template", p.templateForm(r, tpl))
}

func (p *Pages) createTemplate(w http.ResponseWriter, r *http.Request) error {
	return p.putTemplate(w, r, "")
}

func (p *Pages) changeTemplate(w http.ResponseWriter, r *http.Request) error {
	return p.putTemplate(w, r, r.PathValue("id"))
}

func (p *Pages) putTemplate(w http.ResponseWriter, r *http.Request, id string) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := catalog.PutTemplate{
		Key: f.Key(), ID: id, UnitID: f.Text("unit", 50), DepartmentID: f.Text("department", 50),
		Title: f.Required("title", catalog.MaxTitle), Text: f.RequiredLines("text", catalog.MaxAnswer), Version: int(f.Version()),
	}
	if err = f.Err(); err == nil {
		_, err = p.svc.PutTemplate(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		page := p.templateForm(r, catalog.Template{ID: id, UnitID: cmd.UnitID, DepartmentID: cmd.DepartmentID, Title: cmd.Title, Text: cmd.Text, Version: cmd.Version})
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "catalog/template", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/settings/templates", "catalog.page.template_stored", "title", cmd.Title)
}

func (p *Pages) dropTemplate(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	err = p.svc.DropTemplate(r.Context(), actor(r), catalog.DropTemplate{Key: f.Key(), ID: r.PathValue("id"), Version: int(f.Version())})
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/settings/templates", "catalog.page.template_dropped")
}
