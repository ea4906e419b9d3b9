package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/admission"
	"bilin/internal/admission/duty"
	"bilin/internal/admission/monthly"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
)

const tagAdmission = "admission"

var matterFails = []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}

func (s *service) registerAdmission() {
	register(s, operation{
		Operation: huma.Operation{OperationID: "matter-draft", Method: http.MethodPost, Path: "/matters", Tags: []string{tagAdmission},
			Summary:     "Draft a matter, or change a draft",
			Description: "What a department wants leads to do. With `number` it changes that draft, or one that was returned. Nothing is asked of anybody before the city office admitted it and it stands on a month's list."},
		fails: matterFails,
	}, s.putMatter)
	for _, step := range s.matterSteps() {
		register(s, step.operation, step.handler)
	}
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "monthly-list", Method: http.MethodGet, Path: "/monthly-lists/{month}", Tags: []string{tagAdmission},
			Summary: "What may be asked of leads in a month", Description: "A published list is frozen: `digest` is of its lines at publication, late additions carry their reason."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.monthlyList)
	register(s, operation{
		Operation: huma.Operation{OperationID: "task", Method: http.MethodPost, Path: "/tasks", Tags: []string{tagAdmission},
			Summary: "Ask one lead for one thing",
			Description: "Goes through the same gate as every task. 409 says by `code` which rule refuses it: task.refused.not_admitted, .revoked, .expired, .not_started, .no_list, .not_on_list, " +
				".not_in_audience, .not_due, .objected, .over_budget, .paused, .no_lead or .already."},
		fails: matterFails,
	}, s.askTask)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "burden", Method: http.MethodGet, Path: "/burden", Tags: []string{tagAdmission},
			Summary: "What departments asked of leads in a month", Description: "Minutes by department and by place, what came past the list, what was refused and saved. Of a city, a town or a village."},
		fails: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.burdenOf)
}

// MatterBody is a department's form.
type MatterBody struct {
	Number      string   `json:"number,omitempty" maxLength:"32" doc:"Of the draft to change; a new one where it is left out."`
	Version     int      `json:"version,omitempty" minimum:"0" doc:"The version the change was decided on."`
	Department  string   `json:"department" maxLength:"32" doc:"The department's code." example:"YJ"`
	Function    string   `json:"function" maxLength:"64" doc:"Code in the function catalogue."`
	Duty        string   `json:"duty,omitempty" maxLength:"64" doc:"Code of the item on the duty list."`
	List        string   `json:"list" enum:"own,assist,taken_back" doc:"On which duty list it stands."`
	Title       string   `json:"title" maxLength:"400"`
	Ask         string   `json:"ask" maxLength:"8000" doc:"What exactly is asked of a lead."`
	Basis       string   `json:"basis,omitempty" maxLength:"2000" doc:"The legal basis; without one there is a ground to refuse it."`
	Responsible string   `json:"responsible,omitempty" maxLength:"800" doc:"Who remains responsible; the review asks if nobody is named."`
	Support     string   `json:"support,omitempty" maxLength:"2000" doc:"What support comes with it."`
	Way         string   `json:"way" enum:"tell,look,help,visit,call" doc:"How it is carried out; visit and call go to households."`
	Level       string   `json:"level,omitempty" enum:"area,group,cell" doc:"Whose posts: cell is the neighbour leads, and what is meant where it is left out."`
	Units       []string `json:"units,omitempty" maxItems:"400" doc:"Codes of the units whose posts are asked; the whole city where it is left out."`
	Minutes     int      `json:"minutes,omitempty" minimum:"0" maximum:"600" doc:"Per lead and month, whatever their households."`
	HomeMinutes int      `json:"home_minutes,omitempty" minimum:"0" maximum:"120" doc:"Per household visited or called, without the way there."`
	Rotation    int      `json:"rotation,omitempty" minimum:"0" maximum:"24" doc:"A household's turn comes every so many months; 1 is each month."`
	Months      []int    `json:"months,omitempty" maxItems:"12" doc:"Months of the year, 1 to 12; each month where it is left out."`
	FirstDay    int      `json:"first_day,omitempty" minimum:"0" maximum:"31" doc:"Day of the month from which it can be done; 1 where it is left out."`
	LastDay     int      `json:"last_day,omitempty" minimum:"0" maximum:"31" doc:"Day by which it is to be done; the month's last where it is left out."`
	Fields      []string `json:"fields,omitempty" maxItems:"50" doc:"Codes of data it collects, in the data catalogue."`
	OtherData   string   `json:"other_data,omitempty" maxLength:"2000" doc:"Data the catalogue doesn't know."`
	WhyNot      string   `json:"why_not,omitempty" maxLength:"2000" doc:"Why it can't be had from data the city holds."`
	Demanded    struct {
		CheckIns bool `json:"check_ins,omitempty"`
		Photos   bool `json:"photos,omitempty"`
		Tracks   bool `json:"tracks,omitempty"`
		Quotas   bool `json:"quotas,omitempty"`
		Installs bool `json:"installs,omitempty"`
	} `json:"demanded,omitempty" doc:"What it asks for beside the work; each is a ground to refuse it."`
	From  string `json:"from" maxLength:"10" doc:"First day." example:"2026-12-01"`
	Until string `json:"until" maxLength:"10" doc:"Last day, two years after the first at most." example:"2027-11-30"`
}

type matterInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Body MatterBody
}

type matterOutput struct {
	Status int
	Body   MatterStanding
}

// MatterStanding is where a matter stands after a step.
type MatterStanding struct {
	Number  string `json:"number" doc:"The matter's number."`
	State   string `json:"state" enum:"draft,submitted,returned,admitted,refused,revoked,expired" doc:"Where it stands."`
	Version int    `json:"version" doc:"To be sent with the next step."`
}

func (s *service) putMatter(ctx context.Context, in *matterInput) (*matterOutput, error) {
	content, err := s.content(&in.Body)
	if err != nil {
		return nil, err
	}
	out, err := s.matters.Put(ctx, auth.From(ctx), admission.Put{Key: in.Key, Number: in.Body.Number, Version: in.Body.Version, Content: content})
	if err != nil {
		return nil, err
	}
	status := http.StatusCreated
	if in.Body.Number != "" {
		status = http.StatusOK
	}
	return &matterOutput{Status: status, Body: standingOf(out)}, nil
}

func standingOf(out admission.Outcome) MatterStanding {
	return MatterStanding{Number: out.Number, State: string(out.State), Version: out.Version}
}

// content turns codes into what the service knows.
func (s *service) content(b *MatterBody) (admission.Content, error) {
	tree, duties := s.network.Tree(), s.duties()
	c := admission.Content{Duty: admission.DutyList(b.List), Title: b.Title, Ask: b.Ask, Basis: b.Basis, Responsible: b.Responsible,
		Support: b.Support, Way: admission.Way(b.Way), Minutes: b.Minutes, HomeMinutes: b.HomeMinutes, Rotation: b.Rotation, Months: b.Months,
		FirstDay: b.FirstDay, LastDay: b.LastDay, OtherData: b.OtherData, WhyNot: b.WhyNot, Demanded: admission.Demanded(b.Demanded), From: b.From, Until: b.Until}
	if c.FirstDay == 0 {
		c.FirstDay = 1
	}
	if c.LastDay == 0 {
		c.LastDay = 31
	}
	if c.Level = network.ParseLevel(b.Level); b.Level == "" {
		c.Level = network.Cell
	}
	bad := errs.E(errs.Invalid, "api.invalid")
	for _, d := range tree.Departments() {
		if d.Code == b.Department {
			c.DepartmentID = d.ID
		}
	}
	if c.DepartmentID == "" {
		return c, bad.WithField("department", "api.code_unknown", "code", b.Department)
	}
	for _, code := range b.Units {
		u := tree.ByCode(code)
		if u == nil || !u.Active() {
			return c, bad.WithField("units", "api.code_unknown", "code", code)
		}
		c.UnitIDs = append(c.UnitIDs, u.ID)
	}
	return c, codes(&c, b, duties, bad)
}

// codes fills in what the duty catalogue knows.
func codes(c *admission.Content, b *MatterBody, duties *duty.Catalog, bad *errs.Error) error {
	f, ok := duties.FunctionByCode(b.Function)
	if !ok {
		return bad.WithField("function", "api.code_unknown", "code", b.Function)
	}
	c.FunctionID = f.ID
	if b.Duty != "" {
		d, ok := duties.DutyByCode(b.Duty)
		if !ok {
			return bad.WithField("duty", "api.code_unknown", "code", b.Duty)
		}
		c.DutyID = d.ID
	}
	for _, code := range b.Fields {
		f, ok := duties.FieldByCode(code)
		if !ok {
			return bad.WithField("fields", "api.code_unknown", "code", code)
		}
		c.FieldIDs = append(c.FieldIDs, f.ID)
	}
	return nil
}

type matterStep struct {
	operation
	handler func(context.Context, *matterStepInput) (*matterOutput, error)
}

