package api

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
)

type demandInput struct {
	Number string `path:"number" maxLength:"40" doc:"The matter's number." example:"260000015"`
	Track  string `query:"track" maxLength:"80" doc:"The author's key; without it, a token is needed."`
}

type demandOutput struct{ Body Demand }

// Demand is a matter as its reader may see it.
type Demand struct {
	Number   string    `json:"number" doc:"Its number."`
	Kind     string    `json:"kind" enum:"question,help,report,complaint,suggestion" doc:"What is wanted."`
	State    string    `json:"state" enum:"open,accepted,waiting,resolved,reopened,confirmed,unconfirmed,withdrawn,merged" doc:"Where it stands. Only its author makes it confirmed; unconfirmed: told, and silent for seven days."`
	Text     string    `json:"text" doc:"The matter."`
	Unit     string    `json:"unit" doc:"Where it comes from, in words."`
	RaisedAt time.Time `json:"raised_at" doc:"When it was raised."`
	Reopens  int       `json:"reopens" doc:"How often its author said that it was not solved."`
	Version  int       `json:"version" doc:"Rises with every change; see version of the steps."`
	Keeper   Keeper    `json:"keeper" doc:"Who has it now."`
	May      []string  `json:"may" nullable:"false" doc:"The steps open to the reader now, by the last part of their addresses."`
	Timeline []Event   `json:"timeline" nullable:"false" doc:"Everything that happened, oldest first."`
	Facts
	Owed    *Owed    `json:"owed,omitempty" doc:"What the city owes for a demand that it failed: made and ended by the system alone."`
	Offered *Keeper  `json:"offered,omitempty" doc:"To whom it was offered and who hasn't answered yet."`
	Helpers []Keeper `json:"helpers,omitempty" doc:"Who works on it beside the keeper."`
	Merged  []string `json:"merged,omitempty" doc:"Numbers of those that follow it; for the network."`
	Follows string   `json:"follows,omitempty" doc:"Number of the one it follows; for the network."`
}

// Owed is the answer that a named senior official owes its author.
type Owed struct {
	Why        string     `json:"why" enum:"reopened_twice,late_30_days" doc:"How the city failed it."`
	By         Keeper     `json:"by" doc:"Who owes it."`
	DueAt      time.Time  `json:"due_at" doc:"By when."`
	Late       bool       `json:"late" doc:"Whether a date passed without an answer."`
	AnsweredAt *time.Time `json:"answered_at,omitempty" doc:"When it was answered; absent while it wasn't."`
}

// Facts are what lists and single matters both say.
type Facts struct {
	Category  string     `json:"category,omitempty" doc:"Code of its category; absent while nobody has said."`
	Urgency   string     `json:"urgency" enum:"normal,urgent,critical" doc:"How soon something must be done."`
	Source    string     `json:"source" doc:"How it came in." example:"resident"`
	Private   bool       `json:"private,omitempty" doc:"Only whoever has it may read it."`
	Place     string     `json:"place,omitempty" doc:"The place in words."`
	Lon       *float64   `json:"lon,omitempty" doc:"Longitude, WGS 84."`
	Lat       *float64   `json:"lat,omitempty" doc:"Latitude, WGS 84."`
	Since     time.Time  `json:"since" doc:"Since when its keeper has it."`
	DueAt     *time.Time `json:"due_at,omitempty" doc:"When the keeper's time limit runs out; absent while no clock runs."`
	Overdue   bool       `json:"overdue" doc:"Whether a limit ran out while the network has to act."`
	Climbs    int        `json:"climbs" doc:"How often a limit ran out and it moved up."`
	Handovers int        `json:"handovers" doc:"How often it was handed on."`
	Returns   int        `json:"returns" doc:"How often a transfer was returned."`
	Disputed  bool       `json:"disputed,omitempty" doc:"Whether the city office has to decide whose it is."`
	Neighbors int        `json:"neighbours,omitempty" doc:"How many others have the same trouble."`
	Satisfied string     `json:"satisfied,omitempty" enum:"yes,partly,no" doc:"What its author said on confirming."`
	ClosedAt  *time.Time `json:"closed_at,omitempty" doc:"When it was closed."`
}

// Keeper is who has a matter.
type Keeper struct {
	Unit       string `json:"unit" doc:"The unit's name, or the department's."`
	Name       string `json:"name,omitempty" doc:"Who serves there; absent while nobody does."`
	Role       string `json:"role,omitempty" doc:"In what role."`
	Department string `json:"department,omitempty" doc:"Id of the department, if it is one."`
}

