// Package offlistweb is where a lead says that work came past the monthly list, where the city office settles it, and where a department reads what was settled.
package offlistweb

import (
	"embed"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/offlist"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/web"
	"bilin/internal/workday"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody = 16 << 10
	pageSize = 20
)

// Pages are the handlers.
type Pages struct {
	web  *web.Server
	svc  *offlist.Service
	tree func() *network.Tree
	now  func() time.Time
}

// New returns the pages of work that came past the list.
func New(srv *web.Server, svc *offlist.Service, tree func() *network.Tree, now func() time.Time) *Pages {
	return &Pages{srv, svc, tree, now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	report, settle, read := string(offlist.ActReport), string(offlist.ActSettle), string(offlist.ActRead)
	return web.Module{
		Name: "offlist", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "offlist/report", Data: reportPage{}}, {Name: "offlist/desk", Data: deskPage{}}, {Name: "offlist/department", Data: departmentPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /offlist", Access: report, Handler: p.form},
			{Pattern: "POST /offlist", Access: report, Handler: p.report, MaxBody: formBody},
			{Pattern: "GET /offlist/desk", Access: settle, Handler: p.desk},
			{Pattern: "POST /offlist/settle/{number}", Access: settle, Handler: p.settle, MaxBody: formBody},
			{Pattern: "GET /offlist/department", Access: read, Handler: p.department},
			{Pattern: "GET /offlist/departments", Access: settle, Handler: p.department},
		},
		Nav: []web.NavItem{
			{Key: "offlistweb.nav", Href: "/offlist", Icon: "alert-triangle", Access: report, Order: 62},
			{Key: "offlistweb.nav_desk", Href: "/offlist/desk", Icon: "alert-triangle", Access: settle, Order: 63},
			{Key: "offlistweb.nav_department", Href: "/offlist/department", Icon: "alert-triangle", Access: read, Order: 62},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func (p *Pages) departments() []web.Option {
	var out []web.Option
	for _, d := range p.tree().Departments() {
		out = append(out, web.Option{Value: d.ID, Label: d.Name})
	}
	return out
}

func (p *Pages) departmentName(id string) string {
	if d := p.tree().Department(id); d != nil {
		return d.Name
	}
	return ""
}

// mine is a report as its page shows it.
type mine struct {
	offlist.Mine
	Department, WayName, Kind, Label string
}

var kinds = map[offlist.State]string{offlist.Open: "info", offlist.Confirmed: "ok", offlist.Dismissed: "idle"}

type reportPage struct {
	web.Base
	Units       []web.Option // of the reporter
	Departments []web.Option
	Ways        []web.Option
	Report      offlist.Report
	Minutes     string
	Oldest, Now string // bounds of the day
	Mine        []mine
	Next        string
}

func (p *Pages) page(r *http.Request) (reportPage, error) {
	say := p.web.T(r)
	page := reportPage{Base: p.web.Base(r, "offlistweb.title"), Departments: p.departments(), Now: p.now().In(workday.City).Format(time.DateOnly)}
	page.Oldest = p.now().In(workday.City).AddDate(0, 0, -offlist.OldestDays).Format(time.DateOnly)
	page.Report.Day = page.Now
	for _, w := range offlist.Ways() {
		page.Ways = append(page.Ways, web.Option{Value: string(w), Label: say("offlist.way." + string(w))})
	}
	tree := p.tree()
	for _, id := range p.svc.Units(actor(r)) {
		page.Units = append(page.Units, web.Option{Value: id, Label: tree.PathName(tree.ByID(id), " · ")})
	}
	if len(page.Units) > 0 {
		page.Report.UnitID = page.Units[0].Value
	}
	parts, err := web.DecodeCursor(r, 1)
	if err != nil {
		return page, err
	}
	before := ""
	if parts != nil {
		before = parts[0]
	}
	rows, err := p.svc.Mine(r.Context(), actor(r), before, pageSize+1)
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		page.Next = web.PageURL(r, web.EncodeCursor(rows[pageSize-1].ID))
	}
	for _, m := range rows {
		page.Mine = append(page.Mine, mine{m, p.departmentName(m.DepartmentID), say("offlist.way." + string(m.Way)), kinds[m.State], say("offlist.state." + string(m.State))})
	}
	return page, err
}

func (p *Pages) form(w http.ResponseWriter, r *http.Request) error {
	page, err := p.page(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "offlist/report", page)
}

func (p *Pages) report(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := offlist.Report{Key: f.Key(), UnitID: f.Text("unit", 50), DepartmentID: f.Required("department", 50), Way: offlist.Way(f.Text("way", 20)),
		What: f.Required("what", offlist.MaxWhat), Day: f.Date("day"), Minutes: f.Int("minutes", 0, offlist.MaxMinutes)}
	number := ""
	if err = f.Err(); err == nil {
		number, err = p.svc.Report(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		page, failed := p.page(r)
		if failed != nil {
			return failed
		}
		page.Report, page.Minutes = cmd, r.PostFormValue("minutes")
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "offlist/report", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/offlist", "offlistweb.said_reported", "number", number)
}

// item is a report as the desk shows it.
type item struct {
	offlist.Item
	Department, Place, WayName, Kind, Label string
	Errors                                  web.FormErrors // of its form
	Written                                 string         // into its form, when it wasn't taken
}

type deskPage struct {
	web.Base
	Settled bool
	Rows    []item
	Next    string
}

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	page, err := p.deskPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "offlist/desk", page)
}

func (p *Pages) deskPage(r *http.Request) (deskPage, error) {
	page := deskPage{Base: p.web.Base(r, "offlistweb.desk"), Settled: r.URL.Query().Get("tab") == "settled"}
	parts, err := web.DecodeCursor(r, 2)
	if err != nil {
		return page, err
	}
	rows, err := p.svc.Desk(r.Context(), actor(r), page.Settled, parts, pageSize+1)
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		page.Next = web.PageURL(r, web.EncodeCursor(rows[pageSize-1].Cursor()...))
	}
	say, tree := p.web.T(r), p.tree()
	for _, it := range rows {
		x := item{Item: it, Department: p.departmentName(it.DepartmentID), WayName: say("offlist.way." + string(it.Way)), Kind: kinds[it.State], Label: say("offlist.state." + string(it.State))}
		at := it.VillageID
		if at == "" {
			at = it.TownID
		}
		if u := tree.ByID(at); u != nil {
			x.Place = tree.PathName(u, " · ")
		}
		page.Rows = append(page.Rows, x)
	}
	return page, err
}

func (p *Pages) settle(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := offlist.Settle{Key: f.Key(), Number: r.PathValue("number"), Confirm: f.Choice("answer", "confirm", "dismiss") == "confirm",
		Summary: f.Required("summary", offlist.MaxSummary), Version: int(f.Version())}
	if err = f.Err(); err == nil {
		_, err = p.svc.Settle(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		page, failed := p.deskPage(r)
		if failed != nil {
			return failed
		}
		if i := slices.IndexFunc(page.Rows, func(x item) bool { return x.Number == cmd.Number }); i >= 0 {
			page.Rows[i].Errors, page.Rows[i].Written = web.FormErrorsOf(err), r.PostFormValue("summary")
			return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "offlist/desk", page)
		}
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/offlist/desk", "offlistweb.said_settled", "number", cmd.Number)
}

type departmentPage struct {
	web.Base
	Action      string       // of the filter: this page, the department's or the office's
	Departments []web.Option // whose reports the reader may see
	Department  string
	Name        string
	Year        int
	Years       []int
	Months      []seenMonth
	N           int
}

type seenMonth struct {
	Label string
	Rows  []seen
}

type seen struct{ Town, Summary string }

func (p *Pages) department(w http.ResponseWriter, r *http.Request) error {
	page := departmentPage{Action: r.URL.Path, Base: p.web.Base(r, "offlistweb.department"), Department: r.URL.Query().Get("department")}
	page.Year = p.now().In(workday.City).Year()
	page.Years = []int{page.Year, page.Year - 1, page.Year - 2}
	if y, err := strconv.Atoi(r.URL.Query().Get("year")); err == nil && slices.Contains(page.Years, y) {
		page.Year = y
	}
	ids := p.svc.Departments(actor(r))
	for _, id := range ids {
		page.Departments = append(page.Departments, web.Option{Value: id, Label: p.departmentName(id)})
	}
	if page.Department == "" && len(ids) > 0 {
		page.Department = ids[0]
	}
	if page.Name = p.departmentName(page.Department); page.Name == "" {
		return errs.E(errs.NotFound, "web.not_found")
	}
	rows, err := p.svc.OfDepartment(r.Context(), actor(r), page.Department, page.Year)
	if err != nil {
		return err
	}
	page.N, page.Months = len(rows), p.byMonth(r, rows)
	return p.web.Render(w, r, "offlist/department", page)
}

func (p *Pages) byMonth(r *http.Request, rows []offlist.Seen) []seenMonth {
	var out []seenMonth
	last := admission.Month("")
	for _, s := range rows {
		if s.Month != last {
			out, last = append(out, seenMonth{Label: p.web.T(r)("offlistweb.month", "year", s.Month.Year(), "n", s.Month.OfYear())}), s.Month
		}
		town := ""
		if u := p.tree().ByID(s.TownID); u != nil {
			town = u.Name
		}
		at := &out[len(out)-1]
		at.Rows = append(at.Rows, seen{town, strings.TrimSpace(s.Summary)})
	}
	return out
}
