package api

import (
	"bufio"
	"io"
	"net/http"
	"strings"
)

// peeked is a body whose first bytes were looked at.
type peeked struct {
	io.Reader
	io.Closer
}

// believeBraces takes a body that begins like a JSON object for one, and one
// that begins like XML for that, whatever the command-line client called it:
// curl -d says it is a form. It opens no way in for other sites' forms, for the
// API knows no cookies.
func believeBraces(r *http.Request) {
	kind := r.Header.Get("Content-Type")
	if r.Body == nil || kind != "" && !strings.HasPrefix(kind, "application/x-www-form-urlencoded") {
		return
	}
	body := bufio.NewReaderSize(r.Body, 512)
	head, _ := body.Peek(64) // a short body is all there is; a broken one fails when it is read
	r.Body = peeked{body, r.Body}
	switch text := strings.TrimLeft(strings.TrimPrefix(string(head), "\uFEFF"), " \t\r\n"); {
	case strings.HasPrefix(text, "{"):
		r.Header.Set("Content-Type", "application/json")
	case strings.HasPrefix(text, "<"):
		r.Header.Set("Content-Type", "application/xml")
	}
}
