package deskweb

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/whistle"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// perWhistles is how many open calls the list shows.
const perWhistles = 100

// whistlesPage is the list of calls without an outcome.
type whistlesPage struct {
	web.Base
	Calls  []whistleCard
	Crumbs []web.Crumb
}

// whistleCard is a call in words.
type whistleCard struct {
	whistle.Whistle
	Spoken, By string
	Answers    []whistleAnswer
	MayMeet    bool // the reader may write down what came of it
	Key        string
	On         string // the demand's page it is shown on; empty: the list
	Back       whistleForm
}

// whistleForm is a form of a call that came back.
type whistleForm struct {
	ID     string            // of the call
	Part   string            // "met", or the department that answers
	Sent   map[string]string // what was typed
	Faults web.FormErrors
}

// Kept is what was typed in a part's form.
func (c whistleCard) Kept(part, name string) string {
	if c.Back.Part != part {
		return ""
	}
	return c.Back.Sent[name]
}

// whistleAnswer is one department's part in a call.
type whistleAnswer struct {
	whistle.Call
	Late, Mine bool
}

func (p *Pages) whistleRoutes() []web.Route {
	if p.opt.Whistles == nil {
		return nil
	}
	desk := string(demand.ActDesk)
	return []web.Route{
		{Pattern: "GET /whistles", Access: desk, Handler: p.whistles},
		{Pattern: "POST /whistles/{id}/answer", Access: desk, Handler: p.answerWhistle, MaxBody: wordsBody},
		{Pattern: "POST /whistles/{id}/met", Access: desk, Handler: p.metWhistle, MaxBody: wordsBody},
	}
}

// concerns reports whether the actor blows whistles or is called by them.
func (p *Pages) concerns(actor auth.Actor) bool {
	return p.opt.Whistles != nil && (actor.Has(auth.CityOffice) || actor.Has(auth.Department) || actor.Has(auth.VillageOfficial) || actor.Has(auth.TownOfficial))
}

func (p *Pages) whistles(w http.ResponseWriter, r *http.Request) error {
	page, err := p.whistlesPage(r, whistleForm{})
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "desk/whistles", page)
}

// whistlesPage lists the open calls. That of a form that came back is always there.
func (p *Pages) whistlesPage(r *http.Request, back whistleForm) (whistlesPage, error) {
	actor := auth.From(r.Context())
	page := whistlesPage{Base: p.web.Base(r, "desk.whistles")}
	page.Crumbs = []web.Crumb{{Label: p.t(r)("desk.nav"), Href: "/demands"}, {Label: p.t(r)("desk.whistles")}}
	list, err := p.opt.Whistles.Open(r.Context(), actor, perWhistles)
	if err != nil {
		return page, err
	}
	if back.ID != "" && !slices.ContainsFunc(list, func(w whistle.Whistle) bool { return w.ID == back.ID }) {
		call, err := p.opt.Whistles.Get(r.Context(), actor, back.ID)
		if err != nil {
			return page, err
		}
		list = slices.Insert(list, 0, call)
	}
	page.Calls = p.cards(actor, list, page.FormKey, "")
	for i := range page.Calls {
		if page.Calls[i].ID == back.ID {
			page.Calls[i].Back = back
		}
	}
	return page, nil
}

// cards writes calls; on is the number of the demand on whose page they stand.
func (p *Pages) cards(actor auth.Actor, list []whistle.Whistle, key, on string) []whistleCard {
	now, tree := p.opt.Now(), p.tree()
	cards := make([]whistleCard, 0, len(list))
	for _, w := range list {
		open := w.MetAt.IsZero()
		card := whistleCard{Whistle: w, Spoken: demand.Spoken(w.Number), MayMeet: open && w.MayWrite(actor), Key: key + "-" + w.ID, On: on}
		if u := tree.ByID(w.UnitID); u != nil {
			card.By = u.Name
		}
		for _, c := range w.Calls {
			mine := slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool { return g.Role == auth.Department && g.DepartmentID == c.DepartmentID })
			card.Answers = append(card.Answers, whistleAnswer{Call: c, Late: w.Late(c, now), Mine: mine && open})
		}
		cards = append(cards, card)
	}
	return cards
}

