package orderweb

import (
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/web"
)

// correctPage gives an order other words.
type correctPage struct {
	web.Base
	Crumbs            []web.Crumb
	Order             *mobilise.Order
	Head              string // the title in it
	What, Do, Where   string
	Until             string
	Told, Untold      int  // whom a channel reached already, and whom not yet
	Changed           bool // somebody else was quicker; Order has their words
	Labels            map[string]string
	MaxTitle, MaxText int
}

func (p *Pages) correctForm(w http.ResponseWriter, r *http.Request) error {
	o, err := p.correctable(r)
	if err != nil {
		return err
	}
	page := correctPage{Order: o, Head: o.Title, What: o.What, Do: o.Do, Where: o.Where, Until: localTime(o.Until)}
	page.Base = p.web.Base(r, "orderweb.correct_of", "number", o.Number)
	return p.correctWith(w, r, http.StatusOK, page)
}

func (p *Pages) correctable(r *http.Request) (*mobilise.Order, error) {
	o, may, err := p.o.Orders.Get(r.Context(), actor(r), r.PathValue("number"))
	if err == nil && !may.Correct {
		err = errs.E(errs.Conflict, "order.not_active")
	}
	return o, err
}

func (p *Pages) correctWith(w http.ResponseWriter, r *http.Request, status int, page correctPage) error {
	say := p.web.T(r)
	t, err := p.counts.get(r.Context(), page.Order.ID)
	if err != nil {
		return err
	}
	page.Untold = t.By[mobilise.Queued]
	page.Told = t.People - page.Untold
	page.Crumbs = []web.Crumb{{Label: say("orderweb.title"), Href: "/orders"}, {Label: page.Order.Number, Href: "/orders/" + page.Order.Number}, {Label: say("orderweb.correct")}}
	page.MaxTitle, page.MaxText = mobilise.MaxTitle, mobilise.MaxText
	page.Labels = map[string]string{}
	for _, name := range []string{"title", "what", "do", "where", "until"} {
		page.Labels[name] = say("orderweb.f." + name)
	}
	return p.web.RenderStatus(w, r, status, "order/correct", page)
}

func (p *Pages) correct(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	o, err := p.correctable(r)
	if err != nil {
		return err
	}
	page := correctPage{Order: o, Head: f.Text("title", readText), What: f.Lines("what", readText), Do: f.Lines("do", readText), Where: f.Lines("where", readText), Until: f.Text("until", 30)}
	words := mobilise.Words{Title: page.Head, What: page.What, Do: page.Do, Where: page.Where}
	if page.Until != "" {
		at, ok := readTime(page.Until)
		if !ok {
			f.Fail("until", "orderweb.bad_time")
		}
		if words.Until = at; page.Until == localTime(o.Until) {
			words.Until = o.Until // to the second, so that it counts as unchanged
		}
	}
	wrong := f.Err()
	if wrong == nil {
		_, wrong = p.o.Orders.Correct(r.Context(), actor(r), mobilise.Command{Key: f.Key(), Number: o.Number, Version: int(f.Version())}, words)
	}
	switch kind := errs.KindOf(wrong); {
	case wrong == nil:
		return p.web.SeeOther(w, r, "/orders/"+o.Number, "orderweb.said_correct")
	case kind == errs.Stale:
		if page.Order, err = p.correctable(r); err != nil {
			return err
		}
		page.Changed = true
	case kind != errs.Invalid:
		return wrong
	}
	page.Base = p.web.Base(r, "orderweb.correct_of", "number", o.Number)
	page.Errors = web.FormErrorsOf(wrong)
	return p.correctWith(w, r, errs.Status(wrong), page)
}
