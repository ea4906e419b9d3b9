package honourweb

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/web"
)

// nominatePage puts somebody forward: first they are found, then written about.
type nominatePage struct {
	web.Base
	R          card
	Q          string
	Found      []web.Option // whom one can nominate; the value is kind and id
	Nominee    string
	Category   string
	Categories []web.Option
	Citation   string
	Door       string
	Resident   bool
	Sent       bool // the form came in, and comes back with what was written
	Labels     map[string]string
	Crumbs     []web.Crumb
}

func (p *Pages) nominatePage(r *http.Request) (*nominatePage, error) {
	x, _, err := p.round(r)
	if err != nil {
		return nil, err
	}
	if x.State != honour.Open {
		return nil, errs.E(errs.Conflict, "honour.no_nominations")
	}
	t := p.web.T(r)
	page := &nominatePage{Base: p.web.Base(r, "honourweb.nominate"), R: p.card(r, *x), Resident: actor(r).Anonymous(), Crumbs: p.crumbs(r, x, t("honourweb.nominate")),
		Labels: map[string]string{"nominee": t("honourweb.nominee"), "category": t("honourweb.category"), "citation": t("honourweb.citation"), "door": t("honourweb.door")}}
	for _, c := range x.Categories {
		page.Categories = append(page.Categories, web.Option{Value: c.Key, Label: c.Name})
	}
	if len(x.Categories) == 1 {
		page.Category = x.Categories[0].Key
	}
	return page, nil
}

// find fills in whom the words find. Words can be the code of a door, so whoever
// finds nobody too often has to wait.
func (p *Pages) find(r *http.Request, page *nominatePage) error {
	list, err := p.svc.Search(r.Context(), actor(r), page.Q)
	if err == nil && len(list) == 0 {
		err = p.Misses.Allow(web.ClientIP(r))
	}
	for _, n := range list {
		page.Found = append(page.Found, web.Option{Value: string(n.Kind) + ":" + n.ID, Label: n.Name, Hint: p.where(n.UnitID)})
	}
	return err
}

func (p *Pages) nominateForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.nominatePage(r)
	if err != nil {
		return err
	}
	if page.Q = strings.TrimSpace(r.URL.Query().Get("q")); page.Q != "" && !page.R.Closed {
		if err := p.Writes.Allow(web.ClientIP(r)); err != nil {
			return err
		}
		if err := p.find(r, page); err != nil {
			return err
		}
	}
	return p.web.Render(w, r, "honours/nominate", page)
}

func (p *Pages) nominate(w http.ResponseWriter, r *http.Request) error {
	if err := p.Writes.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.nominatePage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.Q, page.Nominee, page.Category = f.Key(), f.Text("q", 40), f.Text("nominee", 80), f.Text("category", 4)
	page.Sent = true
	page.Citation, page.Door = f.Lines("citation", anyText), f.Text("door", 40)
	if page.Q != "" { // also once it is closed: what was written comes back
		if err := p.find(r, page); err != nil {
			return err
		}
	}
	kind, id, _ := strings.Cut(page.Nominee, ":")
	var receipt honour.Receipt
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Nominate(r.Context(), actor(r), honour.Nominate{Key: f.Key(), RoundID: page.R.ID, Category: page.Category, Kind: honour.Kind(kind), NomineeID: id, Citation: page.Citation, Door: page.Door})
	}
	if web.Again(err) {
		if limited := p.Misses.Allow(web.ClientIP(r)); limited != nil {
			return limited
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/nominate", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, keyed("/my-nomination/", receipt)+"&new=1", "")
}

func keyed(path string, receipt honour.Receipt) string {
	return path + receipt.ID + "?" + url.Values{"k": {receipt.Key}}.Encode()
}

// nominationPage is what whoever nominated follows with their key.
type nominationPage struct {
	web.Base
	N         *honour.Nomination
	R         card
	Category  string
	Where     string
	Key       string
	New       bool
	Takes     bool // it can still be taken back
	Says      string
	Link      string
	Href      string
	QR        template.HTML
	Crumbs    []web.Crumb
	EraseText bool
}

// stands says in words how far a nomination has come.
func stands(n *honour.Nomination, x *honour.Round) string {
	switch {
	case n.Withdrawn:
		return "honourweb.stands_back"
	case n.Checked && !n.True:
		return "honourweb.stands_untrue"
	case n.Asked && !n.Agrees:
		return "honourweb.stands_declined"
	case !n.Checked:
		return "honourweb.stands_unchecked"
	case !n.Asked:
		return "honourweb.stands_unasked"
	case x.State == honour.Open || x.State == honour.Voting:
		return "honourweb.stands_judged"
	case n.Result == honour.Proposed && x.State == honour.Published:
		return "honourweb.stands_published"
	case n.Result == honour.Proposed:
		return "honourweb.stands_honoured"
	}
	return "honourweb.stands_not"
}

func (p *Pages) nominationPage(w http.ResponseWriter, r *http.Request, key string) (*nominationPage, error) {
	web.Quiet(w)
	n, x, err := p.svc.MyNomination(r.Context(), r.PathValue("id"), key)
	if err != nil {
		return nil, p.missed(r, err)
	}
	page := &nominationPage{Base: p.web.Base(r, "honourweb.nomination"), N: n, R: p.card(r, *x), Category: x.Category(n.Category).Name, Where: p.where(n.UnitID), Key: key,
		New: r.URL.Query().Get("new") == "1", Takes: x.State == honour.Open && !n.Withdrawn, Says: p.web.T(r)(stands(n, x)), Crumbs: p.crumbs(r, x, n.Number)}
	page.Href = keyed("/my-nomination/", honour.Receipt{ID: n.ID, Key: key})
	page.Link = p.web.Absolute(r, page.Href)
	page.QR, err = web.QR(page.Link, 0)
	return page, err
}

func (p *Pages) nomination(w http.ResponseWriter, r *http.Request) error {
	page, err := p.nominationPage(w, r, r.URL.Query().Get("k"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/nomination", page)
}

func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id, key := r.PathValue("id"), f.Text("_k", 80)
	err = p.svc.Withdraw(r.Context(), id, key, f.Key())
	if web.Again(err) {
		page, shown := p.nominationPage(w, r, key)
		if shown != nil {
			return shown
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/nomination", page)
	}
	if err != nil {
		return p.missed(r, err)
	}
	return p.web.SeeOther(w, r, keyed("/my-nomination/", honour.Receipt{ID: id, Key: key}), "honourweb.taken_back")
}
