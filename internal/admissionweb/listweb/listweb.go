// Package listweb is the month's list as everybody reads it, as a paper for each
// town, as a calendar, and as the city office composes it.
package listweb

import (
	"embed"
	"fmt"
	"net/http"
	"strings"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/monthly"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/ical"
	"bilin/internal/network"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const formBody = 16 << 10

// Pages are the handlers.
type Pages struct {
	web   *web.Server
	svc   *monthly.Service
	tree  func() *network.Tree
	paper Paper
	may   *auth.Policy
	now   func() time.Time
}

// Paper prints a page of text in a font that has Chinese.
type Paper interface {
	Paper(title string, lines []string) ([]byte, error)
}

// New returns the pages of lists.
func New(srv *web.Server, svc *monthly.Service, tree func() *network.Tree, paper Paper, policy *auth.Policy, now func() time.Time) *Pages {
	return &Pages{srv, svc, tree, paper, policy, now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	read, compose := string(admission.ActMatters), string(admission.ActReview)
	return web.Module{
		Name: "list", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "list/months", Data: monthsPage{}}, {Name: "list/month", Data: monthPage{}}, {Name: "list/compose", Data: composePage{}}},
		Routes: []web.Route{
			{Pattern: "GET /monthly", Access: read, Handler: p.months},
			{Pattern: "GET /monthly/{month}", Access: read, Handler: p.month},
			{Pattern: "GET /monthly/{month}/paper/{code}", Access: read, Handler: p.print},
			{Pattern: "GET /calendars/{code}", Access: read, Handler: p.feed},
			{Pattern: "GET /monthly/{month}/compose", Access: compose, Handler: p.compose},
			{Pattern: "POST /monthly/{month}/put", Access: compose, Handler: p.change("put"), MaxBody: formBody},
			{Pattern: "POST /monthly/{month}/drop", Access: compose, Handler: p.change("drop"), MaxBody: formBody},
			{Pattern: "POST /monthly/{month}/late", Access: compose, Handler: p.change("late"), MaxBody: formBody},
			{Pattern: "POST /monthly/{month}/publish", Access: string(admission.ActPublish), Handler: p.change("publish"), MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "list.nav", Href: "/monthly", Icon: "calendar-event", Access: read, Order: 46, Open: true}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func monthOf(r *http.Request) (admission.Month, error) {
	m, err := admission.ParseMonth(r.PathValue("month"))
	if err != nil {
		return "", errs.E(errs.NotFound, "monthly.none")
	}
	return m, nil
}

type monthsPage struct {
	web.Base
	Lists   []*monthly.List
	Compose []string // months to be composed, for the city office
}

func (p *Pages) months(w http.ResponseWriter, r *http.Request) error {
	lists, err := p.svc.Lists(r.Context(), actor(r))
	if err != nil {
		return err
	}
	page := monthsPage{Base: p.web.Base(r, "list.title"), Lists: lists}
	if p.may.May(actor(r), admission.ActReview) {
		page.Compose = []string{string(p.svc.ThisMonth()), string(p.svc.ThisMonth().Next())}
	}
	return p.web.Render(w, r, "list/months", page)
}

// row is a line as the page shows it.
type row struct {
	monthly.Line
	Department, Whom, Window, PerLead string
	Sent, Done, Returned, Vacant      int
}

type monthPage struct {
	web.Base
	List    *monthly.List
	Rows    []row
	Off     []monthly.Recon // sent without the list: emergencies
	Towns   []web.Option
	Minutes int
	Office  bool
}

func (p *Pages) month(w http.ResponseWriter, r *http.Request) error {
	month, err := monthOf(r)
	if err != nil {
		return err
	}
	list, err := p.svc.List(r.Context(), actor(r), month)
	if err != nil {
		return err
	}
	recon, err := p.svc.Reconcile(r.Context(), actor(r), month)
	if err != nil {
		return err
	}
	say := p.web.T(r)
	page := monthPage{Base: p.web.Base(r, "list.of", "month", string(month)), List: list, Office: p.may.May(actor(r), admission.ActReview)}
	for i, l := range list.Lines {
		x := p.row(l, month, say)
		x.Sent, x.Done, x.Returned, x.Vacant = recon[i].Sent, recon[i].Done, recon[i].Returned, recon[i].Vacant
		page.Rows = append(page.Rows, x)
		page.Minutes += l.Minutes
	}
	page.Off = recon[len(list.Lines):]
	for _, u := range p.tree().Units(network.Town) {
		page.Towns = append(page.Towns, web.Option{Value: u.Code, Label: u.Name})
	}
	return p.web.Render(w, r, "list/month", page)
}

func (p *Pages) row(l monthly.Line, month admission.Month, say func(string, ...any) string) row {
	x := row{Line: l, Whom: say("list.level." + l.Content.Level.String())}
	if d := p.tree().Department(l.Content.DepartmentID); d != nil {
		x.Department = d.Name
	}
	if len(l.Content.UnitIDs) > 0 {
		x.Whom += " · " + say("list.units", "n", len(l.Content.UnitIDs))
	}
	first, last := l.Content.Window(month)
	x.Window = first[5:] + " – " + last[5:]
	if l.Leads > 0 {
		x.PerLead = fmt.Sprintf("%.0f", float64(l.Minutes)/float64(l.Leads))
	}
	return x
}

// under is a town or village that somebody asks for.
func (p *Pages) under(code, ending string) (*network.Unit, error) {
	u := p.tree().ByCode(strings.TrimSuffix(code, ending))
	if u == nil || !u.Active() || !strings.HasSuffix(code, ending) {
		return nil, errs.E(errs.NotFound, "list.no_unit")
	}
	return u, nil
}

// touches reports whether a line asks anything under a unit.
func (p *Pages) touches(l monthly.Line, u *network.Unit) bool {
	if len(l.Content.UnitIDs) == 0 {
		return true
	}
	for _, id := range l.Content.UnitIDs {
		if p.tree().Contains(id, u.ID) || p.tree().Contains(u.ID, id) {
			return true
		}
	}
	return false
}

func (p *Pages) print(w http.ResponseWriter, r *http.Request) error {
	month, err := monthOf(r)
	if err != nil {
		return err
	}
	unit, err := p.under(r.PathValue("code"), ".pdf")
	if err != nil {
		return err
	}
	list, err := p.svc.List(r.Context(), actor(r), month)
	if err != nil {
		return err
	}
	say := p.web.T(r)
	lines := []string{say("list.paper_intro")}
	n := 0
	for _, l := range list.Lines {
		if !p.touches(l, unit) {
			continue
		}
		n++
		x := p.row(l, month, say)
		lines = append(lines, "", fmt.Sprintf("%d. %s（%s）", n, l.Content.Title, l.Number), say("list.paper_line", "department", x.Department, "whom", x.Whom, "window", x.Window, "minutes", x.PerLead), l.Content.Ask)
		if l.Late {
			lines = append(lines, say("list.late")+"："+l.Reason)
		}
	}
	lines = append(lines, "", say("list.digest")+" "+list.Digest)
	body, err := p.paper.Paper(say("list.paper", "unit", unit.Name, "month", string(month)), lines)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="list-%s-%s.pdf"`, unit.Code, month))
	return p.web.Send(w, r, http.StatusOK, "application/pdf", body)
}

// feed is the calendar of a unit's post: this month's list and the next one's.
func (p *Pages) feed(w http.ResponseWriter, r *http.Request) error {
	unit, err := p.under(r.PathValue("code"), ".ics")
	if err != nil {
		return err
	}
	say := p.web.T(r)
	var events []ical.Event
	for _, month := range []admission.Month{p.svc.ThisMonth(), p.svc.ThisMonth().Next()} {
		list, err := p.svc.List(r.Context(), auth.Actor{}, month)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		for _, l := range list.Lines {
			if !p.touches(l, unit) || unit.Level >= network.Area && l.Content.Level != unit.Level {
				continue
			}
			first, last := l.Content.Window(month)
			events = append(events, ical.Event{UID: fmt.Sprintf("%s-%s-%s@bilin", l.Number, month, unit.Code), Title: l.Content.Title, Text: l.Content.Ask, First: first, Last: last})
		}
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	return p.web.Send(w, r, http.StatusOK, ical.Type, ical.Write(ical.Feed{Name: say("list.feed", "unit", unit.Name), Product: "Monthly list", Stamp: p.now(), Events: events}))
}

type composePage struct {
	web.Base
	Proposal *monthly.Proposal
	Rows     []row
	Left     []left
	Month    string
}

type left struct {
	monthly.Left
	Department, Where string
	Count, Worst      int
}

func (p *Pages) compose(w http.ResponseWriter, r *http.Request) error {
	month, err := monthOf(r)
	if err != nil {
		return err
	}
	proposal, err := p.svc.Compose(r.Context(), actor(r), month)
	if err != nil {
		return err
	}
	say := p.web.T(r)
	page := composePage{Base: p.web.Base(r, "list.compose", "month", string(month)), Proposal: proposal, Month: string(month)}
	for _, l := range proposal.Lines {
		page.Rows = append(page.Rows, p.row(l, month, say))
	}
	for _, l := range proposal.Left {
		x := left{Left: l, Count: len(l.Over)}
		if d := p.tree().Department(l.Matter.DepartmentID); d != nil {
			x.Department = d.Name
		}
		if x.Count > 0 {
			x.Worst = l.Over[0].Asked
			if u := p.tree().ByID(l.Over[0].UnitID); u != nil {
				x.Where = p.tree().PathName(u, " · ")
			}
		}
		page.Left = append(page.Left, x)
	}
	return p.web.Render(w, r, "list/compose", page)
}

// change does one thing to a list in the making, or adds late to a published one.
func (p *Pages) change(what string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		month, err := monthOf(r)
		if err != nil {
			return err
		}
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		cmd := monthly.Command{Key: f.Key(), Version: int(f.Version()), Note: f.Lines("note", 300)}
		number := f.Text("number", 32)
		if err := f.Err(); err != nil {
			return err
		}
		switch what {
		case "put":
			err = p.svc.Put(r.Context(), actor(r), month, number, cmd)
		case "drop":
			err = p.svc.Drop(r.Context(), actor(r), month, number, cmd)
		case "late":
			err = p.svc.AddLate(r.Context(), actor(r), month, number, cmd)
		default:
			err = p.svc.Publish(r.Context(), actor(r), month, cmd)
		}
		if err != nil {
			return err
		}
		if what == "publish" {
			return p.web.SeeOther(w, r, "/monthly/"+string(month), "list.said_published")
		}
		return p.web.SeeOther(w, r, "/monthly/"+string(month)+"/compose", "list.said_"+what)
	}
}
