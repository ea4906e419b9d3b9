package careweb

import (
	"net/http"
	"strconv"
	"time"

	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

type enterPage struct {
	web.Base
	Crumbs   []web.Crumb
	Home     *network.Household // nil: none is chosen yet
	Where    string
	Had      []row // what the household is listed for already, without why
	Needs    []web.Option
	Bases    []web.Option
	Agrees   []web.Option
	Everies  []web.Option
	StandIns []web.Option
	Longest  int

	Need, Basis, Agreed, Every, StandIn, Days string // as chosen
	Official                                  bool
}

// enterForm asks for what a household is to be listed.
func (p *Pages) enterForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.enterPage(r, r.URL.Query().Get("household"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "care/enter", page)
}

func (p *Pages) enterPage(r *http.Request, household string) (*enterPage, error) {
	t := p.web.T(r)
	page := &enterPage{Base: p.web.Base(r, "careweb.enter"), Crumbs: []web.Crumb{{Label: t("careweb.list"), Href: "/care"}, {Label: t("careweb.enter")}}, Longest: need.Longest}
	if household == "" {
		return page, nil
	}
	home, err := p.o.Network.Household(r.Context(), actor(r), household)
	if err != nil {
		return nil, err
	}
	if home.Left || !p.may(r, care.ActList, home.UnitID) {
		return nil, errs.E(errs.NotFound, "care.no_household")
	}
	page.Home, page.Where = &home, p.where(home.UnitID)
	had, err := p.o.Care.EntriesAt(r.Context(), actor(r), home.ID)
	for _, e := range had {
		page.Had = append(page.Had, p.row(r, e))
	}
	p.choices(r, page, home.UnitID)
	return page, err
}

func (p *Pages) choices(r *http.Request, page *enterPage, unitID string) {
	t := p.web.T(r)
	for _, n := range p.o.Care.Needs().Used() {
		hint := t("careweb.need_hint", "owed", p.owed(r, n.Obligation), "law", n.Law, "days", n.LongDays)
		if n.Consent {
			hint = t("careweb.need_hint_consent", "owed", p.owed(r, n.Obligation), "law", n.Law, "days", n.LongDays)
		}
		page.Needs = append(page.Needs, web.Option{Value: n.Code, Label: n.NameIn(p.web.Locale(r)), Hint: hint})
	}
	for _, b := range []care.Basis{care.ByLaw, care.ByConsent} {
		page.Bases = append(page.Bases, web.Option{Value: string(b), Label: t("care.basis." + string(b)), Hint: t("careweb.basis_hint." + string(b))})
	}
	for _, a := range []care.Agreed{care.OnPaper, care.InWords} {
		page.Agrees = append(page.Agrees, web.Option{Value: string(a), Label: t("care.agreed." + string(a)), Hint: t("careweb.agreed_hint." + string(a))})
	}
	for _, n := range need.Everies() {
		page.Everies = append(page.Everies, web.Option{Value: strconv.Itoa(n), Label: t("careweb.every", "n", n)})
	}
	for _, u := range p.o.Care.StandIns(unitID) {
		label := p.where(u.ID)
		if lead := p.tree().LeadOf(u.ID); lead != nil {
			label = t("careweb.lead_of", "name", lead.Name, "unit", label)
		}
		page.StandIns = append(page.StandIns, web.Option{Value: u.Code, Label: label})
	}
}

// enter lists the household.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := care.Enter{Key: f.Key(), HouseholdID: f.Required("household", maxID), Need: f.Text("need", 40), Basis: care.Basis(f.Text("basis", 20)),
		EveryDays: f.Int("every", 0, need.Longest), Official: f.Bool("official"), Days: f.Int("days", 0, need.Longest)}
	if cmd.Basis == care.ByConsent {
		cmd.Agreed = care.Agreed(f.Text("agreed", 20))
	}
	if u := p.unitOf(f.Text("stand_in", maxCode)); u != nil {
		cmd.StandIn = u.ID
	}
	id := ""
	if err = f.Err(); err == nil {
		id, err = p.o.Care.List(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		return p.enterAgain(w, r, f, cmd.HouseholdID, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, entryPath(id), "careweb.said_listed")
}

func (p *Pages) enterAgain(w http.ResponseWriter, r *http.Request, f *web.Form, household string, cause error) error {
	page, err := p.enterPage(r, household)
	if err != nil {
		return err
	}
	page.Errors, page.FormKey = web.FormErrorsOf(cause), f.Key()
	v := r.PostFormValue
	page.Need, page.Basis, page.Agreed, page.Every, page.StandIn, page.Days, page.Official = v("need"), v("basis"), v("agreed"), v("every"), v("stand_in"), v("days"), f.Bool("official")
	return p.web.RenderStatus(w, r, errs.Status(cause), "care/enter", page)
}

// dayBefore is a day so many days earlier.
func dayBefore(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, -n).Format(time.DateOnly)
}
