package dutyweb

import (
	"net/http"

	"bilin/internal/admission/duty"
	"bilin/internal/errs"
	"bilin/internal/web"
)

type itemPage struct {
	web.Base
	Crumbs      []web.Crumb
	Item        duty.Duty
	Departments []web.Option
	Functions   []web.Option
	Lists       []web.Option
}

func (p *Pages) itemForm(r *http.Request, d duty.Duty) itemPage {
	t, title := p.web.T(r), "duty.page.new_item"
	if d.ID != "" {
		title = "duty.page.edit_item"
	}
	page := itemPage{Base: p.web.Base(r, title), Item: d, Departments: p.departments()}
	page.Functions = p.functionOptions(page.Locale)
	for _, list := range duty.Lists() {
		page.Lists = append(page.Lists, web.Option{Value: list, Label: t("duty.list." + list), Hint: t("duty.page.hint." + list)})
	}
	page.Crumbs = p.crumbs(r, web.Crumb{Label: page.Title})
	return page
}

func (p *Pages) newItem(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "duty/item", p.itemForm(r, duty.Duty{DepartmentID: r.URL.Query().Get("department"), List: duty.Own}))
}

func (p *Pages) item(w http.ResponseWriter, r *http.Request) error {
	d, ok := p.svc.Catalog().Duty(r.PathValue("id"))
	if !ok {
		return errs.E(errs.NotFound, "duty.no_duty")
	}
	return p.web.Render(w, r, "duty/item", p.itemForm(r, d))
}

func (p *Pages) putItem(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := duty.PutDuty{Key: f.Key(), ID: r.PathValue("id"), DepartmentID: f.Required("department", 50), FunctionID: f.Text("function", 50),
		List: f.Choice("list", duty.Lists()...), Title: f.Required("title", duty.MaxTitle), Basis: f.Required("basis", duty.MaxBasis), Version: int(f.Version())}
	if cmd.ID == "" {
		cmd.Code = f.Required("code", duty.MaxCode)
	}
	var d duty.Duty
	if err = f.Err(); err == nil {
		d, err = p.svc.PutDuty(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		shown, _ := p.svc.Catalog().Duty(cmd.ID)
		shown.DepartmentID, shown.FunctionID, shown.List, shown.Title, shown.Basis, shown.Version = cmd.DepartmentID, cmd.FunctionID, cmd.List, cmd.Title, cmd.Basis, cmd.Version
		if cmd.ID == "" {
			shown.Code = cmd.Code
		}
		page := p.itemForm(r, shown)
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "duty/item", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/duties?department="+d.DepartmentID+"#d-"+d.ID, "duty.page.stored", "name", d.Title)
}

// retiring reads what the last part of a path asks for.
func retiring(r *http.Request, f *web.Form) (duty.Retire, error) {
	cmd := duty.Retire{Key: f.Key(), ID: r.PathValue("id"), Version: int(f.Version())}
	switch r.PathValue("do") {
	case "retire":
		return cmd, nil
	case "back":
		cmd.Back = true
		return cmd, nil
	}
	return cmd, errs.E(errs.NotFound, "web.not_found")
}

func said(cmd duty.Retire) string {
	if cmd.Back {
		return "duty.page.back_said"
	}
	return "duty.page.retired_said"
}

func (p *Pages) retireItem(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd, err := retiring(r, f)
	if err != nil {
		return err
	}
	d, err := p.svc.RetireDuty(r.Context(), actor(r), cmd)
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/duties?department="+d.DepartmentID, said(cmd), "name", d.Title)
}
