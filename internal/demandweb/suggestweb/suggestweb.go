// Package suggestweb is the pages of suggestions: what everybody reads of what was decided, and the form of the office that decides.
package suggestweb

import (
	"embed"
	"net/http"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/suggestion"
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

const (
	formBody = 32 << 10
	pageSize = 25
)

// Pages are the handlers.
type Pages struct {
	web  *web.Server
	svc  *suggestion.Service
	tree func() *network.Tree
}

// New returns the pages.
func New(srv *web.Server, svc *suggestion.Service, tree func() *network.Tree) *Pages {
	return &Pages{srv, svc, tree}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	decide := string(suggestion.ActDecide)
	return web.Module{
		Name: "suggestions", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "suggestions/list", Data: listPage{}}, {Name: "suggestions/decide", Data: decidePage{}}},
		Routes: []web.Route{
			{Pattern: "GET /suggestions", Access: web.Public, Handler: p.list},
			{Pattern: "GET /suggestions/{number}/decide", Access: decide, Handler: p.form},
			{Pattern: "POST /suggestions/{number}/decide", Access: decide, Handler: p.decide, MaxBody: formBody},
			{Pattern: "POST /suggestions/{number}/finish", Access: decide, Handler: p.finish, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "suggestweb.nav", Href: "/suggestions", Icon: "bulb", Access: web.Public, Order: 45, Open: true}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

var looks = map[suggestion.State]string{suggestion.Adopted: "info", suggestion.Done: "ok", suggestion.Declined: "idle", suggestion.Again: "warn", suggestion.Withdrawn: "idle"}

// card is a decision as the list shows it.
type card struct {
	suggestion.Suggestion
	StateName, Look, Where, Href, LinkName string
}

func (p *Pages) card(r *http.Request, x suggestion.Suggestion) card {
	t, tree := p.web.T(r), p.tree()
	c := card{Suggestion: x, StateName: t("suggestion.state." + string(x.State)), Look: looks[x.State], Href: p.svc.Href(&x)}
	switch x.Link {
	case "", suggestion.ByWords:
	case suggestion.ByDemand: // its number and its words are its author's
		c.LinkName = t("suggestweb.by_demand")
	default:
		c.LinkName = t("suggestion.link." + string(x.Link))
	}
	for _, id := range []string{x.VillageID, x.TownID} {
		if u := tree.Current(tree.ByID(id)); u != nil {
			c.Where = tree.PathName(u, " · ")
			break
		}
	}
	return c
}

// listPage is what was decided.
type listPage struct {
	web.Base
	Q       string
	Selects []web.FilterSelect
	Cards   []card
	Next    string
	Sought  bool
	Chosen  []string // what the list is narrowed to, in words
	Found   int
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	after, err := web.DecodeCursor(r, 2)
	if err != nil {
		return err
	}
	page := listPage{Base: p.web.Base(r, "suggestweb.title")}
	f, err := p.narrow(r, &page)
	if err != nil {
		return err
	}
	list, next, err := p.svc.List(r.Context(), f, after, pageSize)
	if err != nil {
		return err
	}
	if page.Sought = len(page.Chosen) > 0; page.Sought {
		if page.Found, err = p.svc.Found(r.Context(), f); err != nil {
			return err
		}
	}
	for _, x := range list {
		page.Cards = append(page.Cards, p.card(r, x))
	}
	if next != nil {
		page.Next = web.PageURL(r, web.EncodeCursor(next...))
	}
	return p.web.Render(w, r, "suggestions/list", page)
}

// narrow reads what the list is narrowed to, and says so on the page.
func (p *Pages) narrow(r *http.Request, page *listPage) (f suggestion.Filter, err error) {
	tree, t, q := p.tree(), p.web.T(r), r.URL.Query()
	f = suggestion.Filter{State: suggestion.State(q.Get("state")), Text: q.Get("q")}
	f.Text = f.Words() // what can't be looked for narrows nothing
	towns := web.FilterSelect{Name: "unit", Label: t("suggestweb.unit"), Value: q.Get("unit")}
	for _, u := range tree.Units(network.Town) {
		towns.Options = append(towns.Options, web.Option{Value: u.Code, Label: u.Name})
	}
	if towns.Value != "" {
		u := tree.Current(tree.ByCode(towns.Value))
		if u == nil {
			return f, errs.E(errs.NotFound, "network.no_unit")
		}
		f.UnitID, towns.Value = u.ID, u.Code
		page.Chosen = append(page.Chosen, u.Name)
		if u.Level != network.Town {
			towns.Options = append(towns.Options, web.Option{Value: u.Code, Label: tree.PathName(u, " · ")})
		}
	}
	states := web.FilterSelect{Name: "state", Label: t("suggestweb.state")}
	for _, s := range suggestion.Shown() {
		states.Options = append(states.Options, web.Option{Value: string(s), Label: t("suggestion.state." + string(s))})
	}
	if f.State != "" && !f.State.Valid() {
		return f, errs.E(errs.NotFound, "web.not_found")
	}
	if states.Value = string(f.State); f.State != "" {
		page.Chosen = append(page.Chosen, t("suggestion.state."+string(f.State)))
	}
	if f.Text != "" {
		page.Chosen = append(page.Chosen, t("suggestweb.with_words", "words", f.Text))
	}
	page.Q, page.Selects = f.Text, []web.FilterSelect{towns, states}
	return f, nil
}

// decidePage is where an office decides.
type decidePage struct {
	web.Base
	D                     *suggestion.Desk
	Spoken                string
	Decide, Finish        bool
	StateName, Look       string
	Kinds                 []web.Option
	Adopt                 string // "1", "0" or nothing yet
	Head, Reasons, Due    string
	AskFar, Far           bool   // whether a day that is far off is meant
	Latest                string // day by which it may be done
	Words, On, Link, Ref  string
	MaxTitle, MaxReasons  int
	MaxWords, MaxRef      int
	Labels                map[string]string
	Crumbs                []web.Crumb
	Today                 string
	Places                string // where it comes from
	Confined, MerelyWords bool
	Shown                 web.Option // the demand that shows what was done
}

func (p *Pages) decidePage(r *http.Request) (*decidePage, error) {
	d, err := p.svc.Get(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &decidePage{Base: p.web.Base(r, "suggestweb.decide"), D: d, Spoken: demand.Spoken(d.File.Number), Decide: d.MayDecide(), Finish: d.MayFinish(), Link: string(suggestion.ByWords), On: p.svc.Today(), Today: p.svc.Today(), Latest: p.svc.Latest(),
		MaxTitle: suggestion.MaxTitle, MaxReasons: suggestion.MaxReasons, MaxWords: suggestion.MaxWords, MaxRef: suggestion.MaxRef, Places: d.File.Unit, Confined: d.File.Confined,
		Labels: map[string]string{"adopt": t("suggestweb.f_adopt"), "title": t("suggestweb.f_title"), "reasons": t("suggestweb.f_reasons"), "note": t("suggestweb.f_reasons"), "due": t("suggestweb.f_due"), "far": t("suggestweb.f_far"),
			"words": t("suggestweb.f_words"), "on": t("suggestweb.f_on"), "link": t("suggestweb.f_link"), "ref": t("suggestweb.f_ref")},
		Crumbs: []web.Crumb{{Label: t("suggestweb.demand", "number", demand.Spoken(d.File.Number)), Href: "/demands/" + d.File.Number}, {Label: t("suggestweb.decide")}}}
	if d.Was != nil {
		page.StateName, page.Look, page.Head = t("suggestion.state."+string(d.Was.State)), looks[d.Was.State], d.Was.Title
		if d.Was.Link == suggestion.ByDemand {
			page.Shown = web.Option{Value: "/demands/" + d.Was.Ref, Label: t("suggestweb.demand", "number", demand.Spoken(d.Was.Ref))}
		}
	}
	for _, k := range p.svc.Kinds() {
		page.Kinds = append(page.Kinds, web.Option{Value: string(k), Label: t("suggestion.link." + string(k))})
	}
	page.MerelyWords = len(page.Kinds) == 1
	return page, nil
}

func (p *Pages) form(w http.ResponseWriter, r *http.Request) error {
	page, err := p.decidePage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "suggestions/decide", page)
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, "suggestweb.decided", func(f *web.Form, page *decidePage) error {
		page.Adopt, page.Head, page.Reasons, page.Due = f.Text("adopt", 1), f.Text("title", 2*suggestion.MaxTitle), f.Lines("reasons", 2*suggestion.MaxReasons), f.Text("due", 20)
		if page.Adopt != "1" && page.Adopt != "0" {
			return errs.E(errs.Invalid, "suggestion.check").WithField("adopt", "suggestion.no_kind")
		}
		page.Far = f.Bool("far")
		err := p.svc.Decide(r.Context(), actor(r), suggestion.Decision{Key: f.Key(), Number: r.PathValue("number"), Version: int(f.Version()), Adopt: page.Adopt == "1",
			Title: page.Head, Reasons: page.Reasons, DueOn: page.Due, Far: page.Far})
		page.AskFar = page.Far || err != nil && slices.ContainsFunc(errs.As(err).Fields, func(x errs.Field) bool { return x.Name == "far" })
		return err
	})
}

func (p *Pages) finish(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, "suggestweb.finished", func(f *web.Form, page *decidePage) error {
		page.Words, page.On, page.Link, page.Ref = f.Lines("words", 2*suggestion.MaxWords), f.Text("on", 20), f.Text("link", 20), f.Text("ref", 2*suggestion.MaxRef)
		return p.svc.Finish(r.Context(), actor(r), suggestion.Finish{Key: f.Key(), Number: r.PathValue("number"), Version: int(f.Version()), Words: page.Words, On: page.On,
			Link: suggestion.LinkKind(page.Link), Ref: page.Ref})
	})
}

// do runs a command; what can't be done comes back with what was typed.
func (p *Pages) do(w http.ResponseWriter, r *http.Request, flash string, run func(f *web.Form, page *decidePage) error) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.decidePage(r)
	if err != nil {
		return err
	}
	page.FormKey = f.Key()
	if err = run(f, page); web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "suggestions/decide", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/demands/"+page.D.File.Number, flash)
}
