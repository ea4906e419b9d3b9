package matterweb

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/admission"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

type formPage struct {
	web.Base
	Number      string // "" for a new one
	Version     int
	C           admission.Content
	Units       string // codes, one a line
	Months      string
	Departments []web.Option
	Functions   []web.Option
	Duties      []web.Option
	Lists       []web.Option
	Ways        []web.Option
	Levels      []web.Option
	Fields      []choice
	Preview     *preview
	Labels      map[string]string
}

type choice struct {
	ID, Name, Place string
	On              bool
}

// preview is what the form would cost.
type preview struct {
	*admission.Preview
	Findings []finding
	Rows     []previewRow
	Over     []place
	More     int
}

type previewRow struct {
	Name, Kind, Share      string
	Leads, Minutes         int
	Median, OverNew, Worst int
}

func (p *Pages) blank(w http.ResponseWriter, r *http.Request) error {
	c := admission.Content{Way: admission.Tell, Level: network.Cell, Duty: admission.Assist, Minutes: 20, FirstDay: 1, LastDay: 28, Rotation: 1}
	if own := p.svc.DepartmentsOf(actor(r)); len(own) > 0 {
		c.DepartmentID = own[0]
	}
	c.From = p.svc.ThisMonth().Next().First()
	c.Until = admission.Month(c.From[:7]).Next().Next().Next().Next().Next().Last()
	return p.form(w, r, http.StatusOK, formPage{Base: p.web.Base(r, "matterweb.new"), C: c})
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	m, err := p.svc.Matter(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, formPage{Base: p.web.Base(r, "matterweb.edit", "title", m.Title), Number: m.Number, Version: m.Version, C: m.Content})
}

// form shows the form with its choices.
func (p *Pages) form(w http.ResponseWriter, r *http.Request, status int, page formPage) error {
	say, tree := p.web.T(r), p.tree()
	for _, id := range p.svc.DepartmentsOf(actor(r)) {
		page.Departments = append(page.Departments, web.Option{Value: id, Label: p.department(id)})
	}
	for _, root := range p.duties().Functions() {
		for _, f := range p.duties().Children(root.ID) {
			page.Functions = append(page.Functions, web.Option{Value: f.ID, Label: p.duties().Path(f.ID, page.Locale)})
		}
	}
	for _, d := range p.duties().Duties(page.C.DepartmentID) {
		page.Duties = append(page.Duties, web.Option{Value: d.ID, Label: say("matterweb.list."+d.List) + "：" + d.Title})
	}
	for _, x := range []string{"own", "assist", "taken_back"} {
		page.Lists = append(page.Lists, web.Option{Value: x, Label: say("matterweb.list." + x)})
	}
	for _, x := range admission.Ways {
		page.Ways = append(page.Ways, web.Option{Value: string(x), Label: say("matterweb.way." + string(x))})
	}
	for _, l := range []network.Level{network.Cell, network.Group, network.Area} {
		page.Levels = append(page.Levels, web.Option{Value: l.String(), Label: say("matterweb.level." + l.String())})
	}
	for _, f := range p.duties().Fields() {
		page.Fields = append(page.Fields, choice{f.ID, f.Name, f.Place, slices.Contains(page.C.FieldIDs, f.ID)})
	}
	if page.Units == "" {
		var codes []string
		for _, id := range page.C.UnitIDs {
			if u := tree.ByID(id); u != nil {
				codes = append(codes, u.Code)
			}
		}
		page.Units = strings.Join(codes, "\n")
	}
	var months []string
	for _, m := range page.C.Months {
		months = append(months, strconv.Itoa(m))
	}
	page.Months = strings.Join(months, " ")
	page.Labels = map[string]string{}
	for _, name := range []string{"department", "function", "list", "duty", "title", "ask", "basis", "responsible", "support", "way", "level", "units", "minutes",
		"home_minutes", "rotation", "months", "last_day", "other_data", "why_not", "from", "until"} {
		page.Labels[name] = say("matterweb.f." + name)
	}
	return p.web.RenderStatus(w, r, status, "matter/form", page)
}