// Event is one entry of a timeline.
type Event struct {
	At       time.Time `json:"at" doc:"When."`
	Step     string    `json:"step" doc:"What happened." example:"accepted"`
	Side     string    `json:"side" enum:"resident,network,system" doc:"Whose doing it was."`
	Name     string    `json:"name,omitempty" doc:"Who, for the network's side."`
	Role     string    `json:"role,omitempty" doc:"In what role."`
	Unit     string    `json:"unit,omitempty" doc:"Of which unit."`
	To       *Keeper   `json:"to,omitempty" doc:"Who has it from then on, or was offered it or called, where that is what happened."`
	Reason   string    `json:"reason,omitempty" doc:"Why it went there."`
	Text     string    `json:"text,omitempty" doc:"The words."`
	Basis    string    `json:"basis,omitempty" doc:"The legal basis of a return or decision."`
	Internal bool      `json:"internal,omitempty" doc:"A note within the network, opened to the author on resolution."`
}

func (s *service) demandOf(ctx context.Context, in *demandInput) (*demandOutput, error) {
	var file *demand.File
	var err error
	if in.Track != "" {
		file, err = s.demand.ByTrack(ctx, in.Number, in.Track)
	} else {
		file, err = s.demand.Get(ctx, auth.From(ctx), in.Number)
	}
	if err != nil {
		return nil, err
	}
	return &demandOutput{s.document(file)}, nil
}

func (s *service) document(f *demand.File) Demand {
	d := Demand{Number: f.Number, Kind: string(f.Kind), State: string(f.State), Text: f.Text, Unit: f.Unit, RaisedAt: f.RaisedAt,
		Reopens: f.Reopens, Version: f.Version, Keeper: *keeper(f.Keeper), May: mays(f.May), Timeline: []Event{}, Facts: s.facts(&f.Demand)}
	for _, e := range f.Events {
		d.Timeline = append(d.Timeline, event(e))
	}
	if f.Owed.Exists() {
		d.Owed = &Owed{Why: string(f.Owed.Why), By: *keeper(f.Owing), DueAt: f.Owed.DueAt, Late: f.Owed.Late(s.now()), AnsweredAt: orNone(f.Owed.AnsweredAt)}
	}
	if f.Offered.UnitID != "" {
		d.Offered = keeper(f.Offered)
	}
	for _, h := range f.Helpers {
		d.Helpers = append(d.Helpers, *keeper(h))
	}
	for _, m := range f.Merged {
		d.Merged = append(d.Merged, m.Number)
	}
	if f.Main != nil {
		d.Follows = f.Main.Number
	}
	return d
}

var satisfactions = map[demand.Satisfaction]string{demand.Satisfied: "yes", demand.PartlySatisfied: "partly", demand.NotSatisfied: "no"}

func (s *service) facts(d *demand.Demand) Facts {
	c, _ := s.demand.Terms().Catalog.Category(d.CategoryID)
	f := Facts{Category: c.Code, Urgency: d.Urgency.String(), Source: string(d.Source), Private: d.Private, Place: d.Place, Since: d.OwnerSince,
		DueAt: orNone(d.DueAt), Overdue: d.Overdue(s.now()), Climbs: d.Climbs, Handovers: d.Handovers, Returns: d.Returns,
		Disputed: d.Disputed, Neighbors: d.Follows, Satisfied: satisfactions[d.Satisfied], ClosedAt: orNone(d.ClosedAt)}
	if d.Lon != 0 || d.Lat != 0 {
		f.Lon, f.Lat = &d.Lon, &d.Lat
	}
	return f
}

func orNone(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// mays names the steps that are open, in the order of the loop.
func mays(m demand.May) []string {
	list := []string{}
	for _, step := range []struct {
		name string
		may  bool
	}{
		{"accept", m.Accept}, {"answer", m.Answer}, {"note", m.Note}, {"ask", m.Ask}, {"resume", m.Resume}, {"resolve", m.Resolve},
		{"contact", m.ReadContact}, {"transfer", m.Transfer}, {"take", m.Take}, {"return", m.Return}, {"recall", m.Recall},
		{"decide", m.Decide}, {"helpers", m.Help}, {"merge", m.Merge}, {"sort", m.Sort}, {"owed", m.AnswerOwed}, {"told", m.Tell}, {"vouch", m.Vouch},
		{"confirm", m.Confirm}, {"reopen", m.Reopen}, {"say", m.Say}, {"withdraw", m.Withdraw}, {"split", m.Split},
		{"still-fixed", m.StillFixed}, {"claim", m.Claim}, {"publish", m.Publish},
	} {
		if step.may {
			list = append(list, step.name)
		}
	}
	return list
}

func keeper(s demand.Stop) *Keeper {
	return &Keeper{Unit: s.UnitName, Name: s.Name, Role: string(s.Role), Department: s.DepartmentID}
}

func event(e demand.Event) Event {
	out := Event{At: e.At, Step: string(e.Step), Side: string(e.Side), Name: e.Name, Role: string(e.Role),
		Unit: e.UnitName, Reason: string(e.Reason), Text: e.Text, Basis: e.Basis, Internal: e.Internal}
	if e.To.UnitName != "" {
		out.To = keeper(e.To)
	}
	return out
}
