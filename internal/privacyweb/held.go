package privacyweb

import (
	"net/http"
	"net/url"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/privacy"
	"bilin/internal/purpose"
	"bilin/internal/web"
)

// line is a fact in the reader's language: a text, or a day.
type line struct {
	Label, Text string
	At          time.Time
}

func lineOf(t translate, label string, w privacy.Words) line {
	l := line{Label: label, Text: w.Text, At: w.At}
	if w.Key != "" {
		l.Text = t(w.Key, w.Args...)
	}
	return l
}

// item is one thing that is held.
type item struct {
	Holder, ID, Title string
	Form              string // makes its fields' ids its own
	Facts             []line
	Why, Basis, Stays string
	Until             line
	Kinds             []web.Option
}

// reading is that somebody opened something.
type reading struct {
	At             time.Time
	Who, For, What string
}

// broken is a glass that was broken.
type broken struct {
	purpose.Break
	Who string
}

// asked is a request in the list.
type asked struct {
	privacy.Request
	Late bool
}

type heldPage struct {
	web.Base
	Until    time.Time // the session ends
	Items    []item
	Nothing  []string // who holds nothing
	Readings []reading
	More     string
	Breaks   []broken
	Requests []asked
	Typed    typedAsk
	Promise  int
	Raise    string // where a demand is raised as this household
	Goes     []fate // if all were erased
	Stays    []fate
}

// typedAsk is what was typed in a form that comes back.
type typedAsk struct{ Form, Kind, Words string }

func (p *Pages) held(w http.ResponseWriter, r *http.Request) error {
	who, ok, err := p.confirmed(w, r)
	if !ok {
		return err
	}
	return p.heldWith(w, r, who, http.StatusOK, typedAsk{}, nil)
}

