package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/mobilise"
)

type orderStep struct {
	operation
	handler func(context.Context, *orderStepInput) (*proposeOutput, error)
}

type orderStepInput struct {
	Number string `path:"number" maxLength:"32" doc:"The order's number."`
	Key    string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Body   *struct {
		Note    string `json:"note,omitempty" maxLength:"4000" doc:"Why; 500 characters at most. Who was told reads it. Not for approve."`
		Version int    `json:"version,omitempty" minimum:"0" doc:"The version the step was decided on."`
	} `required:"false"`
}

type orderDeed func(ctx context.Context, actor auth.Actor, c mobilise.Command) (*mobilise.Order, error)

func (s *service) orderSteps() []orderStep {
	return []orderStep{
		s.orderStep("approve", "Let it go out", "By somebody other than whoever proposed it. Whom it calls is found out anew.", s.orders.Approve),
		s.orderStep("refuse", "Say no to it", "`note` gives the reason.", s.orders.Refuse),
		s.orderStep("cancel", "Take it back", "`note` gives the reason. Everybody who was told hears of it by the same channels.", s.orders.Cancel),
		s.orderStep("close", "End it: the work is done", "`note` says what was done. Who came is released and thanked.", s.orders.Close),
	}
}

func (s *service) orderStep(id, summary, description string, do orderDeed) orderStep {
	return orderStep{operation{fails: orderFails, Operation: huma.Operation{OperationID: "order-" + id, Method: http.MethodPost,
		Path: "/orders/{number}/" + id, Tags: []string{tagMobilise}, Summary: summary, Description: description}},
		func(ctx context.Context, in *orderStepInput) (*proposeOutput, error) {
			c := mobilise.Command{Key: in.Key, Number: in.Number}
			if in.Body != nil {
				c.Note, c.Version = in.Body.Note, in.Body.Version
			}
			actor, err := s.viewer(ctx)
			if err != nil {
				return nil, err
			}
			return did(do(ctx, actor, c))
		}}
}

func did(o *mobilise.Order, err error) (*proposeOutput, error) {
	if err != nil {
		return nil, err
	}
	return &proposeOutput{Status: http.StatusOK, Body: standingOfCall(o)}, nil
}

type orderCorrectInput struct {
	Number string `path:"number" maxLength:"32" doc:"The order's number."`
	Key    string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Body   struct {
		Title   string    `json:"title,omitempty" maxLength:"400"`
		What    string    `json:"what,omitempty" maxLength:"4000"`
		Do      string    `json:"do,omitempty" maxLength:"4000"`
		Where   string    `json:"where,omitempty" maxLength:"4000"`
		Until   time.Time `json:"until,omitzero" doc:"Until when."`
		Version int       `json:"version,omitempty" minimum:"0" doc:"The version the correction was decided on."`
	}
}

func (s *service) correctOrder(ctx context.Context, in *orderCorrectInput) (*proposeOutput, error) {
	actor, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	return did(s.orders.Amend(ctx, actor, mobilise.Command{Key: in.Key, Number: in.Number, Version: b.Version},
		mobilise.Amendment{Title: b.Title, What: b.What, Do: b.Do, Where: b.Where, Until: b.Until}))
}

type enterInput struct {
	Number string `path:"number" maxLength:"32" doc:"The order's number."`
	N      int    `path:"n" minimum:"1" doc:"The person's number within the order."`
	Key    string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Body   struct {
		Answer string `json:"answer" enum:"coming,arrived,cant,told" doc:"told: only that they were told."`
		Reason string `json:"reason,omitempty" enum:"ill,away,care,road,work,other" doc:"Of cant."`
		Way    string `json:"way" enum:"phone,visit" doc:"On the telephone or at the door."`
		Shown  string `json:"shown,omitempty" maxLength:"30" pattern:"^(none|coming|arrived|released|cant\\.[a-z]+)$" doc:"What they had said when it was written down: none, coming, arrived or cant.REASON. If they have said something else since, nothing is stored." example:"none"`
	}
}

type enterOutput struct {
	Body struct {
		N        int    `json:"n" doc:"The person's number within the order."`
		Standing string `json:"standing" enum:"queued,handed,delivered,seen,cant,coming,arrived,released" doc:"Where they stand now."`
	}
}

func (s *service) enterAnswer(ctx context.Context, in *enterInput) (*enterOutput, error) {
	actor, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	a := mobilise.Answer{Coming: in.Body.Answer == "coming", Arrived: in.Body.Answer == "arrived", Told: in.Body.Answer == "told",
		Reason: mobilise.Reason(in.Body.Reason), Way: mobilise.Way(in.Body.Way)}
	if err := s.orders.Enter(ctx, actor, mobilise.Entry{Key: in.Key, Number: in.Number, N: in.N, Shown: in.Body.Shown, Answer: a}); err != nil {
		return nil, err
	}
	o, _, err := s.orders.Get(ctx, actor, in.Number)
	if err != nil {
		return nil, err
	}
	p, err := s.orders.Receipt(ctx, actor, o, in.N)
	if err != nil {
		return nil, err
	}
	out := &enterOutput{}
	out.Body.N, out.Body.Standing = p.N, p.Standing.String()
	return out, nil
}
