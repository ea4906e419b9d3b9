package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

type ordersInput struct {
	State  string `query:"state" enum:"proposed,active,closed,cancelled,refused" doc:"Only those in this state."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	Cursor string `query:"cursor" maxLength:"200" doc:"The next of the page before."`
}

type ordersOutput struct {
	Body struct {
		Orders []CallRow `json:"orders" nullable:"false" doc:"The orders."`
		Next   string    `json:"next,omitempty" doc:"The cursor of the next page."`
	}
}

// CallRow is an order as lists show it.
type CallRow struct {
	CallStanding
	Kind       string     `json:"kind" enum:"real,drill"`
	Hazard     string     `json:"hazard" enum:"ice,flood,fire,heat,power,water,missing,other"`
	Title      string     `json:"title" doc:"Empty once the words of an order about a missing person were erased."`
	Unit       string     `json:"unit" doc:"Code of the smallest unit that holds all who are called."`
	Until      time.Time  `json:"until" doc:"Until when."`
	ProposedAt time.Time  `json:"proposed_at"`
	IssuedAt   *time.Time `json:"issued_at,omitempty" doc:"When it went out; absent before."`
	EndedAt    *time.Time `json:"ended_at,omitempty" doc:"When it was closed, cancelled or refused."`
}

func rowOfCall(tree *network.Tree, o *mobilise.Order) CallRow {
	row := CallRow{CallStanding: standingOfCall(o), Kind: string(o.Kind), Hazard: string(o.Hazard), Title: o.Title, Until: o.Until, ProposedAt: o.ProposedAt,
		IssuedAt: orNone(o.IssuedAt), EndedAt: orNone(o.EndedAt)}
	if u := tree.ByID(o.UnitID); u != nil {
		row.Unit = u.Code
	}
	return row
}

func (s *service) listOrders(ctx context.Context, in *ordersInput) (*ordersOutput, error) {
	actor, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	var cursor []string
	if in.Cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(in.Cursor)
		if cursor = strings.Split(string(raw), " "); err != nil || len(cursor) != 2 {
			return nil, errs.E(errs.Invalid, "api.invalid").WithField("cursor", "api.bad_cursor")
		}
	}
	list, next, err := s.orders.List(ctx, actor, mobilise.State(in.State), cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ordersOutput{}
	out.Body.Orders = []CallRow{}
	tree := s.network.Tree()
	for _, o := range list {
		out.Body.Orders = append(out.Body.Orders, rowOfCall(tree, o))
	}
	if next != nil {
		out.Body.Next = base64.RawURLEncoding.EncodeToString([]byte(strings.Join(next, " ")))
	}
	return out, nil
}

// viewer is who asks, unless they see no order at all.
func (s *service) viewer(ctx context.Context) (auth.Actor, error) {
	actor, policy := auth.From(ctx), s.auth.Policy()
	if !policy.May(actor, mobilise.ActView) && !policy.May(actor, mobilise.ActReview) {
		return actor, auth.Denied(actor)
	}
	return actor, nil
}

type orderOfInput struct {
	Number string `path:"number" maxLength:"32" doc:"The order's number."`
}

type orderReadOutput struct{ Body CallNow }

// CallNow is an order and where its people stand.
type CallNow struct {
	CallRow
	What     string          `json:"what" doc:"What happened."`
	Do       string          `json:"do" doc:"What to do."`
	Where    string          `json:"where" doc:"Where to go."`
	EndNote  string          `json:"end_note,omitempty" doc:"Why it was refused, cancelled or closed."`
	Wait     int             `json:"wait_minutes" doc:"For an answer, per channel."`
	Alert    string          `json:"alert,omitempty" doc:"Id of the alert that suggested it."`
	Count    CallCount       `json:"count" doc:"Its people now."`
	Channels []ChannelHealth `json:"channels" nullable:"false" doc:"In the order in which they are used."`
	May      []string        `json:"may" nullable:"false" doc:"The steps open to the reader now, by the last part of their addresses."`
}

// CallCount counts an order's people.
type CallCount struct {
	Queued    int `json:"queued" doc:"Not told yet."`
	Handed    int `json:"handed" doc:"A channel took the message."`
	Delivered int `json:"delivered" doc:"It is on their telephone."`
	Seen      int `json:"seen" doc:"They have read it, or were told in person."`
	Cant      int `json:"cant" doc:"They can't come."`
	Coming    int `json:"coming" doc:"They are coming."`
	Arrived   int `json:"arrived" doc:"They are there."`
	Released  int `json:"released" doc:"They came, or were coming, and the order is closed."`
	Knock     int `json:"knock" doc:"Of all: doors to knock at."`
	Reached   int `json:"reached" doc:"Of all: known to have got it."`
	Answered  int `json:"answered" doc:"Of all: who said whether they come."`
}

// ChannelHealth is how a channel does.
type ChannelHealth struct {
	Channel   string     `json:"channel" enum:"push,sms,voice"`
	DownSince *time.Time `json:"down_since,omitempty" doc:"Absent while it works."`
	Error     string     `json:"error,omitempty" doc:"Why it fails, in code."`
}

func (s *service) readOrder(ctx context.Context, in *orderOfInput) (*orderReadOutput, error) {
	actor, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	o, may, err := s.orders.Get(ctx, actor, in.Number)
	if err != nil {
		return nil, err
	}
	t, err := s.orders.Tally(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	channels, err := s.channelsOf(ctx, o)
	if err != nil {
		return nil, err
	}
	return &orderReadOutput{CallNow{CallRow: rowOfCall(s.network.Tree(), o), What: o.What, Do: o.Do, Where: o.Where, EndNote: o.EndNote,
		Wait: int(o.Wait.Minutes()), Alert: o.AlertID, Channels: channels, May: stepsOf(may),
		Count: CallCount{Queued: t.By[mobilise.Queued], Handed: t.By[mobilise.Handed], Delivered: t.By[mobilise.Delivered], Seen: t.By[mobilise.Seen],
			Cant: t.By[mobilise.Cant], Coming: t.By[mobilise.Coming], Arrived: t.By[mobilise.Arrived], Released: t.By[mobilise.Released],
			Knock: t.Knock, Reached: t.Reached, Answered: t.Answered}}}, nil
}

func (s *service) channelsOf(ctx context.Context, o *mobilise.Order) ([]ChannelHealth, error) {
	health, err := s.orders.Channels(ctx)
	out := []ChannelHealth{}
	for _, c := range o.Channels {
		one := ChannelHealth{Channel: string(c)}
		for _, h := range health {
			if h.Channel == c && h.DownSince != 0 {
				one.DownSince, one.Error = orNone(sqldb.Time(h.DownSince)), h.Error
			}
		}
		out = append(out, one)
	}
	return out, err
}

func stepsOf(may mobilise.May) []string {
	out := []string{}
	for _, x := range []struct {
		may  bool
		step string
	}{{may.Approve, "approve"}, {may.Approve, "refuse"}, {may.Correct, "correct"}, {may.Cancel, "cancel"}, {may.Close, "close"}} {
		if x.may {
			out = append(out, x.step)
		}
	}
	return out
}

// capType is what an alert is sent as.
const capType = "application/cap+xml"

type orderCapOutput struct {
	Type string `header:"Content-Type"`
	Body []byte
}

func (s *service) registerOrderCap() {
	op := operation{
		Operation: huma.Operation{OperationID: "order-cap", Method: http.MethodGet, Path: "/orders/{number}/cap", Tags: []string{tagMobilise},
			Summary: "The order as an alert of CAP 1.2",
			Description: "Of its latest edition: Alert at first, Update after a correction, Cancel at the end; a drill is an Exercise, an order about a missing person Restricted. " +
				"Sender and identifiers stay the same, so that asking again changes nothing. Of one that hasn't gone out: 409."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity},
	}
	op.ok = &huma.Response{Description: "The alert.", Content: map[string]*huma.MediaType{capType: {Schema: &huma.Schema{Type: huma.TypeString}}}}
	register(s, op, func(ctx context.Context, in *orderOfInput) (*orderCapOutput, error) {
		actor, err := s.viewer(ctx)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := s.capOut.Write(ctx, &b, actor, in.Number); err != nil {
			return nil, err
		}
		return &orderCapOutput{capType + "; charset=utf-8", b.Bytes()}, nil
	})
}
