package releaseweb

import (
	"net/http"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/web"
)

type releasePage struct {
	web.Base
	Crumbs            []web.Crumb
	Period, Name      string
	State             string
	Until             time.Time
	PublishedAt       time.Time
	PublishedBy       string
	Version           int
	Steps             []step
	Office, MayObject bool
	Wait              string // why it can't be published now
	Since             int    // values that came after it was reckoned
	Towns             []web.Option
	Town              string
	Heads             []string
	Villages          []villageRow
	Village           string // whose lights stand below, with a form each
	VillageName       string
	Lights            []light
	Objections        []objection
	Corrections       []correction
	Text, Indicator   string // as they were entered
	Answer, AnswerID  string
	Most              int
}

// step is one of the three on the way to publication.
type step struct {
	State         string
	Done, Current bool
}

// villageRow is a village's lights in a line.
type villageRow struct {
	Name, Code, Href string
	Lights           []string
}

// light is one of a village's lights with what it rests on.
type light struct {
	Code, Name, Light, Sentence string
	Objected                    bool
}

type objection struct {
	outcome.Objected
	Where, What string
	Light       string
	Open        bool
}

// correction is a published light beside what today's values would make it.
type correction struct {
	Village, Indicator string
	Was, Now           side
}

type side struct {
	Light    string
	Num, Den int
	Hidden   bool
}

func (p *Pages) release(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, http.StatusOK, nil, nil)
}

// show answers the page. cause is what was wrong with a form that was sent.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, cause error, f *web.Form) error {
	period, err := periodOf(r)
	if err != nil {
		return err
	}
	v, err := p.svc.Lights(r.Context(), actor(r), period)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	page := releasePage{Base: p.web.Base(r, "releaseweb.title"), Period: period.String(), Name: name(t, period), State: string(v.State), Until: v.Until,
		PublishedAt: v.PublishedAt, PublishedBy: v.PublishedBy, Version: v.Version, Most: outcome.MaxText,
		Office: p.may.May(actor(r), outcome.ActPublish), MayObject: v.State == outcome.Objection && v.Until.After(p.now()) && p.may.May(actor(r), outcome.ActObject)}
	page.Title = page.Name
	page.Live = []string{outcome.Topic}
	page.Crumbs = []web.Crumb{{Label: t("releaseweb.outcomes"), Href: "/outcomes"}, {Label: t("releaseweb.title"), Href: "/outcomes/releases"}, {Label: page.Name}}
	page.Steps = steps(v.State)
	objected, err := p.svc.Objections(r.Context(), actor(r), period)
	if err != nil {
		return err
	}
	p.places(r, &page, v, objected)
	p.objections(&page, v, objected)
	if v.State == outcome.Objection {
		inForce, err := p.svc.MethodFor(r.Context(), period)
		if err != nil {
			return err
		}
		page.Wait = p.waits(v, objected, inForce)
	}
	if v.State == outcome.Published {
		if err := p.corrections(r, &page, period); err != nil {
			return err
		}
	}
	if page.Office && v.State != outcome.Published {
		if page.Since, err = p.svc.Since(r.Context(), v.Release); err != nil {
			return err
		}
	}
	if cause != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(cause), f.Key()
		page.Text, page.Indicator = r.PostFormValue("text"), r.PostFormValue("indicator")
		page.Answer, page.AnswerID = r.PostFormValue("answer"), r.PathValue("id")
	}
	return p.web.RenderStatus(w, r, status, "releases/release", page)
}

func steps(now outcome.State) (list []step) {
	order := []outcome.State{outcome.Preview, outcome.Objection, outcome.Published}
	at := slices.Index(order, now)
	for i, s := range order {
		list = append(list, step{State: string(s), Done: i < at, Current: i == at})
	}
	return list
}

// waits says what publication waits for; "" is nothing.
func (p *Pages) waits(v *outcome.View, objected []outcome.Objected, inForce string) string {
	switch {
	case v.Until.After(p.now()):
		return "time"
	case slices.ContainsFunc(objected, func(o outcome.Objected) bool { return o.AnsweredAt.IsZero() }):
		return "answers"
	case slices.ContainsFunc(objected, func(o outcome.Objected) bool { return o.Upheld && o.AnsweredAt.After(v.PreviewedAt) }):
		return "again"
	case v.Method != inForce:
		return "method"
	}
	return ""
}

