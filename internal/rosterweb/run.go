package rosterweb

import (
	"net/http"
	"strings"

	"bilin/internal/roster"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

// mostIssues is how many issues a page shows; the download has all of them.
const mostIssues = 200

type runPage struct {
	web.Base
	Run     runLine
	Problem *problem
	Kinds   []kindLine
	Issues  []issueLine
	More    bool // there are more issues than are shown
	Crumbs  []web.Crumb
	Reading bool // the file is being checked
	Moving  bool // rows are being written, or were
	Share   int  // rows written, for the bar
	Nothing bool // an import would change nothing
}

// BadKind colours the number of bad rows.
func (p runPage) BadKind() string {
	if p.Run.Report.Bad > 0 {
		return "bad"
	}
	return "ok"
}

// Join lists titles in one line.
func (p runPage) Join(list []string) string { return strings.Join(list, "、") }

type kindLine struct {
	Text string
	Rows int
}

// issueLine is one thing wrong with one row, in words.
type issueLine struct {
	Row                           int
	Where, Value, Wrong, Expected string
}

func (p *Pages) run(w http.ResponseWriter, r *http.Request) error {
	run, err := p.svc.Get(r.Context(), actor(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	page := runPage{
		Base: p.web.Base(r, "roster.page.run_title", "file", run.FileName), Run: lineOf(run),
		Problem: p.problem(r, run.Failure), Share: run.RowsDone, Nothing: run.Rows > 0 && run.Report.Nothing() && run.RowsDone == 0,
		Reading: run.State == roster.Uploaded || run.State == roster.Queued || run.State == roster.Running && run.RowsDone == 0,
		Moving:  run.Rows > 0 && run.RowsDone > 0 && run.State != roster.Finished,
	}
	t := p.web.T(r)
	page.Crumbs = []web.Crumb{{Label: t("roster.page.title"), Href: "/rosters"}, {Label: run.FileName}}
	for _, k := range run.Report.Kinds() {
		page.Kinds = append(page.Kinds, kindLine{t(k.Wrong()), k.Rows})
	}
	for i, issue := range run.Report.Issues {
		if page.More = i == mostIssues; page.More {
			break
		}
		page.Issues = append(page.Issues, issueLineOf(issue, t))
	}
	return p.web.Render(w, r, "roster/run", page)
}

func issueLineOf(i roster.Issue, t func(string, ...any) string) issueLine {
	line := issueLine{Row: i.Row, Where: i.Letter, Value: i.Value}
	if i.Column != "" {
		line.Where = i.Letter + " " + i.Column
	}
	line.Wrong, line.Expected = i.Say(t)
	return line
}

func (p *Pages) start(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := p.svc.Start(r.Context(), actor(r.Context()), id, f.Bool("skip_bad")); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/rosters/runs/"+id, "roster.page.started")
}

func (p *Pages) stop(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.svc.Stop(r.Context(), actor(r.Context()), id); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/rosters/runs/"+id, "roster.page.stopping")
}

// bad sends the bad rows, each with what is wrong with it.
func (p *Pages) bad(w http.ResponseWriter, r *http.Request) error {
	kind, err := format(r)
	if err != nil {
		return err
	}
	out := &download{ResponseWriter: w, name: "bad-rows", format: kind}
	table, err := sheet.NewWriter(out, kind)
	if err != nil {
		return err
	}
	defer table.Discard()
	return out.end(p.svc.WriteBad(r.Context(), actor(r.Context()), r.PathValue("id"), table, p.web.T(r)))
}
