package orderweb

import (
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/web"
)

type formPage struct {
	web.Base
	F                               form
	Drill                           bool
	Hazards                         []web.Option
	Places                          []choice
	Roles                           []choice
	Skills                          []choice
	Teams                           []choice
	HasTeams                        bool
	Channels                        []web.Option
	Ground                          string // the map on which somebody draws
	Count                           *countView
	Labels                          map[string]string
	Hints                           map[string]string // what the filled-in words say, for readers of another language
	MaxTitle, MaxText, Hours, Alone int
}

// countView is whom an order would call.
type countView struct {
	mobilise.Count
	Second  bool // a second person has to approve it
	Missing bool
	Alone   int
	Drawn   []string
	Problem web.FormErrors
}

func (p *Pages) blank(w http.ResponseWriter, r *http.Request) error {
	x := p.usual(r)
	if id := r.URL.Query().Get("alert"); id != "" && p.o.Suggest != nil {
		var err error
		if x, err = p.suggested(r, id); err != nil {
			return err
		}
	}
	page := formPage{Base: p.web.Base(r, titleOf(x.Kind)), F: x}
	var err error
	if page.Count, err = p.count(r, &page.F); err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, page)
}

func titleOf(k mobilise.Kind) string {
	if k == mobilise.Drill {
		return "orderweb.new_drill"
	}
	return "orderweb.new"
}

func (p *Pages) form(w http.ResponseWriter, r *http.Request, status int, page formPage) error {
	if err := p.choices(r, &page); err != nil {
		return err
	}
	return p.web.RenderStatus(w, r, status, "order/form", page)
}

// labels of the inputs, for the list of what is wrong.
var labelled = []string{"title", "what", "do", "where", "until", "units", "polygon", "who", "teams", "skills", "channels", "wait", "case_number", "asked_by", "hazard"}

// choices fills in what the form offers.
func (p *Pages) choices(r *http.Request, page *formPage) (err error) {
	say := p.web.T(r)
	page.Drill = page.F.Kind == mobilise.Drill
	page.MaxTitle, page.MaxText, page.Hours, page.Alone = mobilise.MaxTitle, mobilise.MaxText, mobilise.MissingHours, mobilise.AloneLimit
	for _, h := range mobilise.Hazards() {
		page.Hazards = append(page.Hazards, web.Option{Value: string(h), Label: say("order.hazard." + string(h))})
	}
	page.Places = p.places(r, page.F.PlaceIDs)
	for _, role := range callable {
		page.Roles = append(page.Roles, choice{string(role), roleName(say, string(role)), has(page.F.Roles, string(role))})
	}
	if p.o.Skills != nil {
		for _, s := range p.o.Skills(say) {
			page.Skills = append(page.Skills, choice{s.Value, s.Label, has(page.F.Skills, s.Value)})
		}
	}
	page.HasTeams, page.Channels = p.o.Teams != nil, p.channelOptions(say)
	if root := p.o.Tree().Root(); root != nil {
		page.Ground = "/network/ground.geojson?unit=" + root.Code
	}
	page.Labels = map[string]string{}
	for _, name := range labelled {
		page.Labels[name] = say("orderweb.f." + name)
	}
	page.Hints = hints(say, page.Locale, &page.F)
	page.Teams, err = p.teamChoices(r, &page.F)
	return err
}

func has(list []string, v string) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// hints say in English what the Chinese words of the template say.
func hints(say Say, locale string, x *form) map[string]string {
	out := map[string]string{}
	if locale != i18n.EN || x.Was == "" {
		return out
	}
	for _, field := range []string{"title", "what", "do", "where"} {
		out[field] = say("orderweb.in_english", "text", say(templateKey(x.Was, x.Kind, field)))
	}
	return out
}

