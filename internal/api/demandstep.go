package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/i18n"
)

type step struct {
	operation
	handler func(context.Context, *stepInput) (*stepOutput, error)
}

type (
	networkStep  func(ctx context.Context, actor auth.Actor, number string, cmd demand.Command) (demand.Outcome, error)
	residentStep func(ctx context.Context, number, track string, cmd demand.Command) (demand.Outcome, error)
	fullStep     func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error)
)

// steps are the ways a demand goes on: the network's by token, its author's by key.
func (s *service) steps() []step {
	return append(append(s.handling(), s.passing()...), s.residents()...)
}

var stepFails = []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}

// networkStep is a step of the network's side.
func (s *service) networkStep(id, summary, description string, do fullStep) step {
	return step{operation{fails: stepFails, Operation: huma.Operation{OperationID: id, Method: http.MethodPost,
		Path: "/demands/{number}/" + id, Tags: []string{tagDemand}, Summary: summary, Description: description}}, carried(do)}
}

// residentStep is a step of the author's side.
func (s *service) residentStep(id, summary, description string, do fullStep) step {
	keyed := func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
		if b.Track == "" {
			return demand.Outcome{}, errs.E(errs.Invalid, "api.invalid").WithField("track", "api.track_missing")
		}
		return do(ctx, in, b)
	}
	return step{operation{fails: stepFails, public: true, Operation: huma.Operation{OperationID: id, Method: http.MethodPost,
		Path: "/demands/{number}/" + id, Tags: []string{tagDemand}, Summary: summary, Description: description,
		Middlewares: s.limited(s.limits.follow)}}, carried(keyed)}
}

// handling are the steps of whoever has a demand, or passes its author's word on.
func (s *service) handling() []step {
	d := s.demand
	return []step{
		s.networkStep("accept", "Take a matter on", "From now on it is with the token's unit. `note` is a word to the resident and may be left out.", byNetwork(d.Accept)),
		s.networkStep("answer", "Say a word to the author", "`note` says it. The state stays.", byNetwork(d.Answer)),
		s.networkStep("note", "Note a word within the network", "`note` is about the handling, never the person. The author reads it once the matter is resolved.", byNetwork(d.Note)),
		s.networkStep("ask", "Ask the author for something", "`note` asks it. The clock stands still until they answer or `resume`.", byNetwork(d.Ask)),
		s.networkStep("resume", "Go on without the author's word", "The clock runs again.", byNetwork(d.Resume)),
		s.networkStep("resolve", "Say what was done", "`note` says it. The matter stays open until its author confirms.", byNetwork(d.Resolve)),
		s.networkStep("sort", "Say what it is about", "`category` by its code, and `urgency`. The time limit follows.",
			func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
				return d.Categorise(ctx, auth.From(ctx), in.Number, b.Category, int(urgency(b.Urgency)), in.command())
			}),
		s.networkStep("owed", "Give the answer that is owed", "By the senior official who owes one for a demand that the city failed. The obligation stands until the demand ends.", byNetwork(d.AnswerOwed)),
		s.networkStep("told", "Note that the author was told", "By somebody other than the handler, to an author without a telephone. From then on their silence counts.", byNetwork(d.TellInPerson)),
		s.networkStep("vouch", "Pass the author's word on", "By somebody other than the handler, for an author without a telephone: `solved` is what they said, `satisfied` and `note` how they put it.",
			func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
				if b.Solved == nil {
					return demand.Outcome{}, missing("solved")
				}
				return d.Vouch(ctx, auth.From(ctx), in.Number, *b.Solved, b.rating(), in.command())
			}),
	}
}

