package deskweb

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// doing is one thing that can be done to a demand: a form, its route and its command.
type doing struct {
	name   string
	photos bool
	fresh  bool // it overwrites nothing, so a page may be old
	do     func(ctx context.Context, actor auth.Actor, number string, f *web.Form, cmd demand.Command) (demand.Outcome, error)
}

type plain func(ctx context.Context, actor auth.Actor, number string, cmd demand.Command) (demand.Outcome, error)

// simple is a command that takes nothing beside its words.
func simple(name string, do plain) doing {
	return doing{name: name, do: func(ctx context.Context, actor auth.Actor, number string, _ *web.Form, cmd demand.Command) (demand.Outcome, error) {
		return do(ctx, actor, number, cmd)
	}}
}

type aimed func(ctx context.Context, actor auth.Actor, number string, to demand.To, cmd demand.Command) (demand.Outcome, error)

// directed is a command that names an owner.
func directed(name string, do aimed) doing {
	return doing{name: name, do: func(ctx context.Context, actor auth.Actor, number string, f *web.Form, cmd demand.Command) (demand.Outcome, error) {
		to, err := toOf(f)
		if err != nil {
			return demand.Outcome{}, err
		}
		return do(ctx, actor, number, to, cmd)
	}}
}

// doings lists them.
func (p *Pages) doings() []doing {
	list := []doing{
		simple("accept", p.svc.Accept), simple("answer", p.svc.Answer), simple("note", p.svc.Note), simple("ask", p.svc.Ask),
		simple("resume", p.svc.Resume), simple("resolve", p.svc.Resolve), simple("take", p.svc.TakeOver), simple("return", p.svc.Return),
		simple("recall", p.svc.Recall), simple("tell", p.svc.TellInPerson), simple("owed", p.svc.AnswerOwed),
		directed("transfer", p.svc.Transfer), directed("decide", p.svc.Decide), directed("help", p.svc.AddHelper), directed("unhelp", p.svc.DropHelper),
		{name: "sort", do: p.sort}, {name: "merge", do: p.merge}, {name: "vouch", do: p.vouch},
	}
	if p.opt.Whistles != nil {
		list = append(list, doing{name: "whistle", do: p.blow})
	}
	for i := range list {
		switch list[i].name {
		case "answer", "note", "owed":
			list[i].fresh = true
		case "resolve":
			list[i].photos = true
		}
	}
	return list
}

func (p *Pages) sort(ctx context.Context, actor auth.Actor, number string, f *web.Form, cmd demand.Command) (demand.Outcome, error) {
	urgency := f.Int("urgency", 0, 2)
	if err := f.Err(); err != nil {
		return demand.Outcome{}, err
	}
	return p.svc.Categorise(ctx, actor, number, f.Text("category", 40), urgency, cmd)
}

func (p *Pages) merge(ctx context.Context, actor auth.Actor, number string, f *web.Form, cmd demand.Command) (demand.Outcome, error) {
	out, err := p.svc.Merge(ctx, actor, number, f.Text("into", 40), cmd)
	if e := errs.As(err); err != nil && len(e.Fields) == 0 && e.Kind != errs.Stale && e.Kind != errs.Internal {
		err = errs.Wrap(err, e.Kind, "demand.check").WithField("into", e.Code, e.Args...)
	}
	return out, err
}

// vouch passes on the word of a resident without a telephone.
func (p *Pages) vouch(ctx context.Context, actor auth.Actor, number string, f *web.Form, cmd demand.Command) (demand.Outcome, error) {
	solved := f.Choice("solved", "yes", "no")
	satisfied := f.Int("satisfied", 0, 3)
	if solved == "" {
		f.Fail("solved", "web.required")
	}
	if err := f.Err(); err != nil {
		return demand.Outcome{}, err
	}
	rating := demand.Rating{Satisfied: demand.Satisfaction(satisfied)}
	if solved == "yes" {
		rating.Why = cmd.Note
	}
	return p.svc.Vouch(ctx, actor, number, solved == "yes", rating, cmd)
}

// toOf reads an owner: "unit:CODE", "dept:ID" or "office".
func toOf(f *web.Form) (demand.To, error) {
	kind, id, _ := strings.Cut(f.Text("to", 80), ":")
	switch {
	case kind == "unit" && id != "":
		return demand.To{UnitCode: id}, nil
	case kind == "dept" && id != "":
		return demand.To{DepartmentID: id}, nil
	case kind == "office":
		return demand.To{}, nil
	}
	return demand.To{}, errs.E(errs.Invalid, "demand.check").WithField("to", "demand.to_unknown")
}

