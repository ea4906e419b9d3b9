// Package matterweb is a matter from the department's form, with what it costs,
// over the city office's desk to the decision that everybody reads.
package matterweb

import (
	"embed"
	"net/http"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/duty"
	"bilin/internal/auth"
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

const formBody = 64 << 10

// Pages are the handlers.
type Pages struct {
	web    *web.Server
	svc    *admission.Service
	duties func() *duty.Catalog
	tree   func() *network.Tree
	policy *auth.Policy
	now    func() time.Time
}

// New returns the pages of matters.
func New(srv *web.Server, svc *admission.Service, duties func() *duty.Catalog, tree func() *network.Tree, policy *auth.Policy, now func() time.Time) *Pages {
	return &Pages{srv, svc, duties, tree, policy, now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	read, draft, review, object := string(admission.ActMatters), string(admission.ActDraft), string(admission.ActReview), string(admission.ActObject)
	emergency := string(admission.ActEmergency)
	return web.Module{
		Name: "matter", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "matter/list", Data: listPage{}}, {Name: "matter/show", Data: showPage{}}, {Name: "matter/form", Data: formPage{}}, {Name: "matter/desk", Data: deskPage{}}, {Name: "matter/emergency", Data: emergencyPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /matters", Access: read, Handler: p.list},
			{Pattern: "GET /matters/new", Access: draft, Handler: p.blank},
			{Pattern: "POST /matters/preview", Access: draft, Handler: p.preview, MaxBody: formBody},
			{Pattern: "GET /matters/emergency", Access: emergency, Handler: p.emergencyForm},
			{Pattern: "POST /matters/emergency", Access: emergency, Handler: p.emergency, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /matters", Access: draft, Handler: p.put, MaxBody: formBody},
			{Pattern: "GET /matters/{number}", Access: read, Handler: p.show},
			{Pattern: "GET /matters/{number}/edit", Access: draft, Handler: p.edit},
			{Pattern: "POST /matters/{number}", Access: draft, Handler: p.put, MaxBody: formBody},
			{Pattern: "POST /matters/{number}/submit", Access: draft, Handler: p.submit, MaxBody: formBody},
			{Pattern: "POST /matters/{number}/object", Access: object, Handler: p.object, MaxBody: formBody},
			{Pattern: "GET /review", Access: review, Handler: p.desk},
			{Pattern: "POST /matters/{number}/decide", Access: review, Handler: p.decide, MaxBody: formBody},
			{Pattern: "POST /review/objections/{id}", Access: review, Handler: p.settle, MaxBody: formBody},
			{Pattern: "POST /review/budgets", Access: string(admission.ActBudget), Handler: p.budget, MaxBody: formBody},
		},
		Nav: []web.NavItem{
			{Key: "matterweb.nav_review", Href: "/review", Icon: "gavel", Access: review, Order: 60},
			{Key: "matterweb.nav_emergency", Href: "/matters/emergency", Icon: "urgent", Access: emergency, Order: 61},
			{Key: "matterweb.nav", Href: "/matters", Icon: "license", Access: read, Order: 45, Open: true},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// one is a matter in a list.
type one struct {
	*admission.Matter
	Department, Label, Kind string
}

var kinds = map[admission.State]string{admission.Draft: "idle", admission.Submitted: "info", admission.Returned: "warn",
	admission.Admitted: "ok", admission.Refused: "bad", admission.Revoked: "bad", admission.Expired: "idle"}

func (p *Pages) one(m *admission.Matter, say func(string, ...any) string) one {
	return one{m, p.department(m.DepartmentID), say("matterweb.state." + string(m.State)), kinds[m.State]}
}

func (p *Pages) department(id string) string {
	if d := p.tree().Department(id); d != nil {
		return d.Name
	}
	return ""
}

type listPage struct {
	web.Base
	Rows        []one
	Next        string
	Text        string
	States      []web.Option
	State       string
	Departments []web.Option
	Department  string
	May         bool
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := admission.Filter{Text: q.Get("q"), DepartmentID: q.Get("department"), Cursor: q.Get("after")}
	if s := q.Get("state"); s != "" {
		f.States = []admission.State{admission.State(s)}
	}
	list, next, err := p.svc.Matters(r.Context(), actor(r), f)
	if err != nil {
		return err
	}
	say := p.web.T(r)
	page := listPage{Base: p.web.Base(r, "matterweb.title"), Text: f.Text, State: q.Get("state"), Department: f.DepartmentID, May: p.policy.May(actor(r), admission.ActDraft)}
	for _, m := range list {
		page.Rows = append(page.Rows, p.one(m, say))
	}
	for _, s := range admission.States {
		page.States = append(page.States, web.Option{Value: string(s), Label: say("matterweb.state." + string(s))})
	}
	for _, d := range p.tree().Departments() {
		page.Departments = append(page.Departments, web.Option{Value: d.ID, Label: d.Name})
	}
	if next != "" {
		v := r.URL.Query()
		v.Set("after", next)
		page.Next = "/matters?" + v.Encode()
	}
	return p.web.Render(w, r, "matter/list", page)
}

// finding is what the rules say, in words.
type finding struct {
	admission.Finding
	Kind, What, Law string
	Places          []string
	Data            []string
}

func (p *Pages) findings(list []admission.Finding, say func(string, ...any) string) []finding {
	out := make([]finding, 0, len(list))
	kind := map[admission.Severity]string{admission.Ground: "bad", admission.Doubt: "warn", admission.Note: "info"}
	for _, f := range list {
		x := finding{Finding: f, Kind: kind[f.Severity], What: say("matterweb.finding."+f.Code, "n", f.Count)}
		if f.Law != "" {
			x.Law = say(f.Law)
		}
		for _, id := range f.Units {
			if u := p.tree().ByID(id); u != nil {
				x.Places = append(x.Places, p.tree().PathName(u, " · "))
			}
		}
		for _, code := range f.Fields {
			if d, ok := p.duties().FieldByCode(code); ok {
				x.Data = append(x.Data, d.Name+"："+d.Place)
			}
		}
		out = append(out, x)
	}
	return out
}

// moment is one event of a matter.
type moment struct {
	admission.Event
	What, Where string
	Findings    []finding
}

type showPage struct {
	web.Base
	Matter     one
	Function   string
	Whom       string
	Places     []string
	How        string
	Data       []string
	Events     []moment
	Objections []objection
	Edit       bool
	Submit     bool
	Review     bool // it waits, and the actor decides
	Revoke     bool
	Emergency  bool // over, and to be looked at
	Objecting  []web.Option
	Exam       *exam
	Note       string
	Conditions string
	Priorities []web.Option
}

type objection struct {
	admission.Objection
	Unit, Label, Kind string
}

// exam is what the city office sees while deciding.
type exam struct {
	Month         string
	Findings      []finding
	Before, After admission.Sum
	Over          []place
	OverMore      int
	Bars          []bar
	Precedents    []one
}

type place struct {
	Name          string
	Asked, Budget int
}

// bar is how many leads have so much of their budget taken.
type bar struct {
	Label         string
	Before, After int
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.showWith(w, r, http.StatusOK, nil, nil)
}

func (p *Pages) showWith(w http.ResponseWriter, r *http.Request, status int, cause error, f *web.Form) error {
	m, err := p.svc.Matter(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	page, err := p.matter(r, m)
	if err != nil {
		return err
	}
	if cause != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(cause), f.Key()
		page.Note, page.Conditions = f.Lines("note", admission.MaxText), f.Lines("conditions", admission.MaxText)
	}
	return p.web.RenderStatus(w, r, status, "matter/show", *page)
}

func (p *Pages) matter(r *http.Request, m *admission.Matter) (*showPage, error) {
	ctx, who, say := r.Context(), actor(r), p.web.T(r)
	page := &showPage{Base: p.web.Base(r, "matterweb.one", "title", m.Title), Matter: p.one(m, say)}
	page.Live = []string{"matter:" + m.ID}
	page.Function = p.duties().Path(m.FunctionID, page.Locale)
	page.Whom, page.How = say("matterweb.level."+m.Level.String()), say("matterweb.way."+string(m.Way))
	for _, id := range m.UnitIDs {
		if u := p.tree().ByID(id); u != nil && len(page.Places) < 12 {
			page.Places = append(page.Places, u.Name)
		}
	}
	for _, id := range m.FieldIDs {
		if d, ok := p.duties().Field(id); ok {
			page.Data = append(page.Data, d.Name)
		}
	}
	if err := p.course(r, m, page); err != nil {
		return nil, err
	}
	own := p.policy.Can(who, admission.ActDraft, auth.Object{DepartmentID: m.DepartmentID}) == nil
	page.Edit = own && (m.State == admission.Draft || m.State == admission.Returned)
	page.Submit = page.Edit
	office := p.policy.May(who, admission.ActReview)
	page.Review, page.Revoke = office && m.State == admission.Submitted, office && m.State == admission.Admitted
	page.Emergency = office && m.Emergency && m.ReviewedAt.IsZero() && m.State != admission.Admitted
	if m.State == admission.Admitted && !m.Emergency {
		for _, g := range who.Grants {
			if u := p.tree().ByID(g.UnitID); u != nil && (u.Level == network.Village || u.Level == network.Town) && p.policy.Can(who, admission.ActObject, auth.Object{UnitID: u.ID}) == nil {
				page.Objecting = append(page.Objecting, web.Option{Value: u.ID, Label: u.Name})
			}
		}
	}
	for i := range 10 {
		page.Priorities = append(page.Priorities, web.Option{Value: string(rune('0' + i)), Label: say("matterweb.priority", "n", i)})
	}
	if !page.Review {
		return page, nil
	}
	x, err := p.svc.Examine(ctx, who, m.Number)
	if err != nil {
		return nil, err
	}
	page.Exam = p.exam(x, say)
	return page, nil
}

func (p *Pages) course(r *http.Request, m *admission.Matter, page *showPage) error {
	say := p.web.T(r)
	events, err := p.svc.Events(r.Context(), actor(r), m.Number)
	if err != nil {
		return err
	}
	for _, e := range events {
		x := moment{Event: e, What: say("matterweb.event." + e.Kind), Findings: p.findings(e.Findings, say)}
		if u := p.tree().ByID(e.UnitID); u != nil && e.UnitID != p.tree().RootID() {
			x.Where = u.Name
		} else if e.DepartmentID != "" {
			x.Where = p.department(e.DepartmentID)
		} else if e.Role == string(auth.CityOffice) {
			x.Where = say("matterweb.office")
		}
		page.Events = append(page.Events, x)
	}
	objections, err := p.svc.Objections(r.Context(), actor(r), m.Number)
	for _, o := range objections {
		x := objection{Objection: o, Label: say("matterweb.objection." + o.State), Kind: map[string]string{"open": "info", "upheld": "ok", "dismissed": "idle"}[o.State]}
		if u := p.tree().ByID(o.UnitID); u != nil {
			x.Unit = u.Name
		}
		page.Objections = append(page.Objections, x)
	}
	return err
}

func (p *Pages) exam(x *admission.Examination, say func(string, ...any) string) *exam {
	root := p.tree().RootID()
	e := &exam{Month: string(x.Month), Findings: p.findings(x.Findings, say), Before: x.Before.Under(root), After: x.After.Under(root)}
	over := x.After.Over()
	for _, o := range over[:min(len(over), 8)] {
		if u := p.tree().ByID(o.UnitID); u != nil {
			e.Over = append(e.Over, place{p.tree().PathName(u, " · "), o.Asked, o.Budget})
		}
	}
	e.OverMore = len(over) - len(e.Over)
	before, after := x.Before.Histogram(root), x.After.Histogram(root)
	for i := range before {
		label := say("matterweb.tenth", "from", i*10, "to", i*10+10)
		if i == 10 {
			label = say("matterweb.past")
		}
		e.Bars = append(e.Bars, bar{label, before[i], after[i]})
	}
	for _, m := range x.Precedents {
		e.Precedents = append(e.Precedents, p.one(m, say))
	}
	return e
}
