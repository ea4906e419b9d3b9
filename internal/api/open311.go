package api

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// Open311Prefix is where the handler of the open interface is to be mounted.
const Open311Prefix = "/open311/"

const open311Base = "/open311/v2"

// maxForm bounds a posted form.
const maxForm = 64 << 10

// NewOpen311 returns the handler for everything under Open311Prefix: the open
// interface of cities all over the world, GeoReport v2. It takes matters from any
// program and shows of each what everybody may know.
func NewOpen311(opt Options) http.Handler {
	s := newService(opt)
	mux := http.NewServeMux()
	for pattern, handler := range map[string]open311Handler{
		"GET /open311/{resource}":         s.discovery,
		"GET /open311/v2/{resource}":      s.list,
		"GET /open311/v2/{kind}/{file}":   s.oneOf,
		"POST /open311/v2/{resource}":     s.post,
		"GET /open311/v2/{kind}/{a}/{b}":  nothingHere,
		"POST /open311/v2/{kind}/{other}": nothingHere,
	} {
		mux.Handle(pattern, s.open311(handler))
	}
	mux.Handle("/", s.open311(nothingHere))
	return mux
}

// open311Handler answers a request with a document, or says why not.
type open311Handler func(r *http.Request) (*document311, error)

// document311 is an answer in both of its forms.
type document311 struct {
	status int
	xml    any // with the name of its root
	json   any
}

func nothingHere(*http.Request) (*document311, error) {
	return nil, errs.E(errs.NotFound, "open311.no_resource")
}

// open311 makes an http.Handler of one: limited, in the format that the path asks for.
func (s *service) open311(handle open311Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Add("Vary", "Accept-Language")
		if r.Method == http.MethodGet {
			h.Set("Access-Control-Allow-Origin", "*") // it is public, whoever asks
		}
		format := formatOf(r.URL.Path)
		doc, err := s.answer311(w, r, handle)
		if err != nil {
			doc = s.failure311(w, r, err)
		}
		send311(w, r, s, format, doc)
	})
}

func (s *service) answer311(w http.ResponseWriter, r *http.Request, handle open311Handler) (*document311, error) {
	if len(r.URL.RequestURI()) > maxURL {
		return nil, errs.E(errs.TooLarge, "api.too_large")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, errs.Wrap(err, errs.TooLarge, "api.too_large")
		}
		return nil, errs.Wrap(err, errs.Invalid, "open311.bad_form")
	}
	actor, err := s.actor311(r)
	if err != nil {
		return nil, err
	}
	limiter := s.limits.find
	if r.Method == http.MethodPost {
		limiter = s.limits.raise
	}
	if actor.Anonymous() {
		if err := limiter.Allow(web.ClientIP(r)); err != nil {
			return nil, err
		}
	}
	return handle(r.WithContext(auth.With(r.Context(), actor)))
}

// actor311 is whoever the request's api_key or token speaks for. Neither is needed.
func (s *service) actor311(r *http.Request) (auth.Actor, error) {
	if key := strings.TrimSpace(r.Form.Get("api_key")); key != "" {
		return s.auth.Bearer(r.Context(), key)
	}
	return s.actor(r)
}

// formatOf reads the format off a path; XML is the one that everybody speaks.
func formatOf(path string) string {
	if strings.HasSuffix(path, ".json") {
		return "json"
	}
	return "xml"
}

// resource splits a file's name from its format.
func resource(r *http.Request, name string) string {
	base, format, _ := strings.Cut(r.PathValue(name), ".")
	if format != "json" && format != "xml" {
		return ""
	}
	return base
}

func send311(w http.ResponseWriter, r *http.Request, s *service, format string, doc *document311) {
	var body []byte
	var err error
	if format == "json" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		body, err = json.Marshal(doc.json)
	} else {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		body, err = xml.MarshalIndent(doc.xml, "", "  ")
		body = append([]byte(xml.Header), body...)
	}
	if err != nil {
		s.log.ErrorContext(r.Context(), "open311", slog.String("request", web.RequestID(r.Context())), slog.Any("err", err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(doc.status)
	_, _ = w.Write(append(body, '\n')) // the client may have gone
}

// errors311 are errors as the interface tells them.
type errors311 struct {
	XMLName xml.Name   `xml:"errors"`
	Errors  []error311 `xml:"error"`
}

type error311 struct {
	Code        int    `xml:"code" json:"code"`
	Description string `xml:"description" json:"description"`
}

// failure311 tells an error in the reader's language, each input on its own. The
// interface knows 404 for what isn't there, 403 for wrong keys and 400 for the rest.
func (s *service) failure311(w http.ResponseWriter, r *http.Request, err error) *document311 {
	e := errs.As(err)
	status := http.StatusBadRequest
	switch e.Kind {
	case errs.NotFound, errs.Gone:
		status = http.StatusNotFound
	case errs.Unauthenticated, errs.Forbidden:
		status = http.StatusForbidden
	case errs.TooMany, errs.Unavailable:
		status = errs.Status(e)
		w.Header().Set("Retry-After", retryAfter(e))
	case errs.Internal:
		status = http.StatusInternalServerError
		s.log.ErrorContext(r.Context(), "open311", slog.String("request", web.RequestID(r.Context())), slog.Any("err", err))
	}
	t := s.words(r.Header.Get("Accept-Language"))
	var list []error311
	for _, f := range e.Fields {
		list = append(list, error311{status, name311(f.Name) + ": " + t(f.Code, f.Args...)})
	}
	if len(list) == 0 {
		list = []error311{{status, t(e.Code, e.Args...)}}
	}
	return &document311{status, errors311{Errors: list}, list}
}

// name311 is what the interface calls one of our inputs.
func name311(field string) string {
	switch field {
	case "text":
		return "description"
	case "unit", "door":
		return "address_id"
	case "place":
		return "address_string"
	case "category", "kind":
		return "service_code"
	case "contact":
		return "phone"
	}
	return field
}

func count311(v string, otherwise, most int) (int, error) {
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > most {
		return 0, errs.E(errs.Invalid, "open311.bad_number", "max", most)
	}
	return n, nil
}