type matterStepInput struct {
	Number string `path:"number" maxLength:"32" doc:"The matter's number."`
	Key    string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Body   *struct {
		Note       string `json:"note,omitempty" maxLength:"8000" doc:"The reason, which is public."`
		Version    int    `json:"version,omitempty" minimum:"0" doc:"The version the step was decided on."`
		Conditions string `json:"conditions,omitempty" maxLength:"8000" doc:"With which it is admitted."`
		Priority   int    `json:"priority,omitempty" minimum:"0" maximum:"9" doc:"For admit: smaller goes first within a budget; 5 where it is left out."`
	} `required:"false"`
}

func (in *matterStepInput) command() admission.Command {
	cmd := admission.Command{Key: in.Key}
	if in.Body != nil {
		cmd.Note, cmd.Version = in.Body.Note, in.Body.Version
	}
	return cmd
}

func (in *matterStepInput) decision() admission.Decision {
	d := admission.Decision{Command: in.command(), Priority: 5}
	if in.Body != nil {
		d.Conditions = in.Body.Conditions
		if in.Body.Priority > 0 {
			d.Priority = in.Body.Priority
		}
	}
	return d
}

type matterDeed func(ctx context.Context, actor auth.Actor, number string, cmd admission.Command) (admission.Outcome, error)

func (s *service) matterSteps() []matterStep {
	m := s.matters
	return []matterStep{
		s.matterStep("submit", "Hand a matter in", "The city office has 15 working days.", m.Submit),
		{operation{fails: matterFails, Operation: huma.Operation{OperationID: "matter-admit", Method: http.MethodPost, Path: "/matters/{number}/admit",
			Tags: []string{tagAdmission}, Summary: "Admit it", Description: "By the city office, with a reason that everybody reads, and conditions if any."}},
			func(ctx context.Context, in *matterStepInput) (*matterOutput, error) {
				out, err := m.Admit(ctx, auth.From(ctx), in.Number, in.decision())
				return &matterOutput{Status: http.StatusOK, Body: standingOf(out)}, err
			}},
		s.matterStep("return", "Give it back to be mended", "`note` says what is missing.", m.Return),
		s.matterStep("refuse", "Refuse it", "`note` gives the reason.", m.Refuse),
		s.matterStep("revoke", "Take the permit back", "`note` gives the reason. Its open tasks are cancelled.", m.Revoke),
	}
}

func (s *service) matterStep(id, summary, description string, do matterDeed) matterStep {
	return matterStep{operation{fails: matterFails, Operation: huma.Operation{OperationID: "matter-" + id, Method: http.MethodPost,
		Path: "/matters/{number}/" + id, Tags: []string{tagAdmission}, Summary: summary, Description: description}},
		func(ctx context.Context, in *matterStepInput) (*matterOutput, error) {
			out, err := do(ctx, auth.From(ctx), in.Number, in.command())
			return &matterOutput{Status: http.StatusOK, Body: standingOf(out)}, err
		}}
}

type monthInput struct {
	Month string `path:"month" maxLength:"7" doc:"The month." example:"2026-12"`
}

type listOutput struct{ Body MonthlyList }

// MonthlyList is what may be asked in a month.
type MonthlyList struct {
	Month     string     `json:"month"`
	State     string     `json:"state" enum:"composing,published"`
	PublishOn string     `json:"publish_on" doc:"The day on which it is published."`
	Digest    string     `json:"digest,omitempty" doc:"SHA-256 of the lines at publication."`
	Lines     []ListLine `json:"lines"`
}

// ListLine is a matter on the list, as it stood when the list was published.
type ListLine struct {
	Number     string `json:"number"`
	Title      string `json:"title"`
	Department string `json:"department" doc:"The department's code."`
	Priority   int    `json:"priority"`
	Leads      int    `json:"leads" doc:"How many are asked."`
	Minutes    int    `json:"minutes" doc:"Of all of them together."`
	Late       bool   `json:"late" doc:"Added after publication."`
	Reason     string `json:"reason,omitempty" doc:"Why it was added late."`
}

func (s *service) monthlyList(ctx context.Context, in *monthInput) (*listOutput, error) {
	month, err := admission.ParseMonth(in.Month)
	if err != nil {
		return nil, err
	}
	list, err := s.lists.List(ctx, auth.From(ctx), month)
	if err != nil {
		return nil, err
	}
	out := &listOutput{Body: MonthlyList{Month: string(list.Month), State: string(list.State), PublishOn: list.PublishOn, Digest: list.Digest, Lines: []ListLine{}}}
	for _, l := range list.Lines {
		out.Body.Lines = append(out.Body.Lines, ListLine{Number: l.Number, Title: l.Content.Title, Department: s.departmentCode(l.Content.DepartmentID),
			Priority: l.Priority, Leads: l.Leads, Minutes: l.Minutes, Late: l.Late, Reason: l.Reason})
	}
	return out, nil
}

