package deskweb

import (
	"context"
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// showPage is a demand as the network works on it.
type showPage struct {
	web.Base
	Demand    *demand.File
	Spoken    string
	State     string
	StateKind string
	Kind      string
	Keeper    string
	Household string
	Contact   string // opened by this request
	Timeline  []web.TimelineItem
	Note      string
	Answering bool // the answer form came back
	MaxText   int
	Crumbs    []web.Crumb
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	f, err := p.svc.Get(r.Context(), auth.From(r.Context()), r.PathValue("number"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "desk/show", p.showPage(r, f))
}

func (p *Pages) showPage(r *http.Request, f *demand.File) showPage {
	t := p.t(r)
	return showPage{
		Base: p.web.Base(r, "desk.show", "number", demand.Spoken(f.Number)), Demand: f, Spoken: demand.Spoken(f.Number),
		State: t.State(f.State), StateKind: f.State.Look(), Kind: t.Kind(f.Kind), Keeper: t.Stop(f.Keeper),
		Household: f.Household, Timeline: t.Timeline(f.Events, t("desk.resident")), MaxText: demand.MaxText,
		Crumbs: []web.Crumb{{Label: t("desk.nav"), Href: "/demands"}, {Label: demand.Spoken(f.Number)}},
	}
}

func (p *Pages) accept(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, demand.StepAccepted, "desk.accepted", p.svc.Accept)
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, demand.StepAnswered, "desk.answered", p.svc.Answer)
}

func (p *Pages) resolve(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, demand.StepResolved, "desk.resolved", p.svc.Resolve)
}

// act carries out one of the network's commands. What can't be done now comes
// back on the newest page with the words still in it.
func (p *Pages) act(w http.ResponseWriter, r *http.Request, step demand.Step, flash string,
	do func(ctx context.Context, actor auth.Actor, number string, cmd demand.Command) (demand.Outcome, error)) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	actor := auth.From(r.Context())
	cmd := demand.Command{Key: f.Key(), Note: f.Lines("note", demand.MaxText)}
	if step != demand.StepAnswered { // an answer overwrites nothing
		cmd.Version = int(f.Version())
	}
	out := demand.Outcome{}
	if err = f.Err(); err == nil {
		out, err = do(r.Context(), actor, r.PathValue("number"), cmd)
	}
	if err == nil {
		return p.web.SeeOther(w, r, "/demands/"+out.Number, flash)
	}
	if !askAgain(err) || queued(r) {
		return err
	}
	if file, ferr := p.svc.Get(r.Context(), actor, r.PathValue("number")); ferr == nil {
		page := p.showPage(r, file)
		page.Errors, page.Note, page.Answering = web.FormErrorsOf(err), cmd.Note, step == demand.StepAnswered
		return p.web.RenderStatus(w, r, errs.Status(err), "desk/show", page)
	}
	return err
}

// contact opens the resident's contact and shows it in the answer to this very
// request, so that it is on record each time and in no address.
func (p *Pages) contact(w http.ResponseWriter, r *http.Request) error {
	actor := auth.From(r.Context())
	contact, err := p.svc.Contact(r.Context(), actor, r.PathValue("number"))
	if err != nil {
		return err
	}
	file, err := p.svc.Get(r.Context(), actor, r.PathValue("number"))
	if err != nil {
		return err
	}
	page := p.showPage(r, file)
	page.Contact = contact
	w.Header().Set("Cache-Control", "private, no-store")
	return p.web.Render(w, r, "desk/show", page)
}
