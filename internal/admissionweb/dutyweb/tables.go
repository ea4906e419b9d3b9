package dutyweb

import (
	"encoding/json"
	"net/http"

	"bilin/internal/admission/duty"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// mostProblems is how many problems of a table a page shows.
const mostProblems = 200

type importPage struct {
	web.Base
	Crumbs   []web.Crumb
	Checked  bool // a table was read
	Report   duty.Report
	Problems []problemRow
	Rows     string // of the table, for the second step
}

// problemRow is one thing wrong in a table, in words.
type problemRow struct {
	Row           int
	Column, Wrong string
}

func (p *Pages) importPage(r *http.Request) importPage {
	page := importPage{Base: p.web.Base(r, "duty.page.import")}
	page.Crumbs = p.crumbs(r, web.Crumb{Label: page.Title})
	return page
}

func (p *Pages) importForm(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "duty/import", p.importPage(r))
}

// importTable checks a file, or stores the rows that were checked before.
func (p *Pages) importTable(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if text := r.PostFormValue("rows"); text != "" {
		return p.storeRows(w, r, f, text)
	}
	page := p.importPage(r)
	rows, err := readFile(f)
	if err == nil {
		page.Report, err = p.svc.ImportDuties(r.Context(), actor(r), duty.Import{Rows: rows, DryRun: true})
	}
	if k := errs.KindOf(err); err != nil && k != errs.Invalid && k != errs.Unsupported && k != errs.TooLarge {
		return err
	}
	if err != nil {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "duty/import", page)
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	page.Checked, page.Rows = true, string(text)
	p.explain(r, &page)
	return p.web.Render(w, r, "duty/import", page)
}

func readFile(f *web.Form) ([]duty.Row, error) {
	header, file := f.File("file")
	if err := f.Err(); err != nil {
		return nil, err
	}
	if file == nil {
		return nil, errs.E(errs.Invalid, "duty.missing").WithField("file", "duty.missing")
	}
	defer func() { _ = file.Close() }()
	return duty.ReadTable(file, header.Size)
}

// explain puts what is wrong in words.
func (p *Pages) explain(r *http.Request, page *importPage) {
	t := p.web.T(r)
	for i, problem := range page.Report.Problems {
		if i == mostProblems {
			return
		}
		page.Problems = append(page.Problems, problemRow{problem.Row, t("duty.column." + problem.Column), t(problem.Code, problem.Args...)})
	}
}

func (p *Pages) storeRows(w http.ResponseWriter, r *http.Request, f *web.Form, text string) error {
	var rows []duty.Row
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return errs.Wrap(err, errs.Invalid, "duty.no_rows")
	}
	report, err := p.svc.ImportDuties(r.Context(), actor(r), duty.Import{Key: f.Key(), Rows: rows})
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/duties", "duty.page.imported", "new", report.New, "changed", report.Changed, "same", report.Same)
}
