package api

import (
	"bytes"
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/gateway"
	"bilin/internal/mobilise"
)

// GatewayReports is what a gateway tells of messages that it took.
type GatewayReports struct {
	Reports []gateway.Report `json:"reports" minItems:"1" maxItems:"1000" doc:"Each has the id of a message, and state or answer."`
}

type reportsInput struct {
	RawBody []byte `contentType:"application/json"`
}

type reportsOutput struct {
	Body struct {
		Known int `json:"known" doc:"How many were about messages of ours, and could be taken."`
	}
}

func (s *service) registerReports() {
	op := operation{
		Operation: huma.Operation{OperationID: "gateway-reports", Method: http.MethodPost, Path: "/gateway/reports", Tags: []string{tagMobilise}, MaxBodyBytes: gateway.MaxReportsBody, SkipValidateBody: true,
			Summary: "How messages fared, and what was answered to them",
			Description: "For gateways, with the token of an account with a post of the role gateway; an administrator's works too. `state` is delivered, seen or failed (it will not arrive: the next channel is used at once); `answer` is \"1\" for coming and \"2\" for not. " +
				"`at` is when; without it, now. A report about a message that isn't ours is left out of `known` and harms nothing. What comes late lowers nobody's standing."},
		fails: []int{http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[GatewayReports](), true, "GatewayReports")
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	register(s, op, s.takeReports)
}

func (s *service) takeReports(ctx context.Context, in *reportsInput) (*reportsOutput, error) {
	actor := auth.From(ctx)
	if !s.auth.Policy().May(actor, mobilise.ActReport) {
		return nil, auth.Denied(actor)
	}
	list, err := gateway.ParseReports(bytes.NewReader(in.RawBody), s.now())
	if err != nil {
		return nil, err
	}
	reports := make([]mobilise.Report, len(list))
	for i, r := range list {
		reports[i] = mobilise.Report{MessageID: r.ID, At: r.At, Reply: string(r.Answer),
			Delivered: r.State == gateway.Delivered, Seen: r.State == gateway.Seen, Failed: r.State == gateway.Failed}
	}
	out := &reportsOutput{}
	out.Body.Known, err = s.orders.Reported(ctx, actor, reports)
	return out, err
}
