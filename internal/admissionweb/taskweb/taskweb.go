// Package taskweb is what a lead sees of the month's list: what to do, for whom,
// by when, with one tap for done.
package taskweb

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bilin/internal/admission"
	"bilin/internal/admission/monthly"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
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
	web  *web.Server
	svc  *monthly.Service
	tree func() *network.Tree
}

// New returns the pages of tasks.
func New(srv *web.Server, svc *monthly.Service, tree func() *network.Tree) *Pages {
	return &Pages{srv, svc, tree}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	do, settle := string(admission.ActTask), string(admission.ActReturns)
	return web.Module{
		Name: "task", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "task/tasks", Data: tasksPage{}}, {Name: "task/task", Data: taskPage{}}, {Name: "task/returns", Data: returnsPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /tasks", Access: do, Handler: p.list},
			{Pattern: "GET /returns", Access: settle, Handler: p.returns},
			{Pattern: "POST /returns", Access: settle, Handler: p.settleMatter, MaxBody: formBody},
			{Pattern: "POST /returns/{id}", Access: settle, Handler: p.settle, MaxBody: formBody},
			{Pattern: "GET /tasks/{id}", Access: do, Handler: p.show},
			{Pattern: "POST /tasks/{id}/done", Access: do, Handler: p.step(p.svc.Done, "task.said_done"), MaxBody: formBody},
			{Pattern: "POST /tasks/{id}/undo", Access: do, Handler: p.step(p.svc.Undo, "task.said_undone"), MaxBody: formBody},
			{Pattern: "POST /tasks/{id}/return", Access: do, Handler: p.giveBack, MaxBody: formBody},
			{Pattern: "POST /tasks/mark", Access: do, Handler: p.mark, MaxBody: formBody},
		},
		Nav: []web.NavItem{
			{Key: "task.nav", Href: "/tasks", Icon: "list-check", Access: do, Order: 12},
			{Key: "task.nav_returns", Href: "/returns", Icon: "arrow-back-up", Access: settle, Order: 64},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// one is a task as the pages show it.
type one struct {
	monthly.Task
	Department, Kind, Label, Why, Words, Window string
}

func (p *Pages) one(t monthly.Task, say func(string, ...any) string) one {
	x := one{Task: t, Label: say("task.state." + string(t.State)), Window: say("task.window", "first", shortDay(t.FirstDay), "last", shortDay(t.LastDay))}
	x.Kind = map[monthly.TaskState]string{monthly.Open: "info", monthly.Done: "ok", monthly.Returned: "warn", monthly.Cancelled: "idle"}[t.State]
	if d := p.tree().Department(t.DepartmentID); d != nil {
		x.Department = d.Name
	}
	if reason, words, _ := strings.Cut(t.Reason, "\n"); t.Reason != "" {
		x.Why, x.Words = reason, words
		if known(reason) {
			x.Why = say("task.reason." + reason)
		}
	}
	return x
}

func known(reason string) bool {
	for _, r := range monthly.Reasons {
		if r == reason {
			return true
		}
	}
	return false
}

// shortDay writes a date of this page's month without its year.
func shortDay(date string) string {
	if len(date) < 10 {
		return date
	}
	return strings.TrimLeft(date[5:7], "0") + "/" + strings.TrimLeft(date[8:10], "0")
}

// call is a visit as the page shows it.
type call struct {
	monthly.Call
	Day    string
	Titles []string
	IDs    []string // tasks a mark here belongs to
}

type tasksPage struct {
	web.Base
	Sheet      *monthly.Sheet
	UnitName   string
	Units      []web.Option // where the actor leads; empty if at one only
	UnitCode   string
	Months     []web.Option
	Todo, Over []one
	Waiting    []one // routine tasks, while there is an emergency
	Calls      []call
	Left       int // open tasks that don't wait
	Merged     int // visits that serve more than one matter
	Own        bool
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	unit, own, err := p.unit(r)
	if err != nil {
		return err
	}
	month := p.svc.ThisMonth()
	if r.URL.Query().Get("month") == string(month.Next()) {
		month = month.Next()
	}
	sheet, err := p.svc.Tasks(r.Context(), actor(r), unit.ID, month)
	if err != nil {
		return err
	}
	say := p.web.T(r)
	page := tasksPage{Base: p.web.Base(r, "task.title"), Sheet: sheet, UnitName: p.tree().PathName(unit, " · "), UnitCode: unit.Code, Own: own}
	page.Live = []string{"tasks:" + unit.ID}
	for _, m := range []admission.Month{p.svc.ThisMonth(), p.svc.ThisMonth().Next()} {
		page.Months = append(page.Months, web.Option{Value: string(m), Label: say("task.month", "n", m.OfYear())})
	}
	for _, u := range p.svc.MyUnits(actor(r)) {
		page.Units = append(page.Units, web.Option{Value: u.Code, Label: u.Name})
	}
	for _, t := range sheet.Tasks {
		x := p.one(t, say)
		switch {
		case t.State != monthly.Open:
			page.Over = append(page.Over, x)
		case t.Waits:
			page.Waiting = append(page.Waiting, x)
		default:
			page.Todo = append(page.Todo, x)
			page.Left++
		}
	}
	for _, c := range sheet.Calls {
		if !slices.ContainsFunc(c.Tasks, func(i int) bool { return !sheet.Tasks[i].Waits }) {
			continue // the visit waits, too
		}
		x := call{Call: c, Day: shortDay(c.Day)}
		for _, i := range c.Tasks {
			x.Titles, x.IDs = append(x.Titles, sheet.Tasks[i].Title), append(x.IDs, sheet.Tasks[i].ID)
		}
		if len(x.Titles) > 1 {
			page.Merged++
		}
		page.Calls = append(page.Calls, x)
	}
	return p.web.Render(w, r, "task/tasks", page)
}

// unit is the one asked for, or the first that the actor leads.
func (p *Pages) unit(r *http.Request) (u *network.Unit, own bool, err error) {
	mine := p.svc.MyUnits(actor(r))
	if code := r.URL.Query().Get("unit"); code != "" {
		u = p.tree().ByCode(code)
	} else if len(mine) > 0 {
		u = mine[0]
	} else if units := actor(r).Units(); len(units) > 0 {
		u = p.firstCell(units[0])
	}
	if u == nil {
		return nil, false, errs.E(errs.NotFound, "task.no_unit")
	}
	for _, m := range mine {
		own = own || m.ID == u.ID
	}
	return u, own, nil
}

// firstCell is where an official begins to look.
func (p *Pages) firstCell(unitID string) *network.Unit {
	root := p.tree().ByID(unitID)
	if root == nil {
		return nil
	}
	for _, u := range p.tree().Subtree(root) {
		if u.Level == network.Cell && p.tree().LeadOf(u.ID) != nil {
			return u
		}
	}
	return nil
}

type taskPage struct {
	web.Base
	Task     one
	Unit     string
	UnitCode string
	Reasons  []web.Option
	Reason   string
	Note     string
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.showWith(w, r, http.StatusOK, "", "", nil, "")
}

func (p *Pages) showWith(w http.ResponseWriter, r *http.Request, status int, reason, note string, cause error, key string) error {
	t, err := p.svc.Task(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	say := p.web.T(r)
	page := taskPage{Base: p.web.Base(r, "task.one", "title", t.Title), Task: p.one(*t, say), Reason: reason, Note: note}
	if u := p.tree().ByID(t.UnitID); u != nil {
		page.Unit, page.UnitCode = p.tree().PathName(u, " · "), u.Code
	}
	for _, x := range monthly.Reasons {
		page.Reasons = append(page.Reasons, web.Option{Value: x, Label: say("task.reason." + x)})
	}
	if cause != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(cause), key
	}
	return p.web.RenderStatus(w, r, status, "task/task", page)
}

type stepper func(ctx context.Context, a auth.Actor, id string, cmd monthly.Command) (monthly.Outcome, error)

// step does one thing to a task and comes back to the list.
func (p *Pages) step(do stepper, said string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		cmd := monthly.Command{Key: f.Key(), Version: int(f.Version())}
		unit := f.Text("unit", 32)
		if err := f.Err(); err != nil {
			return err
		}
		if _, err := do(r.Context(), actor(r), r.PathValue("id"), cmd); err != nil {
			return err
		}
		return p.web.SeeOther(w, r, back(unit), said)
	}
}

func back(unit string) string {
	if unit == "" {
		return "/tasks"
	}
	return "/tasks?unit=" + unit
}

func (p *Pages) giveBack(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	reason, note, unit := f.Choice("reason", monthly.Reasons...), f.Lines("note", 300), f.Text("unit", 32)
	err = f.Err()
	if err == nil {
		_, err = p.svc.Return(r.Context(), actor(r), r.PathValue("id"), reason, monthly.Command{Key: f.Key(), Version: int(f.Version()), Note: note})
	}
	if web.IsInvalid(err) {
		return p.showWith(w, r, http.StatusUnprocessableEntity, reason, note, err, f.Key())
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, back(unit), "task.said_returned")
}

// mark notes a household for every task that one visit serves.
func (p *Pages) mark(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	home, on, unit := f.Required("home", 64), f.Bool("on"), f.Text("unit", 32)
	ids := strings.Fields(f.Required("tasks", 1000))
	if err := f.Err(); err != nil {
		return err
	}
	if len(ids) > 20 {
		return errs.E(errs.Invalid, "monthly.check")
	}
	for _, id := range ids {
		_, err := p.svc.Mark(r.Context(), actor(r), id, home, on, monthly.Command{})
		if err != nil && errs.KindOf(err) != errs.Conflict { // a task that is done already needs no mark
			return err
		}
	}
	return p.web.SeeOther(w, r, back(unit)+"#visits", "")
}

type returnsPage struct {
	web.Base
	Rows    []returned
	Next    string
	Matters []monthly.ReturnsOf // with how much waits of each
	Number  string              // of the one that is shown; "" is all
	Of      monthly.ReturnsOf
}

type returned struct {
	one
	Unit string
}

func (p *Pages) returns(w http.ResponseWriter, r *http.Request) error {
	return p.returnsWith(w, r, http.StatusOK, nil, nil)
}

func (p *Pages) returnsWith(w http.ResponseWriter, r *http.Request, status int, cause error, f *web.Form) error {
	page := returnsPage{Base: p.web.Base(r, "task.returns"), Number: r.FormValue("matter")}
	list, more, err := p.svc.Returns(r.Context(), actor(r), page.Number, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	if page.Matters, err = p.svc.ReturnsByMatter(r.Context(), actor(r)); err != nil {
		return err
	}
	for _, m := range page.Matters {
		if m.Number == page.Number {
			page.Of = m
		}
	}
	for _, t := range list {
		x := returned{one: p.one(t, p.web.T(r))}
		if u := p.tree().ByID(t.UnitID); u != nil {
			x.Unit = p.tree().PathName(u, " · ")
		}
		page.Rows = append(page.Rows, x)
	}
	if more {
		page.Next = "/returns?" + url.Values{"matter": {page.Number}, "after": {list[len(list)-1].ID}}.Encode()
	}
	if cause != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(cause), f.Key()
	}
	return p.web.RenderStatus(w, r, status, "task/returns", page)
}

// settleMatter answers all that was returned of a matter.
func (p *Pages) settleMatter(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	agree, number, note := f.Choice("answer", "agree", "insist") == "agree", f.Required("matter", 32), f.RequiredLines("note", 300)
	n := 0
	if err = f.Err(); err == nil {
		n, err = p.svc.SettleMatter(r.Context(), actor(r), number, agree, monthly.Command{Key: f.Key(), Note: note})
	}
	if web.IsInvalid(err) {
		return p.returnsWith(w, r, http.StatusUnprocessableEntity, err, f)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/returns", "task.said_settled_n", "n", n)
}

func (p *Pages) settle(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	agree, note := f.Choice("answer", "agree", "insist") == "agree", f.Lines("note", 300)
	if err := f.Err(); err != nil {
		return err
	}
	_, err = p.svc.SettleReturn(r.Context(), actor(r), r.PathValue("id"), agree, monthly.Command{Key: f.Key(), Version: int(f.Version()), Note: note})
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/returns", "task.said_settled")
}