// called fills in the open calls of a demand.
func (p *Pages) called(r *http.Request, f *demand.File, page *showPage) error {
	if p.opt.Whistles == nil {
		return nil
	}
	list, err := p.opt.Whistles.Of(r.Context(), f)
	if err != nil {
		return err
	}
	open := slices.DeleteFunc(list, func(w whistle.Whistle) bool { return !w.MetAt.IsZero() })
	page.Whistles = p.cards(auth.From(r.Context()), open, page.FormKey, f.Number)
	return nil
}

func (p *Pages) answerWhistle(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	a := whistle.Answer{DepartmentID: f.Text("department", 80), Coming: f.Choice("coming", "yes", "no") == "yes", Who: f.Text("note", whistle.MaxPlace*2)}
	a.Command = demand.Command{Key: f.Key(), Note: a.Who}
	if err = f.Err(); err == nil {
		_, err = p.opt.Whistles.Answer(r.Context(), auth.From(r.Context()), r.PathValue("id"), a)
	}
	return p.whistled(w, r, f, whistleForm{Part: a.DepartmentID, Sent: map[string]string{"note": a.Who}}, err)
}

func (p *Pages) metWhistle(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	actor := auth.From(r.Context())
	call, err := p.opt.Whistles.Get(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	m := whistle.Met{Came: map[string]string{}, Version: int(f.Version()), Command: demand.Command{Key: f.Key(), Note: f.Lines("note", demand.MaxText)}}
	back := whistleForm{Part: "met", Sent: map[string]string{"note": m.Command.Note}}
	for _, c := range call.Calls {
		m.Came[c.DepartmentID] = f.Text("came_"+c.DepartmentID, whistle.MaxPlace)
		back.Sent[c.DepartmentID] = m.Came[c.DepartmentID]
	}
	if err = f.Err(); err == nil {
		_, err = p.opt.Whistles.Met(r.Context(), actor, call.ID, m)
	}
	return p.whistled(w, r, f, back, err)
}

// whistled goes back to where a form of a call was sent from; one that was
// refused comes back with its words.
func (p *Pages) whistled(w http.ResponseWriter, r *http.Request, f *web.Form, back whistleForm, err error) error {
	switch {
	case err == nil:
		to := "/whistles"
		if number, bad := demand.ParseNumber(f.Text("on", 20)); bad == nil {
			to = "/demands/" + number
		}
		return p.web.SeeOther(w, r, to, "desk.done.whistled")
	case !askAgain(err) || queued(r):
		return err
	}
	back.ID, back.Faults = r.PathValue("id"), web.FormErrorsOf(err)
	page, failed := p.whistlesPage(r, back)
	if failed != nil {
		return err
	}
	page.Errors = back.Faults
	return p.web.RenderStatus(w, r, errs.Status(err), "desk/whistles", page)
}

// blow calls departments to the spot.
func (p *Pages) blow(ctx context.Context, actor auth.Actor, number string, f *web.Form, cmd demand.Command) (demand.Outcome, error) {
	at, err := time.ParseInLocation("2006-01-02T15:04", f.Text("meet", 20), p.svc.Terms().Calendar.Zone())
	if err != nil {
		return demand.Outcome{}, errs.Wrap(err, errs.Invalid, "demand.check").WithField("meet", "whistle.meet_wrong")
	}
	return p.opt.Whistles.Blow(ctx, actor, number, whistle.Blow{Departments: departmentIDs(f.List("department")), Place: f.Text("place", whistle.MaxPlace), MeetAt: at, Command: cmd})
}

// departmentIDs takes the "dept:" off the values of the form.
func departmentIDs(values []string) []string {
	ids := make([]string, len(values))
	for i, v := range values {
		ids[i] = strings.TrimPrefix(v, "dept:")
	}
	return ids
}
