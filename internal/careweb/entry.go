package careweb

import (
	"net/http"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/web"
)

// reason is why a household is listed, just opened and shown once.
type reason struct {
	Need, Law, Benefit string
	Basis, Agreed      string
	AgreedOn           string
}

// past is one contact in the story of an entry.
type past struct {
	care.Contact
	Kind, Label string
	Step, Day   string
	Holder      string
}

type entryPage struct {
	web.Base
	Crumbs           []web.Crumb
	E                row
	Action           string
	Plan             []string
	Past             []past
	Grounds          []web.Option // what it can be opened on
	Ground           string
	Glass            bool // the reader may break it
	Reasons          []web.Option
	Reason, Words    string
	Why              *reason
	Form             string // the form that is open
	MayRenew, MayEnd bool
	Looked           bool // the reader has opened why, so that they can renew it
	Agrees           []web.Option
	Agreed           string
	Second           []string // who could renew it instead of the reader
	From             string   // the day from which it can be renewed
	Days             int
	Whys             []web.Option
}

func (p *Pages) entry(w http.ResponseWriter, r *http.Request) error {
	page, err := p.entryPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "care/entry", page)
}

func (p *Pages) entryPage(r *http.Request) (*entryPage, error) {
	e, err := p.o.Care.EntryShort(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &entryPage{Base: p.web.Base(r, "careweb.entry"), E: p.row(r, *e), Action: t("need.action." + string(e.Action)), Days: e.LongDays,
		MayRenew: p.may(r, care.ActRenew, e.UnitID), MayEnd: p.may(r, care.ActList, e.UnitID), From: p.day(r, dayBefore(e.LapsesOn, care.RemindDays))}
	page.Live = p.heard(r, p.tree().ByID(e.UnitID), []string{e.UnitID})
	page.Title = e.Address
	page.Crumbs = p.crumbs(r, e)
	plan := p.o.Care.Plan(e)
	for _, pl := range plan {
		page.Plan = append(page.Plan, p.who(r, pl))
	}
	for _, why := range care.Whys() {
		page.Whys = append(page.Whys, web.Option{Value: string(why), Label: t("care.why." + string(why))})
	}
	if page.MayRenew && !e.RenewableBy(actor(r)) {
		page.Second = p.seconds(r, plan)
	}
	if page.E.Soon && page.E.May {
		if page.Looked, err = p.o.Care.HasLooked(r.Context(), actor(r), e); err != nil {
			return nil, err
		}
		for _, how := range []care.Agreed{care.OnPaper, care.InWords} {
			page.Agrees = append(page.Agrees, web.Option{Value: string(how), Label: t("care.agreed." + string(how))})
		}
		page.Agrees = append(page.Agrees, web.Option{Value: "law", Label: t("careweb.agreed_law")})
	}
	if err := p.story(r, page, e); err != nil {
		return nil, err
	}
	return page, p.opening(r, page, e)
}

func (p *Pages) crumbs(r *http.Request, e *care.Entry) []web.Crumb {
	crumbs := []web.Crumb{{Label: p.web.T(r)("careweb.list"), Href: "/care"}}
	if v := p.tree().ByID(e.VillageID); v != nil {
		crumbs = append(crumbs, web.Crumb{Label: v.Name, Href: "/care?unit=" + v.Code})
	}
	return append(crumbs, web.Crumb{Label: e.Address})
}

// seconds names those beside the reader who can renew an entry.
func (p *Pages) seconds(r *http.Request, plan []care.Plan) (names []string) {
	for _, pl := range plan {
		if pl.Role != auth.Lead && pl.Name != "" && pl.Name != actor(r).Name {
			names = append(names, p.who(r, pl))
		}
	}
	return names
}

func (p *Pages) story(r *http.Request, page *entryPage, e *care.Entry) error {
	list, err := p.o.Care.Timeline(r.Context(), actor(r), e)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	for _, c := range list {
		x := past{Contact: c, Kind: "info", Label: t("careweb.open"), Step: t("care.step." + string(rune('0'+c.Step))), Day: p.day(r, c.DueOn),
			Holder: p.who(r, care.Plan{UnitID: c.UnitID, Role: c.Role, Name: p.serving(c.UnitID, c.Role)})}
		switch {
		case c.Done && c.Outcome == care.NeedsHelp:
			x.Kind, x.Label, x.Day = "info", t("care.outcome.need"), p.day(r, c.DoneOn)
		case c.Done:
			x.Kind, x.Label, x.Day = "ok", t("care.outcome.fine"), p.day(r, c.DoneOn)
		case c.Overdue(p.today()):
			x.Kind, x.Label = "warn", t("careweb.overdue")
		}
		page.Past = append(page.Past, x)
	}
	return nil
}

// serving is the name of whoever serves in a post.
func (p *Pages) serving(unitID string, role auth.Role) string {
	for _, post := range p.tree().Posts(unitID) {
		if h := post.Serving(); post.Role == role && h != nil {
			return h.Name
		}
	}
	return ""
}

// opening lists what the reader may open the reason on: contacts and renewals
// of this household that are theirs to do, and a glass that they broke.
func (p *Pages) opening(r *http.Request, page *entryPage, e *care.Entry) error {
	sub := purpose.Subject{HouseholdID: e.HouseholdID, UnitID: e.UnitID}
	works, err := p.o.Purpose.Works(r.Context(), actor(r), sub)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	for _, work := range works {
		switch {
		case work.Kind == purpose.Glass:
			page.Grounds = append(page.Grounds, web.Option{Value: work.String(), Label: t("purpose.kind.glass")})
		case work.Kind == care.Kind && work.ID == e.ID:
			page.Grounds = append(page.Grounds, web.Option{Value: work.String(), Label: t("careweb.ground_renew", "day", p.day(r, e.LapsesOn))})
		case work.Kind == care.Kind && slices.ContainsFunc(page.Past, func(x past) bool { return x.ID == work.ID }):
			page.Grounds = append(page.Grounds, web.Option{Value: work.String(), Label: t("careweb.ground_contact", "day", p.day(r, work.Title))})
		}
	}
	if len(page.Grounds) > 0 {
		page.Ground = page.Grounds[0].Value
	}
	page.Glass = p.o.Purpose.MayBreak(actor(r), sub)
	for _, x := range purpose.Reasons() {
		page.Reasons = append(page.Reasons, web.Option{Value: string(x), Label: t("purpose.reason." + string(x))})
	}
	return nil
}

// entryAgain shows the page with what was wrong.
func (p *Pages) entryAgain(w http.ResponseWriter, r *http.Request, form string, cause error) error {
	page, err := p.entryPage(r)
	if err != nil {
		return err
	}
	page.Form, page.Errors = form, web.FormErrorsOf(cause)
	page.Reason, page.Words, page.Agreed = r.PostFormValue("reason"), r.PostFormValue("words"), r.PostFormValue("agreed")
	return p.web.RenderStatus(w, r, errs.Status(cause), "care/entry", page)
}

// open shows why a household is listed, on the ground that was chosen. That is
// written down in the same transaction, and the page says so.
func (p *Pages) open(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.entryPage(r)
	if err != nil {
		return err
	}
	ground := f.Required("ground", 120)
	if f.Err() == nil && !slices.ContainsFunc(page.Grounds, func(o web.Option) bool { return o.Value == ground }) {
		f.Fail("ground", "purpose.no_ground") // done or over since the page was shown, or work of another kind
	}
	if err := f.Err(); err != nil {
		return p.entryAgain(w, r, "open", err)
	}
	return p.opened(w, r, purpose.ParseGround(ground))
}

func (p *Pages) opened(w http.ResponseWriter, r *http.Request, g purpose.Ground) error {
	_, content, err := p.o.Care.Entry(r.Context(), actor(r), r.PathValue("id"), g)
	if err != nil {
		return err
	}
	page, err := p.entryPage(r)
	if err != nil {
		return err
	}
	page.Why = p.reasonOf(r, content)
	quiet(w)
	return p.web.Render(w, r, "care/entry", page)
}

func (p *Pages) reasonOf(r *http.Request, c care.Content) *reason {
	t := p.web.T(r)
	out := &reason{Need: c.Need, Basis: t("care.basis." + string(c.Basis)), AgreedOn: c.AgreedOn}
	if n, known := p.o.Care.Needs().Need(c.Need); known {
		out.Need, out.Law, out.Benefit = n.NameIn(p.web.Locale(r)), n.Law, n.Benefit
	}
	if c.Agreed != "" {
		out.Agreed = t("care.agreed." + string(c.Agreed))
	}
	return out
}

// glass opens it without open work: for a reason, for a while, and to be reviewed.
func (p *Pages) glass(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	e, err := p.o.Care.EntryShort(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	cmd := purpose.BreakGlass{Key: f.Key(), Subject: purpose.Subject{HouseholdID: e.HouseholdID}, Reason: purpose.Reason(f.Text("reason", 40)), Words: f.Text("words", 200)}
	var g purpose.Ground
	if err = f.Err(); err == nil {
		g, err = p.o.Purpose.BreakGlass(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		return p.entryAgain(w, r, "glass", err)
	}
	if err != nil {
		return err
	}
	return p.opened(w, r, g)
}

func (p *Pages) renew(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	cmd := care.Renew{Key: f.Key(), ID: id, Version: int(f.Version()), Days: f.Int("days", 1, need.Longest), Agreed: care.Agreed(f.Text("agreed", 10))}
	if err = f.Err(); err == nil {
		err = p.o.Care.Renew(r.Context(), actor(r), cmd)
	}
	if web.Again(err) || errs.CodeOf(err) == "care.second_person" {
		return p.entryAgain(w, r, "renew", err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, entryPath(id), "careweb.said_renewed")
}

func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	e, err := p.o.Care.EntryShort(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	err = p.o.Care.End(r.Context(), actor(r), care.End{Key: f.Key(), ID: e.ID, Version: int(f.Version()), Why: care.Why(f.Text("why", 20))})
	if web.Again(err) {
		return p.entryAgain(w, r, "end", err)
	}
	if err != nil {
		return err
	}
	to := "/care"
	if u := p.tree().At(p.tree().ByID(e.UnitID), network.Village); u != nil && !p.onlyPart(r, u) {
		to += "?unit=" + u.Code
	}
	return p.web.SeeOther(w, r, to, "careweb.said_ended")
}

// onlyPart reports whether the reader sees but a part of a village's list.
func (p *Pages) onlyPart(r *http.Request, village *network.Unit) bool {
	return !p.may(r, care.ActSee, village.ID)
}

func entryPath(id string) string { return "/care/entries/" + id }
