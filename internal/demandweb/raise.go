package demandweb

import (
	"net/http"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demandweb/words"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// placePage asks where somebody lives, for those who come without a card.
type placePage struct {
	web.Base
	Text  string // typed before it turned out that there is no such place
	Door  string
	Towns []web.Option
	Town  string // chosen; then Units are its villages
	Units []web.Option
}

// raisePage is the form. To and Above say who will get it, before it is sent.
type raisePage struct {
	web.Base
	Unit, Door string
	From       string // where it comes from, in words
	To         string
	Why        string // set if it isn't the lead of the place
	Above      string // who gets a complaint about the lead
	Kinds      []web.Option
	Kind       string
	Text       string
	Contact    string
	Anonymous  bool
	MaxText    int
	MaxContact int
}

func (p *Pages) newForm(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	cmd := demand.Raise{UnitCode: q.Get("unit"), DoorCode: q.Get("door"), Kind: demand.Kind(q.Get("kind"))}
	if cmd.UnitCode == "" && cmd.DoorCode == "" {
		return p.place(w, r, cmd, nil, http.StatusOK)
	}
	if cmd.DoorCode != "" {
		if err := p.Doors.Allow(web.ClientIP(r)); err != nil {
			return err
		}
	}
	return p.form(w, r, cmd, nil)
}

func (p *Pages) raise(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := demand.Raise{
		Kind: demand.Kind(f.Text("kind", 20)), Text: f.Lines("text", demand.MaxText),
		UnitCode: f.Text("unit", 40), DoorCode: f.Text("door", 40),
		Contact: f.Text("contact", demand.MaxContact), Anonymous: f.Bool("anonymous"), Key: f.Key(),
	}
	if err := p.Raises.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	receipt := demand.Receipt{}
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Raise(r.Context(), auth.From(r.Context()), cmd)
	}
	if web.IsInvalid(err) && !queued(r) {
		return p.form(w, r, cmd, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, trackURL(receipt.Number, receipt.Track, "/receipt"), "")
}

// form shows the form, again if err says what is wrong with it.
func (p *Pages) form(w http.ResponseWriter, r *http.Request, cmd demand.Raise, err error) error {
	page := raisePage{
		Base: p.web.Base(r, "demand.page.raise"), Unit: cmd.UnitCode, Door: cmd.DoorCode, Kind: string(cmd.Kind), Text: cmd.Text,
		Contact: cmd.Contact, Anonymous: cmd.Anonymous, MaxText: demand.MaxText, MaxContact: demand.MaxContact,
	}
	if perr := p.destination(r, &page); perr != nil {
		if web.IsInvalid(perr) { // no such place: ask for it, keeping what was typed
			return p.place(w, r, cmd, perr, http.StatusUnprocessableEntity)
		}
		return perr
	}
	page.Kinds = p.t(r).Kinds(true)
	if err == nil {
		return p.web.Render(w, r, "demand/raise", page)
	}
	page.Errors = web.FormErrorsOf(err)
	page.FormKey = orElse(cmd.Key, page.FormKey)
	return p.web.RenderStatus(w, r, errs.Status(err), "demand/raise", page)
}

func (p *Pages) destination(r *http.Request, page *raisePage) error {
	t := p.t(r)
	from, to, why, err := p.svc.Destination(r.Context(), demand.Raise{Kind: demand.Help, UnitCode: page.Unit, DoorCode: page.Door})
	if err != nil {
		return err
	}
	_, above, _, err := p.svc.Destination(r.Context(), demand.Raise{Kind: demand.Complaint, UnitCode: page.Unit, DoorCode: page.Door})
	if err != nil {
		return err
	}
	page.From, page.To, page.Above = p.tree().PathName(from, " · "), t.Stop(to), t.Stop(above)
	if why != demand.ReasonLead {
		page.Why = t("demand.reason." + string(why))
	}
	return nil
}

// place asks where somebody lives: by the code on the door card, by address
// (the search is another page), or by town and village.
func (p *Pages) place(w http.ResponseWriter, r *http.Request, cmd demand.Raise, err error, status int) error {
	page := placePage{Base: p.web.Base(r, "demand.page.place"), Text: cmd.Text, Door: cmd.DoorCode, Town: r.URL.Query().Get("town")}
	tree := p.tree()
	page.Towns = words.Units(tree.Units(network.Town))
	if town := tree.ByCode(page.Town); town != nil && town.Level == network.Town {
		page.Units = words.Units(tree.Children(town))
	}
	if err != nil {
		page.Errors = web.FormErrorsOf(err)
	}
	return p.web.RenderStatus(w, r, status, "demand/place", page)
}

// queued reports whether the service worker sends a form that waited for the
// network: nobody looks at a page then, so errors go back as they are.
func queued(r *http.Request) bool { return r.Header.Get("X-Bilin-Outbox") != "" }

func orElse(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}
