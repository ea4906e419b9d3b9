package demandweb

import (
	"net/http"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demandweb/words"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// samePage asks, once, whether a neighbour has raised the same already. It
// carries the whole form, so that nothing is typed twice.
type samePage struct {
	web.Base
	Hints  []hint
	Fields []web.Option // name and value of what was typed
	Kept   []keptPhoto
}

// hint is a demand of a neighbour, without a word of what they wrote.
type hint struct {
	Href    string
	What    string
	Unit    string
	Hint    demand.Hint
	State   string
	Look    string
	HasMany bool
}

// tooPage asks for a number, which may stay empty.
type tooPage struct {
	web.Base
	Hint    hint
	ID      string
	Contact string
}

type thanksPage struct {
	web.Base
	Told bool // a number was left
}

// similar answers while somebody writes.
func (p *Pages) similar(w http.ResponseWriter, r *http.Request) error {
	if err := p.Hints.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	hints, err := p.hints(r, demand.Raise{
		Text: f.Lines("text", demand.MaxText), Category: f.Text("category", 60), UnitCode: f.Text("unit", 40), DoorCode: f.Text("door", 40),
		Lon: number(f, "lon"), Lat: number(f, "lat"),
	})
	if err != nil && !web.IsInvalid(err) {
		return err
	}
	return p.web.RenderPart(w, r, "demand/same", "hints", samePage{Hints: hints})
}

func (p *Pages) hints(r *http.Request, cmd demand.Raise) ([]hint, error) {
	if err := p.knock(r, cmd); err != nil {
		return nil, err
	}
	found, err := p.svc.Similar(r.Context(), cmd)
	if err != nil {
		return nil, err
	}
	var list []hint
	for _, h := range found {
		list = append(list, p.hintOf(p.t(r), p.web.Locale(r), h))
	}
	return list, nil
}

func (p *Pages) hintOf(t words.T, locale string, h demand.Hint) hint {
	what := p.svc.Terms().Catalog.Path(h.CategoryID, locale)
	if what == "" {
		what = t.Kind(h.Kind)
	}
	return hint{Href: "/same/" + h.ID, What: what, Unit: h.Unit, Hint: h, State: t.State(h.State), Look: h.State.Look(), HasMany: h.Follows > 0}
}

// askSame shows the question if there is something to ask, and reports whether it did.
func (p *Pages) askSame(w http.ResponseWriter, r *http.Request, cmd demand.Raise) (bool, error) {
	if cmd.Kind == demand.Complaint || cmd.Private {
		return false, nil
	}
	if raised, err := p.svc.Raised(r.Context(), auth.From(r.Context()), cmd.Key); raised || err != nil {
		return false, err
	}
	hints, err := p.hints(r, cmd)
	if err != nil || len(hints) == 0 {
		return false, err
	}
	page := samePage{Base: p.web.Base(r, "demand.page.same"), Hints: hints, Fields: fieldsOf(cmd), Kept: kept(cmd.Pictures)}
	page.FormKey = orElse(cmd.Key, page.FormKey)
	return true, p.web.Render(w, r, "demand/same", page)
}

// fieldsOf writes a form down as hidden inputs.
func fieldsOf(cmd demand.Raise) []web.Option {
	list := []web.Option{
		{Value: "kind", Label: string(cmd.Kind)}, {Value: "category", Label: cmd.Category}, {Value: "urgency", Label: strconv.Itoa(int(cmd.Urgency))},
		{Value: "text", Label: cmd.Text}, {Value: "unit", Label: cmd.UnitCode}, {Value: "door", Label: cmd.DoorCode}, {Value: "place", Label: cmd.Place},
		{Value: "lon", Label: degrees(cmd.Lon)}, {Value: "lat", Label: degrees(cmd.Lat)}, {Value: "about", Label: cmd.About}, {Value: "contact", Label: cmd.Contact},
	}
	for name, on := range map[string]bool{"sms": cmd.Channel == demand.BySMS, "anonymous": cmd.Anonymous, "private": cmd.Private, "publish": cmd.Publish} {
		if on {
			list = append(list, web.Option{Value: name, Label: "1"})
		}
	}
	return list
}

func (p *Pages) tooForm(w http.ResponseWriter, r *http.Request) error {
	return p.too(w, r, tooPage{Base: p.web.Base(r, "demand.page.too")}, nil)
}

func (p *Pages) too(w http.ResponseWriter, r *http.Request, page tooPage, err error) error {
	page.ID = r.PathValue("id")
	h, herr := p.svc.Hint(r.Context(), page.ID)
	if herr != nil {
		return p.miss(r, herr)
	}
	page.Hint = p.hintOf(p.t(r), p.web.Locale(r), h)
	if err == nil {
		return p.web.Render(w, r, "demand/too", page)
	}
	page.Errors = web.FormErrorsOf(err)
	return p.web.RenderStatus(w, r, errs.Status(err), "demand/too", page)
}

// follow says that a neighbour has the same trouble.
func (p *Pages) follow(w http.ResponseWriter, r *http.Request) error {
	if err := p.Raises.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	contact := f.Text("contact", demand.MaxContact)
	if err = f.Err(); err == nil {
		err = p.svc.Follow(r.Context(), r.PathValue("id"), contact, f.Key())
	}
	if askAgain(err) && !queued(r) {
		page := tooPage{Base: p.web.Base(r, "demand.page.too"), Contact: contact}
		page.FormKey = orElse(f.Key(), page.FormKey)
		return p.too(w, r, page, err)
	}
	if err != nil {
		return p.miss(r, err)
	}
	target := "/demands/thanks"
	if contact != "" {
		target += "?told=1"
	}
	return p.web.SeeOther(w, r, target, "")
}

func (p *Pages) thanks(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "demand/thanks", thanksPage{Base: p.web.Base(r, "demand.page.thanks"), Told: r.URL.Query().Get("told") == "1"})
}