// read takes the form as it was sent.
func (p *Pages) read(f *web.Form) (c admission.Content, units string) {
	c = admission.Content{
		DepartmentID: f.Text("department", 64), FunctionID: f.Text("function", 64), DutyID: f.Text("duty", 64), Duty: admission.DutyList(f.Text("list", 20)),
		Title: f.Text("title", admission.MaxTitle), Ask: f.Lines("ask", admission.MaxText), Basis: f.Lines("basis", admission.MaxText),
		Responsible: f.Text("responsible", admission.MaxWords), Support: f.Lines("support", admission.MaxText), Way: admission.Way(f.Text("way", 10)),
		Level: network.ParseLevel(f.Text("level", 10)), Minutes: f.Int("minutes", 0, 600), HomeMinutes: f.Int("home_minutes", 0, 120), Rotation: f.Int("rotation", 0, 24),
		FirstDay: max(1, f.Int("first_day", 0, 31)), LastDay: f.Int("last_day", 0, 31), FieldIDs: f.List("fields"), OtherData: f.Lines("other_data", admission.MaxText),
		WhyNot: f.Lines("why_not", admission.MaxText), From: f.Date("from"), Until: f.Date("until"),
		Demanded: admission.Demanded{CheckIns: f.Bool("check_ins"), Photos: f.Bool("photos"), Tracks: f.Bool("tracks"), Quotas: f.Bool("quotas"), Installs: f.Bool("installs")},
	}
	if c.LastDay == 0 {
		c.LastDay = 31
	}
	if !c.Way.ToHouseholds() {
		c.HomeMinutes, c.Rotation = 0, 0
	}
	units = f.Lines("units", 8000)
	for _, code := range strings.FieldsFunc(units, separates) {
		u := p.tree().ByCode(code)
		if u == nil || !u.Active() {
			f.Fail("units", "matterweb.no_code", "code", code)
			break
		}
		c.UnitIDs = append(c.UnitIDs, u.ID)
	}
	for _, text := range strings.FieldsFunc(f.Text("months", 60), separates) {
		m, err := strconv.Atoi(text)
		if err != nil {
			f.Fail("months", "matterweb.no_month")
			break
		}
		c.Months = append(c.Months, m)
	}
	return c, units
}

func separates(r rune) bool { return strings.ContainsRune(" ,，、;；\n\r\t", r) }

