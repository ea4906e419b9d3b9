package matterweb

import (
	"net/http"

	"bilin/internal/admission"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

type deskPage struct {
	web.Base
	Waiting     []one
	Emergencies []one
	Objections  []openObjection
	Budgets     []budgetRow
	Unit        string // of a budget that wasn't taken
	Minutes     string
	Why         string
	MayPermit   bool // emergencies
}

type openObjection struct {
	admission.Objection
	Unit   string
	Matter one
}

type budgetRow struct {
	Name, Code, Reason string
	Minutes, Version   int
}

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	return p.deskWith(w, r, http.StatusOK, nil, nil)
}

func (p *Pages) deskWith(w http.ResponseWriter, r *http.Request, status int, cause error, f *web.Form) error {
	ctx, who, say := r.Context(), actor(r), p.web.T(r)
	d, err := p.svc.Desk(ctx, who)
	if err != nil {
		return err
	}
	page := deskPage{Base: p.web.Base(r, "matterweb.desk")}
	page.Live, page.MayPermit = []string{"matters"}, p.policy.May(who, admission.ActEmergency)
	for _, m := range d.Submitted {
		page.Waiting = append(page.Waiting, p.one(m, say))
	}
	for _, m := range d.Emergencies {
		page.Emergencies = append(page.Emergencies, p.one(m, say))
	}
	objections, err := p.svc.OpenObjections(ctx, who)
	if err != nil {
		return err
	}
	for _, o := range objections {
		x := openObjection{Objection: o.Objection, Matter: p.one(o.Matter, say)}
		if u := p.tree().ByID(o.UnitID); u != nil {
			x.Unit = u.Name
		}
		page.Objections = append(page.Objections, x)
	}
	budgets, err := p.svc.AllBudgetRows(ctx)
	if err != nil {
		return err
	}
	for _, b := range budgets {
		if u := p.tree().ByID(b.UnitID); u != nil {
			page.Budgets = append(page.Budgets, budgetRow{p.tree().PathName(u, " · "), u.Code, b.Reason, b.Minutes, b.Version})
		}
	}
	if cause != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(cause), f.Key()
		page.Unit, page.Minutes, page.Why = r.PostFormValue("unit"), r.PostFormValue("minutes"), r.PostFormValue("note")
	}
	return p.web.RenderStatus(w, r, status, "matter/desk", page)
}

func (p *Pages) settle(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	uphold := f.Choice("how", "uphold", "dismiss") == "uphold"
	cmd := admission.Command{Key: f.Key(), Note: f.RequiredLines("note", admission.MaxText)}
	if err := f.Err(); err != nil {
		return err
	}
	if err := p.svc.DecideObjection(r.Context(), actor(r), r.PathValue("id"), uphold, cmd); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/review", "matterweb.said_decided")
}

func (p *Pages) budget(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	text, cmd := f.Required("unit", 100), admission.Command{Key: f.Key(), Version: int(f.Version()), Note: f.Required("note", 200)}
	minutes := -1
	if f.Text("minutes", 6) != "" {
		minutes = f.Int("minutes", 0, 2400)
	}
	unit, _ := network.NamesOf(p.tree()).Find(text)
	if unit == nil && text != "" {
		f.Fail("unit", "matterweb.no_place", "text", text)
	}
	if err = f.Err(); err == nil {
		err = p.svc.SetBudget(r.Context(), actor(r), unit.ID, minutes, cmd)
	}
	if web.IsInvalid(err) || errs.KindOf(err) == errs.Conflict {
		status := http.StatusUnprocessableEntity
		if errs.KindOf(err) == errs.Conflict {
			status = http.StatusConflict
		}
		return p.deskWith(w, r, status, err, f)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/review#budgets", "matterweb.said_budget")
}
