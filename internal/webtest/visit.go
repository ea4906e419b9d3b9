package webtest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bilin/internal/web"
)

// Visitor goes through the pages of a server and says what is wrong with them.
type Visitor struct {
	testing.TB
	Base   string
	Client *http.Client
}

// Visit serves srv to a visitor.
func Visit(t testing.TB, srv *web.Server) *Visitor {
	t.Helper()
	base, client := Start(t, srv)
	return &Visitor{t, base, client}
}

// Answer reads a response.
func (v *Visitor) Answer(res *http.Response, err error) (status int, body, location string) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	return res.StatusCode, string(text), res.Header.Get("Location")
}

// Get opens a page that is there and has everything that is wanted on it.
func (v *Visitor) Get(path string, wants ...string) string {
	v.Helper()
	code, body, _ := v.Answer(v.Client.Get(v.Base + path))
	if code != http.StatusOK {
		v.Errorf("%s: %d\n%s", path, code, body)
	}
	for _, want := range wants {
		if !strings.Contains(body, want) {
			v.Errorf("%s: %q isn't on the page:\n%s", path, want, body)
		}
	}
	return body
}

// Status opens a page and returns its status.
func (v *Visitor) Status(path string) int {
	v.Helper()
	code, _, _ := v.Answer(v.Client.Get(v.Base + path))
	return code
}

// Post sends a form, name and value by turns, expects a status and something on
// the page, and returns where it leads.
func (v *Visitor) Post(path string, status int, want string, kv ...string) (location string) {
	v.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		values.Add(kv[i], kv[i+1])
	}
	code, body, to := v.Answer(v.Client.PostForm(v.Base+path, values))
	if code != status || !strings.Contains(body, want) {
		v.Errorf("%s: %d, want %d and %q:\n%s", path, code, status, want, body)
	}
	return to
}
