// Package programmeweb is the pages of programmes: what a programme is and its ledger, a member's own points, and the desk of whoever runs it.
package programmeweb

import (
	"embed"
	"net/http"
	"net/url"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/programme"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody = 16 << 10
	pageSize = 25
)

// How often one address may join, or be wrong about a key, in a minute. A
// village hall's whole network can share one address.
const (
	joinsPerMinute  = 10
	joinBurst       = 30
	missesPerMinute = 20
	missBurst       = 40
)

// Pages are the handlers.
type Pages struct {
	Joins  *web.Limiter // by address
	Misses *web.Limiter // wrong keys and door codes, by address

	web  *web.Server
	svc  *programme.Service
	tree func() *network.Tree
}

// New returns the pages.
func New(srv *web.Server, svc *programme.Service, tree func() *network.Tree) *Pages {
	return &Pages{Joins: web.NewLimiter(joinsPerMinute, joinBurst), Misses: web.NewLimiter(missesPerMinute, missBurst), web: srv, svc: svc, tree: tree}
}

// Limit sets how often one address may join in a minute; 0 leaves it as it is.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Joins = web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	define, record, hand := string(programme.ActDefine), string(programme.ActRecord), string(programme.ActHand)
	return web.Module{
		Name: "programmes", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "programmes/list", Data: listPage{}}, {Name: "programmes/show", Data: showPage{}}, {Name: "programmes/ledger", Data: ledgerPage{}},
			{Name: "programmes/edit", Data: editPage{}}, {Name: "programmes/reward", Data: rewardPage{}}, {Name: "programmes/desk", Data: deskPage{}},
			{Name: "programmes/join", Data: joinPage{}}, {Name: "programmes/mine", Data: minePage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /programmes", Access: web.Public, Handler: p.list},
			{Pattern: "GET /programmes/new", Access: define, Handler: p.fresh},
			{Pattern: "POST /programmes", Access: define, Handler: p.define, MaxBody: formBody},
			{Pattern: "GET /programmes/{id}", Access: web.Public, Handler: p.show},
			{Pattern: "GET /programmes/{id}/ledger", Access: web.Public, Handler: p.ledger},
			{Pattern: "GET /programmes/{id}/edit", Access: define, Handler: p.edit},
			{Pattern: "POST /programmes/{id}", Access: define, Handler: p.define, MaxBody: formBody},
			{Pattern: "POST /programmes/{id}/start", Access: define, Handler: p.start, MaxBody: formBody},
			{Pattern: "POST /programmes/{id}/end", Access: define, Handler: p.end, MaxBody: formBody},
			{Pattern: "GET /programmes/{id}/rewards/{reward}", Access: define, Handler: p.reward},
			{Pattern: "POST /programmes/{id}/rewards/{reward}", Access: define, Handler: p.setReward, MaxBody: formBody},
			{Pattern: "GET /programmes/{id}/desk", Access: record, Handler: p.desk},
			{Pattern: "POST /programmes/{id}/acts", Access: record, Handler: p.record, MaxBody: formBody},
			{Pattern: "POST /programmes/{id}/hand", Access: hand, Handler: p.hand, MaxBody: formBody},
			{Pattern: "GET /programmes/{id}/join", Access: web.Public, Handler: p.joinForm},
			{Pattern: "POST /programmes/{id}/join", Access: web.Public, Handler: p.join, MaxBody: formBody},
			{Pattern: "GET /my-points/{member}", Access: web.Public, Handler: p.mine},
			{Pattern: "POST /my-points/{member}/choose", Access: web.Public, Handler: p.choose, MaxBody: formBody},
			{Pattern: "POST /my-points/{member}/back", Access: web.Public, Handler: p.back, MaxBody: formBody},
			{Pattern: "POST /my-points/{member}/leave", Access: web.Public, Handler: p.leave, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "programmeweb.nav", Href: "/programmes", Icon: "gift", Access: web.Public, Order: 46, Open: true}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func ownURL(id, key string) string {
	return "/my-points/" + id + "?" + url.Values{"k": {key}}.Encode()
}

// where names a programme's unit.
func (p *Pages) where(id string) string {
	tree := p.tree()
	if u := tree.Current(tree.ByID(id)); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

// label is what an entry was for: a kind of act, or a reward by its name.
func (p *Pages) label(r *http.Request, kind programme.EntryKind, label string) string {
	if k := programme.Kind(label); kind == programme.Award && k.Valid() {
		return p.web.T(r)("programme.kind." + label)
	}
	return label
}

// card is a programme as pages show it.
type card struct {
	programme.Programme
	Where, StateName, Look string
}

var looks = map[programme.State]string{programme.Draft: "warn", programme.Running: "ok", programme.Ended: "idle"}

func (p *Pages) card(r *http.Request, x programme.Programme) card {
	return card{x, p.where(x.UnitID), p.web.T(r)("programme.state." + string(x.State)), looks[x.State]}
}

type listPage struct {
	web.Base
	Cards []card
	New   bool
	Next  string
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	after, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	cursor := ""
	if after != nil {
		cursor = after[0]
	}
	list, next, err := p.svc.List(r.Context(), actor(r), cursor, pageSize)
	if err != nil {
		return err
	}
	page := listPage{Base: p.web.Base(r, "programmeweb.title"), New: len(p.svc.Defines(actor(r))) > 0}
	for _, x := range list {
		page.Cards = append(page.Cards, p.card(r, x))
	}
	if next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(next))
	}
	return p.web.Render(w, r, "programmes/list", page)
}

