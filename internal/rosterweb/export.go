package rosterweb

import (
	"net/http"

	"bilin/internal/network"
	"bilin/internal/roster"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

type exportPage struct {
	web.Base
	Units   []web.Option
	Unit    string
	Format  string
	Formats []web.Option
	Purpose string
}

func (p *Pages) exportForm(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "roster/export", p.exportPage(r))
}

func (p *Pages) exportPage(r *http.Request) exportPage {
	t := p.web.T(r)
	return exportPage{
		Base: p.web.Base(r, "roster.page.export"), Units: p.units(r), Format: string(sheet.XLSX),
		Formats: []web.Option{
			{Value: string(sheet.XLSX), Label: t("roster.page.xlsx")}, {Value: string(sheet.CSV), Label: t("roster.page.csv")},
		},
	}
}

// units are the actor's own and those directly under them.
func (p *Pages) units(r *http.Request) []web.Option {
	tree := p.net.Tree()
	var list []web.Option
	for _, id := range p.svc.ExportScope(actor(r.Context())) {
		u := tree.ByID(id)
		if u == nil {
			continue
		}
		list = append(list, web.Option{Value: u.ID, Label: u.Name})
		if u.Level >= network.Village {
			continue
		}
		for _, child := range tree.Children(u) {
			list = append(list, web.Option{Value: child.ID, Label: tree.PathName(child, " · ")})
		}
	}
	return list
}

func (p *Pages) export(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := p.exportPage(r)
	var values []string
	for _, u := range page.Units {
		values = append(values, u.Value)
	}
	page.Unit = f.Choice("unit", values...)
	page.Format = f.Choice("format", string(sheet.CSV), string(sheet.XLSX))
	page.Purpose = f.Text("purpose", 200)
	if err := f.Err(); err != nil {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "roster/export", page)
	}
	t := p.web.T(r)
	name := "roster-" + p.net.Tree().ByID(page.Unit).Code
	out := &download{ResponseWriter: w, name: name, format: sheet.Format(page.Format)}
	_, err = p.svc.Export(r.Context(), actor(r.Context()), out, roster.ExportOptions{
		UnitID: page.Unit, Format: sheet.Format(page.Format), Purpose: page.Purpose,
		Title: func(f roster.Field) string { return t(f.Key()) },
	})
	return out.end(err)
}
