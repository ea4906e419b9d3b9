// Package practiceweb is the pages of practices: what everybody finds and reads, and the workshop in which two sides write one.
package practiceweb

import (
	"embed"
	"errors"
	"net/http"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/photo"
	"bilin/internal/practice"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody = 64 << 10
	pageSize = 20
	deskSize = 50
	maxQuery = 60
)

// How often one address may read in a minute. A village hall's whole network can share one address.
const (
	readsPerMinute = 240
	readBurst      = 480
)

// Pages are the handlers.
type Pages struct {
	Reads *web.Limiter // by address

	web  *web.Server
	svc  *practice.Service
	tree func() *network.Tree
	may  func(auth.Actor, auth.Action) bool
}

// New returns the pages.
func New(srv *web.Server, svc *practice.Service, tree func() *network.Tree, policy *auth.Policy) *Pages {
	return &Pages{Reads: web.NewLimiter(readsPerMinute, readBurst), web: srv, svc: svc, tree: tree, may: policy.May}
}

// Limit sets how often one address may read in a minute; 0 leaves it as it is.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Reads = web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	write, try := string(practice.ActWrite), string(practice.ActTry)
	return web.Module{
		Name: "practices", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "practices/list", Data: listPage{}}, {Name: "practices/show", Data: &showPage{}}, {Name: "practices/mine", Data: minePage{}},
			{Name: "practices/edit", Data: &editPage{}}, {Name: "practices/work", Data: &workPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /practices", Access: web.Public, Handler: p.list},
			{Pattern: "GET /practices/{id}", Access: web.Public, Handler: p.show},
			{Pattern: "GET /practices/{id}/pictures/{picture}", Access: web.Public, Handler: p.picture},
			{Pattern: "GET /practices/mine", Access: write, Handler: p.mine},
			{Pattern: "GET /practices/new", Access: write, Handler: p.fresh},
			{Pattern: "POST /practices", Access: write, Handler: p.save, MaxBody: photo.MaxBytes + formBody},
			{Pattern: "GET /practices/{id}/work", Access: write, Handler: p.work},
			{Pattern: "GET /practices/{id}/edit", Access: write, Handler: p.edit},
			{Pattern: "POST /practices/{id}", Access: write, Handler: p.save, MaxBody: photo.MaxBytes + formBody},
			{Pattern: "POST /practices/{id}/agree", Access: write, Handler: p.agree, MaxBody: formBody},
			{Pattern: "POST /practices/{id}/say", Access: write, Handler: p.say, MaxBody: formBody},
			{Pattern: "POST /practices/{id}/withdraw", Access: write, Handler: p.withdraw, MaxBody: formBody},
			{Pattern: "POST /practices/{id}/pictures/{picture}/remove", Access: write, Handler: p.unpicture, MaxBody: formBody},
			{Pattern: "POST /practices/{id}/try", Access: try, Handler: p.try, MaxBody: formBody},
			{Pattern: "POST /practices/{id}/came", Access: try, Handler: p.came, MaxBody: formBody},
			{Pattern: "POST /practices/{id}/end", Access: try, Handler: p.end, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "practiceweb.nav", Href: "/practices", Icon: "bulb", Access: web.Public, Order: 46, Open: true}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func at(id, rest string) string { return "/practices/" + id + rest }

// unitName names a unit with those above it.
func (p *Pages) unitName(id string) string {
	tree := p.tree()
	if u := tree.Current(tree.ByID(id)); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

var looks = map[practice.State]string{practice.Draft: "idle", practice.Offered: "warn", practice.Published: "ok", practice.Withdrawn: "bad"}

var cameLooks = map[practice.Came]string{practice.Unsaid: "idle", practice.Worked: "ok", practice.Partly: "warn", practice.Not: "bad"}

// topics are the choices of a topic.
func (p *Pages) topics(r *http.Request) (list []web.Option) {
	t := p.web.T(r)
	for _, x := range practice.Topics() {
		list = append(list, web.Option{Value: string(x), Label: t("practice.topic." + string(x))})
	}
	return list
}

// cursorOf is the place after which the page asked for begins.
func cursorOf(r *http.Request) (*practice.Cursor, error) {
	parts, err := web.DecodeCursor(r, 4)
	if err != nil || parts == nil {
		return nil, err
	}
	met, err0 := strconv.Atoi(parts[0])
	adopted, err1 := strconv.Atoi(parts[1])
	ms, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err := errors.Join(err0, err1, err2); err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "web.bad_cursor")
	}
	return &practice.Cursor{Met: met, Adopted: adopted, At: ms, ID: parts[3]}, nil
}

func nextURL(r *http.Request, next *practice.Cursor) string {
	if next == nil {
		return ""
	}
	return web.PageURL(r, web.EncodeCursor(strconv.Itoa(next.Met), strconv.Itoa(next.Adopted), strconv.FormatInt(next.At, 10), next.ID))
}
