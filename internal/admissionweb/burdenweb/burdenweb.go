// Package burdenweb is the page that shows everybody what departments ask of
// the network's leads.
package burdenweb

import (
	"bytes"
	"embed"
	"fmt"
	"net/http"
	"strconv"

	"bilin/internal/admission"
	"bilin/internal/admission/burden"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of this page.
var Messages = i18n.MustParse(raw)

// Pages are the handlers.
type Pages struct {
	web  *web.Server
	svc  *burden.Service
	tree func() *network.Tree
}

// New returns the page of the burden.
func New(srv *web.Server, svc *burden.Service, tree func() *network.Tree) *Pages {
	return &Pages{web: srv, svc: svc, tree: tree}
}

// Module returns what the page adds to the site.
func (p *Pages) Module() web.Module {
	read := string(burden.ActRead)
	return web.Module{
		Name:      "burden",
		Templates: web.Sub(files, "templates"),
		Messages:  Messages,
		Pages:     []web.PageDef{{Name: "burden/burden", Data: burdenPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /burden", Access: read, Handler: p.show},
			{Pattern: "GET /burden.csv", Access: read, Handler: p.csv},
		},
		Nav: []web.NavItem{{Key: "burdenweb.nav", Href: "/burden", Icon: "scale", Access: read, Order: 48, Open: true}},
	}
}

// burdenPage is the page. All of its numbers come from one report.
type burdenPage struct {
	web.Base
	Report   *burden.Report
	Crumbs   []web.Crumb
	Units    []web.Option
	UnitCode string
	Earlier  string // address of the month before
	Later    string // of the next; "" in this month
	CSV      string
	PerLead  string
	Share    string // of the budget
	Off      string // off-list minutes per hundred asked
	Rows     []row
	Parts    []part
	Trend    []point
	Refused  []turned
}

// row is a department's line.
type row struct {
	burden.Department
	PerLead string
	Value   string // the same for the chart, with a point
}

// part is a unit below; Level says how much of its budget is asked.
type part struct {
	Name, Href, PerLead, Share, Value string
	Leads, Minutes                    int
	Kind                              string // of c-status
}

type point struct {
	Label, PerLead, Value string
	Minutes, Offlist      int
}

type turned struct {
	burden.Turned
	Department, PerLead string
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	report, err := p.report(r)
	if err != nil {
		return err
	}
	base := p.web.Base(r, "burdenweb.title", "name", report.Unit.Name, "month", string(report.Month))
	page := burdenPage{Base: base, Report: report, UnitCode: report.Unit.Code, PerLead: decimal(report.PerLead()), Share: percent(report.Whole.Minutes, report.Budget)}
	page.Off = percent(report.Whole.OfflistMinutes, report.Whole.Minutes)
	page.Crumbs, page.Units = p.crumbs(report), p.units(report)
	page.Earlier = address("/burden", report.Unit, report.Month.Prev())
	if next := report.Month.Next(); next <= p.svc.ThisMonth() {
		page.Later = address("/burden", report.Unit, next)
	}
	page.CSV = address("/burden.csv", report.Unit, report.Month)
	p.fill(&page)
	return p.web.Render(w, r, "burden/burden", page)
}

func (p *Pages) report(r *http.Request) (*burden.Report, error) {
	month, err := admission.ParseMonth(r.URL.Query().Get("month"))
	if err != nil && r.URL.Query().Get("month") != "" {
		return nil, err
	}
	return p.svc.Report(r.Context(), auth.From(r.Context()), r.URL.Query().Get("unit"), month)
}

func (p *Pages) fill(page *burdenPage) {
	report := page.Report
	for _, d := range report.Departments {
		x := row{Department: d}
		if report.Leads > 0 {
			x.PerLead = decimal(float64(d.Minutes) / float64(report.Leads))
			x.Value = x.PerLead
		}
		page.Rows = append(page.Rows, x)
	}
	for _, u := range report.Parts {
		x := part{Name: u.Unit.Name, Leads: u.Leads, Minutes: u.Minutes, PerLead: decimal(u.PerLead()), Value: decimal(u.PerLead()),
			Share: percent(u.Minutes, u.Budget), Kind: weight(u.Minutes, u.Budget), Href: address("/burden", u.Unit, report.Month)}
		page.Parts = append(page.Parts, x)
	}
	for _, m := range report.Trend {
		page.Trend = append(page.Trend, point{Label: string(m.Month), PerLead: decimal(m.PerLead), Value: decimal(m.PerLead), Minutes: m.Minutes, Offlist: m.Offlist})
	}
	for _, t := range report.Refused {
		x := turned{Turned: t, PerLead: decimal(t.PerLead)}
		if d := p.tree().Department(t.DepartmentID); d != nil {
			x.Department = d.Name
		}
		page.Refused = append(page.Refused, x)
	}
}

// weight says how heavily a part is loaded: three quarters of the budget is a
// warning, since visits that can't be merged leave no room for a bad month.
func weight(minutes, budget int) string {
	switch {
	case minutes == 0:
		return "idle"
	case minutes > budget:
		return "bad"
	case minutes*4 > budget*3:
		return "warn"
	}
	return "ok"
}

func (p *Pages) crumbs(report *burden.Report) []web.Crumb {
	var out []web.Crumb
	for _, u := range p.tree().Path(report.Unit) {
		if u.ID != report.Unit.ID {
			out = append(out, web.Crumb{Label: u.Name, Href: address("/burden", u, report.Month)})
		}
	}
	return append(out, web.Crumb{Label: report.Unit.Name})
}

// units offers the city, its towns, and the villages of the town shown.
func (p *Pages) units(report *burden.Report) []web.Option {
	tree := p.tree()
	out := []web.Option{{Value: tree.Root().Code, Label: tree.Root().Name}}
	town := tree.At(report.Unit, network.Town)
	for _, u := range tree.Units(network.Town) {
		out = append(out, web.Option{Value: u.Code, Label: u.Name})
		if town == nil || u.ID != town.ID {
			continue
		}
		for _, v := range tree.Children(u) {
			out = append(out, web.Option{Value: v.Code, Label: u.Name + " · " + v.Name})
		}
	}
	return out
}

func address(path string, u *network.Unit, month admission.Month) string {
	return fmt.Sprintf("%s?month=%s&unit=%s", path, month, u.Code)
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func percent(part, of int) string {
	if of == 0 {
		return "—"
	}
	return strconv.FormatFloat(100*float64(part)/float64(of), 'f', 1, 64) + "%"
}

// csv sends the departments' lines as a table.
func (p *Pages) csv(w http.ResponseWriter, r *http.Request) error {
	report, err := p.report(r)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	var body bytes.Buffer
	out, err := sheet.NewWriter(&body, sheet.CSV)
	if err != nil {
		return err
	}
	defer out.Discard()
	lines := [][]string{{t("burdenweb.department"), t("burdenweb.matters"), t("burdenweb.tasks"), t("burdenweb.minutes"),
		t("burdenweb.done"), t("burdenweb.returned"), t("burdenweb.offlist"), t("burdenweb.offlist_minutes")}}
	for _, d := range report.Departments {
		lines = append(lines, line(d.Name, d.Sum))
	}
	for _, l := range append(lines, line(t("burdenweb.whole"), report.Whole)) {
		if err := out.Write(l); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"burden-%s-%s.csv\"", report.Unit.Code, report.Month))
	return p.web.Send(w, r, http.StatusOK, "text/csv; charset=utf-8", body.Bytes())
}

func line(name string, s burden.Sum) []string {
	out := []string{name}
	for _, n := range []int{s.Matters, s.Tasks, s.Minutes, s.Done, s.Returned, s.Offlist, s.OfflistMinutes} {
		out = append(out, strconv.Itoa(n))
	}
	return out
}