// passing are the steps by which a demand changes hands.
func (s *service) passing() []step {
	d := s.demand
	type toStep func(ctx context.Context, actor auth.Actor, number string, to demand.To, cmd demand.Command) (demand.Outcome, error)
	to := func(do toStep) fullStep {
		return func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
			return do(ctx, auth.From(ctx), in.Number, s.to(b.To), in.command())
		}
	}
	return []step{
		s.networkStep("transfer", "Offer a matter to another owner", "`to` names it, `note` says why. Until it accepts, the matter stays where it is.", to(d.Transfer)),
		s.networkStep("take", "Accept a transfer", "From now on it is with the one it was offered to.", byNetwork(d.TakeOver)),
		s.networkStep("return", "Refuse a transfer", "`note` gives the reason, `basis` its legal basis. The second return goes to the city office.", byNetwork(d.Return)),
		s.networkStep("recall", "Take an offer back", "The one who has it keeps it.", byNetwork(d.Recall)),
		s.networkStep("decide", "Decide whose it is", "The city office's decision, which binds: `to`, `note` and `basis`.", to(d.Decide)),
		s.networkStep("helpers", "Have somebody else work on it too", "`to` names them; with `leave` they no longer do.",
			func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
				do := d.AddHelper
				if b.Leave {
					do = d.DropHelper
				}
				return do(ctx, auth.From(ctx), in.Number, s.to(b.To), in.command())
			}),
		s.networkStep("merge", "Let it follow another", "`into` is the number of the matter that is the same. Whoever does so must have both.",
			func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
				if b.Into == "" {
					return demand.Outcome{}, missing("into")
				}
				return d.Merge(ctx, auth.From(ctx), in.Number, b.Into, in.command())
			}),
	}
}

// residents are the steps of a demand's author.
func (s *service) residents() []step {
	d := s.demand
	return []step{
		s.residentStep("confirm", "Say that it is solved", "Only the author can, with `track`. This closes the matter. `satisfied`, `why` and `recheck` may be left out.",
			func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
				return d.Confirm(ctx, in.Number, b.Track, b.rating(), in.command())
			}),
		s.residentStep("reopen", "Say that it is not solved", "Only the author can, with `track`; `note` says what is missing and may be left out.", byResident(s.reopen)),
		s.residentStep("say", "Add a word", "Only the author can, with `track`; `note` says it. If the network waited for it, the clock runs again.", byResident(d.Say)),
		s.residentStep("withdraw", "Say that it is no longer asked for", "Only the author can, with `track`. This closes the matter.", byResident(d.Withdraw)),
		s.residentStep("split", "Say that it is another matter after all", "Only the author can, with `track`, of a matter that follows another.", byResident(d.Split)),
		s.residentStep("still-fixed", "Say that it is still solved", "Only the author can, with `track`, when asked a month later. If it isn't, `reopen`.", byResident(d.StillFixed)),
		s.residentStep("claim", "Say whether an entry made for the household is its own", "Only the household can, with `track`; `ours` says it.",
			func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
				if b.Ours == nil {
					return demand.Outcome{}, missing("ours")
				}
				return d.Claim(ctx, in.Number, b.Track, *b.Ours, in.command())
			}),
		s.residentStep("publish", "Let the answer be shown to everybody, or no longer", "Only the author can, with `track`; `publish` says it.",
			func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
				if b.Publish == nil {
					return demand.Outcome{}, missing("publish")
				}
				return d.SetPublish(ctx, in.Number, b.Track, *b.Publish, in.command())
			}),
	}
}

func missing(field string) error {
	return errs.E(errs.Invalid, "api.invalid").WithField(field, "api.field_missing", "name", field)
}

func byNetwork(do networkStep) fullStep {
	return func(ctx context.Context, in *stepInput, _ stepBody) (demand.Outcome, error) {
		return do(ctx, auth.From(ctx), in.Number, in.command())
	}
}

func byResident(do residentStep) fullStep {
	return func(ctx context.Context, in *stepInput, b stepBody) (demand.Outcome, error) {
		return do(ctx, in.Number, b.Track, in.command())
	}
}

// carried answers with where a step left a matter.
func carried(do fullStep) func(context.Context, *stepInput) (*stepOutput, error) {
	return func(ctx context.Context, in *stepInput) (*stepOutput, error) {
		out, err := do(ctx, in, in.body())
		return result(out), err
	}
}