// rule is how much a kind of act earns: in words, and in the town's own formula.
type rule struct{ Kind, Says, Formula string }

// entry is a line of the ledger.
type entry struct {
	programme.Entry
	What, For string
}

type showPage struct {
	web.Base
	P       card
	May     programme.May
	Rules   []rule
	Rewards []programme.Reward
	Entries []entry
	Crumbs  []web.Crumb
}

// firstEntries are how many lines of the ledger the programme's own page shows.
const firstEntries = 8

func (p *Pages) crumbs(r *http.Request, x *programme.Programme, here string) []web.Crumb {
	list := []web.Crumb{{Label: p.web.T(r)("programmeweb.title"), Href: "/programmes"}}
	if here == "" {
		return append(list, web.Crumb{Label: x.Name})
	}
	return append(list, web.Crumb{Label: x.Name, Href: "/programmes/" + x.ID}, web.Crumb{Label: here})
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	x, err := p.svc.Get(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	page := showPage{Base: p.web.Base(r, "programmeweb.title"), P: p.card(r, *x), May: p.svc.May(actor(r), x), Crumbs: p.crumbs(r, x, "")}
	page.Title = x.Name
	earner, err := programme.NewEarner(x.Formulas)
	if err != nil {
		return err
	}
	for _, k := range programme.Kinds() {
		if f := x.Formulas[k]; f != "" {
			page.Rules = append(page.Rules, rule{p.web.T(r)("programme.kind." + string(k)), says(p.web.T(r), earner, k), f})
		}
	}
	if page.Rewards, err = p.svc.Rewards(r.Context(), actor(r), x); err != nil {
		return err
	}
	page.Entries, _, err = p.entries(r, x.ID, 0, firstEntries)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "programmes/show", page)
}

// says puts a formula into words by what it gives for a few acts.
func says(t func(key string, kv ...any) string, e *programme.Earner, k programme.Kind) string {
	one := e.Points(k, programme.Deed{Hours: 1, People: 1, Nth: 1})
	three := e.Points(k, programme.Deed{Hours: 3, People: 1, Nth: 1})
	words := t("programmeweb.says", "one", one, "three", three)
	if one == three {
		words = t("programmeweb.says_same", "one", one)
	}
	if n := e.Points(k, programme.Deed{Hours: 1, People: 20, Nth: 1}); n != one {
		words = t("programmeweb.says_many", "says", words, "many", n)
	}
	if n := e.Points(k, programme.Deed{Hours: 1, People: 1, Nth: 10}); n != one {
		words = t("programmeweb.says_tenth", "says", words, "tenth", n)
	}
	if n := e.Points(k, programme.Deed{Hours: 1, People: 1, Nth: 1, Weekend: true}); n != one {
		words = t("programmeweb.says_weekend", "says", words, "weekend", n)
	}
	return words
}

func (p *Pages) entries(r *http.Request, id string, cursor int64, limit int) (out []entry, next int64, err error) {
	list, next, err := p.svc.Ledger(r.Context(), id, cursor, limit)
	for _, e := range list {
		out = append(out, entry{e, p.web.T(r)("programme.entry." + string(e.Kind)), p.label(r, e.Kind, e.Label)})
	}
	return out, next, err
}

type ledgerPage struct {
	web.Base
	P       card
	Entries []entry

	Next   string
	Crumbs []web.Crumb
}

func (p *Pages) ledger(w http.ResponseWriter, r *http.Request) error {
	x, err := p.svc.Get(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	after, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	var cursor int64
	if after != nil {
		if cursor, err = strconv.ParseInt(after[0], 10, 64); err != nil {
			return errs.E(errs.NotFound, "web.bad_cursor")
		}
	}
	page := ledgerPage{Base: p.web.Base(r, "programmeweb.ledger"), P: p.card(r, *x), Crumbs: p.crumbs(r, x, p.web.T(r)("programmeweb.ledger"))}
	var next int64
	if page.Entries, next, err = p.entries(r, x.ID, cursor, pageSize); err != nil {
		return err
	}
	if next > 0 {
		page.Next = web.PageURL(r, web.EncodeCursor(strconv.FormatInt(next, 10)))
	}
	return p.web.Render(w, r, "programmes/ledger", page)
}
