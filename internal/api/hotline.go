package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/hotline"
	"bilin/internal/errs"
)

func (s *service) registerHotline() {
	register(s, operation{
		Operation: huma.Operation{OperationID: "hotline-order", Method: http.MethodPost, Path: "/hotline/orders", Tags: []string{tagHotline},
			Summary: "Bring a work order in",
			Description: "201 for a new order, 200 for one that was sent before: the same order number is the same matter, however often it comes. " +
				"With another text it is refused with 409. Without `unit` the city office assigns it."},
		fails: []int{http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.takeOrder)
	register(s, operation{
		Operation: huma.Operation{OperationID: "hotline-standing", Method: http.MethodGet, Path: "/hotline/orders/{order}", Tags: []string{tagHotline},
			Summary: "Where an order stands", Description: "With everything that went back so far."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.standing)
	register(s, operation{
		Operation: huma.Operation{OperationID: "hotline-answers", Method: http.MethodGet, Path: "/hotline/answers", Tags: []string{tagHotline},
			Summary: "What became of the orders",
			Description: "Everything that happened after `since`, oldest first. Ask again with `next`: the latest entries may come twice, with the same `id`, " +
				"and none is left out. Notes within the network are not among them."},
		fails: []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, s.answers)
	s.registerCallBack()
}

// registerCallBack adds what the hotline records after calling somebody back.
func (s *service) registerCallBack() {
	for _, step := range []struct {
		id, summary, description string
		do                       func(context.Context, *callInput) (demand.Outcome, error)
	}{
		{"confirm", "Record that the caller says it is solved", "By somebody other than the handler. This closes the matter.", s.callVouch(true)},
		{"reopen", "Record that the caller says it is not solved", "By somebody other than the handler. `note` says what is missing and may be left out.", s.callVouch(false)},
		{"told", "Record that the caller was told what was done", "They haven't said yet whether it is solved; from then on their silence counts.", s.callTold},
	} {
		register(s, operation{
			Operation: huma.Operation{OperationID: "hotline-" + step.id, Method: http.MethodPost, Path: "/hotline/orders/{order}/" + step.id,
				Tags: []string{tagHotline}, Summary: step.summary, Description: step.description},
			fails: stepFails,
		}, func(ctx context.Context, in *callInput) (*stepOutput, error) {
			out, err := step.do(ctx, in)
			return result(out), err
		})
	}
}

type orderInput struct {
	Language string `header:"Accept-Language" doc:"The language of warnings."`
	Body     struct {
		Order    string  `json:"order" maxLength:"200" doc:"The hotline's own number: letters, digits and - _ . /, at most 64." example:"HN20261123-00042"`
		Text     string  `json:"text" maxLength:"8000" doc:"What the caller said, with the title in at most 2,000 characters."`
		Title    string  `json:"title,omitempty" maxLength:"800" doc:"Put before the text unless the text begins with it."`
		Unit     string  `json:"unit,omitempty" maxLength:"32" doc:"Code of the unit, any level from the town down."`
		Received string  `json:"received,omitempty" maxLength:"40" doc:"When the hotline received it, in RFC 3339 or like 2026-11-23 09:30:00 in the city's zone; now where it is left out." example:"2026-11-23T09:30:00+08:00"`
		Kind     string  `json:"kind,omitempty" enum:"question,help,report,complaint,suggestion" doc:"What is wanted; a report where it is left out."`
		About    string  `json:"about,omitempty" maxLength:"32" doc:"Of a complaint: the role of whom it is about, or matter. Without it, the words decide."`
		Category string  `json:"category,omitempty" maxLength:"100" doc:"Code or name in the city's catalogue. One it doesn't know is left open, and named in warnings."`
		Urgency  string  `json:"urgency,omitempty" enum:"normal,urgent,critical" doc:"How soon something must be done."`
		Contact  string  `json:"contact,omitempty" maxLength:"400" doc:"How to reach the caller. Kept sealed."`
		Private  bool    `json:"private,omitempty" doc:"Only whoever has it may read it."`
		Place    string  `json:"place,omitempty" maxLength:"400" doc:"The place in words."`
		Lon      float64 `json:"lon,omitempty" doc:"Longitude, WGS 84."`
		Lat      float64 `json:"lat,omitempty" doc:"Latitude, WGS 84."`
	}
}

type orderOutput struct {
	Status int
	Body   OrderTaken
}

// OrderTaken is what became of an order.
type OrderTaken struct {
	Number   string   `json:"number" doc:"The matter's number." example:"260000015"`
	Warnings []string `json:"warnings,omitempty" doc:"What was left open, in the reader's language."`
}

func (s *service) takeOrder(ctx context.Context, in *orderInput) (*orderOutput, error) {
	b := in.Body
	received, ok := hotline.ParseTime(b.Received)
	if !ok && b.Received != "" {
		return nil, errs.E(errs.Invalid, "hotline.check").WithField("received", "hotline.received_unread")
	}
	taken, err := s.hotline.Take(ctx, auth.From(ctx), hotline.Order{No: b.Order, Title: b.Title, Text: b.Text, UnitCode: b.Unit, Received: received,
		Kind: demand.Kind(b.Kind), About: b.About, Category: b.Category, Urgency: urgency(b.Urgency), Contact: b.Contact, Private: b.Private,
		Place: b.Place, Lon: b.Lon, Lat: b.Lat})
	if err != nil {
		return nil, err
	}
	out := &orderOutput{Status: http.StatusCreated, Body: OrderTaken{Number: taken.Number}}
	if taken.Known {
		out.Status = http.StatusOK
	}
	if taken.Unknown != "" {
		out.Body.Warnings = []string{s.words(in.Language)("api.category_left_open", "code", taken.Unknown)}
	}
	return out, nil
}

type standingInput struct {
	Order string `path:"order" maxLength:"200" doc:"The hotline's own number." example:"HN20261123-00042"`
}

type standingOutput struct{ Body OrderStanding }

// OrderStanding is where an order stands.
type OrderStanding struct {
	Order    string        `json:"order" doc:"The hotline's own number."`
	Number   string        `json:"number" doc:"The matter's number."`
	Received time.Time     `json:"received" doc:"When the hotline received it."`
	Taken    time.Time     `json:"taken" doc:"When it came in here."`
	Kind     string        `json:"kind" doc:"What is wanted."`
	State    string        `json:"state" doc:"Where it stands."`
	Version  int           `json:"version" doc:"Rises with every change."`
	With     string        `json:"with" doc:"The unit or department that has it."`
	Since    time.Time     `json:"since" doc:"Since when."`
	Due      *time.Time    `json:"due,omitempty" doc:"When its time limit runs out; absent while no clock runs."`
	Answers  []OrderAnswer `json:"answers" nullable:"false" doc:"What went back so far, oldest first."`
}

// OrderAnswer is one entry that goes back to the hotline.
type OrderAnswer struct {
	ID     string    `json:"id" doc:"The same whenever it comes." example:"260000015-3"`
	Order  string    `json:"order" doc:"The hotline's own number."`
	Number string    `json:"number" doc:"The matter's number."`
	State  string    `json:"state" doc:"Where it stood after it."`
	Step   string    `json:"step" doc:"What happened." example:"resolved"`
	Text   string    `json:"text" doc:"The network's words; empty where it has none."`
	At     time.Time `json:"at" doc:"When."`
	By     string    `json:"by" doc:"The unit or department; empty for the rules themselves and for the caller."`
	To     string    `json:"to,omitempty" doc:"Who has it from then on, where that changed."`
}

func orderAnswers(list []hotline.Answer) []OrderAnswer {
	out := make([]OrderAnswer, len(list))
	for i, a := range list {
		out[i] = OrderAnswer{a.ID, a.Order, a.Number, string(a.State), string(a.Step), a.Text, a.At, a.By, a.To}
	}
	return out
}

func (s *service) standing(ctx context.Context, in *standingInput) (*standingOutput, error) {
	st, err := s.hotline.Order(ctx, auth.From(ctx), in.Order)
	if err != nil {
		return nil, err
	}
	return &standingOutput{OrderStanding{Order: st.Order, Number: st.Number, Received: st.Received, Taken: st.Taken, Kind: string(st.Kind),
		State: string(st.State), Version: st.Version, With: st.With, Since: st.Since, Due: orNone(st.Due), Answers: orderAnswers(st.Answers)}}, nil
}

type answersInput struct {
	Since string `query:"since" maxLength:"200" doc:"A time, or the next of the answer before; everything where it is left out." example:"2026-11-01T08:00:00+08:00"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"200" doc:"How many at most."`
}

type answersOutput struct {
	Body struct {
		Answers []OrderAnswer `json:"answers" nullable:"false" doc:"What happened, oldest first."`
		Next    string        `json:"next" doc:"Where to go on from."`
	}
}

func (s *service) answers(ctx context.Context, in *answersInput) (*answersOutput, error) {
	feed, err := s.hotline.Answers(ctx, auth.From(ctx), in.Since, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &answersOutput{}
	out.Body.Answers, out.Body.Next = orderAnswers(feed.Answers), feed.Next
	return out, nil
}

type callInput struct {
	Order string `path:"order" maxLength:"200" doc:"The hotline's own number." example:"HN20261123-00042"`
	Key   string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Body  *struct {
		Note      string `json:"note,omitempty" maxLength:"8000" doc:"What the caller said."`
		Version   int    `json:"version,omitempty" minimum:"0" doc:"The version the step was decided on."`
		Satisfied string `json:"satisfied,omitempty" enum:"yes,partly,no" doc:"How satisfied the caller is, for confirm."`
		Why       string `json:"why,omitempty" maxLength:"8000" doc:"Why; needed with no."`
	} `required:"false"`
}

func (in *callInput) read() (demand.Command, demand.Rating) {
	cmd := demand.Command{Key: in.Key}
	if in.Body == nil {
		return cmd, demand.Rating{}
	}
	cmd.Note, cmd.Version = in.Body.Note, in.Body.Version
	return cmd, stepBody{Satisfied: in.Body.Satisfied, Why: in.Body.Why}.rating()
}

func (s *service) callVouch(solved bool) func(context.Context, *callInput) (demand.Outcome, error) {
	return func(ctx context.Context, in *callInput) (demand.Outcome, error) {
		cmd, rating := in.read()
		if !solved {
			cmd.Note = s.reason(cmd.Note)
		}
		return s.hotline.Vouch(ctx, auth.From(ctx), in.Order, solved, rating, cmd)
	}
}

func (s *service) callTold(ctx context.Context, in *callInput) (demand.Outcome, error) {
	cmd, _ := in.read()
	return s.hotline.Told(ctx, auth.From(ctx), in.Order, cmd)
}