func (p *Pages) heldWith(w http.ResponseWriter, r *http.Request, who privacy.Session, status int, typed typedAsk, cause error) error {
	v, err := p.o.Privacy.Held(r.Context(), who.HouseholdID, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	web.Quiet(w)
	page := heldPage{Base: p.web.Base(r, "privacyweb.held"), Until: who.Until, Typed: typed, Promise: privacy.Promise}
	if cause != nil {
		page.Errors = web.FormErrorsOf(cause)
	}
	p.fill(r, &page, v)
	plan, err := p.o.Privacy.Erasing(r.Context(), who)
	if err != nil {
		return err
	}
	page.Goes, page.Stays = fatesOf(p.t(r), plan)
	home, err := p.o.Network.Household(r.Context(), auth.System("privacy"), who.HouseholdID)
	if err != nil {
		return err
	}
	if !home.Left {
		page.Raise = "/demands/new?" + url.Values{"door": {home.Door}}.Encode()
	}
	return p.web.RenderStatus(w, r, status, "privacy/held", page)
}

func (p *Pages) fill(r *http.Request, page *heldPage, v *privacy.View) {
	t := p.t(r)
	for _, h := range v.Holdings {
		for _, i := range h.Items {
			page.Items = append(page.Items, itemOf(t, h.Holder, i))
		}
		if len(h.Items) == 0 {
			page.Nothing = append(page.Nothing, t("privacyweb.holder."+h.Holder))
		}
	}
	for _, x := range v.Readings {
		page.Readings = append(page.Readings, p.readingOf(t, x))
	}
	for _, b := range v.Breaks {
		page.Breaks = append(page.Breaks, broken{b, p.who(t, b.Role, b.ByUnitID)})
	}
	for _, x := range v.Requests {
		page.Requests = append(page.Requests, asked{x, x.Late(p.o.Now())})
	}
	if v.More != "" {
		page.More = "/mine/held?" + url.Values{"after": {v.More}}.Encode() + "#reads"
	}
}

func itemOf(t translate, holder string, i privacy.Item) item {
	out := item{Holder: holder, ID: i.ID, Form: holder + i.ID, Title: lineOf(t, "", i.Title).Text, Why: t(i.Why), Basis: t(i.Basis), Until: lineOf(t, "", i.Until)}
	for _, f := range i.Facts {
		out.Facts = append(out.Facts, lineOf(t, t(f.Label), f.Value))
	}
	if i.Stays != "" {
		out.Stays = t(i.Stays)
	}
	for _, k := range i.Asks {
		o := web.Option{Value: string(k), Label: t("privacy.kind." + string(k)), Hint: t("privacyweb.kind_hint." + string(k))}
		if k == privacy.Erase && i.ID == "" { // it isn't erased piece by piece
			o.Label = t("privacyweb.erase_whole")
		}
		out.Kinds = append(out.Kinds, o)
	}
	return out
}

func (p *Pages) readingOf(t translate, x purpose.Reading) reading {
	out := reading{At: x.At, Who: p.who(t, x.Role, x.ByUnitID), What: t("purpose.what." + x.What), For: t("purpose.kind." + x.Ground.Kind)}
	switch {
	case x.Ground.Kind == purpose.System:
		out.For = t("privacyweb.system_for." + x.Ground.ID)
	case x.Title != "":
		out.For = t("purpose.work", "kind", out.For, "title", x.Title)
	}
	return out
}

// ask takes a request and shows how to follow it.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	who, ok, err := p.confirmed(w, r)
	if !ok {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	a := privacy.Ask{Key: f.Key(), Kind: privacy.Kind(f.Text("kind", 20)), Holder: f.Text("holder", 40), Item: f.Text("item", 80), Words: f.Lines("words", 500)}
	var out privacy.Asked
	if err = f.Err(); err == nil {
		out, err = p.o.Privacy.Send(r.Context(), who, a)
	}
	if web.IsInvalid(err) || errs.KindOf(err) == errs.Conflict && err != nil {
		return p.heldWith(w, r, who, http.StatusUnprocessableEntity, typedAsk{a.Holder + a.Item, string(a.Kind), a.Words}, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, followURL(out), "privacyweb.said_asked")
}

func followURL(a privacy.Asked) string {
	return "/mine/requests/" + a.Number + "?" + url.Values{"k": {a.Key}}.Encode()
}

type lookupPage struct {
	web.Base
	Number, Key string
}

func (p *Pages) lookup(w http.ResponseWriter, r *http.Request) error {
	web.Quiet(w)
	return p.web.Render(w, r, "privacy/lookup", lookupPage{Base: p.web.Base(r, "privacyweb.lookup")})
}

func (p *Pages) look(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := lookupPage{p.web.Base(r, "privacyweb.lookup"), f.Required("number", 40), f.Required("key", 80)}
	if err = f.Err(); err == nil {
		if err = p.Tries.Allow(web.ClientIP(r)); err != nil {
			return err
		}
		_, err = p.o.Privacy.Follow(r.Context(), page.Number, page.Key)
	}
	if web.IsInvalid(err) || errs.KindOf(err) == errs.NotFound && err != nil {
		web.Quiet(w)
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "privacy/lookup", page)
	}
	if err != nil {
		return err
	}
	n, err := privacy.ParseNumber(page.Number)
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, followURL(privacy.Asked{Number: n, Key: page.Key}), "")
}

type step struct {
	At        time.Time
	What, Who string
}

type followPage struct {
	web.Base
	R     *privacy.File
	About thing
	Key   string // in groups, to copy
	Steps []step
	Late  bool
}

func (p *Pages) follow(w http.ResponseWriter, r *http.Request) error {
	key := r.URL.Query().Get("k")
	f, err := p.o.Privacy.Follow(r.Context(), r.PathValue("number"), key)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		if limited := p.Tries.Allow(web.ClientIP(r)); limited != nil {
			return limited
		}
	}
	if err != nil {
		return err
	}
	web.Quiet(w)
	page := followPage{Base: p.web.Base(r, "privacyweb.request", "number", f.Number), R: f, About: aboutOf(p.t(r), &f.Request, nil), Key: privacy.Spoken(key), Steps: p.steps(p.t(r), f), Late: f.Late(p.o.Now())}
	page.Live = nil
	return p.web.Render(w, r, "privacy/follow", page)
}

func (p *Pages) steps(t translate, f *privacy.File) []step {
	out := make([]step, 0, len(f.Steps))
	for _, s := range f.Steps {
		x := step{At: s.At, What: t("privacy.step." + s.Kind)}
		if s.Role != "" {
			x.Who = p.who(t, s.Role, s.UnitID)
		}
		out = append(out, x)
	}
	return out
}
