package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/i18n"
)

func (s *service) registerDemands() {
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "raise", Method: http.MethodPost, Path: "/demands", Tags: []string{tagDemand},
			DefaultStatus: http.StatusCreated,
			Summary:       "Raise a matter",
			Description: "Says what is wanted, and where: by the code of a unit or the code on a household's door card. " +
				"The answer holds the matter's number and the key with which its author, and nobody else, " +
				"follows it, confirms that it is solved or opens it again. The key is given once.",
			Middlewares: s.limited(s.limits.raise)},
		fails: []int{http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.raise)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "demand", Method: http.MethodGet, Path: "/demands/{number}", Tags: []string{tagDemand},
			Summary:     "A matter with everything that was said and done",
			Description: "For its author by `track`, for the network by token. A number that does not exist and one that is not the asker's to see get the same answer.",
			Middlewares: s.limited(s.limits.follow)},
		fails: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.demandOf)
	for _, step := range s.steps() {
		register(s, step.operation, step.handler)
	}
}

type step struct {
	operation
	handler func(context.Context, *stepInput) (*stepOutput, error)
}

// steps are the four ways a demand goes on.
func (s *service) steps() []step {
	fails := []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}
	network := func(id, summary, description string, do networkStep) step {
		return step{operation{fails: fails, Operation: huma.Operation{OperationID: id, Method: http.MethodPost,
			Path: "/demands/{number}/" + id, Tags: []string{tagDemand}, Summary: summary, Description: description}}, s.byNetwork(do)}
	}
	resident := func(id, summary, description string, do residentStep) step {
		return step{operation{fails: fails, public: true, Operation: huma.Operation{OperationID: id, Method: http.MethodPost,
			Path: "/demands/{number}/" + id, Tags: []string{tagDemand}, Summary: summary, Description: description,
			Middlewares: s.limited(s.limits.follow)}}, s.byResident(do)}
	}
	return []step{
		network("accept", "Take a matter on", "From now on it is with the token's unit. `note` is a word to the resident and may be left out.", s.demand.Accept),
		network("resolve", "Say what was done", "`note` says it. The matter stays open until its author confirms.", s.demand.Resolve),
		resident("confirm", "Say that it is solved", "Only the author can, with `track`. This closes the matter.", s.confirm),
		resident("reopen", "Say that it is not solved", "Only the author can, with `track`; `note` says what is missing and may be left out.", s.reopen),
	}
}

type raiseInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless: the same key and body give the same answer."`
	Body struct {
		Kind      string `json:"kind" enum:"question,help,report,complaint,suggestion" doc:"What is wanted." example:"help"`
		Text      string `json:"text" maxLength:"8000" doc:"The matter, in at most 2,000 characters." example:"门口的路灯三天没亮了。"`
		Unit      string `json:"unit,omitempty" maxLength:"32" doc:"Code of the unit it is about."`
		Household string `json:"household,omitempty" maxLength:"32" doc:"Or the random code on the household's door card."`
		Contact   string `json:"contact,omitempty" maxLength:"400" doc:"How to reach its author. Kept sealed; opened only by whoever handles the matter, and on record."`
		Anonymous bool   `json:"anonymous,omitempty" doc:"With household: don't say which household."`
	}
}

type raiseOutput struct {
	Location string `header:"Location" doc:"Where the matter is read."`
	Body     Receipt
}

// Receipt is what the author of a matter takes home.
type Receipt struct {
	Number string `json:"number" doc:"The matter's number; the last digit checks the others." example:"260000015"`
	Track  string `json:"track" doc:"The author's key. Given once."`
}

func (s *service) raise(ctx context.Context, in *raiseInput) (*raiseOutput, error) {
	b := in.Body
	receipt, err := s.demand.Raise(ctx, auth.From(ctx), demand.Raise{Kind: demand.Kind(b.Kind), Text: b.Text,
		UnitCode: b.Unit, DoorCode: b.Household, Contact: b.Contact, Anonymous: b.Anonymous, Key: in.Key})
	if err != nil {
		return nil, err
	}
	return &raiseOutput{base + "/demands/" + receipt.Number, Receipt{receipt.Number, receipt.Track}}, nil
}

type demandInput struct {
	Number string `path:"number" maxLength:"40" doc:"The matter's number." example:"260000015"`
	Track  string `query:"track" maxLength:"80" doc:"The author's key; without it, a token is needed."`
}

type demandOutput struct{ Body Demand }

// Demand is a matter as its reader may see it.
type Demand struct {
	Number   string    `json:"number" doc:"Its number."`
	Kind     string    `json:"kind" enum:"question,help,report,complaint,suggestion" doc:"What is wanted."`
	State    string    `json:"state" enum:"open,accepted,resolved,confirmed,reopened" doc:"Where it stands. Only its author makes it confirmed."`
	Text     string    `json:"text" doc:"The matter."`
	Unit     string    `json:"unit" doc:"Where it comes from, in words."`
	RaisedAt time.Time `json:"raised_at" doc:"When it was raised."`
	Reopens  int       `json:"reopens" doc:"How often its author said that it was not solved."`
	Version  int       `json:"version" doc:"Rises with every change; see version of the steps."`
	Keeper   Keeper    `json:"keeper" doc:"Who has it now."`
	May      []string  `json:"may" nullable:"false" doc:"The steps open to the reader now: accept, resolve, confirm, reopen."`
	Timeline []Event   `json:"timeline" nullable:"false" doc:"Everything that happened, oldest first."`
}

