package api

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/mobilise/alert"
)

const tagMobilise = "mobilisation"

// capTypes are what an alert may be sent as.
var capTypes = []string{"application/cap+xml", "application/xml", "text/xml"}

func (s *service) registerCap() {
	op := huma.Operation{
		OperationID: "take-alert", Method: http.MethodPost, Path: base + "/cap", Tags: []string{tagMobilise}, Summary: "Bring an alert in",
		Description: "The body is one alert of CAP 1.2. It is read strictly: at most 1 MiB, no DOCTYPE, every element in its place; what is refused says why and in which line. " +
			"201 for a new alert, 200 for one that came before: sender, identifier and time sent name it. With other words under the same names it is refused with 409. " +
			"An alert only suggests; people decide whether an order is made of it. An `Update` supersedes and a `Cancel` withdraws what it names.",
		MaxBodyBytes: cap.MaxBytes, Middlewares: huma.Middlewares{s.known, s.sentAsXML}, Security: []map[string][]string{{bearerScheme: {}}},
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{}},
		Responses: s.failures([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
			http.StatusUnprocessableEntity, http.StatusInternalServerError}),
	}
	for _, kind := range capTypes {
		op.RequestBody.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op.Responses["409"].Description = "One with the same sender, identifier and time came before and says something else."
	op.Responses["415"].Description = "The body is not sent as XML."
	op.Responses["422"].Description = "It is no valid alert of CAP 1.2; `detail` says why and in which line. Nothing was stored."
	huma.Register(s.api, op, func(ctx context.Context, in *capInput) (*capOutput, error) {
		out, err := s.takeAlert(ctx, in)
		if err != nil {
			return nil, &failure{err}
		}
		return out, nil
	})
}

// sentAsXML refuses a body that isn't said to be XML, unread.
func (s *service) sentAsXML(ctx huma.Context, next func(huma.Context)) {
	kind, _, _ := mime.ParseMediaType(ctx.Header("Content-Type")) // an unreadable one is none
	if !slices.Contains(capTypes, kind) {
		s.answer(ctx, errs.E(errs.Unsupported, "api.not_xml"))
		return
	}
	if r, _ := humago.Unwrap(ctx); r.ContentLength == 0 { // huma would miss JSON
		s.answer(ctx, errs.E(errs.Invalid, "cap.no_alert", "line", 1))
		return
	}
	next(ctx)
}

type capInput struct {
	Language string `header:"Accept-Language" doc:"The language of the reason."`
	RawBody  []byte `contentType:"application/cap+xml"`
}

type capOutput struct {
	Status int
	Body   AlertTaken
}

// AlertTaken is what became of an alert.
type AlertTaken struct {
	ID       string          `json:"id" doc:"The alert's id; its page is /alerts/{id}."`
	State    string          `json:"state" enum:"new,kept,used,dismissed,superseded,withdrawn" doc:"new: it waits for a decision. kept: for the record alone. used: an order was made of it. dismissed: no order is needed. superseded or withdrawn: by its sender."`
	Reason   string          `json:"reason,omitempty" doc:"Why it suggests nothing, in the reader's language."`
	Suggests *SuggestedOrder `json:"suggests,omitempty" doc:"The beginning of an order; absent if it suggests none."`
}

// SuggestedOrder is how an order made of an alert would begin.
type SuggestedOrder struct {
	Kind   string     `json:"kind" enum:"real,drill" doc:"A drill if the alert is an exercise or a test."`
	Hazard string     `json:"hazard" enum:"ice,flood,fire,heat,power,water,other" doc:"The template."`
	Title  string     `json:"title" doc:"A few words."`
	What   string     `json:"what" doc:"What happens."`
	Do     string     `json:"do" doc:"What to do."`
	Until  *time.Time `json:"until,omitempty" doc:"Until when; absent if the alert doesn't say."`
	Units  []Place    `json:"units" nullable:"false" doc:"The city, towns and villages it touches, none within another."`
}

func (s *service) takeAlert(ctx context.Context, in *capInput) (*capOutput, error) {
	a, err := s.alerts.Take(ctx, auth.From(ctx), alert.FromAPI, in.RawBody)
	if err != nil {
		return nil, err
	}
	out := &capOutput{Status: http.StatusCreated, Body: AlertTaken{ID: a.ID, State: string(a.State)}}
	if a.Known {
		out.Status = http.StatusOK
	}
	if a.Suggests == nil {
		if why := a.Why(s.now()); why != "" {
			out.Body.Reason = s.words(in.Language)(why)
		}
		return out, nil
	}
	sug := &SuggestedOrder{Kind: "real", Hazard: string(a.Suggests.Hazard), Title: a.Suggests.Title, What: a.Suggests.What, Do: a.Suggests.Do, Until: orNone(a.Suggests.Until), Units: []Place{}}
	if a.Suggests.Drill {
		sug.Kind = "drill"
	}
	tree := s.network.Tree()
	for _, id := range a.Suggests.UnitIDs {
		if u := tree.ByID(id); u != nil {
			sug.Units = append(sug.Units, place(u))
		}
	}
	out.Body.Suggests = sug
	return out, nil
}
