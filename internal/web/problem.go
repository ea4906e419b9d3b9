package web

import (
	"encoding/json"

	"bilin/internal/errs"
)

// Problem is an error document of RFC 9457.
type Problem struct {
	Type     string         `json:"type"`
	Title    string         `json:"title"`
	Status   int            `json:"status"`
	Detail   string         `json:"detail,omitempty"`
	Code     string         `json:"code"`
	Instance string         `json:"instance,omitempty"` // request id
	Errors   []ProblemField `json:"errors,omitempty"`
}

// ProblemField is one input of a Problem that was not accepted.
type ProblemField struct {
	Name   string `json:"name"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (s *Server) problem(locale, request string, e *errs.Error) Problem {
	t := func(key string, kv ...any) string { return s.opt.Catalog.T(locale, key, kv...) }
	p := Problem{
		Type: "about:blank", Title: t("web.error." + e.Kind.String()), Status: errs.Status(e),
		Detail: t(e.Code, e.Args...), Code: e.Code, Instance: request,
	}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, ProblemField{Name: f.Name, Code: f.Code, Detail: t(f.Code, f.Args...)})
	}
	return p
}

func marshalProblem(p Problem) ([]byte, error) { return json.Marshal(p) }
