package wishweb

import (
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/volunteer/wish"
	"bilin/internal/web"
)

// view is a wish as the household and whoever posts for it see it.
type view struct {
	wish.Line
	KindName, PartName, StateName, Look string
	Guardian                            bool
	Meeting                             string
	MayAgree                            bool // to a time that the volunteer named
	Itself                              bool // the household looks on
	Base, Key                           string
	Offers                              []offerView
	Phrases                             []web.Option
	Errors                              web.FormErrors
	TypedDay, At                        string // as typed
	Words, Chosen                       string
	Wished                              string // the sentence, for whoever wrote it
	NotTaken                            string // words that came when it was over
	Labels                              map[string]string
}

// offerView is an offer that fits: who, where, and when first.
type offerView struct {
	ID, Name, Where, Near, Day, From, To string
}

func (p *Pages) view(r *http.Request, l wish.Line, base, key string) view {
	t := p.web.T(r)
	return view{Line: l, KindName: l.Of.NameIn(p.web.Locale(r)), PartName: t("wish.part." + string(l.Part)), StateName: t("wish.state." + string(l.State)), Look: looks[l.State],
		Guardian: l.Of.Guardian, Meeting: meeting(l.Meet), MayAgree: l.Meet.By == wish.Help && !l.Meet.Agreed, Base: base + "/" + l.ID, Key: key + l.ID,
		Phrases: choices(t, "wish.thanks.", wish.Phrases()), Labels: labels(t)}
}

func labels(t func(string, ...any) string) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"words", "day", "part", "kind", "at", "thanks", "from", "to", "until", "reach", "weekday", "name", "name_en", "skill", "guardian"} {
		out[name] = t("wishweb.label." + name)
	}
	return out
}

type listPage struct {
	web.Base
	Over  bool
	Views []view
	Lead  bool // has cells of their own to post for
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
	page := listPage{Base: p.web.Base(r, "wishweb.title"), Over: r.URL.Query().Get("over") == "1", Lead: len(p.svc.Cells(actor(r))) > 0}
	lines, next, err := p.svc.List(r.Context(), actor(r), wish.Filter{Over: page.Over}, cursor, pageSize)
	if err != nil {
		return err
	}
	for _, l := range lines {
		page.Views = append(page.Views, p.view(r, l, "/wishes", page.FormKey))
	}
	for _, g := range actor(r).Grants {
		page.Live = append(page.Live, wish.Topic(g.UnitID))
	}
	if next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(next))
	}
	return p.web.Render(w, r, "wishes/list", page)
}

// newPage asks for the household, then for the kind, then whether to post.
type newPage struct {
	web.Base
	Crumbs      []web.Crumb
	Homes       []homesOf
	Household   string
	Address     string
	Head        string
	Kinds       []web.Option
	Kind        wish.Kind
	KindName    string
	Parts       []web.Option
	Words, Day  string
	Part        string
	Labels      map[string]string
	Action      string // where the form goes
	Here        string // this page's address, for the other steps
	OfHousehold bool   // it posts itself
}

// homesOf are the households of one cell.
type homesOf struct {
	Name  string
	Homes []network.Household
}

const mostHomes = 60

