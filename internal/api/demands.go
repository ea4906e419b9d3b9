package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
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
		fails: []int{http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.raise)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "demand", Method: http.MethodGet, Path: "/demands/{number}", Tags: []string{tagDemand},
			Summary:     "A matter with everything that was said and done",
			Description: "For its author by `track`, for the network by token. A number that does not exist and one that is not the asker's to see get the same answer.",
			Middlewares: s.limited(s.limits.follow)},
		fails: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.demandOf)
	register(s, operation{
		Operation: huma.Operation{OperationID: "contact", Method: http.MethodPost, Path: "/demands/{number}/contact", Tags: []string{tagDemand},
			Summary:     "Open the author's contact",
			Description: "For whoever handles the matter or may call its author back. Each time is on record, and on the timeline, where the author sees it."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict},
	}, s.contact)
	for _, step := range s.steps() {
		register(s, step.operation, step.handler)
	}
}

type raiseInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless: the same key and body give the same answer."`
	Body struct {
		Kind      string  `json:"kind" enum:"question,help,report,complaint,suggestion" doc:"What is wanted." example:"help"`
		Text      string  `json:"text" maxLength:"8000" doc:"The matter, in at most 2,000 characters." example:"门口的路灯三天没亮了。"`
		Unit      string  `json:"unit,omitempty" maxLength:"32" doc:"Code of the unit it is about."`
		Household string  `json:"household,omitempty" maxLength:"32" doc:"Or the random code on the household's door card."`
		Contact   string  `json:"contact,omitempty" maxLength:"400" doc:"How to reach its author. Kept sealed; opened only by whoever handles the matter, and on record."`
		Anonymous bool    `json:"anonymous,omitempty" doc:"With household: don't say which household."`
		Category  string  `json:"category,omitempty" maxLength:"64" doc:"Code of the category; time limits go by it."`
		Urgency   string  `json:"urgency,omitempty" enum:"normal,urgent,critical" doc:"How soon something must be done; critical: somebody may come to harm."`
		Private   bool    `json:"private,omitempty" doc:"Only whoever has it may read it."`
		About     string  `json:"about,omitempty" maxLength:"32" doc:"Of a complaint: the role of whom it is about, such as lead, or matter for nobody. Without it, whoever answers for the unit. Whom it is about is passed over and never sees it."`
		Place     string  `json:"place,omitempty" maxLength:"400" doc:"The place in words, in at most 100 characters."`
		Lon       float64 `json:"lon,omitempty" doc:"Longitude, WGS 84."`
		Lat       float64 `json:"lat,omitempty" doc:"Latitude, WGS 84."`
		Channel   string  `json:"channel,omitempty" enum:"page,sms" doc:"How its author hears of each step: the tracking page alone, or short messages to the mobile number in contact."`
		Publish   bool    `json:"publish,omitempty" doc:"The answer may be shown to everybody, with nobody recognisable."`
		OnBehalf  bool    `json:"on_behalf,omitempty" doc:"With a token: entered for the household, which has to say that it is theirs."`
		Source    string  `json:"source,omitempty" enum:"resident,lead,official,meeting,visit" doc:"With a token: where it came up."`
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
		UnitCode: b.Unit, DoorCode: b.Household, Contact: b.Contact, Anonymous: b.Anonymous, Key: in.Key,
		Category: b.Category, Urgency: urgency(b.Urgency), Private: b.Private, About: b.About, Place: b.Place, Lon: b.Lon, Lat: b.Lat,
		Channel: demand.Channel(b.Channel), Publish: b.Publish, OnBehalf: b.OnBehalf, Source: demand.Source(b.Source)})
	if err != nil {
		return nil, renamed(err, "door", "household")
	}
	return &raiseOutput{base + "/demands/" + receipt.Number, Receipt{receipt.Number, receipt.Track}}, nil
}

// urgency reads its name; what isn't one is no urgency, which the schema keeps out.
func urgency(name string) catalog.Urgency {
	for _, u := range catalog.Urgencies() {
		if u.String() == name {
			return u
		}
	}
	return catalog.Normal
}

// renamed calls an input by the name that it has in this interface.
func renamed(err error, from, to string) error {
	e := errs.As(err)
	fields := e.Fields
	e.Fields = nil
	for _, f := range fields {
		if f.Name == from {
			f.Name = to
		}
		e.Fields = append(e.Fields, f)
	}
	return e
}

type contactInput struct {
	Number string `path:"number" maxLength:"40" doc:"The matter's number." example:"260000015"`
}

type contactOutput struct {
	Body struct {
		Contact string `json:"contact" doc:"What its author left."`
	}
}

func (s *service) contact(ctx context.Context, in *contactInput) (*contactOutput, error) {
	contact, err := s.demand.Contact(ctx, auth.From(ctx), in.Number)
	out := &contactOutput{}
	out.Body.Contact = contact
	return out, err
}
