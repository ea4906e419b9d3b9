package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/errs"
	"bilin/internal/web"
)

const problemType = "application/problem+json"

// Problem is an error document.
type Problem struct {
	Type     string         `json:"type" doc:"Always about:blank; see code." example:"about:blank"`
	Title    string         `json:"title" doc:"The sort of error, in the reader's language."`
	Status   int            `json:"status" doc:"The HTTP status." example:"404"`
	Detail   string         `json:"detail,omitempty" doc:"What happened and what to do, in the reader's language."`
	Code     string         `json:"code" doc:"What happened, the same in every language." example:"demand.none"`
	Instance string         `json:"instance,omitempty" doc:"The request's id, to name when asking for help."`
	Errors   []ProblemField `json:"errors,omitempty" doc:"The inputs that were not accepted."`
}

// ProblemField is one input that was not accepted.
type ProblemField struct {
	Name   string `json:"name" doc:"The input." example:"track"`
	Code   string `json:"code" doc:"What is wrong with it, the same in every language."`
	Detail string `json:"detail" doc:"What is wrong with it, in the reader's language."`
}

// failure carries a service's error through huma, which asks for a status.
type failure struct{ err error }

func (f *failure) Error() string { return f.err.Error() }

// Unwrap returns the service's error.
func (f *failure) Unwrap() error { return f.err }

// GetStatus is the HTTP status.
func (f *failure) GetStatus() int { return errs.Status(f.err) }

// ContentType is what problem documents are sent as.
func (f *failure) ContentType(string) string { return problemType }

// GetHeaders says when to come again, and how to log in.
func (f *failure) GetHeaders() http.Header {
	h := http.Header{}
	e := errs.As(f.err)
	switch e.Kind {
	case errs.TooMany, errs.Unavailable:
		h.Set("Retry-After", retryAfter(e))
	case errs.Unauthenticated:
		h.Set("WWW-Authenticate", `Bearer realm="bilin"`)
	}
	return h
}

func retryAfter(e *errs.Error) string {
	for i := 0; i+1 < len(e.Args); i += 2 {
		if seconds, ok := e.Args[i+1].(int); ok && e.Args[i] == "seconds" {
			return strconv.Itoa(seconds)
		}
	}
	return "5"
}

// translate turns what went wrong, in a service or in huma itself, into a
// Problem in the reader's language. Everything else passes.
func (s *service) translate(ctx huma.Context, _ string, v any) (any, error) {
	switch e := v.(type) {
	case *failure:
		return s.problem(ctx.Context(), ctx.Header("Accept-Language"), e.err), nil
	case *huma.ErrorModel:
		return s.refused(ctx.Context(), ctx.Header("Accept-Language"), e), nil
	}
	return v, nil
}

// problem describes a service's error. One that is ours is logged with its cause.
func (s *service) problem(ctx context.Context, language string, err error) *Problem {
	e := errs.As(err)
	if e.Kind == errs.Internal {
		s.log.ErrorContext(ctx, "api", slog.String("request", web.RequestID(ctx)), slog.Any("err", err))
	}
	t := s.words(language)
	p := &Problem{Type: "about:blank", Title: t("web.error." + e.Kind.String()), Status: errs.Status(e),
		Detail: t(e.Code, e.Args...), Code: e.Code, Instance: web.RequestID(ctx)}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, ProblemField{Name: f.Name, Code: f.Code, Detail: t(f.Code, f.Args...)})
	}
	return p
}

// refusal is how a status that huma itself answers is told.
type refusal struct{ title, code string }

var refusals = map[int]refusal{
	http.StatusBadRequest:            {"web.error.invalid", "api.bad_json"},
	http.StatusNotFound:              {"web.error.not_found", "api.no_operation"},
	http.StatusMethodNotAllowed:      {"api.no_method_title", "api.no_method"},
	http.StatusNotAcceptable:         {"web.error.unsupported", "api.not_acceptable"},
	http.StatusRequestTimeout:        {"web.error.unavailable", "api.slow_body"},
	http.StatusRequestEntityTooLarge: {"web.error.too_large", "api.too_large"},
	http.StatusUnsupportedMediaType:  {"web.error.unsupported", "api.not_json"},
	http.StatusUnprocessableEntity:   {"web.error.invalid", "api.invalid"},
}

// refused describes what huma refused before any service was asked.
func (s *service) refused(ctx context.Context, language string, e *huma.ErrorModel) *Problem {
	told, ok := refusals[e.Status]
	if !ok {
		return s.problem(ctx, language, errors.New(e.Detail+details(e)))
	}
	t := s.words(language)
	p := &Problem{Type: "about:blank", Title: t(told.title), Status: e.Status,
		Detail: t(told.code), Code: told.code, Instance: web.RequestID(ctx)}
	for _, d := range e.Errors {
		if d.Location == "header.Idempotency-Key" && strings.HasPrefix(d.Message, "required ") {
			p.Detail, p.Code = t("api.key_missing"), "api.key_missing"
		}
		if e.Status == http.StatusUnprocessableEntity {
			p.Errors = append(p.Errors, field(t, d))
		}
	}
	return p
}

func details(e *huma.ErrorModel) string {
	var b strings.Builder
	for _, d := range e.Errors {
		b.WriteString("; " + d.Error())
	}
	return b.String()
}

// field tells what is wrong with one input. huma says it in English, in a few
// fixed phrases.
func field(t func(string, ...any) string, d *huma.ErrorDetail) ProblemField {
	name := d.Location
	for _, in := range []string{"body.", "query.", "path.", "header."} {
		name = strings.TrimPrefix(name, in)
	}
	code := "api.field_bad"
	switch {
	case d.Message == "unexpected property", d.Message == "unknown query parameter":
		code = "api.field_unknown"
	case strings.HasPrefix(d.Message, "expected required property "):
		name = strings.Fields(d.Message)[3]
		code = "api.field_missing"
	case strings.HasPrefix(d.Message, "required "):
		code = "api.field_missing"
	case strings.HasPrefix(d.Message, "expected length <="):
		code = "api.field_long"
	}
	return ProblemField{Name: name, Code: code, Detail: t(code, "name", name)}
}

// write answers an error outside of huma.
func (s *service) write(w http.ResponseWriter, r *http.Request, err error) {
	f := &failure{err}
	for name, values := range f.GetHeaders() {
		w.Header()[name] = values
	}
	writeProblem(w, s.problem(r.Context(), r.Header.Get("Accept-Language"), err))
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may have gone
}
