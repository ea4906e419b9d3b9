package matterweb

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/admission"
	"bilin/internal/network"
	"bilin/internal/web"
)

type formPage struct {
	web.Base
	Number      string // "" for a new one
	Version     int
	C           admission.Content
	Towns       []choice
	Units       string // codes or names of smaller units, one a line
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

func (p *Pages) blank(w http.ResponseWriter, r *http.Request) error {
	c := admission.Content{Way: admission.Tell, Level: network.Cell, Duty: admission.Assist, Minutes: 20, FirstDay: 1, LastDay: 28, Rotation: 1}
	if own := p.svc.DepartmentsOf(actor(r)); len(own) > 0 {
		c.DepartmentID = own[0]
	}
	c.From = p.svc.ThisMonth().Next().First()
	c.Until = admission.Month(c.From[:7]).Next().Next().Next().Next().Next().Last()
	return p.formWithCost(w, r, formPage{Base: p.web.Base(r, "matterweb.new"), C: c})
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	m, err := p.svc.Matter(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	return p.formWithCost(w, r, formPage{Base: p.web.Base(r, "matterweb.edit", "title", m.Title), Number: m.Number, Version: m.Version, C: m.Content})
}

// form shows the form with its choices.
func (p *Pages) form(w http.ResponseWriter, r *http.Request, status int, page formPage) error {
	p.choices(r, &page)
	return p.web.RenderStatus(w, r, status, "matter/form", page)
}

// choices fills in what a form offers.
func (p *Pages) choices(r *http.Request, page *formPage) {
	say := p.web.T(r)
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
	p.audience(page)
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
}

// audience shows towns as choices and smaller units by their names.
func (p *Pages) audience(page *formPage) {
	tree := p.tree()
	var smaller []string
	for _, id := range page.C.UnitIDs {
		if u := tree.ByID(id); u != nil && u.Level != network.Town {
			smaller = append(smaller, tree.PathName(u, " "))
		}
	}
	for _, u := range tree.Units(network.Town) {
		page.Towns = append(page.Towns, choice{ID: u.ID, Name: u.Name, On: slices.Contains(page.C.UnitIDs, u.ID)})
	}
	if page.Units == "" {
		page.Units = strings.Join(smaller, "\n")
	}
}

// units reads the audience: towns by their boxes, smaller units a line each.
func (p *Pages) units(f *web.Form, c *admission.Content) (text string) {
	for _, id := range f.List("towns") {
		if u := p.tree().ByID(id); u != nil && u.Level == network.Town && u.Active() {
			c.UnitIDs = append(c.UnitIDs, u.ID)
		}
	}
	if text = f.Lines("units", 8000); strings.TrimSpace(text) == "" {
		return text
	}
	names := network.NamesOf(p.tree())
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",，;；\n\r", r) }) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		u, _ := names.Find(line)
		if u == nil || u.Level == network.City {
			f.Fail("units", "matterweb.no_place", "text", line)
			break
		}
		if !slices.Contains(c.UnitIDs, u.ID) {
			c.UnitIDs = append(c.UnitIDs, u.ID)
		}
	}
	return text
}

// read takes the form as it was sent.
func (p *Pages) read(f *web.Form) (c admission.Content, units string) {
	c = admission.Content{
		DepartmentID: f.Text("department", 64), FunctionID: f.Text("function", 64), DutyID: f.Text("duty", 64), Duty: admission.DutyList(f.Text("list", 20)),
		Title: f.Text("title", admission.MaxTitle), Ask: f.Lines("ask", admission.MaxText), Basis: f.Lines("basis", admission.MaxText),
		Responsible: f.Text("responsible", admission.MaxWords), Support: f.Lines("support", admission.MaxText), Way: admission.Way(f.Text("way", 10)),
		Level: network.ParseLevel(f.Text("level", 10)), Minutes: f.Int("minutes", 0, 600), HomeMinutes: f.Int("home_minutes", 0, 120), Rotation: f.Int("rotation", 0, 24),
		FirstDay: max(1, f.Int("first_day", 0, 31)), LastDay: f.Int("last_day", 0, 31), FieldIDs: f.List("fields"), OtherData: f.Lines("other_data", admission.MaxText),
		Standing: f.Bool("standing"), WhyNot: f.Lines("why_not", admission.MaxText), From: f.Date("from"), Until: f.Date("until"),
		Demanded: admission.Demanded{CheckIns: f.Bool("check_ins"), Photos: f.Bool("photos"), Tracks: f.Bool("tracks"), Quotas: f.Bool("quotas"), Installs: f.Bool("installs")},
	}
	if c.LastDay == 0 {
		c.LastDay = 31
	}
	if !c.Way.ToHouseholds() {
		c.HomeMinutes, c.Rotation = 0, 0
	}
	units = p.units(f, &c)
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
