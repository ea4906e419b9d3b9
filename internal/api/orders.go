package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/mobilise"
)

// maxOrderBody bounds a proposal: 500 teams, 500 places and 200 corners at most.
const maxOrderBody = 64 << 10

var orderFails = []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}

func (s *service) registerOrders() {
	register(s, operation{
		Operation: huma.Operation{OperationID: "order-propose", Method: http.MethodPost, Path: "/orders", Tags: []string{tagMobilise}, MaxBodyBytes: maxOrderBody,
			Summary: "Call people out",
			Description: "To at most 1,000 people the order goes out at once (`state` active); to more, and about a missing person, a second person has to approve it (`state` proposed). " +
				"A drill is `kind` drill, and says so to everybody in its first words. Nobody outside of what the token's account may call out is called. `Idempotency-Key` is needed."},
		fails: orderFails,
	}, s.proposeOrder)
	register(s, operation{
		Operation: huma.Operation{OperationID: "orders", Method: http.MethodGet, Path: "/orders", Tags: []string{tagMobilise},
			Summary: "The orders that the token may see", Description: "The latest first. `next` leads on; on the last page it is absent."},
		fails: []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, s.listOrders)
	register(s, operation{
		Operation: huma.Operation{OperationID: "order", Method: http.MethodGet, Path: "/orders/{number}", Tags: []string{tagMobilise},
			Summary: "An order and how many people stand where", Description: "Counts of people only: never names."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.readOrder)
	for _, step := range s.orderSteps() {
		register(s, step.operation, step.handler)
	}
	register(s, operation{
		Operation: huma.Operation{OperationID: "order-correct", Method: http.MethodPost, Path: "/orders/{number}/correct", Tags: []string{tagMobilise},
			Summary: "Correct its words", Description: "What is left out stays as it is. Everybody who was told gets the new words by the channels that told them."},
		fails: orderFails,
	}, s.correctOrder)
	register(s, operation{
		Operation: huma.Operation{OperationID: "order-enter", Method: http.MethodPost, Path: "/orders/{number}/people/{n}", Tags: []string{tagMobilise},
			Summary: "Write down what somebody said", Description: "On the telephone or at the door; it counts like their own answer. `n` is the person's number within the order."},
		fails: append([]int{http.StatusGone}, orderFails...),
	}, s.enterAnswer)
	s.registerOrderCap()
	s.registerReports()
}

// CallBody is a proposal.
type CallBody struct {
	Kind     string    `json:"kind" enum:"real,drill"`
	Hazard   string    `json:"hazard" enum:"ice,flood,fire,heat,power,water,missing,other" doc:"missing: only at the family's or guardian's request, with a case number, for 72 hours at most."`
	Title    string    `json:"title" maxLength:"400" doc:"A few words, 60 characters at most; they stand at the head of each message."`
	What     string    `json:"what" maxLength:"4000" doc:"What happened; 500 characters at most, as the next two."`
	Do       string    `json:"do" maxLength:"4000" doc:"What to do."`
	Where    string    `json:"where" maxLength:"4000" doc:"Where to go."`
	Until    time.Time `json:"until" doc:"Until when; 14 days at most." example:"2026-12-02T18:00:00+08:00"`
	Audience struct {
		Units    []string     `json:"units,omitempty" maxItems:"500" doc:"Codes of units: in and under these."`
		Polygon  [][2]float64 `json:"polygon,omitempty" maxItems:"200" doc:"And where villages lie inside this line; [longitude, latitude] in degrees."`
		Roles    []string     `json:"roles,omitempty" maxItems:"20" doc:"Those who serve there in posts of these roles." example:"lead"`
		AllTeams bool         `json:"all_teams,omitempty" doc:"All response teams that are at home there."`
		Teams    []string     `json:"teams,omitempty" maxItems:"500" doc:"Ids of teams: these, wherever they are."`
		Skills   []string     `json:"skills,omitempty" maxItems:"50" doc:"People reported in there who can do any of these; codes."`
	} `json:"audience" doc:"Who is called: all of these together, each person once. Who said that they are away is not."`
	Channels    []string `json:"channels,omitempty" maxItems:"3" doc:"In the order in which they are used: push, sms, voice. All three where it is left out."`
	WaitMinutes int      `json:"wait_minutes,omitempty" minimum:"0" doc:"For an answer, before the next channel is used, and then for somebody to knock; 5 where it is left out, 120 at most."`
	Alert       string   `json:"alert,omitempty" maxLength:"64" doc:"Id of the alert that suggested it."`
	CaseNumber  string   `json:"case_number,omitempty" maxLength:"100" doc:"Of the police; about a missing person only."`
	AskedBy     string   `json:"asked_by,omitempty" maxLength:"200" doc:"The family or guardian who asked; about a missing person only."`
}

type proposeInput struct {
	Key  string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"128" doc:"Needed: one of your own for each order. Sent again with the same key after an answer that was lost, nobody is called twice."`
	Body CallBody
}

type proposeOutput struct {
	Status int
	Body   CallStanding
}

// CallStanding is where an order that calls people out stands.
type CallStanding struct {
	Number  string `json:"number" doc:"The order's number." example:"L2600017"`
	State   string `json:"state" enum:"proposed,active,closed,cancelled,refused" doc:"proposed: a second person has to approve it."`
	People  int    `json:"people" doc:"How many are called."`
	Edition int    `json:"edition" doc:"Of its words; 1 at first."`
	Version int    `json:"version" doc:"To be sent with the next step."`
}

func standingOfCall(o *mobilise.Order) CallStanding {
	return CallStanding{Number: o.Number, State: string(o.State), People: o.People, Edition: o.Edition, Version: o.Version}
}

func (s *service) proposeOrder(ctx context.Context, in *proposeInput) (*proposeOutput, error) {
	audience, err := s.audience(&in.Body)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	ask := mobilise.Propose{Key: in.Key, Kind: mobilise.Kind(b.Kind), Hazard: mobilise.Hazard(b.Hazard), Audience: audience, Wait: b.WaitMinutes, AlertID: b.Alert,
		Words:   mobilise.Words{Title: b.Title, What: b.What, Do: b.Do, Where: b.Where, Until: b.Until},
		Missing: mobilise.MissingPerson{CaseNumber: b.CaseNumber, AskedBy: b.AskedBy}}
	for _, c := range b.Channels {
		ask.Channels = append(ask.Channels, mobilise.Channel(c))
	}
	o, err := s.orders.Propose(ctx, auth.From(ctx), ask)
	if err != nil {
		return nil, err
	}
	return &proposeOutput{Status: http.StatusCreated, Body: standingOfCall(o)}, nil
}

// audience turns codes into what the service knows.
func (s *service) audience(b *CallBody) (mobilise.Audience, error) {
	bad, tree, from := errs.E(errs.Invalid, "api.invalid"), s.network.Tree(), &b.Audience
	a := mobilise.Audience{AllTeams: from.AllTeams, TeamIDs: from.Teams, Skills: from.Skills}
	for _, code := range from.Units {
		u := tree.ByCode(code)
		if u == nil || !u.Active() {
			return a, bad.WithField("audience.units", "api.code_unknown", "code", code)
		}
		a.UnitIDs = append(a.UnitIDs, u.ID)
	}
	for _, text := range from.Roles {
		role := auth.Role(text)
		if !role.Valid() {
			return a, bad.WithField("audience.roles", "api.code_unknown", "code", text)
		}
		a.Roles = append(a.Roles, role)
	}
	for _, p := range from.Polygon {
		a.Polygon = append(a.Polygon, geo.Point{X: p[0], Y: p[1]})
	}
	return a, nil
}