// put keeps the form, or only says what it would cost.
func (p *Pages) put(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	number := r.PathValue("number")
	c, units := p.read(f)
	page := formPage{Base: p.web.Base(r, "matterweb.new"), Number: number, Version: int(f.Version()), C: c, Units: units}
	page.FormKey = f.Key()
	costs := f.Bool("preview")
	if err := f.Err(); err == nil && costs {
		if page.Preview, err = p.cost(r, c); err != nil {
			return err
		}
		return p.form(w, r, http.StatusOK, page)
	}
	err = f.Err()
	var out admission.Outcome
	if err == nil {
		out, err = p.svc.Put(r.Context(), actor(r), admission.Put{Key: f.Key(), Number: number, Version: page.Version, Content: c})
	}
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.form(w, r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/matters/"+out.Number, "matterweb.said_kept")
}

func (p *Pages) cost(r *http.Request, c admission.Content) (*preview, error) {
	x, err := p.svc.Preview(r.Context(), actor(r), c)
	if err != nil {
		return nil, err
	}
	out := &preview{Preview: x, Findings: p.findings(x.Findings, p.web.T(r))}
	for _, u := range x.Units {
		unit := p.tree().ByID(u.UnitID)
		if unit == nil {
			continue
		}
		row := previewRow{Name: unit.Name, Leads: u.Leads, Minutes: u.Minutes, Median: u.After.Median, Worst: u.After.Max, OverNew: u.After.Over, Kind: "ok"}
		if u.After.Budget > 0 {
			row.Share = strconv.Itoa(100*u.After.Minutes/u.After.Budget) + "%"
			if 4*u.After.Minutes > 3*u.After.Budget {
				row.Kind = "warn"
			}
		}
		if u.After.Over > 0 {
			row.Kind = "bad"
		}
		out.Rows = append(out.Rows, row)
	}
	for _, o := range x.Over[:min(len(x.Over), 6)] {
		if u := p.tree().ByID(o.UnitID); u != nil {
			out.Over = append(out.Over, place{p.tree().PathName(u, " · "), o.Asked, o.Budget})
		}
	}
	out.More = len(x.Over) - len(out.Over)
	return out, nil
}

func (p *Pages) submit(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := f.Err(); err != nil {
		return err
	}
	out, err := p.svc.Submit(r.Context(), actor(r), r.PathValue("number"), admission.Command{Key: f.Key(), Version: int(f.Version())})
	if web.IsInvalid(err) {
		return p.showWith(w, r, http.StatusUnprocessableEntity, err, f)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/matters/"+out.Number, "matterweb.said_submitted")
}

func (p *Pages) object(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	unit, cmd := f.Required("unit", 64), admission.Command{Key: f.Key(), Note: f.RequiredLines("note", admission.MaxText)}
	if err = f.Err(); err == nil {
		_, err = p.svc.Object(r.Context(), actor(r), r.PathValue("number"), unit, cmd)
	}
	if web.IsInvalid(err) {
		return p.showWith(w, r, http.StatusUnprocessableEntity, err, f)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/matters/"+r.PathValue("number"), "matterweb.said_objected")
}

// decide admits, returns, refuses, revokes or reviews: the button says which.
func (p *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	how := f.Choice("how", "admit", "return", "refuse", "revoke", "review")
	cmd := admission.Command{Key: f.Key(), Version: int(f.Version()), Note: f.RequiredLines("note", admission.MaxText)}
	priority, conditions := f.Int("priority", 0, 9), f.Lines("conditions", admission.MaxText)
	number := r.PathValue("number")
	if err = f.Err(); err == nil {
		switch how {
		case "admit":
			_, err = p.svc.Admit(r.Context(), actor(r), number, admission.Decision{Command: cmd, Conditions: conditions, Priority: priority})
		case "return":
			_, err = p.svc.Return(r.Context(), actor(r), number, cmd)
		case "refuse":
			_, err = p.svc.Refuse(r.Context(), actor(r), number, cmd)
		case "revoke":
			_, err = p.svc.Revoke(r.Context(), actor(r), number, cmd)
		default:
			_, err = p.svc.ReviewEmergency(r.Context(), actor(r), number, cmd)
		}
	}
	if web.IsInvalid(err) {
		return p.showWith(w, r, http.StatusUnprocessableEntity, err, f)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/matters/"+number, "matterweb.said_decided")
}

type deskPage struct {
	web.Base
	Waiting     []one
	Emergencies []one
	Objections  []openObjection
	Budgets     []budgetRow
	Code        string
	Minutes     string
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
	return p.deskWith(w, r, http.StatusOK, nil, "")
}

func (p *Pages) deskWith(w http.ResponseWriter, r *http.Request, status int, cause error, key string) error {
	ctx, who, say := r.Context(), actor(r), p.web.T(r)
	d, err := p.svc.Desk(ctx, who)
	if err != nil {
		return err
	}
	page := deskPage{Base: p.web.Base(r, "matterweb.desk")}
	page.Live = []string{"matters"}
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
		page.Errors, page.FormKey = web.FormErrorsOf(cause), key
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
	code, cmd := f.Required("unit", 32), admission.Command{Key: f.Key(), Note: f.Required("note", 200)}
	minutes := -1
	if f.Text("minutes", 6) != "" {
		minutes = f.Int("minutes", 0, 2400)
	}
	if err = f.Err(); err == nil {
		unit := p.tree().ByCode(code)
		if unit == nil {
			err = errs.E(errs.Invalid, "matter.check").WithField("unit", "matterweb.no_code", "code", code)
		} else {
			err = p.svc.SetBudget(r.Context(), actor(r), unit.ID, minutes, cmd)
		}
	}
	if web.IsInvalid(err) {
		return p.deskWith(w, r, http.StatusUnprocessableEntity, err, f.Key())
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/review#budgets", "matterweb.said_budget")
}
