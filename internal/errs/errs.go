// Package errs gives every failure a kind, a message that may be shown, and a cause that may not.
//
// A message is named by a code, which is a key of the message catalogue, so
// that the page, the JSON API and the command line each say it in the reader's
// language. The wrapped cause goes to the log and nowhere else.
package errs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Kind says what sort of failure an error is; it decides HTTP status and exit code.
type Kind int

// The kinds. Internal is the zero value: an error nobody classified is ours.
const (
	Internal        Kind = iota
	Invalid              // what was sent can't be accepted as it is
	NotFound             // there is no such thing, or not for this reader
	Unauthenticated      // nobody is logged in
	Forbidden            // somebody is, and may not
	Conflict             // the state of the thing doesn't allow it
	Stale                // the thing changed since it was shown
	Gone                 // there was such a thing
	TooMany              // asked too often
	TooLarge             // bigger than what is taken
	Unsupported          // a kind of file or content we don't read
	Unavailable          // not now; later it may work
)

type trait struct {
	name   string
	status int
	exit   int
}

var traits = map[Kind]trait{
	Internal:        {"internal", http.StatusInternalServerError, 1},
	Invalid:         {"invalid", http.StatusUnprocessableEntity, 2},
	NotFound:        {"not_found", http.StatusNotFound, 3},
	Unauthenticated: {"unauthenticated", http.StatusUnauthorized, 4},
	Forbidden:       {"forbidden", http.StatusForbidden, 4},
	Conflict:        {"conflict", http.StatusConflict, 5},
	Stale:           {"stale", http.StatusConflict, 5},
	Gone:            {"gone", http.StatusGone, 3},
	TooMany:         {"too_many", http.StatusTooManyRequests, 6},
	TooLarge:        {"too_large", http.StatusRequestEntityTooLarge, 2},
	Unsupported:     {"unsupported", http.StatusUnsupportedMediaType, 2},
	Unavailable:     {"unavailable", http.StatusServiceUnavailable, 6},
}

// String returns the kind's name as logs and problem documents write it.
func (k Kind) String() string { return traits[k].name }

// Field is one input that was not accepted, and why.
type Field struct {
	Name string // the input's name in the form or JSON document
	Code string // message key
	Args []any  // placeholders of the message, alternating name and value
}

// Error is a classified failure.
type Error struct {
	Kind   Kind
	Code   string // message key, safe to show
	Args   []any  // placeholders of the message, alternating name and value
	Fields []Field
	cause  error
}

// E returns an error of a kind. args are the message's placeholders,
// alternating name and value.
func E(kind Kind, code string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Args: args}
}

// Wrap is E with a cause, which is logged and never shown.
func Wrap(cause error, kind Kind, code string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Args: args, cause: cause}
}

// Refuse returns an Invalid error about one input: code says both what is
// wrong with it and, above the form, why nothing was done.
func Refuse(field, code string, args ...any) error {
	return E(Invalid, code, args...).WithField(field, code, args...)
}

// Gather makes one Invalid error of all that is wrong in a form, nil if nothing
// is; code stands above the form. A failure of another kind goes before: it
// says nothing of what was sent.
func Gather(code string, list ...error) error {
	all := E(Invalid, code)
	for _, err := range list {
		switch {
		case err == nil:
		case KindOf(err) != Invalid:
			return err
		default:
			all.Fields = append(all.Fields, As(err).Fields...)
		}
	}
	if len(all.Fields) == 0 {
		return nil
	}
	return all
}

// WithField adds an input that was not accepted and returns the error.
func (e *Error) WithField(name, code string, args ...any) *Error {
	e.Fields = append(e.Fields, Field{Name: name, Code: code, Args: args})
	return e
}

// Error describes the failure for the log. It leaves out Args, which may name
// people and addresses: they are for whoever is told the message.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Kind, e.Code)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " [%s: %s]", f.Name, f.Code)
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is an *Error of the same kind and code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Code == e.Code
}

// As returns err as an *Error. A foreign error becomes Internal with the
// message "errs.internal"; a cancelled or overdue context becomes Unavailable.
func As(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Wrap(err, Unavailable, "errs.unavailable")
	}
	return Wrap(err, Internal, "errs.internal")
}

// KindOf returns err's kind, Internal for a foreign error.
func KindOf(err error) Kind { return As(err).Kind }

// CodeOf returns the message key of err.
func CodeOf(err error) string { return As(err).Code }

// Status returns the HTTP status for err.
func Status(err error) int { return traits[KindOf(err)].status }

// ExitCode returns the process exit code for err; 0 for nil.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	return traits[KindOf(err)].exit
}
