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
	ok     *huma.Response // of an answer that isn't JSON
}

// register adds an operation. Whatever its handler returns as an error becomes
// a problem document.
func register[I, O any](s *service, op operation, handler func(context.Context, *I) (*O, error)) {
	o := op.Operation
	o.Path = base + o.Path
	if o.Method == http.MethodPost {
		if o.MaxBodyBytes == 0 {
			o.MaxBodyBytes = maxBody
		}
		op.fails = append(op.fails, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	o.Security = []map[string][]string{{bearerScheme: {}}}
	if !op.public {
		o.Middlewares = append(huma.Middlewares{s.known}, o.Middlewares...)
	}
	if op.public {
		o.Security = append(o.Security, map[string][]string{})
		op.fails = append(op.fails, http.StatusTooManyRequests)
	}
	o.Responses = s.failures(append(op.fails, http.StatusUnauthorized, http.StatusInternalServerError))
	if op.ok != nil {
		o.Responses["200"] = op.ok
	}
	huma.Register(s.api, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, &failure{err}
		}
		return out, nil
	})
}

// reasons say what each status of an error means here.
var reasons = map[int]string{
	http.StatusBadRequest:            "The body is not JSON. Nothing was stored.",
	http.StatusUnauthorized:          "A token is needed, or the one sent is wrong, has run out or was revoked.",
	http.StatusForbidden:             "The token's account has no post that allows this here.",
	http.StatusNotFound:              "There is no such thing, or it is not the asker's to see.",
	http.StatusConflict:              "Not in this state: it must happen first, has happened, or the thing changed since `version`. Or the `Idempotency-Key` was used for something else.",
	http.StatusRequestEntityTooLarge: "The body is too large. Nothing was stored.",
	http.StatusUnsupportedMediaType:  "The body is not sent as application/json.",
	http.StatusUnprocessableEntity:   "Some input is not as it must be; `errors` names each. Nothing was stored.",
	http.StatusTooManyRequests:       "This address asked too often. Come again after `Retry-After` seconds.",
	http.StatusInternalServerError:   "Our fault. `instance` finds it in the log.",
}

// failures describes an operation's errors by status.
func (s *service) failures(statuses []int) map[string]*huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	responses := map[string]*huma.Response{}
	for _, status := range statuses {
		r := &huma.Response{
			Description: reasons[status],
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
		if status == http.StatusTooManyRequests {
			r.Headers = map[string]*huma.Param{"Retry-After": {Description: "Seconds to wait.", Schema: &huma.Schema{Type: huma.TypeInteger}}}
		}
		responses[strconv.Itoa(status)] = r
	}
	return responses
}