// places lists the villages that the reader may see, of one town at a time, and
// one village's lights in full.
func (p *Pages) places(r *http.Request, page *releasePage, v *outcome.View, objected []outcome.Objected) {
	tree, q := p.tree(), r.URL.Query()
	page.Town = q.Get("town")
	wanted := tree.ByCode(q.Get("village"))
	if wanted == nil {
		wanted = tree.ByCode(r.PostFormValue("village"))
	}
	var mine []*network.Unit
	for _, id := range v.Basis.Units {
		if u := tree.ByID(id); u != nil && seen(v, id) {
			mine = append(mine, u)
		}
	}
	if wanted == nil && len(mine) == 1 {
		wanted = mine[0]
	}
	page.towns(tree, mine, wanted)
	for _, x := range v.Basis.Indicators {
		page.Heads = append(page.Heads, x.In(page.Locale).Name)
	}
	for _, u := range mine {
		if town := tree.At(u, network.Town); town == nil || town.Code != page.Town {
			continue
		}
		row := villageRow{Name: u.Name, Code: u.Code, Href: "/outcomes/releases/" + page.Period + "?village=" + u.Code + "#lights"}
		for _, x := range v.Basis.Indicators {
			c, _ := v.Cell(x.ID, u.ID)
			row.Lights = append(row.Lights, shown(c))
		}
		page.Villages = append(page.Villages, row)
	}
	if wanted != nil && slices.Contains(mine, wanted) {
		page.MayObject = page.MayObject && p.may.Can(actor(r), outcome.ActObject, auth.Object{UnitID: wanted.ID}) == nil
		p.lights(p.web.T(r), page, v, wanted, objected)
	}
}

func seen(v *outcome.View, unitID string) bool {
	for _, x := range v.Basis.Indicators {
		if _, ok := v.Cell(x.ID, unitID); ok {
			return true
		}
	}
	return false
}

// towns are those of the villages that are seen; one is always chosen.
func (page *releasePage) towns(tree *network.Tree, mine []*network.Unit, wanted *network.Unit) {
	chosen := ""
	for _, u := range mine {
		town := tree.At(u, network.Town)
		if town == nil {
			continue
		}
		if n := len(page.Towns); n == 0 || page.Towns[n-1].Value != town.Code {
			page.Towns = append(page.Towns, web.Option{Value: town.Code, Label: town.Name})
		}
		if town.Code == page.Town || u == wanted && page.Town == "" {
			chosen = town.Code
		}
	}
	if chosen == "" && len(page.Towns) > 0 {
		chosen = page.Towns[0].Value
	}
	page.Town = chosen
}

func (p *Pages) lights(t translate, page *releasePage, v *outcome.View, u *network.Unit, objected []outcome.Objected) {
	page.Village, page.VillageName = u.Code, u.Name
	for _, x := range v.Basis.Indicators {
		c, ok := v.Cell(x.ID, u.ID)
		if !ok {
			continue
		}
		page.Lights = append(page.Lights, light{Code: x.Code, Name: x.In(page.Locale).Name, Light: shown(c),
			Sentence: outcome.Sentence(page.Locale, t, x, c, p.department(x)),
			Objected: slices.ContainsFunc(objected, func(o outcome.Objected) bool { return o.UnitID == u.ID && o.IndicatorID == x.ID })})
	}
}

func (p *Pages) objections(page *releasePage, v *outcome.View, list []outcome.Objected) {
	tree := p.tree()
	for _, o := range list {
		row := objection{Objected: o, Open: o.AnsweredAt.IsZero(), What: o.IndicatorID}
		if u := tree.ByID(o.UnitID); u != nil {
			row.Where = tree.PathName(u, " · ")
		}
		for _, x := range v.Basis.Indicators {
			if x.ID == o.IndicatorID {
				row.What = x.In(page.Locale).Name
			}
		}
		if c, ok := v.Cell(o.IndicatorID, o.UnitID); ok {
			row.Light = shown(c)
		}
		page.Objections = append(page.Objections, row)
	}
}

// corrections stand beside what was published, as far as it is the reader's part.
func (p *Pages) corrections(r *http.Request, page *releasePage, period outcome.Period) error {
	list, err := p.svc.Corrections(r.Context(), period)
	for _, c := range list {
		u, x := p.tree().ByID(c.Published.UnitID), outcome.Indicator{}
		if u == nil || !c.Told() || p.may.Can(actor(r), outcome.ActPreview, auth.Object{UnitID: u.ID}) != nil {
			continue
		}
		if known, ok := p.svc.Catalog().ByID(c.Published.IndicatorID); ok {
			x = known
		}
		page.Corrections = append(page.Corrections, correction{p.tree().PathName(u, " · "), x.In(page.Locale).Name, sideOf(c.Published), sideOf(c.Now)})
	}
	return err
}

