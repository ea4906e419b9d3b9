package feedweb

import (
	"bytes"
	"net/http"
	"time"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
	"bilin/internal/outcome/pull"
	"bilin/internal/outcomeweb"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

type showPage struct {
	web.Base
	Crumbs                  []web.Crumb
	Code, Name, Definition  string
	Numerator, Denominator  string
	Department, SumHint     string
	Arrived                 []arrived
	Template                string // the quarter of the template
	Batches                 []batchRow
	Pulls                   []pullRow
	Villages, QuarterChoice []web.Option
	Objections              []objectionRow
}

// objectionRow is what a village holds against a figure that isn't published yet.
type objectionRow struct {
	outcome.Objected
	Where, Quarter string
	Open           bool
}

type batchRow struct {
	At            time.Time
	By, Way, Name string
	SHA, SHA256   string
	Rows, New     int
}

type pullRow struct {
	pull.Pull
	KindName, Why string
	Running       bool
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.showWith(w, r, http.StatusOK, nil, nil)
}

// showWith shows an indicator's page, and what was wrong with the form that was sent.
func (p *Pages) showWith(w http.ResponseWriter, r *http.Request, status int, f *web.Form, cause error) error {
	x, err := p.indicator(r)
	if err != nil {
		return err
	}
	ctx, t, words := r.Context(), p.web.T(r), x.In(p.web.Locale(r))
	page := showPage{Base: p.web.Base(r, "feedweb.title"), Code: x.Code, Name: words.Name, Definition: words.Definition,
		Numerator: words.Numerator, Denominator: words.Denominator, Department: p.department(x.Department)}
	page.Title, page.Live = words.Name, []string{outcome.Topic}
	page.Crumbs = p.crumbs(r, web.Crumb{Label: page.Name})
	page.SumHint = t("feedweb.measure." + string(x.Measure))
	if cause != nil {
		page.FormKey, page.Errors = f.Key(), web.FormErrorsOf(cause)
	}
	quarters := p.quarters()
	page.Template = quarters[0].String()
	list, err := p.o.Outcome.Arrivals(ctx, quarters[len(quarters)-1], quarters[0])
	if err != nil {
		return err
	}
	page.Arrived = p.arrivals(r, list, x.ID, quarters, p.villages())
	for _, q := range append([]outcome.Period{quarters[0] + 1}, quarters...) {
		page.QuarterChoice = append(page.QuarterChoice, web.Option{Value: q.String(), Label: outcomeweb.PeriodName(t, q)})
	}
	for _, u := range p.o.Tree().Units(network.Village) {
		page.Villages = append(page.Villages, web.Option{Value: u.Code, Label: p.unit(u.ID)})
	}
	objections, err := p.o.Outcome.ObjectionsTo(ctx, actor(r), x)
	if err != nil {
		return err
	}
	for _, o := range objections {
		page.Objections = append(page.Objections, objectionRow{o, p.unit(o.UnitID), outcomeweb.PeriodName(t, o.Period), o.AnsweredAt.IsZero()})
	}
	if err := p.history(r, x, &page); err != nil {
		return err
	}
	return p.web.RenderStatus(w, r, status, "feeds/show", page)
}

// history fills in deliveries and pulls.
func (p *Pages) history(r *http.Request, x outcome.Indicator, page *showPage) error {
	t := p.web.T(r)
	batches, err := p.o.Outcome.Batches(r.Context(), x.ID, mostBatches)
	if err != nil {
		return err
	}
	for _, b := range batches {
		page.Batches = append(page.Batches, batchOf(t, b))
	}
	pulls, err := p.o.Pulls.Of(r.Context(), actor(r), x)
	for _, f := range pulls {
		page.Pulls = append(page.Pulls, pullRow{f, t("feedweb.kind." + string(f.Kind)), why(t, f), f.Ended.IsZero()})
	}
	return err
}

func batchOf(t func(string, ...any) string, b outcome.Batch) batchRow {
	by := b.By
	if b.Way != outcome.File && b.By == "pull" {
		by = t("feedweb.by_itself")
	}
	return batchRow{b.At, by, t("feedweb.way." + string(b.Way)), b.Name, b.SHA256[:min(12, len(b.SHA256))], b.SHA256, b.Rows, b.New}
}

// template is a table with all villages and a quarter, for filling in.
func (p *Pages) template(w http.ResponseWriter, r *http.Request) error {
	x, err := p.indicator(r)
	if err != nil {
		return err
	}
	kinds := map[sheet.Format]string{sheet.CSV: "text/csv; charset=utf-8", sheet.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	format := sheet.Format(r.PathValue("format"))
	period, wrong := outcome.ParsePeriod(r.URL.Query().Get("period"))
	if kinds[format] == "" || wrong != nil {
		return errs.E(errs.NotFound, "web.not_found")
	}
	var lines [][]string
	tree := p.o.Tree()
	for _, u := range tree.Units(network.Village) {
		town := ""
		if t := tree.Parent(u); t != nil {
			town = t.Name
		}
		lines = append(lines, []string{u.Code, town, u.Name, period.String(), "", ""})
	}
	return p.table(w, r, format, kinds[format], x.Code+"-"+period.String(), nil, lines)
}

// table sends a table with the columns of a feed, and more.
func (p *Pages) table(w http.ResponseWriter, r *http.Request, format sheet.Format, mime, name string, more []string, lines [][]string) error {
	var body bytes.Buffer // small: what is wrong is still shown as a page
	out, err := sheet.NewWriter(&body, format)
	if err != nil {
		return err
	}
	defer out.Discard()
	t, heading := p.web.T(r), []string{}
	for _, column := range feed.Columns() {
		heading = append(heading, t("outcome.feed.column."+column))
	}
	for _, line := range append([][]string{append(heading, more...)}, lines...) {
		if err := out.Write(line); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+"."+string(format)+`"`)
	return p.web.Send(w, r, http.StatusOK, mime, body.Bytes())
}

type valuesPage struct {
	web.Base
	Crumbs           []web.Crumb
	Code, Unit, When string
	Numerator        string
	Denominator      string
	Rows             []valueRow
}

type valueRow struct {
	outcome.Value
	batchRow
	Version int
}

// values shows all versions of one value, and where each came from.
func (p *Pages) values(w http.ResponseWriter, r *http.Request) error {
	x, err := p.indicator(r)
	if err != nil {
		return err
	}
	t, words := p.web.T(r), x.In(p.web.Locale(r))
	u := p.o.Tree().ByCode(r.URL.Query().Get("village"))
	period, wrong := outcome.ParsePeriod(r.URL.Query().Get("period"))
	if u == nil || u.Level != network.Village || wrong != nil {
		return errs.E(errs.NotFound, "feedweb.no_value")
	}
	list, err := p.o.Outcome.Versions(r.Context(), x.ID, u.ID, period)
	if err != nil {
		return err
	}
	ids := make([]string, len(list))
	for i, v := range list {
		ids[i] = v.BatchID
	}
	batches, err := p.o.Outcome.BatchesOf(r.Context(), ids)
	if err != nil {
		return err
	}
	page := valuesPage{Base: p.web.Base(r, "feedweb.versions"), Code: x.Code, Unit: p.unit(u.ID), When: outcomeweb.PeriodName(t, period), Numerator: words.Numerator, Denominator: words.Denominator}
	page.Title = t("feedweb.versions_of", "name", words.Name)
	page.Crumbs = p.crumbs(r, web.Crumb{Label: words.Name, Href: path(x)}, web.Crumb{Label: t("feedweb.versions")})
	for _, v := range list {
		page.Rows = append(page.Rows, valueRow{v, batchOf(t, batches[v.BatchID]), v.Version})
	}
	return p.web.Render(w, r, "feeds/values", page)
}