// act carries out one command. What can't be done now comes back on the newest
// page, with the words still in it and with what happened meanwhile.
func (p *Pages) act(w http.ResponseWriter, r *http.Request, what doing) error {
	f, pictures, err := parse(w, r)
	if err != nil {
		return err
	}
	actor, number := auth.From(r.Context()), r.PathValue("number")
	if f.Text("_fill", 1) != "" {
		return p.fill(w, r, f, what.name)
	}
	cmd := demand.Command{Key: f.Key(), Note: f.Lines("note", demand.MaxText), Basis: f.Text("basis", demand.MaxBasis), Pictures: pictures}
	if !what.fresh {
		cmd.Version = int(f.Version())
	}
	var out demand.Outcome
	if err = f.Err(); err == nil {
		out, err = what.do(r.Context(), actor, number, f, cmd)
	}
	if err == nil {
		return p.done(w, r, actor, out, what.name)
	}
	if !askAgain(err) || queued(r) {
		return err
	}
	return p.again(w, r, f, what.name, pictures, err)
}

// done goes back to the demand, or to the queue for who may no longer read it.
func (p *Pages) done(w http.ResponseWriter, r *http.Request, actor auth.Actor, out demand.Outcome, name string) error {
	if _, err := p.svc.Get(r.Context(), actor, out.Number); errs.KindOf(err) == errs.NotFound && err != nil {
		return p.web.SeeOther(w, r, "/demands", "desk.done."+name)
	}
	return p.web.SeeOther(w, r, "/demands/"+out.Number, "desk.done."+name)
}

// again shows the newest page with a form that was refused.
func (p *Pages) again(w http.ResponseWriter, r *http.Request, f *web.Form, name string, pictures []demand.Picture, cause error) error {
	file, err := p.svc.Get(r.Context(), auth.From(r.Context()), r.PathValue("number"))
	if err != nil {
		return cause
	}
	page, err := p.showPage(r, file)
	if err != nil {
		return err
	}
	page.Errors, page.Back, page.Sent = web.FormErrorsOf(cause), name, keep(f)
	page.Picked, page.Kepts = f.List("department"), keptPhotos(pictures)
	if seen, err := strconv.Atoi(f.Text("_seen", 10)); err == nil && seen > 0 {
		page.Meanwhile = p.meanwhile(r, file, seen)
	}
	return p.web.RenderStatus(w, r, errs.Status(cause), "desk/show", page)
}

// fill puts a kept answer into the form, for browsers without scripts.
func (p *Pages) fill(w http.ResponseWriter, r *http.Request, f *web.Form, name string) error {
	file, err := p.svc.Get(r.Context(), auth.From(r.Context()), r.PathValue("number"))
	if err != nil {
		return err
	}
	page, err := p.showPage(r, file)
	if err != nil {
		return err
	}
	page.Back, page.Sent = name, keep(f)
	for _, a := range page.Answers {
		if a.ID == page.Sent["template"] {
			page.Sent["note"] = strings.TrimSpace(page.Sent["note"] + "\n" + a.Text)
		}
	}
	return p.web.Render(w, r, "desk/show", page)
}

// keep remembers what was typed.
func keep(f *web.Form) map[string]string {
	kept := map[string]string{"note": f.Lines("note", demand.MaxText*2)}
	for _, name := range []string{"basis", "to", "category", "urgency", "into", "template", "solved", "satisfied", "place", "meet"} {
		kept[name] = f.Text(name, demand.MaxBasis*2)
	}
	return kept
}

// where opens at which door to knock, in the answer to this very request.
func (p *Pages) where(w http.ResponseWriter, r *http.Request) error {
	door, err := p.svc.Where(r.Context(), auth.From(r.Context()), r.PathValue("number"))
	if err != nil {
		return err
	}
	file, err := p.svc.Get(r.Context(), auth.From(r.Context()), r.PathValue("number"))
	if err != nil {
		return err
	}
	page, err := p.showPage(r, file)
	if err != nil {
		return err
	}
	page.Where = &door
	w.Header().Set("Cache-Control", "private, no-store")
	return p.web.Render(w, r, "desk/show", page)
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
	page, err := p.showPage(r, file)
	if err != nil {
		return err
	}
	page.Contact = contact
	w.Header().Set("Cache-Control", "private, no-store")
	return p.web.Render(w, r, "desk/show", page)
}
