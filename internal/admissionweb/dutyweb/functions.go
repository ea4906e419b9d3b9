package dutyweb

import (
	"net/http"

	"bilin/internal/admission/duty"
	"bilin/internal/errs"
	"bilin/internal/web"
)

type functionsPage struct {
	web.Base
	Crumbs     []web.Crumb
	Categories []categoryPart
	N          int // functions in use
	Retired    []functionRow
	MayEdit    bool
}

type categoryPart struct {
	functionRow
	Under []functionRow
}

type functionRow struct {
	duty.Function
	Shown string // its name in the reader's language
	Items int    // of duty lists that are part of it
}

func (p *Pages) functions(w http.ResponseWriter, r *http.Request) error {
	c := p.svc.Catalog()
	page := functionsPage{Base: p.web.Base(r, "duty.page.functions"), MayEdit: p.svc.MayEdit(actor(r))}
	page.Live = []string{duty.Topic}
	page.Crumbs = p.crumbs(r, web.Crumb{Label: page.Title})
	items := map[string]int{}
	for _, d := range c.Duties("") {
		items[d.FunctionID]++
	}
	for _, category := range c.Functions() {
		part := categoryPart{functionRow: functionRow{category, category.In(page.Locale), 0}}
		for _, f := range c.Children(category.ID) {
			part.Under = append(part.Under, functionRow{f, f.In(page.Locale), items[f.ID]})
		}
		page.N += len(part.Under)
		page.Categories = append(page.Categories, part)
	}
	for _, f := range c.AllFunctions() {
		if f.Retired {
			page.Retired = append(page.Retired, functionRow{f, c.Path(f.ID, page.Locale), items[f.ID]})
		}
	}
	return p.web.Render(w, r, "duty/functions", page)
}

type functionPage struct {
	web.Base
	Crumbs   []web.Crumb
	Function duty.Function
	Parent   string // the category's name
	Children int
}

func (p *Pages) functionForm(r *http.Request, f duty.Function) functionPage {
	t, c, title := p.web.T(r), p.svc.Catalog(), "duty.page.new_category"
	switch {
	case f.ID != "":
		title = "duty.page.edit_function"
	case f.ParentID != "":
		title = "duty.page.new_function"
	}
	page := functionPage{Base: p.web.Base(r, title), Function: f, Children: len(c.Children(f.ID))}
	page.Title = t(title, "name", f.In(page.Locale))
	page.Crumbs = p.crumbs(r, web.Crumb{Label: t("duty.page.functions"), Href: "/duties/functions"}, web.Crumb{Label: page.Title})
	if parent, ok := c.Function(f.ParentID); ok {
		page.Parent = parent.In(page.Locale)
	}
	return page
}

func (p *Pages) newFunction(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "duty/function", p.functionForm(r, duty.Function{ParentID: r.URL.Query().Get("parent")}))
}

func (p *Pages) function(w http.ResponseWriter, r *http.Request) error {
	f, ok := p.svc.Catalog().Function(r.PathValue("id"))
	if !ok {
		return errs.E(errs.NotFound, "duty.no_function")
	}
	return p.web.Render(w, r, "duty/function", p.functionForm(r, f))
}

func (p *Pages) putFunction(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := duty.PutFunction{Key: f.Key(), ID: r.PathValue("id"), Name: f.Required("name", duty.MaxName), NameEN: f.Text("name_en", duty.MaxNameEN),
		Sort: f.Int("sort", 0, 10_000), Version: int(f.Version())}
	if cmd.ID == "" {
		cmd.ParentID, cmd.Code = f.Text("parent", 50), f.Text("code", duty.MaxCode)
	}
	var stored duty.Function
	if err = f.Err(); err == nil {
		stored, err = p.svc.PutFunction(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		shown, _ := p.svc.Catalog().Function(cmd.ID)
		shown.Name, shown.NameEN, shown.Sort, shown.Version = cmd.Name, cmd.NameEN, cmd.Sort, cmd.Version
		if cmd.ID == "" {
			shown.ParentID, shown.Code = cmd.ParentID, cmd.Code
		}
		page := p.functionForm(r, shown)
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "duty/function", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/duties/functions#f-"+stored.ID, "duty.page.stored", "name", stored.Name)
}

func (p *Pages) retireFunction(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd, err := retiring(r, f)
	if err != nil {
		return err
	}
	stored, err := p.svc.RetireFunction(r.Context(), actor(r), cmd)
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/duties/functions", said(cmd), "name", stored.Name)
}