// Keeper is who has a matter.
type Keeper struct {
	Unit string `json:"unit" doc:"The unit's name."`
	Name string `json:"name,omitempty" doc:"Who serves there; absent while nobody does."`
	Role string `json:"role,omitempty" doc:"In what role."`
}

// Event is one entry of a timeline.
type Event struct {
	At     time.Time `json:"at" doc:"When."`
	Step   string    `json:"step" doc:"What happened." example:"accepted"`
	Side   string    `json:"side" enum:"resident,network,system" doc:"Whose doing it was."`
	Name   string    `json:"name,omitempty" doc:"Who, for the network's side."`
	Role   string    `json:"role,omitempty" doc:"In what role."`
	Unit   string    `json:"unit,omitempty" doc:"Of which unit."`
	To     *Keeper   `json:"to,omitempty" doc:"Who has it from then on, where that changed."`
	Reason string    `json:"reason,omitempty" doc:"Why it went there."`
	Text   string    `json:"text,omitempty" doc:"The words."`
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
	return &demandOutput{document(file)}, nil
}

func document(f *demand.File) Demand {
	d := Demand{Number: f.Number, Kind: string(f.Kind), State: string(f.State), Text: f.Text, Unit: f.Unit, RaisedAt: f.RaisedAt,
		Reopens: f.Reopens, Version: f.Version, Keeper: *keeper(f.Keeper), May: []string{}, Timeline: []Event{}}
	for _, m := range []struct {
		step string
		may  bool
	}{{"accept", f.May.Accept}, {"resolve", f.May.Resolve}, {"confirm", f.May.Confirm}, {"reopen", f.May.Reopen}} {
		if m.may {
			d.May = append(d.May, m.step)
		}
	}
	for _, e := range f.Events {
		d.Timeline = append(d.Timeline, event(e))
	}
	return d
}

func keeper(s demand.Stop) *Keeper {
	return &Keeper{Unit: s.UnitName, Name: s.Name, Role: string(s.Role)}
}

func event(e demand.Event) Event {
	out := Event{At: e.At, Step: string(e.Step), Side: string(e.Side), Name: e.Name, Role: string(e.Role),
		Unit: e.UnitName, Reason: string(e.Reason), Text: e.Text}
	if e.To.UnitID != "" {
		out.To = keeper(e.To)
	}
	return out
}

type stepInput struct {
	Number string    `path:"number" maxLength:"40" doc:"The matter's number." example:"260000015"`
	Key    string    `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Body   *stepBody `required:"false"`
}

type stepBody struct {
	Track   string `json:"track,omitempty" maxLength:"80" doc:"The author's key, for confirm and reopen."`
	Note    string `json:"note,omitempty" maxLength:"8000" doc:"The words, in at most 2,000 characters."`
	Version int    `json:"version,omitempty" minimum:"0" doc:"The version the step was decided on. If the matter has changed since, the step is refused with 409 instead of going unseen over the change."`
}

type stepOutput struct{ Body StepResult }

// StepResult is where a step left a matter.
type StepResult struct {
	Number  string `json:"number" doc:"Its number."`
	State   string `json:"state" enum:"open,accepted,resolved,confirmed,reopened" doc:"Where it stands now."`
	Version int    `json:"version" doc:"Its version now."`
}

type (
	networkStep  func(ctx context.Context, actor auth.Actor, number string, cmd demand.Command) (demand.Outcome, error)
	residentStep func(ctx context.Context, number, track string, cmd demand.Command) (demand.Outcome, error)
)

func (s *service) byNetwork(do networkStep) func(context.Context, *stepInput) (*stepOutput, error) {
	return func(ctx context.Context, in *stepInput) (*stepOutput, error) {
		out, err := do(ctx, auth.From(ctx), in.Number, in.command())
		return result(out), err
	}
}

func (s *service) byResident(do residentStep) func(context.Context, *stepInput) (*stepOutput, error) {
	return func(ctx context.Context, in *stepInput) (*stepOutput, error) {
		if in.Body == nil || in.Body.Track == "" {
			return nil, errs.E(errs.Invalid, "api.invalid").WithField("track", "api.track_missing")
		}
		out, err := do(ctx, in.Number, in.Body.Track, in.command())
		return result(out), err
	}
}

// confirm closes a matter.
func (s *service) confirm(ctx context.Context, number, track string, cmd demand.Command) (demand.Outcome, error) {
	return s.demand.Confirm(ctx, number, track, demand.Rating{}, cmd)
}

// reopen opens a matter again. Words help whoever has it; but "not solved" is
// an answer by itself, so here they may be missing.
func (s *service) reopen(ctx context.Context, number, track string, cmd demand.Command) (demand.Outcome, error) {
	if strings.TrimSpace(cmd.Note) == "" {
		cmd.Note = s.catalog.T(i18n.ZH, "api.reopened_without_words")
	}
	return s.demand.Reopen(ctx, number, track, cmd)
}

func (in *stepInput) command() demand.Command {
	cmd := demand.Command{Key: in.Key}
	if in.Body != nil {
		cmd.Note, cmd.Version = in.Body.Note, in.Body.Version
	}
	return cmd
}

func result(out demand.Outcome) *stepOutput {
	return &stepOutput{StepResult{out.Number, string(out.State), out.Version}}
}
