// Package teamweb is the pages of response teams: who is in them, what they have, and where people say when they are away.
package teamweb

import (
	"embed"
	"net/http"
	"slices"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
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
	pageSize   = 25 // teams
	peopleSize = 50
	maxPurpose = 200
	fewUnits   = 40 // more units than these aren't offered in a list
)

// Pages are the handlers.
type Pages struct {
	web *web.Server
	svc *team.Service
	net *network.Service
	now func() time.Time
}

// New returns the pages.
func New(srv *web.Server, svc *team.Service, net *network.Service, now func() time.Time) *Pages {
	return &Pages{srv, svc, net, now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	see, manage, away := string(team.ActSee), string(team.ActManage), string(team.ActAway)
	return web.Module{
		Name: "teams", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "teams/list", Data: listPage{}}, {Name: "teams/team", Data: teamPage{}}, {Name: "teams/edit", Data: editPage{}},
			{Name: "teams/add", Data: addPage{}}, {Name: "teams/member", Data: memberPage{}}, {Name: "teams/equipment", Data: equipmentPage{}},
			{Name: "teams/away", Data: awayPage{}}, {Name: "teams/reads", Data: readsPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /teams", Access: see, Handler: p.list},
			{Pattern: "GET /teams/new", Access: manage, Handler: p.newTeam},
			{Pattern: "POST /teams", Access: manage, Handler: p.create, MaxBody: formBody},
			{Pattern: "GET /teams/{id}", Access: see, Handler: p.show},
			{Pattern: "GET /teams/{id}/list.csv", Access: manage, Handler: p.csv},
			{Pattern: "GET /teams/{id}/edit", Access: manage, Handler: p.edit},
			{Pattern: "POST /teams/{id}", Access: manage, Handler: p.change, MaxBody: formBody},
			{Pattern: "POST /teams/{id}/channel", Access: manage, Handler: p.channel, MaxBody: formBody},
			{Pattern: "POST /teams/{id}/end", Access: manage, Handler: p.end, MaxBody: formBody},
			{Pattern: "GET /teams/{id}/add", Access: manage, Handler: p.add},
			{Pattern: "POST /teams/{id}/members", Access: manage, Handler: p.join, MaxBody: formBody},
			{Pattern: "GET /teams/{id}/members/{person}", Access: see, Handler: p.member},
			{Pattern: "POST /teams/{id}/members/{person}", Access: manage, Handler: p.grade, MaxBody: formBody},
			{Pattern: "POST /teams/{id}/members/{person}/remove", Access: see, Handler: p.remove, MaxBody: formBody},
			{Pattern: "POST /teams/{id}/members/{person}/phone", Access: see, Handler: p.phone, MaxBody: formBody},
			{Pattern: "GET /teams/{id}/equipment/{line}", Access: manage, Handler: p.equipment},
			{Pattern: "POST /teams/{id}/equipment/{line}", Access: manage, Handler: p.putEquipment, MaxBody: formBody},
			{Pattern: "POST /teams/{id}/equipment/{line}/drop", Access: manage, Handler: p.dropEquipment, MaxBody: formBody},
			{Pattern: "GET /me/reads", Access: see, Handler: p.reads},
			{Pattern: "GET /me/away", Access: away, Handler: p.away},
			{Pattern: "POST /me/away", Access: away, Handler: p.sayAway, MaxBody: formBody},
			{Pattern: "POST /me/away/{id}/back", Access: away, Handler: p.sayBack, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "teamweb.nav", Href: "/teams", Icon: "users-group", Access: string(team.ActView), Order: 54}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// where names a unit by its path.
func (p *Pages) where(id string) string {
	tree := p.net.Tree()
	if u := tree.Current(tree.ByID(id)); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

// below names a unit by its path under a team's home; the home itself by its name.
func (p *Pages) below(homeID, id string) string {
	tree := p.net.Tree()
	home, u := tree.Current(tree.ByID(homeID)), tree.Current(tree.ByID(id))
	switch {
	case u == nil:
		return ""
	case u == home:
		return u.Name
	case home == nil || !tree.Contains(home.ID, u.ID):
		return tree.PathName(u, " · ")
	}
	var names []string
	for _, step := range tree.Path(u)[len(tree.Path(home)):] {
		names = append(names, step.Name)
	}
	return strings.Join(names, " · ")
}

func (p *Pages) crumbs(r *http.Request, rest ...web.Crumb) []web.Crumb {
	return slices.Concat([]web.Crumb{{Label: p.web.T(r)("teamweb.title"), Href: "/teams"}}, rest)
}

func teamCrumb(t *team.Team) web.Crumb { return web.Crumb{Label: t.Name, Href: "/teams/" + t.ID} }

func (p *Pages) kinds(r *http.Request) (out []web.Option) {
	for _, k := range team.Kinds() {
		out = append(out, web.Option{Value: string(k), Label: p.web.T(r)("team.kind." + string(k))})
	}
	return out
}

func (p *Pages) grades(r *http.Request) (out []web.Option) {
	for _, g := range team.Grades() {
		out = append(out, web.Option{Value: g.String(), Label: p.web.T(r)("team.grade." + g.String())})
	}
	return out
}

// readGrade takes a grade from a form.
func readGrade(f *web.Form) team.Grade {
	value := f.Text("grade", 20)
	for _, g := range team.Grades() {
		if g.String() == value {
			return g
		}
	}
	f.Fail("grade", "team.no_grade")
	return team.Plain
}

// row is a team as a list shows it.
type row struct {
	team.Row
	KindName, Where string
}

type listPage struct {
	web.Base
	Rows    []row
	Filter  team.Filter
	Selects []web.FilterSelect
	Any     bool // a filter is set
	Next    string
	May     bool // make one
	Mine    bool
	Person  bool // the reader can be away
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	q, who := r.URL.Query(), actor(r)
	page := listPage{Base: p.web.Base(r, "teamweb.title"), Mine: q.Get("mine") == "1", Person: who.PersonID != ""}
	page.Filter = team.Filter{Kind: team.Kind(q.Get("kind")), Text: q.Get("q"), Mine: page.Mine}
	page.Any = q.Get("kind")+q.Get("q")+q.Get("unit") != ""
	page.May = len(p.svc.MayManage(who)) > 0
	page.Selects = []web.FilterSelect{{Name: "kind", Label: p.web.T(r)("teamweb.kind"), Value: q.Get("kind"), Options: p.kinds(r)}}
	if places := p.places(who); len(places) > 1 {
		page.Selects = append(page.Selects, web.FilterSelect{Name: "unit", Label: p.web.T(r)("teamweb.where"), Value: q.Get("unit"), Options: places})
	}
	if code := q.Get("unit"); code != "" {
		page.Filter.UnitID = "-" // of nobody, unless the code is known
		if u := p.net.Tree().ByCode(code); u != nil {
			page.Filter.UnitID = u.ID
		}
	}
	after, err := web.DecodeCursor(r, 2)
	if err != nil {
		return err
	}
	rows, err := p.svc.List(r.Context(), who, page.Filter, after, pageSize+1)
	if err != nil {
		return err
	}
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		page.Next = web.PageURL(r, web.EncodeCursor(rows[pageSize-1].Cursor()...))
	}
	for _, t := range rows {
		page.Rows = append(page.Rows, row{t, p.web.T(r)("team.kind." + string(t.Kind)), p.where(t.UnitID)})
	}
	if web.IsHTMX(r) {
		return p.web.RenderPart(w, r, "teams/list", "found", page)
	}
	return p.web.Render(w, r, "teams/list", page)
}

// places are the units a list can be narrowed to: the towns for the city, the
// villages for a town.
func (p *Pages) places(who auth.Actor) (out []web.Option) {
	tree := p.net.Tree()
	for _, root := range p.svc.MayManage(who) {
		u := tree.ByID(root)
		if u == nil || u.Level > network.Town {
			continue
		}
		for _, below := range tree.Children(u) {
			out = append(out, web.Option{Value: below.Code, Label: below.Name})
		}
	}
	return out
}
