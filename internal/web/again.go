package web

import (
	"net/http"

	"bilin/internal/errs"
)

// Again reports whether err is a question to the person, so that the form comes
// back with what was typed, rather than a failure.
func Again(err error) bool {
	kind := errs.KindOf(err)
	return err != nil && (kind == errs.Invalid || kind == errs.Stale || kind == errs.Conflict)
}

// Quiet keeps a key in the address, and what its page shows, from going to other
// sites, caches and search engines. No referrer at all would make browsers hide
// the origin of the forms there, which the check for foreign forms needs over
// plain HTTP.
func Quiet(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}
