package rosterweb

import (
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/roster"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

const perPage = 25

type listPage struct {
	web.Base
	Runs    []runLine
	Next    string
	First   bool
	Problem *problem
	Fields  []string // titles of the columns that are read
}

// problem is why a file as a whole wasn't taken.
type problem struct {
	Text  string
	Lines []string
}

// runLine is one import in the history.
type runLine struct {
	roster.Run
	Kind  string // of c-status
	State string // message key
}

func lineOf(run roster.Run) runLine {
	kinds := map[roster.State]string{
		roster.Uploaded: "idle", roster.Checked: "info", roster.Queued: "info", roster.Running: "info",
		roster.Stopped: "warn", roster.Finished: "ok", roster.Failed: "bad",
	}
	line := runLine{Run: run, Kind: kinds[run.State], State: "roster.page.state." + string(run.State)}
	switch {
	case run.Stopping && run.CanStop(), run.Stopping && run.State == roster.Running:
		line.Kind, line.State = "warn", "roster.page.state.stopping"
	case run.State == roster.Checked && run.Report.Bad > 0:
		line.Kind, line.State = "warn", "roster.page.state.checked_bad"
	}
	return line
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	page, err := p.listing(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "roster/list", page)
}

func (p *Pages) listing(r *http.Request) (listPage, error) {
	page := listPage{Base: p.web.Base(r, "roster.page.title")}
	after, err := web.DecodeCursor(r, 1)
	if err != nil {
		return page, err
	}
	before := ""
	if page.First = len(after) == 0; !page.First {
		before = after[0]
	}
	runs, err := p.svc.List(r.Context(), actor(r.Context()), before, perPage+1)
	if err != nil {
		return page, err
	}
	if len(runs) > perPage {
		runs = runs[:perPage]
		page.Next = web.PageURL(r, web.EncodeCursor(runs[perPage-1].ID))
	}
	for _, run := range runs {
		page.Runs = append(page.Runs, lineOf(run))
	}
	t := p.web.T(r)
	for _, f := range roster.Fields() {
		page.Fields = append(page.Fields, t(f.Key()))
	}
	return page, nil
}

func (p *Pages) upload(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	header, file := f.File("file")
	if header == nil {
		return p.refuse(w, r, f.Key(), errs.E(errs.Invalid, "roster.page.no_file"))
	}
	defer func() { _ = file.Close() }() // only read from
	id, err := p.svc.Upload(r.Context(), actor(r.Context()), fileName(header.Filename), file, f.Key())
	switch errs.KindOf(err) {
	case errs.Invalid, errs.TooLarge, errs.Unsupported:
		return p.refuse(w, r, f.Key(), err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/rosters/runs/"+id, "")
}

// fileName shortens a name for showing.
func fileName(name string) string {
	runes := []rune(name)
	if len(runes) > 80 {
		return string(runes[:40]) + "…" + string(runes[len(runes)-39:])
	}
	return name
}

// refuse shows the form again with what is wrong with the file.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, key string, cause error) error {
	page, err := p.listing(r)
	if err != nil {
		return err
	}
	if page.FormKey = key; key == "" {
		page.FormKey = p.web.Base(r, "roster.page.title").FormKey
	}
	page.Problem = p.problem(r, roster.FailureOf(cause))
	return p.web.RenderStatus(w, r, errs.Status(cause), "roster/list", page)
}

func (p *Pages) problem(r *http.Request, f *roster.Failure) *problem {
	if f == nil {
		return nil
	}
	t := p.web.T(r)
	out := &problem{Text: t(f.Code, f.Args...)}
	for _, field := range f.Fields {
		out.Lines = append(out.Lines, t(field.Code, field.Args...))
	}
	return out
}

// template sends an empty roster with every column.
func (p *Pages) template(w http.ResponseWriter, r *http.Request) error {
	kind, err := format(r)
	if err != nil {
		return err
	}
	out := &download{ResponseWriter: w, name: "roster-template", format: kind}
	table, err := sheet.NewWriter(out, kind)
	if err != nil {
		return err
	}
	defer table.Discard()
	t := p.web.T(r)
	var titles []string
	for _, f := range roster.Fields() {
		titles = append(titles, t(f.Key()))
	}
	if err := table.Write(titles); err != nil {
		return out.end(err)
	}
	return out.end(table.Close())
}