func (p *Pages) fresh(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	page, err := p.newPage(r, q.Get("household"), q.Get("kind"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "wishes/new", page)
}

func (p *Pages) newPage(r *http.Request, household, kind string) (*newPage, error) {
	t := p.web.T(r)
	page := &newPage{Base: p.web.Base(r, "wishweb.new"), Household: household, Part: string(wish.AnyTime), Parts: choices(t, "wish.part.", wish.Parts()), Labels: labels(t),
		Action: "/wishes", Here: "/wishes/new", Crumbs: []web.Crumb{{Label: t("wishweb.title"), Href: "/wishes"}, {Label: t("wishweb.new")}}}
	if household == "" {
		return page, p.homes(r, page)
	}
	home, err := p.network.Household(r.Context(), actor(r), household)
	if err != nil {
		return nil, err
	}
	if !p.svc.May(actor(r), home.UnitID) {
		return nil, errs.E(errs.Forbidden, "wishweb.not_yours")
	}
	page.Address, page.Head = home.Address, home.Head
	return page, p.choose(r, page, kind)
}

// choose puts the kinds on a page, or the one that was chosen.
func (p *Pages) choose(r *http.Request, page *newPage, kind string) error {
	catalog, err := p.svc.Catalog(r.Context())
	if err != nil {
		return err
	}
	if k, ok := catalog.Kind(kind); ok && !k.Off {
		page.Kind, page.KindName = k, k.NameIn(p.web.Locale(r))
		return nil
	}
	for _, k := range catalog.Used() {
		page.Kinds = append(page.Kinds, web.Option{Value: k.Code, Label: k.NameIn(p.web.Locale(r))})
	}
	return nil
}

func (p *Pages) homes(r *http.Request, page *newPage) error {
	for _, cell := range p.svc.Cells(actor(r)) {
		list, _, err := p.network.HouseholdsOf(r.Context(), actor(r), cell.ID, "", mostHomes)
		if err != nil {
			return err
		}
		page.Homes = append(page.Homes, homesOf{p.unitName(cell.ID), list})
	}
	return nil
}

// readPost takes a wish from a form; what was typed goes back into the page.
func readPost(f *web.Form, page *newPage) wish.Post {
	page.Words, page.Day, page.Part = f.Text("words", wish.MaxWords), f.Date("day"), f.Text("part", 20)
	return wish.Post{Key: f.Key(), HouseholdID: page.Household, Kind: page.Kind.Code, Words: page.Words, Day: page.Day, Part: wish.Part(page.Part), Guardian: f.Bool("guardian")}
}

func (p *Pages) post(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.newPage(r, f.Text("household", 40), f.Text("kind", 40))
	if err != nil {
		return err
	}
	if page.Kind.Code == "" { // a step was left out
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "wishes/new", page)
	}
	cmd := readPost(f, page)
	id := ""
	if err = f.Err(); err == nil {
		id, err = p.svc.Post(r.Context(), wish.By{Actor: actor(r)}, cmd)
	}
	if web.Again(err) && !queued(r) {
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.web.RenderStatus(w, r, errs.Status(err), "wishes/new", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/wishes/"+id, "wishweb.said_posted")
}

// queued reports whether the service worker sends a form that waited for the network.
func queued(r *http.Request) bool { return r.Header.Get("X-Bilin-Outbox") != "" }

type showPage struct {
	web.Base
	Crumbs []web.Crumb
	V      view
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	page, err := p.showPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "wishes/show", page)
}

func (p *Pages) showPage(r *http.Request) (*showPage, error) {
	t := p.web.T(r)
	line, offers, err := p.svc.Get(r.Context(), wish.By{Actor: actor(r)}, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	page := &showPage{Base: p.web.Base(r, "wishweb.title")}
	page.V = p.view(r, line, "/wishes", page.FormKey)
	if page.V.Wished, err = p.svc.PostedWords(r.Context(), wish.By{Actor: actor(r)}, line); err != nil {
		return nil, err
	}
	page.V.Offers = p.offers(r, offers)
	page.Title, page.Live = page.V.KindName, []string{wish.Topic(line.CellID)}
	page.Crumbs = []web.Crumb{{Label: t("wishweb.title"), Href: "/wishes"}, {Label: page.Title}}
	return page, nil
}

func (p *Pages) offers(r *http.Request, list []wish.Candidate) (out []offerView) {
	near := []string{"cell", "group", "village", "town"}
	for _, c := range list {
		out = append(out, offerView{ID: c.ID, Name: c.Name, Where: p.unitName(c.UnitID), Near: p.web.T(r)("wishweb.near." + near[c.Near]), Day: c.Day,
			From: wish.Clock(c.Slot.From), To: wish.Clock(c.Slot.To)})
	}
	return out
}

// leadDoes carries out one of homeDeeds for whoever posts.
func (p *Pages) leadDoes(name string) func(http.ResponseWriter, *http.Request) error {
	d := p.homeDeeds()[name]
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		err = d.do(r.Context(), wish.By{Actor: actor(r)}, f, wish.Step{Key: f.Key(), ID: r.PathValue("id"), Version: version(f)})
		if web.Again(err) && !queued(r) {
			page, shown := p.showPage(r)
			if shown != nil {
				return shown
			}
			page.V.typed(f, err)
			page.Errors = page.V.Errors
			return p.web.RenderStatus(w, r, errs.Status(err), "wishes/show", page)
		}
		if err != nil {
			return err
		}
		return p.web.SeeOther(w, r, "/wishes/"+r.PathValue("id"), d.said)
	}
}

// typed puts back what was typed, with what is wrong with it.
func (v *view) typed(f *web.Form, err error) {
	v.Errors, v.TypedDay, v.At, v.Words, v.Chosen = web.FormErrorsOf(err), f.Text("day", 20), f.Text("at", 10), f.Text("words", 100), f.Text("thanks", 20)
	if v.State.Over() {
		v.NotTaken = v.Words
		if errs.CodeOf(err) == "once.key_reused" {
			v.Errors = web.FormErrorsOf(errs.E(errs.Conflict, "wishweb.over_before"))
		}
	}
}
