// Package volunteerweb is the pages of report-ins: the public form and what whoever reported in sees, the village's list, and what people of the network can do.
package volunteerweb

import (
	"context"
	"embed"
	"net/http"
	"net/url"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody   = 16 << 10
	pageSize   = 25
	maxPurpose = 200
)

// How often one address may do what needs no login. A village hall's whole
// network can share one address, so it is generous.
const (
	reportsPerMinute = 10
	reportBurst      = 30
	missesPerMinute  = 20 // wrong keys
	missBurst        = 40
)

// Day is a time somebody said they are away.
type Day struct{ ID, From, To string }

// Days lets whoever reported in say when they are away, without a login.
type Days struct {
	List func(ctx context.Context, personID string) ([]Day, error)
	Say  func(ctx context.Context, key, personID, from, to string) error
	Back func(ctx context.Context, key, personID, id string) error
}

// Pages are the handlers.
type Pages struct {
	Reports *web.Limiter // reporting in, by address
	Misses  *web.Limiter // wrong keys, by address

	web  *web.Server
	svc  *volunteer.Service
	tree func() *network.Tree
	days Days
	wish *wish.Service
}

// New returns the pages.
func New(srv *web.Server, svc *volunteer.Service, tree func() *network.Tree, days Days) *Pages {
	return &Pages{Reports: web.NewLimiter(reportsPerMinute, reportBurst), Misses: web.NewLimiter(missesPerMinute, missBurst),
		web: srv, svc: svc, tree: tree, days: days}
}

// With leads on to small wishes.
func (p *Pages) With(w *wish.Service) *Pages {
	p.wish = w
	return p
}

// Limit sets how often one address may report in a minute; 0 leaves it as it
// is. Guessing at keys stays as hard as it was.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Reports = web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	view, confirm, skills := string(volunteer.ActView), string(volunteer.ActConfirm), string(volunteer.ActSkills)
	return web.Module{
		Name: "volunteers", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "volunteers/place", Data: placePage{}}, {Name: "volunteers/form", Data: formPage{}}, {Name: "volunteers/receipt", Data: receiptPage{}},
			{Name: "volunteers/mine", Data: minePage{}}, {Name: "volunteers/list", Data: listPage{}}, {Name: "volunteers/show", Data: showPage{}},
			{Name: "volunteers/skills", Data: skillsPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /report-in", Access: web.Public, Handler: p.form},
			{Pattern: "POST /report-in", Access: web.Public, Handler: p.report, MaxBody: formBody},
			{Pattern: "GET /report-in/{id}", Access: web.Public, Handler: p.mine},
			{Pattern: "POST /report-in/{id}", Access: web.Public, Handler: p.change, MaxBody: formBody},
			{Pattern: "GET /report-in/{id}/receipt", Access: web.Public, Handler: p.receipt},
			{Pattern: "POST /report-in/{id}/withdraw", Access: web.Public, Handler: p.withdraw, MaxBody: formBody},
			{Pattern: "POST /report-in/{id}/away", Access: web.Public, Handler: p.away, MaxBody: formBody},
			{Pattern: "POST /report-in/{id}/away/{away}/back", Access: web.Public, Handler: p.back, MaxBody: formBody},
			{Pattern: "GET /volunteers", Access: view, Handler: p.list},
			{Pattern: "GET /volunteers/new", Access: confirm, Handler: p.enterForm},
			{Pattern: "POST /volunteers", Access: confirm, Handler: p.enter, MaxBody: formBody},
			{Pattern: "GET /volunteers/{id}", Access: view, Handler: p.show},
			{Pattern: "POST /volunteers/{id}/confirm", Access: confirm, Handler: p.confirm, MaxBody: formBody},
			{Pattern: "POST /volunteers/{id}/refuse", Access: confirm, Handler: p.refuse, MaxBody: formBody},
			{Pattern: "POST /volunteers/{id}/end", Access: confirm, Handler: p.end, MaxBody: formBody},
			{Pattern: "POST /volunteers/{id}/phone", Access: confirm, Handler: p.phone, MaxBody: formBody},
			{Pattern: "GET /me/skills", Access: skills, Handler: p.skills},
			{Pattern: "POST /me/skills", Access: skills, Handler: p.setSkills, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "volunteerweb.nav", Href: "/volunteers", Icon: "heart-handshake", Access: view, Order: 45}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// queued reports whether the service worker sends a form that waited for the
// network: nobody looks at a page then, so errors go back as they are.
func queued(r *http.Request) bool { return r.Header.Get("X-Bilin-Outbox") != "" }

func ownURL(id, key, under string) string {
	return "/report-in/" + id + under + "?" + url.Values{"k": {key}}.Encode()
}

func (p *Pages) where(id string) string {
	tree := p.tree()
	if u := tree.Current(tree.ByID(id)); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

func (p *Pages) kindOptions(r *http.Request) (out []web.Option) {
	for _, k := range volunteer.Kinds() {
		out = append(out, web.Option{Value: string(k), Label: p.web.T(r)("volunteer.kind." + string(k))})
	}
	return out
}

func (p *Pages) skillOptions(r *http.Request) (out []web.Option) {
	for _, s := range volunteer.Skills() {
		out = append(out, web.Option{Value: string(s), Label: p.web.T(r)("volunteer.skill." + string(s))})
	}
	return out
}

// skillNames are skills in the reader's words.
func (p *Pages) skillNames(r *http.Request, skills []volunteer.Skill) (out []string) {
	for _, s := range skills {
		out = append(out, p.web.T(r)("volunteer.skill."+string(s)))
	}
	return out
}

// offer is the part of a form that says what somebody can do and pledges.
type offer struct {
	Skills []web.Option
	Chosen []volunteer.Skill
	Pledge string
	Hours  string // as typed
}

// readOffer takes it from a form; what was typed goes back into the page.
func (p *Pages) readOffer(r *http.Request, f *web.Form) (volunteer.Offer, offer) {
	var skills []volunteer.Skill
	for _, s := range f.List("skills") {
		skills = append(skills, volunteer.Skill(s))
	}
	o := volunteer.Offer{Skills: skills, Pledge: f.Text("pledge", volunteer.MaxPledge), Hours: f.Int("hours", 0, volunteer.MaxHours)}
	return o, offer{p.skillOptions(r), skills, o.Pledge, f.Text("hours", 20)}
}
