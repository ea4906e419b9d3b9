package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"bilin/internal/errs"
)

const cursorParam = "after"

// EncodeCursor packs the sort values of a page's last row.
func EncodeCursor(parts ...string) string {
	raw, err := json.Marshal(parts)
	if err != nil { // strings always marshal
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// DecodeCursor unpacks the cursor of a request into its n parts; it is nil on
// the first page, and an error when somebody made it up.
func DecodeCursor(r *http.Request, n int) ([]string, error) {
	value := r.URL.Query().Get(cursorParam)
	if value == "" {
		return nil, nil
	}
	var parts []string
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err == nil {
		err = json.Unmarshal(raw, &parts)
	}
	if err != nil || len(parts) != n || len(value) > 2000 {
		return nil, errs.Wrap(err, errs.NotFound, "web.bad_cursor")
	}
	return parts, nil
}

// PageURL returns the request's own address with another cursor, its filters
// kept; an empty cursor leads to the first page.
func PageURL(r *http.Request, cursor string) string {
	q := r.URL.Query()
	q.Del(cursorParam)
	if cursor != "" {
		q.Set(cursorParam, cursor)
	}
	if len(q) == 0 {
		return r.URL.Path
	}
	return r.URL.Path + "?" + q.Encode()
}
