package dutyweb

import (
	"net/http"
	"strings"

	"bilin/internal/admission/duty"
	"bilin/internal/errs"
	"bilin/internal/web"
)

type dataPage struct {
	web.Base
	Crumbs  []web.Crumb
	Q       string
	Rows    []fieldRow
	Retired []fieldRow
	MayEdit bool
}

type fieldRow struct {
	duty.Field
	Shown, Holder string
	Also          string // the words that mean it
}

func (p *Pages) data(w http.ResponseWriter, r *http.Request) error {
	page := dataPage{Base: p.web.Base(r, "duty.page.data"), Q: strings.TrimSpace(r.URL.Query().Get("q")), MayEdit: p.svc.MayEdit(actor(r))}
	page.Crumbs = p.crumbs(r, web.Crumb{Label: page.Title})
	c := p.svc.Catalog()
	asked := map[string]bool{} // what a whole sentence speaks of
	for _, f := range c.FieldsIn(page.Q) {
		asked[f.ID] = true
	}
	for _, f := range c.AllFields() {
		row := fieldRow{f, f.In(page.Locale), p.department(f.DepartmentID), strings.Join(f.Words, " · ")}
		text := strings.ToLower(strings.Join([]string{f.Name, f.NameEN, f.Code, row.Holder, f.Place, row.Also}, "\n"))
		switch {
		case !asked[f.ID] && !strings.Contains(text, strings.ToLower(page.Q)):
		case f.Retired:
			page.Retired = append(page.Retired, row)
		default:
			page.Rows = append(page.Rows, row)
		}
	}
	if web.IsHTMX(r) {
		return p.web.RenderPart(w, r, "duty/data", "results", page)
	}
	return p.web.Render(w, r, "duty/data", page)
}

type fieldPage struct {
	web.Base
	Crumbs      []web.Crumb
	Field       duty.Field
	Words       string
	Departments []web.Option
}

func (p *Pages) fieldForm(r *http.Request, f duty.Field, words string) fieldPage {
	t, title := p.web.T(r), "duty.page.new_field"
	if f.ID != "" {
		title = "duty.page.edit_field"
	}
	page := fieldPage{Base: p.web.Base(r, title), Field: f, Words: words, Departments: p.departments()}
	page.Title = t(title, "name", f.In(page.Locale))
	page.Crumbs = p.crumbs(r, web.Crumb{Label: t("duty.page.data"), Href: "/duties/data"}, web.Crumb{Label: page.Title})
	return page
}

func (p *Pages) newField(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "duty/field", p.fieldForm(r, duty.Field{}, ""))
}

func (p *Pages) field(w http.ResponseWriter, r *http.Request) error {
	f, ok := p.svc.Catalog().Field(r.PathValue("id"))
	if !ok {
		return errs.E(errs.NotFound, "duty.no_field")
	}
	return p.web.Render(w, r, "duty/field", p.fieldForm(r, f, strings.Join(f.Words, "\n")))
}

func (p *Pages) putField(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	words := f.Lines("words", duty.MaxWords*(duty.MaxWord+1))
	cmd := duty.PutField{Key: f.Key(), ID: r.PathValue("id"), Name: f.Required("name", duty.MaxName), NameEN: f.Text("name_en", duty.MaxNameEN),
		DepartmentID: f.Text("department", 50), Place: f.Required("place", duty.MaxPlace), Words: duty.SplitWords(words), Version: int(f.Version())}
	if cmd.ID == "" {
		cmd.Code = f.Text("code", duty.MaxCode)
	}
	var stored duty.Field
	if err = f.Err(); err == nil {
		stored, err = p.svc.PutField(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		shown, _ := p.svc.Catalog().Field(cmd.ID)
		shown.Name, shown.NameEN, shown.DepartmentID, shown.Place, shown.Version = cmd.Name, cmd.NameEN, cmd.DepartmentID, cmd.Place, cmd.Version
		if cmd.ID == "" {
			shown.Code = cmd.Code
		}
		page := p.fieldForm(r, shown, words)
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "duty/field", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/duties/data#d-"+stored.ID, "duty.page.stored", "name", stored.Name)
}

func (p *Pages) retireField(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd, err := retiring(r, f)
	if err != nil {
		return err
	}
	stored, err := p.svc.RetireField(r.Context(), actor(r), cmd)
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/duties/data", said(cmd), "name", stored.Name)
}