// reopen opens a matter again. Words help whoever has it; but "not solved" is
// an answer by itself, so here they may be missing.
func (s *service) reopen(ctx context.Context, number, track string, cmd demand.Command) (demand.Outcome, error) {
	cmd.Note = s.reason(cmd.Note)
	return s.demand.Reopen(ctx, number, track, cmd)
}

func (s *service) reason(note string) string {
	return cmp.Or(strings.TrimSpace(note), s.catalog.T(i18n.ZH, "api.reopened_without_words"))
}

type stepInput struct {
	Number string    `path:"number" maxLength:"40" doc:"The matter's number." example:"260000015"`
	Key    string    `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Body   *stepBody `required:"false"`
}

type stepBody struct {
	Track     string  `json:"track,omitempty" maxLength:"80" doc:"The author's key, for the author's steps."`
	Note      string  `json:"note,omitempty" maxLength:"8000" doc:"The words, in at most 2,000 characters."`
	Version   int     `json:"version,omitempty" minimum:"0" doc:"The version the step was decided on. If the matter has changed since, the step is refused with 409 instead of going unseen over the change."`
	Basis     string  `json:"basis,omitempty" maxLength:"1200" doc:"The legal basis, for return and decide."`
	To        *ToBody `json:"to,omitempty" doc:"Another owner, for transfer, decide and helpers. Without it, the city office."`
	Leave     bool    `json:"leave,omitempty" doc:"For helpers: they no longer help."`
	Into      string  `json:"into,omitempty" maxLength:"40" doc:"The number of another matter, for merge."`
	Category  string  `json:"category,omitempty" maxLength:"64" doc:"Code of a category, for sort."`
	Urgency   string  `json:"urgency,omitempty" enum:"normal,urgent,critical" doc:"For sort."`
	Solved    *bool   `json:"solved,omitempty" doc:"What the author said, for vouch."`
	Satisfied string  `json:"satisfied,omitempty" enum:"yes,partly,no" doc:"How satisfied the author is, for confirm and vouch."`
	Why       string  `json:"why,omitempty" maxLength:"8000" doc:"Why; needed with no."`
	Recheck   bool    `json:"recheck,omitempty" doc:"The author may be asked in a month whether it is still solved."`
	Ours      *bool   `json:"ours,omitempty" doc:"Whether the entry is the household's own, for claim."`
	Publish   *bool   `json:"publish,omitempty" doc:"For publish."`
}

// ToBody names an owner.
type ToBody struct {
	Unit       string `json:"unit,omitempty" maxLength:"32" doc:"Code of a unit."`
	Department string `json:"department,omitempty" maxLength:"64" doc:"Or code or id of a department."`
}

type stepOutput struct{ Body StepResult }

// StepResult is where a step left a matter.
type StepResult struct {
	Number  string `json:"number" doc:"Its number."`
	State   string `json:"state" enum:"open,accepted,waiting,resolved,reopened,confirmed,unconfirmed,withdrawn,merged" doc:"Where it stands now."`
	Version int    `json:"version" doc:"Its version now."`
}

func (in *stepInput) body() stepBody {
	if in.Body == nil {
		return stepBody{}
	}
	return *in.Body
}

func (in *stepInput) command() demand.Command {
	b := in.body()
	return demand.Command{Key: in.Key, Note: b.Note, Version: b.Version, Basis: b.Basis}
}

func (b stepBody) rating() demand.Rating {
	r := demand.Rating{Why: b.Why, Recheck: b.Recheck}
	for value, name := range satisfactions {
		if name == b.Satisfied {
			r.Satisfied = value
		}
	}
	return r
}

// to is the owner that a body names, a department by its code or id.
func (s *service) to(b *ToBody) demand.To {
	if b == nil {
		return demand.To{}
	}
	to := demand.To{UnitCode: b.Unit, DepartmentID: b.Department}
	for _, d := range s.network.Tree().Departments() {
		if d.Code == b.Department {
			to.DepartmentID = d.ID
		}
	}
	return to
}

func result(out demand.Outcome) *stepOutput {
	return &stepOutput{StepResult{out.Number, string(out.State), out.Version}}
}
