package oldnetweb

import (
	"encoding/json"
	"net/http"

	"bilin/internal/admission/oldnet"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// mostProblems is how many problems of a table a page shows.
const mostProblems = 200

func (p *Pages) importPage(r *http.Request) importPage {
	page := importPage{Base: p.web.Base(r, "oldnetweb.import")}
	page.Crumbs = []web.Crumb{{Label: p.web.T(r)("oldnetweb.title"), Href: "/oldnets"}, {Label: page.Title}}
	for _, d := range p.tree().Departments() {
		page.Departments = append(page.Departments, web.Option{Value: d.ID, Label: d.Name})
	}
	return page
}

func (p *Pages) importForm(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "oldnet/import", p.importPage(r))
}

// importTable checks a file, or stores the rows that were checked before.
func (p *Pages) importTable(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := p.importPage(r)
	page.Department, page.Name = f.Required("department", 50), f.Required("name", oldnet.MaxName)
	cmd := oldnet.Import{DepartmentID: page.Department, Name: page.Name, DryRun: true}
	if text := r.PostFormValue("rows"); text != "" {
		cmd.Key, cmd.DryRun = f.Key(), false
		if json.Unmarshal([]byte(text), &cmd.Rows) != nil {
			err = errs.E(errs.Invalid, "oldnet.no_rows")
		}
	} else {
		cmd.Rows, err = readFile(f)
	}
	if err == nil {
		err = f.Err()
	}
	if err == nil {
		page.Report, err = p.svc.Import(r.Context(), actor(r), cmd)
	}
	if k := errs.KindOf(err); err != nil && k != errs.Invalid && k != errs.Unsupported && k != errs.TooLarge {
		return err
	}
	if err != nil {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "oldnet/import", page)
	}
	if !cmd.DryRun {
		return p.web.SeeOther(w, r, "/oldnets/"+page.Report.NetID, "oldnetweb.said_imported", "name", page.Name)
	}
	text, err := json.Marshal(cmd.Rows)
	if err != nil {
		return err
	}
	page.Checked, page.Rows = true, string(text)
	t := p.web.T(r)
	for i, problem := range page.Report.Problems {
		if i == mostProblems {
			break
		}
		page.Problems = append(page.Problems, problemRow{problem.Row, t("oldnet.column." + problem.Column), t(problem.Code, problem.Args...)})
	}
	return p.web.Render(w, r, "oldnet/import", page)
}

func readFile(f *web.Form) ([]oldnet.Row, error) {
	header, file := f.File("file")
	if err := f.Err(); err != nil {
		return nil, err
	}
	if file == nil {
		return nil, errs.E(errs.Invalid, "oldnet.missing").WithField("file", "oldnet.missing")
	}
	defer func() { _ = file.Close() }()
	return oldnet.ReadTable(file, header.Size)
}
