package matterweb

import (
	"net/http"
	"time"

	"bilin/internal/admission"
	"bilin/internal/network"
	"bilin/internal/web"
	"bilin/internal/workday"
)

// emergencyPage is the form of a permit that can't wait for a list.
type emergencyPage struct {
	formPage
	Hours, Note string
	MostHours   int
}

func (p *Pages) emergencyForm(w http.ResponseWriter, r *http.Request) error {
	c := admission.Content{Way: admission.Visit, Level: network.Cell, HomeMinutes: 5}
	for _, d := range p.tree().Departments() {
		c.DepartmentID = d.ID
		break
	}
	return p.emergencyWith(w, r, http.StatusOK, emergencyPage{formPage: formPage{Base: p.web.Base(r, "matterweb.emergency_new"), C: c}, Hours: "24"})
}

func (p *Pages) emergencyWith(w http.ResponseWriter, r *http.Request, status int, page emergencyPage) error {
	say := p.web.T(r)
	page.MostHours = int(admission.MaxEmergency.Hours())
	p.choices(r, &page.formPage)
	page.Departments = nil
	for _, d := range p.tree().Departments() {
		page.Departments = append(page.Departments, web.Option{Value: d.ID, Label: d.Name})
	}
	page.Labels["hours"], page.Labels["ends_at"], page.Labels["note"] = say("matterweb.f.hours"), say("matterweb.f.hours"), say("matterweb.f.why_now")
	return p.web.RenderStatus(w, r, status, "matter/emergency", page)
}

// emergency issues a permit past the list and the budget, for hours.
func (p *Pages) emergency(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := emergencyPage{formPage: formPage{Base: p.web.Base(r, "matterweb.emergency_new")}, Hours: r.PostFormValue("hours"), Note: f.RequiredLines("note", admission.MaxText)}
	page.FormKey = f.Key()
	page.C, page.Units = p.read(f)
	hours := f.Int("hours", 1, int(admission.MaxEmergency.Hours()))
	now := p.now()
	ends := now.Add(time.Duration(hours) * time.Hour)
	page.C.Duty, page.C.FirstDay, page.C.LastDay, page.C.Months = admission.Assist, 1, 31, nil
	page.C.From, page.C.Until = now.In(workday.City).Format(time.DateOnly), ends.In(workday.City).Format(time.DateOnly)
	if page.C.Way.ToHouseholds() {
		page.C.Rotation = 1
	}
	if len(page.C.UnitIDs) == 0 && !f.Bool("everywhere") {
		f.Fail("units", "matterweb.where")
	}
	var out admission.Outcome
	if err = f.Err(); err == nil {
		out, err = p.svc.Emergency(r.Context(), actor(r), admission.Emergency{Key: f.Key(), Content: page.C, EndsAt: ends, Note: page.Note})
	}
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.emergencyWith(w, r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/matters/"+out.Number, "matterweb.said_emergency")
}
