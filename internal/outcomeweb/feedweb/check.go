package feedweb

import (
	"net/http"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
	"bilin/internal/outcomeweb"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

// checkPage is what a dry run found.
type checkPage struct {
	web.Base
	Crumbs        []web.Crumb
	Code          string
	File, SHA256  string
	Rows, New     int
	Same, Changes int
	Changed       []changeRow
	Problems      []problemRow
	Running       string // the quarter that isn't over, if there are rows of it
	Wrong         int    // problems in all
	Staged, Bad   string // sealed
	Source        string // of a pull that was tried, sealed; it is added instead of the rows
	Hours         int
}

type changeRow struct {
	Unit, Quarter            string
	Num, Den, WasNum, WasDen int
}

type problemRow struct {
	Row                            int
	Column, Value, Wrong, Expected string
}

// upload checks a table and shows what it would come to.
func (p *Pages) upload(w http.ResponseWriter, r *http.Request) error {
	x, err := p.indicator(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	file, err := readFile(x, f)
	var report feed.Report
	if err == nil {
		report, err = p.o.Feeds.DryRun(r.Context(), actor(r), x, file)
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Unsupported, errs.TooLarge:
		if err != nil {
			return p.showWith(w, r, http.StatusUnprocessableEntity, f, atFile(err))
		}
	}
	if err != nil {
		return err
	}
	return p.checked(w, r, x, report, nil)
}

func readFile(x outcome.Indicator, f *web.Form) (feed.File, error) {
	header, file := f.File("file")
	if err := f.Err(); err != nil {
		return feed.File{}, err
	}
	if file == nil {
		return feed.File{}, errs.E(errs.Invalid, "feedweb.no_file").WithField("file", "feedweb.no_file")
	}
	defer func() { _ = file.Close() }()
	return feed.ReadFile(x, header.Filename, file, header.Size)
}

// atFile shows at the file's input what is wrong with a file.
func atFile(err error) error {
	e := errs.As(err)
	if len(e.Fields) > 0 {
		return err
	}
	return errs.Wrap(err, errs.Invalid, "feedweb.not_read").WithField("file", e.Code, e.Args...)
}

// checked shows what a dry run found; more fills in what a pull adds.
func (p *Pages) checked(w http.ResponseWriter, r *http.Request, x outcome.Indicator, report feed.Report, more func(*checkPage)) error {
	t := p.web.T(r)
	page := checkPage{Base: p.web.Base(r, "feedweb.check"), Code: x.Code, File: report.File.Name, SHA256: report.File.SHA256, Rows: len(report.File.Rows),
		New: report.New, Same: report.Same, Changes: len(report.Changed), Wrong: len(report.Problems), Staged: report.Staged, Bad: report.Bad}
	page.Title = t("feedweb.check_of", "name", p.name(r, x))
	page.Crumbs = p.crumbs(r, web.Crumb{Label: p.name(r, x), Href: path(x)}, web.Crumb{Label: t("feedweb.check")})
	for _, c := range report.Changed[:min(len(report.Changed), mostChanges)] {
		page.Changed = append(page.Changed, changeRow{p.unit(c.UnitID), outcomeweb.PeriodName(t, c.Period), c.Num, c.Den, c.WasNum, c.WasDen})
	}
	for _, q := range report.Problems[:min(len(report.Problems), mostProblems)] {
		page.Problems = append(page.Problems, problemRow{q.Row, t("outcome.feed.column." + q.Column), q.Value, t(q.Code, q.Args...), t("outcome.feed.expect." + q.Column)})
	}
	if report.Running {
		page.Running = outcomeweb.PeriodName(t, outcome.PeriodOf(p.o.Now()))
	}
	if more != nil {
		more(&page)
	}
	return p.web.Render(w, r, "feeds/check", page)
}

// take stores what was checked.
func (p *Pages) take(w http.ResponseWriter, r *http.Request) error {
	x, err := p.indicator(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	taken, err := p.o.Feeds.Confirm(r.Context(), actor(r), f.Key(), x, r.PostFormValue("staged"))
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, path(x), "feedweb.taken", "rows", taken.Rows, "new", taken.New)
}

// bad sends the rows with problems back as a table, with what is wrong in each.
func (p *Pages) bad(w http.ResponseWriter, r *http.Request) error {
	x, err := p.indicator(r)
	if err != nil {
		return err
	}
	if _, err := web.ParseForm(w, r); err != nil {
		return err
	}
	rows, err := p.o.Feeds.BadRows(r.Context(), actor(r), x, r.PostFormValue("bad"))
	if err != nil {
		return err
	}
	t, lines := p.web.T(r), [][]string{}
	for _, b := range rows {
		var wrong []string
		for _, q := range b.Problems {
			wrong = append(wrong, t("feedweb.wrong", "column", t("outcome.feed.column."+q.Column), "wrong", t(q.Code, q.Args...), "expected", t("outcome.feed.expect."+q.Column)))
		}
		lines = append(lines, []string{b.Code, b.Town, b.Village, b.Period, b.Num, b.Den, strings.Join(wrong, " ")})
	}
	return p.table(w, r, sheet.CSV, "text/csv; charset=utf-8", x.Code+"-bad", []string{t("feedweb.what_is_wrong")}, lines)
}
