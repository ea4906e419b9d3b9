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

// raisePage is the form. The promise says who will get it, before it is sent.
type raisePage struct {
	web.Base
	matter
	Promise   promise
	Anonymous bool
	More      bool // what few fill in is open
}

func (p *Pages) newForm(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	cmd := demand.Raise{UnitCode: q.Get("unit"), DoorCode: q.Get("door"), Kind: demand.Kind(q.Get("kind"))}
	if cmd.UnitCode == "" && cmd.DoorCode == "" {
		return p.place(w, r, cmd, nil, http.StatusOK)
	}
	if err := p.knock(r, cmd); err != nil {
		return err
	}
	return p.form(w, r, cmd, nil)
}

// knock counts who asks where a door's code leads.
func (p *Pages) knock(r *http.Request, cmd demand.Raise) error {
	if cmd.DoorCode == "" {
		return nil
	}
	return p.Doors.Allow(web.ClientIP(r))
}

func (p *Pages) raise(w http.ResponseWriter, r *http.Request) error {
	if err := p.Raises.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, photos, err := p.parse(w, r)
	if err != nil {
		return err
	}
	cmd, receipt := readMatter(f, photos), demand.Receipt{}
	if err = f.Err(); err == nil && !f.Bool("seen") && !queued(r) {
		if asked, aerr := p.askSame(w, r, cmd); asked || aerr != nil && !web.IsInvalid(aerr) {
			return aerr
		}
	}
	if err == nil && p.proved != nil && cmd.DoorCode != "" {
		if cmd.Proved, err = p.proved(r, cmd.DoorCode); err != nil {
			return err
		}
	}
	if err == nil {
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
	page := raisePage{Base: p.web.Base(r, "demand.page.raise"), matter: p.matterOf(p.t(r), p.web.Locale(r), cmd), Anonymous: cmd.Anonymous}
	from, promise, perr := p.promise(r, cmd)
	if perr != nil {
		if web.IsInvalid(perr) { // no such place: ask for it, keeping what was typed
			return p.place(w, r, cmd, perr, http.StatusUnprocessableEntity)
		}
		return perr
	}
	page.Promise = promise
	page.at(p.t(r), p.tree(), from)
	page.More = cmd.Place != "" || cmd.Lon != 0 || cmd.Private || cmd.Anonymous || cmd.Publish
	if err == nil {
		return p.web.Render(w, r, "demand/raise", page)
	}
	page.Errors = web.FormErrorsOf(err)
	page.FormKey = orElse(cmd.Key, page.FormKey)
	return p.web.RenderStatus(w, r, errs.Status(err), "demand/raise", page)
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