func (s *service) departmentCode(id string) string {
	if d := s.network.Tree().Department(id); d != nil {
		return d.Code
	}
	return ""
}

type askInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Body struct {
		Matter string `json:"matter" maxLength:"32" doc:"The matter's number."`
		Unit   string `json:"unit" maxLength:"32" doc:"Code of the unit whose lead is asked."`
		Month  string `json:"month,omitempty" maxLength:"7" doc:"This month where it is left out."`
	}
}

type askOutput struct {
	Status int
	Body   struct {
		Task string `json:"task" doc:"The task's id."`
	}
}

func (s *service) askTask(ctx context.Context, in *askInput) (*askOutput, error) {
	unit := s.network.Tree().ByCode(in.Body.Unit)
	if unit == nil {
		return nil, errs.E(errs.Invalid, "api.invalid").WithField("unit", "api.code_unknown", "code", in.Body.Unit)
	}
	ask := monthly.Ask{Key: in.Key, Number: in.Body.Matter, UnitID: unit.ID}
	if in.Body.Month != "" {
		month, err := admission.ParseMonth(in.Body.Month)
		if err != nil {
			return nil, err
		}
		ask.Month = month
	}
	id, err := s.lists.Ask(ctx, auth.From(ctx), ask)
	if err != nil {
		return nil, err
	}
	out := &askOutput{Status: http.StatusCreated}
	out.Body.Task = id
	return out, nil
}

type burdenInput struct {
	Month string `query:"month" maxLength:"7" doc:"The month; this one where it is left out." example:"2026-11"`
	Unit  string `query:"unit" maxLength:"32" doc:"Code of the city, a town or a village; the city where it is left out."`
}

type burdenOutput struct{ Body Burden }

// Burden is what was asked of a unit's leads in a month.
type Burden struct {
	Month       string             `json:"month"`
	Unit        string             `json:"unit" doc:"The unit's code."`
	Leads       int                `json:"leads" doc:"Neighbour leads who serve."`
	Budget      int                `json:"budget" doc:"Minutes of all of them together."`
	Minutes     int                `json:"minutes" doc:"Asked, each visit counted for itself."`
	PerLead     float64            `json:"per_lead" doc:"Minutes of one lead in the middle."`
	Saved       int                `json:"saved" doc:"Minutes that merging visits saved."`
	Departments []DepartmentBurden `json:"departments"`
	Trend       []MonthBurden      `json:"trend" doc:"Twelve months up to this one."`
}

// DepartmentBurden is one department's part.
type DepartmentBurden struct {
	Department string `json:"department" doc:"The department's code."`
	Matters    int    `json:"matters"`
	Tasks      int    `json:"tasks"`
	Minutes    int    `json:"minutes"`
	Done       int    `json:"done"`
	Returned   int    `json:"returned"`
	Offlist    int    `json:"offlist" doc:"Confirmed reports of work that came past the list; none are told of a single village."`
}

// MonthBurden is one month of the trend.
type MonthBurden struct {
	Month   string  `json:"month"`
	Minutes int     `json:"minutes"`
	PerLead float64 `json:"per_lead"`
}

func (s *service) burdenOf(ctx context.Context, in *burdenInput) (*burdenOutput, error) {
	var month admission.Month
	if in.Month != "" {
		var err error
		if month, err = admission.ParseMonth(in.Month); err != nil {
			return nil, err
		}
	}
	r, err := s.burden.Report(ctx, auth.From(ctx), in.Unit, month)
	if err != nil {
		return nil, err
	}
	b := Burden{Month: string(r.Month), Unit: r.Unit.Code, Leads: r.Leads, Budget: r.Budget, Minutes: r.Whole.Minutes, PerLead: r.PerLead(),
		Saved: r.Merged.Saved, Departments: []DepartmentBurden{}, Trend: []MonthBurden{}}
	for _, d := range r.Departments {
		b.Departments = append(b.Departments, DepartmentBurden{Department: d.Code, Matters: d.Matters, Tasks: d.Tasks, Minutes: d.Minutes,
			Done: d.Done, Returned: d.Returned, Offlist: d.Offlist})
	}
	for _, p := range r.Trend {
		b.Trend = append(b.Trend, MonthBurden{string(p.Month), p.Minutes, p.PerLead})
	}
	return &burdenOutput{b}, nil
}