// put takes the form a step on: it fills in words, looks for teams or counts,
// asks once more, or proposes the order.
func (p *Pages) put(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := formPage{F: readForm(f)}
	page.Base = p.web.Base(r, titleOf(page.F.Kind))
	page.FormKey = f.Key()
	if f.Picking("hazard") {
		p.fill(&page.F)
	}
	if f.Text("_pick", 20) != "" || f.Text("step", 20) == "back" {
		if page.Count, err = p.count(r, &page.F); err != nil {
			return err
		}
		return p.form(w, r, http.StatusOK, page)
	}
	c, wrong := p.propose(f, &page.F)
	o, who, err := p.o.Orders.Draft(r.Context(), actor(r), c)
	if err = joined(wrong, notYours(err)); err != nil {
		if !web.IsInvalid(err) {
			return err
		}
		page.Errors = web.FormErrorsOf(err)
		if page.Count, err = p.count(r, &page.F); err != nil {
			return err
		}
		return p.form(w, r, http.StatusUnprocessableEntity, page)
	}
	seen := f.Int("people", 0, mobilise.MaxPeople)
	if f.Text("step", 20) != "confirm" || seen != who.People {
		return p.confirm(w, r, f, &page.F, o, who)
	}
	if o, err = p.o.Orders.Propose(r.Context(), actor(r), c); err != nil {
		return err
	}
	said := "orderweb.said_issued"
	if o.State == mobilise.Proposed {
		said = "orderweb.said_proposed"
	}
	return p.web.SeeOther(w, r, "/orders/"+o.Number, said, "n", o.People)
}

// notYours says at the places what the policy says of them: the page itself was
// open to whoever may call people out at all.
func notYours(err error) error {
	if err == nil || errs.KindOf(err) != errs.Forbidden {
		return err
	}
	return errs.Wrap(err, errs.Invalid, "order.invalid").WithField("units", "orderweb.not_yours")
}

// joined makes one error of what the form and the service say. That no place was
// chosen is no other mistake than a place that can't be read.
func joined(form, service error) error {
	switch {
	case form == nil:
		return service
	case service == nil || !web.IsInvalid(service):
		if service != nil {
			return service
		}
		return form
	}
	both, typed := errs.As(form), web.FormErrorsOf(form)
	unread := typed.For("polygon") != nil || typed.For("units") != nil
	for _, x := range errs.As(service).Fields {
		if follows := unread && (x.Code == "order.no_place" || x.Code == "order.nobody"); typed.For(x.Name) == nil && !follows {
			both.Fields = append(both.Fields, x)
		}
	}
	return both
}

// count says whom the form calls so far. What is wrong with it is said there.
func (p *Pages) count(r *http.Request, x *form) (*countView, error) {
	if len(x.PlaceIDs)+len(x.TeamIDs) == 0 && x.Units == "" && x.Polygon == "" {
		return nil, nil // nothing chosen yet: that is no mistake
	}
	a, err := p.audience(x)
	v := &countView{Alone: mobilise.AloneLimit, Missing: x.Hazard == mobilise.Missing, Drawn: inside(p.o.Tree(), a.Polygon)}
	if err == nil {
		v.Count, err = p.o.Orders.Preview(r.Context(), actor(r), a)
	}
	if err = notYours(err); web.IsInvalid(err) {
		v.Problem = web.FormErrorsOf(err)
		return v, nil
	}
	v.Second = v.People > mobilise.AloneLimit || v.Missing
	return v, err
}

// part reads the form for a part of its page.
func (p *Pages) part(w http.ResponseWriter, r *http.Request) (formPage, error) {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return formPage{}, err
	}
	page := formPage{F: readForm(f)}
	page.Base = p.web.Base(r, titleOf(page.F.Kind))
	return page, nil
}

// words answers the part of the form with the words of the chosen hazard.
func (p *Pages) words(w http.ResponseWriter, r *http.Request) error {
	page, err := p.part(w, r)
	if err != nil {
		return err
	}
	p.fill(&page.F)
	if err := p.choices(r, &page); err != nil {
		return err
	}
	return p.web.RenderPart(w, r, "order/form", "o-words", page)
}

// preview answers the count.
func (p *Pages) preview(w http.ResponseWriter, r *http.Request) error {
	page, err := p.part(w, r)
	if err != nil {
		return err
	}
	if page.Count, err = p.count(r, &page.F); err != nil {
		return err
	}
	return p.web.RenderPart(w, r, "order/form", "o-count", page)
}

// teams answers the teams that are chosen or found.
func (p *Pages) teams(w http.ResponseWriter, r *http.Request) error {
	page, err := p.part(w, r)
	if err != nil {
		return err
	}
	if page.Teams, err = p.teamChoices(r, &page.F); err != nil {
		return err
	}
	return p.web.RenderPart(w, r, "order/form", "o-teams", page)
}
