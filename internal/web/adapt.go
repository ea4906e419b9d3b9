package web

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"syscall"
	"time"

	"bilin/internal/errs"
)

// DefaultMaxBody bounds the body of a request whose route says nothing. Forms
// may always send so much, however little their route takes of other things: a
// text that is far too long has to arrive, or it couldn't come back to whoever
// wrote it with how much is too much.
const DefaultMaxBody = 1 << 20

// extraMaxBody bounds the bodies of handlers outside the page adapter.
const extraMaxBody = 12 << 20

// How long a request may take. One with a large body gets the time that a poor
// line needs for it, too.
const (
	requestTime = 30 * time.Second
	uploadTime  = 2 * time.Minute
)

// adapt turns a Handler into an http.Handler. Here, and only here, an error
// becomes a status, a page and a line in the log.
func (s *Server) adapt(route Route) http.Handler {
	limit, most := route.MaxBody, requestTime
	if limit == 0 {
		limit = DefaultMaxBody
	}
	if limit > DefaultMaxBody {
		most = uploadTime
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st := s.state(r)
		st.pattern = route.Pattern
		leave, err := s.gate.enter(r.Context(), route)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		defer leave()
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(r, limit))
		if route.Stream {
			liftDeadlines(w)
		} else {
			ctx, cancel := context.WithTimeout(r.Context(), most)
			defer cancel()
			r = r.WithContext(ctx)
		}
		defer removeUploads(r)
		if r, err := s.serve(route, w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// bodyLimit is how much a request may send to a route that takes limit bytes.
func bodyLimit(r *http.Request, limit int64) int64 {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // an unreadable one is no form
	if kind == "application/x-www-form-urlencoded" || kind == "multipart/form-data" {
		return max(limit, DefaultMaxBody)
	}
	return limit
}

// liftDeadlines lets an event stream or a large download take its time.
func liftDeadlines(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})  // not supported by recorders in tests
	_ = control.SetWriteDeadline(time.Time{}) // likewise
}

// bound gives a handler outside the page adapter the same limits of size, time
// and number.
func (s *Server) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leave, err := s.gate.enter(r.Context(), Route{Emergency: s.urgent(r)})
		if err != nil {
			s.fail(w, r, err)
			return
		}
		defer leave()
		r.Body = http.MaxBytesReader(w, r.Body, extraMaxBody)
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		r = r.WithContext(ctx)
		outer := r.Pattern
		next.ServeHTTP(w, r)
		if r.Pattern != outer { // its own mux knows better what was asked
			s.state(r).pattern = r.Pattern
		}
	})
}

// urgent reports whether a request to such a handler is turned away last.
func (s *Server) urgent(r *http.Request) bool {
	return s.opt.EmergencyPaths != nil && s.opt.EmergencyPaths(r)
}

// serve returns the request too, which knows more of its sender when it came with a proof.
func (s *Server) serve(route Route, w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	s.noStore(w, r)
	if route.Access != Public {
		if err := s.opt.Guard(r, route.Access); err != nil {
			return r, err
		}
	}
	if err := s.sameAuthor(r); err != nil {
		return r, err
	}
	if s.opt.Prove != nil {
		proved, err := s.opt.Prove(r, route.Access)
		if err != nil {
			return r, err
		}
		r = proved
	}
	return r, route.Handler(w, r)
}

// noStore keeps pages out of shared caches, and those of a logged-in person out of all.
func (s *Server) noStore(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Bilin", "1")
	h.Add("Vary", "Cookie, Accept-Language, HX-Request")
	if s.opt.Identify(r) == nil {
		h.Set("Cache-Control", "private, no-cache")
		return
	}
	h.Set("Cache-Control", "private, no-store")
}

// sameAuthor refuses a form queued offline by one person and sent from the
// session of another who has logged in on the same device since.
func (s *Server) sameAuthor(r *http.Request) error {
	if !fromOutbox(r) {
		return nil
	}
	id := ""
	if u := s.opt.Identify(r); u != nil {
		id = u.ID
	}
	if author := r.Header.Get("X-Bilin-Account"); author != id && author != "" {
		return errs.E(errs.Unauthenticated, "web.other_author")
	}
	return nil
}

func removeUploads(r *http.Request) {
	if r.MultipartForm != nil {
		_ = r.MultipartForm.RemoveAll() // temporary files; the system clears what stays
	}
}

// clientGone hides errors of writing to somebody who has left.
func clientGone(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, http.ErrBodyNotAllowed) {
		return nil
	}
	return err
}
