package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// maxBody bounds what an operation reads: a demand has 2,000 characters.
const maxBody = 32 << 10

// operation describes one operation and its errors.
type operation struct {
	huma.Operation
	public bool // needs no token
	fails  []int
}

// register adds an operation. Whatever its handler returns as an error becomes
// a problem document.
func register[I, O any](s *service, op operation, handler func(context.Context, *I) (*O, error)) {
	o := op.Operation
	o.Path = base + o.Path
	if o.Method == http.MethodPost {
		o.MaxBodyBytes = maxBody
		op.fails = append(op.fails, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	o.Security = []map[string][]string{{bearerScheme: {}}}
	if op.public {
		o.Security = append(o.Security, map[string][]string{})
		op.fails = append(op.fails, http.StatusTooManyRequests)
	}
	o.Responses = s.failures(append(op.fails, http.StatusUnauthorized, http.StatusInternalServerError))
	huma.Register(s.api, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, &failure{err}
		}
		return out, nil
	})
}

// failures describes an operation's errors by status.
func (s *service) failures(statuses []int) map[string]*huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	responses := map[string]*huma.Response{}
	for _, status := range statuses {
		responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
	}
	return responses
}