func sideOf(c outcome.Cell) side {
	return side{Light: shown(c), Num: c.Num, Den: c.Den, Hidden: c.Hidden || c.Den == 0}
}

// step carries out one of the city office's steps.
func (p *Pages) step(what string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		period, err := periodOf(r)
		if err != nil {
			return err
		}
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		cmd := outcome.Command{Key: f.Key(), Period: period, Version: int(f.Version())}
		if what == "begin" && cmd.Version == 0 { // from the list, where it wasn't begun
			cmd.Version = outcome.Fresh
		}
		act := map[string]func() error{
			"begin":   func() error { _, err := p.svc.Begin(r.Context(), actor(r), cmd); return err },
			"open":    func() error { _, err := p.svc.OpenObjections(r.Context(), actor(r), cmd); return err },
			"publish": func() error { _, err := p.svc.Publish(r.Context(), actor(r), cmd); return err },
		}[what]
		if err := act(); err != nil {
			return err
		}
		return p.web.SeeOther(w, r, "/outcomes/releases/"+period.String(), "releaseweb.said_"+what)
	}
}

type publishPage struct {
	web.Base
	Crumbs                      []web.Crumb
	Period, Name                string
	Version                     int
	Wait                        string
	Until                       time.Time
	Red, Yellow, Better, Others int
	Objections, Upheld          int
}

// confirm says what publishing means, before it is done.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	period, err := periodOf(r)
	if err != nil {
		return err
	}
	v, err := p.svc.Lights(r.Context(), actor(r), period)
	if err != nil {
		return err
	}
	if v.State != outcome.Objection {
		return errs.E(errs.Conflict, map[bool]string{true: "outcome.frozen", false: "outcome.no_objections_yet"}[v.State == outcome.Published])
	}
	objected, err := p.svc.Objections(r.Context(), actor(r), period)
	if err != nil {
		return err
	}
	inForce, err := p.svc.MethodFor(r.Context(), period)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	page := publishPage{Base: p.web.Base(r, "releaseweb.publish"), Period: period.String(), Name: name(t, period), Version: v.Version, Until: v.Until,
		Wait: p.waits(v, objected, inForce), Objections: len(objected)}
	page.Crumbs = []web.Crumb{{Label: t("releaseweb.title"), Href: "/outcomes/releases"}, {Label: page.Name, Href: "/outcomes/releases/" + page.Period}, {Label: t("releaseweb.publish")}}
	for _, o := range objected {
		if o.Upheld {
			page.Upheld++
		}
	}
	for _, cells := range v.Cells {
		for _, c := range cells {
			switch shown(c) {
			case "red":
				page.Red++
			case "yellow":
				page.Yellow++
			case "better":
				page.Better++
			default:
				page.Others++
			}
		}
	}
	return p.web.Render(w, r, "releases/publish", page)
}

func (p *Pages) object(w http.ResponseWriter, r *http.Request) error {
	period, err := periodOf(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	code := f.Text("village", 20)
	u := p.tree().ByCode(code)
	if u == nil {
		return errs.E(errs.NotFound, "releaseweb.no_village")
	}
	cmd := outcome.Object{Key: f.Key(), Period: period, UnitID: u.ID, Indicator: f.Text("indicator", 60), Text: f.Required("text", outcome.MaxText)}
	if err = f.Err(); err == nil {
		_, err = p.svc.Object(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		return p.show(w, r, http.StatusUnprocessableEntity, err, f)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/outcomes/releases/"+period.String()+"?village="+u.Code+"#objections", "releaseweb.said_objected")
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	period, err := periodOf(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := outcome.Decide{Key: f.Key(), ID: r.PathValue("id"), Version: int(f.Version()), Answer: f.Required("answer", outcome.MaxText), Upheld: f.Choice("upheld", "yes", "no") == "yes"}
	if err = f.Err(); err == nil {
		err = p.svc.Decide(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		return p.show(w, r, http.StatusUnprocessableEntity, err, f)
	}
	if err != nil {
		return err
	}
	said := "releaseweb.said_answered"
	if cmd.Upheld {
		said = "releaseweb.said_upheld"
	}
	return p.web.SeeOther(w, r, "/outcomes/releases/"+period.String()+"#objections", said)
}
