package api

import (
	"net/http"
	"strings"
)

// urgent are the paths of orders and of what serves them: a server that has too
// much to do turns everything else away first.
var urgent = []string{base + "/orders", base + "/gateway/reports", base + "/cap"}

// Emergency reports whether a request calls people out, or brings in what
// becomes of that or warns of something.
func Emergency(r *http.Request) bool {
	for _, path := range urgent {
		if rest, ok := strings.CutPrefix(r.URL.Path, path); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}
