// Package honourweb is the pages of honours: rounds and who was honoured, nominating, the panel's ballot, objections, certificates, and the page that verifies one.
package honourweb

import (
	"embed"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/honour"
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

const (
	formBody = 256 << 10 // a text many times too long comes back with what was written
	anyText  = formBody
	pageSize = 25
)

// How often one address may search, nominate or object, and be wrong about a key
// or a certificate, in a minute. A village hall's whole network can share one address.
const (
	writesPerMinute = 10
	writeBurst      = 30
	missesPerMinute = 20
	missBurst       = 40
)

// Pages are the handlers.
type Pages struct {
	Writes *web.Limiter // searches, nominations and objections of residents, by address
	Misses *web.Limiter // wrong keys, doors and certificates, by address

	web    *web.Server
	svc    *honour.Service
	tree   func() *network.Tree
	paper  *doorcard.Printer
	public string
}

// Options are what the pages need beside the service.
type Options struct {
	Paper  *doorcard.Printer
	Public string // the site's address, for the code on a certificate
}

// New returns the pages.
func New(srv *web.Server, svc *honour.Service, tree func() *network.Tree, o Options) *Pages {
	return &Pages{Writes: web.NewLimiter(writesPerMinute, writeBurst), Misses: web.NewLimiter(missesPerMinute, missBurst), web: srv, svc: svc, tree: tree, paper: o.Paper, public: o.Public}
}

// Limit sets how often one address may write in a minute; 0 leaves it as it is.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Writes = web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	run, judge, check, own := string(honour.ActRun), string(honour.ActJudge), string(honour.ActCheck), string(honour.ActOwn)
	return web.Module{
		Name: "honours", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "honours/list", Data: listPage{}}, {Name: "honours/show", Data: showPage{}}, {Name: "honours/edit", Data: &editPage{}}, {Name: "honours/panel", Data: &panelPage{}},
			{Name: "honours/desk", Data: &deskPage{}}, {Name: "honours/nominate", Data: &nominatePage{}}, {Name: "honours/nomination", Data: &nominationPage{}},
			{Name: "honours/checks", Data: checksPage{}}, {Name: "honours/check", Data: &checkPage{}}, {Name: "honours/mine", Data: &minePage{}}, {Name: "honours/ballot", Data: &ballotPage{}},
			{Name: "honours/object", Data: &objectPage{}}, {Name: "honours/objection", Data: objectionPage{}}, {Name: "honours/objections", Data: &objectionsPage{}},
			{Name: "honours/certificate", Data: &certPage{}}, {Name: "honours/verify", Data: verifyPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /honours", Access: web.Public, Handler: p.list},
			{Pattern: "GET /honours/{round}", Access: web.Public, Handler: p.show},
			{Pattern: "GET /honours/{round}/nominate", Access: web.Public, Handler: p.nominateForm},
			{Pattern: "POST /honours/{round}/nominate", Access: web.Public, Handler: p.nominate, MaxBody: formBody},
			{Pattern: "GET /my-nomination/{id}", Access: web.Public, Handler: p.nomination},
			{Pattern: "POST /my-nomination/{id}/withdraw", Access: web.Public, Handler: p.withdraw, MaxBody: formBody},
			{Pattern: "GET /honours/{round}/object", Access: web.Public, Handler: p.objectForm},
			{Pattern: "POST /honours/{round}/object", Access: web.Public, Handler: p.object, MaxBody: formBody},
			{Pattern: "GET /my-objection/{id}", Access: web.Public, Handler: p.objection},
			{Pattern: "GET /verify", Access: web.Public, Handler: p.verifyForm},
			{Pattern: "GET /verify/{certificate}", Access: web.Public, Handler: p.verify},
			{Pattern: "GET /verify/{certificate}/signed.txt", Access: web.Public, Handler: p.signed},
			{Pattern: "GET /honours/new", Access: run, Handler: p.fresh},
			{Pattern: "POST /honours", Access: run, Handler: p.define, MaxBody: formBody},
			{Pattern: "GET /honours/{round}/edit", Access: run, Handler: p.edit},
			{Pattern: "POST /honours/{round}", Access: run, Handler: p.define, MaxBody: formBody},
			{Pattern: "GET /honours/{round}/panel", Access: run, Handler: p.panel},
			{Pattern: "POST /honours/{round}/panel", Access: run, Handler: p.setPanel, MaxBody: formBody},
			{Pattern: "GET /honours/{round}/desk", Access: run, Handler: p.desk},
			{Pattern: "POST /honours/{round}/desk", Access: run, Handler: p.turn, MaxBody: formBody},
			{Pattern: "GET /honours/{round}/certificates/{number}", Access: run, Handler: p.certificate},
			{Pattern: "POST /honours/{round}/certificates/{number}", Access: run, Handler: p.askRevoke, MaxBody: formBody},
			{Pattern: "POST /honours/{round}/certificates/{number}/decide", Access: judge, Handler: p.decideRevoke, MaxBody: formBody},
			{Pattern: "GET /honours/{round}/ballot", Access: judge, Handler: p.ballot},
			{Pattern: "POST /honours/{round}/ballot", Access: judge, Handler: p.cast, MaxBody: formBody},
			{Pattern: "GET /honours/{round}/objections", Access: judge, Handler: p.objections},
			{Pattern: "POST /honours/{round}/objections", Access: judge, Handler: p.answer, MaxBody: formBody},
			{Pattern: "GET /honour-checks", Access: check, Handler: p.checks},
			{Pattern: "GET /honour-checks/{id}", Access: check, Handler: p.checkForm},
			{Pattern: "POST /honour-checks/{id}", Access: check, Handler: p.check, MaxBody: formBody},
			{Pattern: "POST /honour-checks/{id}/consent", Access: check, Handler: p.consentFor, MaxBody: formBody},
			{Pattern: "GET /honours/mine", Access: own, Handler: p.mine},
			{Pattern: "POST /honours/mine", Access: own, Handler: p.answerMine, MaxBody: formBody},
			{Pattern: "GET /honour-certificates/{number}/paper.pdf", Access: own, Handler: p.printed},
		},
		Nav: []web.NavItem{{Key: "honourweb.nav", Href: "/honours", Icon: "award", Access: web.Public, Order: 47, Open: true}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// missed counts an address that was wrong about a key, and passes the error on.
func (p *Pages) missed(r *http.Request, err error) error {
	if errs.KindOf(err) != errs.NotFound || err == nil {
		return err
	}
	if limited := p.Misses.Allow(web.ClientIP(r)); limited != nil {
		return limited
	}
	return err
}

// where names a unit with those above it.
func (p *Pages) where(id string) string {
	tree := p.tree()
	if u := tree.Current(tree.ByID(id)); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

// card is a round as pages show it.
type card struct {
	honour.Round
	StateName, Look string
	LastDay         time.Time // of the publication
	VoteDay         time.Time // the last of the vote
	Closed          bool      // nominations are over, and the vote hasn't begun
}

var looks = map[honour.State]string{honour.Draft: "idle", honour.Open: "ok", honour.Voting: "info", honour.Published: "warn", honour.Awarded: "idle"}

func (p *Pages) card(r *http.Request, x honour.Round) card {
	t := p.web.T(r)
	c := card{Round: x, StateName: t("honour.state." + string(x.State)), Look: looks[x.State], LastDay: x.PublishUntil.Add(-time.Minute), VoteDay: x.VoteUntil.Add(-time.Minute)}
	if c.Closed = x.State == honour.Open && p.svc.Today() > x.NominateUntil; c.Closed {
		c.StateName, c.Look = t("honourweb.closed"), "info"
	}
	return c
}

func (p *Pages) crumbs(r *http.Request, x *honour.Round, here string) []web.Crumb {
	list := []web.Crumb{{Label: p.web.T(r)("honourweb.title"), Href: "/honours"}}
	switch {
	case x == nil:
		return append(list, web.Crumb{Label: here})
	case here == "":
		return append(list, web.Crumb{Label: x.Name})
	}
	return append(list, web.Crumb{Label: x.Name, Href: "/honours/" + x.ID}, web.Crumb{Label: here})
}

// listPage is all rounds, and what the reader has to do with them.
type listPage struct {
	web.Base
	Cards []card
	New   bool
	Check bool
	Own   bool
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
	who := actor(r)
	list, next, err := p.svc.Rounds(r.Context(), who, cursor, pageSize)
	if err != nil {
		return err
	}
	page := listPage{Base: p.web.Base(r, "honourweb.title"), New: p.svc.MayRun(who), Check: p.svc.MayCheck(who), Own: !who.Anonymous()}
	for _, x := range list {
		page.Cards = append(page.Cards, p.card(r, x))
	}
	if next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(next))
	}
	return p.web.Render(w, r, "honours/list", page)
}

// person is somebody on a public page of a round.
type person struct {
	ID, Name, Praise, Where string
	Full                    string // of the certificate
}

// group is those of one category.
type group struct {
	Key, Name string
	People    []person
}

type showPage struct {
	web.Base
	R         card
	May       honour.May
	Panel     []honour.Member
	Groups    []group
	Revokings []honour.Revoking
	Crumbs    []web.Crumb
}

// round loads a round of the address.
func (p *Pages) round(r *http.Request) (*honour.Round, []honour.Member, error) {
	return p.svc.Round(r.Context(), actor(r), r.PathValue("round"))
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	x, members, err := p.round(r)
	if err != nil {
		return err
	}
	page := showPage{Base: p.web.Base(r, "honourweb.title"), R: p.card(r, *x), May: p.svc.May(actor(r), x, members), Panel: members, Crumbs: p.crumbs(r, x, "")}
	page.Title, page.Live = x.Name, []string{honour.Topic(x.ID)}
	if page.Groups, err = p.groups(r, x); err != nil {
		return err
	}
	if x.State == honour.Awarded && !actor(r).Anonymous() {
		if page.Revokings, err = p.svc.ToRevoke(r.Context(), actor(r), x.ID); err != nil {
			return err
		}
	}
	return p.web.Render(w, r, "honours/show", page)
}

// groups are who is published, or who was honoured and wants to be seen.
func (p *Pages) groups(r *http.Request, x *honour.Round) ([]group, error) {
	var out []group
	for _, c := range x.Categories {
		out = append(out, group{Key: c.Key, Name: c.Name})
	}
	put := func(fits func(g group) bool, who person) {
		for i := range out {
			if fits(out[i]) {
				out[i].People = append(out[i].People, who)
			}
		}
	}
	proposed, err := p.svc.Proposed(r.Context(), x)
	if err != nil {
		return nil, err
	}
	for _, n := range proposed {
		put(func(g group) bool { return g.Key == n.Category }, person{ID: n.ID, Name: n.Name, Praise: n.Praise, Where: p.where(n.UnitID)})
	}
	if x.State != honour.Awarded {
		return out, nil
	}
	honoured, err := p.svc.Awards(r.Context(), actor(r), x, false)
	for _, h := range honoured {
		put(func(g group) bool { return g.Name == h.Category }, person{Name: h.Name, Praise: h.Praise, Where: p.where(h.UnitID), Full: h.Full()})
	}
	return out, err
}
