package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// request is one question to the API.
type request struct {
	method, path string
	token, key   string // bearer token, Idempotency-Key; both may be empty
	body         any
}

// reply is what came back.
type reply struct {
	status int
	kind   string // Content-Type
	raw    []byte
}

// into decodes a reply.
func (r reply) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(r.raw, v); err != nil {
		t.Fatalf("%v: %s", err, r.raw)
	}
}

// want fails the test unless the reply has the status.
func (r reply) want(t *testing.T, status int) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("answered %d, not %d: %s", r.status, status, r.raw)
	}
	return r
}

func (c *city) send(t *testing.T, q request) reply {
	t.Helper()
	var in io.Reader
	if q.body != nil {
		raw, err := json.Marshal(q.body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(t.Context(), q.method, c.url+q.path, in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if q.token != "" {
		req.Header.Set("Authorization", "Bearer "+q.token)
	}
	if q.key != "" {
		req.Header.Set("Idempotency-Key", q.key)
	}
	return fetch(t, http.DefaultClient, req)
}

// fetch sends a request and reads the whole answer.
func fetch(t *testing.T, client *http.Client, req *http.Request) reply {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header.Get("Content-Type"), raw}
}

// page gets a page as a login sees it, or nobody's if login is "".
func (c *city) page(t *testing.T, login, path string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if login != "" {
		req.AddCookie(c.session(t, login))
	}
	return fetch(t, http.DefaultClient, req)
}

// session logs in once for all journeys and returns the cookie.
func (c *city) session(t *testing.T, login string) *http.Cookie {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if cookie := c.sessions[login]; cookie != nil && time.Since(c.proved[login]) < 8*time.Minute {
		return cookie // later it would be asked to prove who it is, before what is sensitive
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := stay.PostForm(c.url+"/login", url.Values{"login": {login}, "password": {c.password}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for _, cookie := range resp.Cookies() {
		if cookie.Name == "bilin" {
			c.sessions[login], c.proved[login] = cookie, time.Now()
			return cookie
		}
	}
	t.Fatalf("log in as %s: %s", login, resp.Status)
	return nil
}

// token returns a bearer token of a demo login, as `bilin token` prints it.
func (c *city) token(t *testing.T, login string) string {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens[login] == "" {
		out, err := exec.Command(c.bin, "token", "--data", c.data(), "--as", login).Output()
		if err != nil {
			t.Fatalf("bilin token --as %s: %v", login, err)
		}
		c.tokens[login] = strings.TrimSpace(string(out))
	}
	return c.tokens[login]
}

// unit is a unit as the API describes it.
type unit struct {
	Code, Name, Level string
	Children          []unit
	Posts             []struct{ Role, Serving string }
}

func (c *city) unit(t *testing.T, code string) (u unit) {
	t.Helper()
	c.send(t, request{method: "GET", path: "/api/v1/units/" + code, token: c.token(t, "city")}).want(t, 200).into(t, &u)
	return u
}

// home is the code of the unit in which a login holds its post.
func (c *city) home(t *testing.T, login string) string {
	t.Helper()
	var me struct{ Units []unit }
	c.send(t, request{method: "GET", path: "/api/v1/me", token: c.token(t, login)}).want(t, 200).into(t, &me)
	if len(me.Units) == 0 {
		t.Fatalf("%s has no unit", login)
	}
	return me.Units[0].Code
}

// cells are the cells under a unit.
func (c *city) cells(t *testing.T, code string) []unit {
	t.Helper()
	u := c.unit(t, code)
	if u.Level == "cell" {
		return []unit{u}
	}
	var out []unit
	for _, child := range u.Children {
		out = append(out, c.cells(t, child.Code)...)
	}
	return out
}

// ticket is what a resident takes home.
type ticket struct{ Number, Track string }

// page is where its resident follows it.
func (r ticket) page() string { return "/t/" + r.Number + "?k=" + r.Track }

func (c *city) raise(t *testing.T, cell, text string) ticket {
	t.Helper()
	return c.raises(t, map[string]any{"kind": "help", "text": text, "unit": cell})
}

// raises brings a matter by API, as nobody in particular.
func (c *city) raises(t *testing.T, body map[string]any) (r ticket) {
	t.Helper()
	c.send(t, request{method: "POST", path: "/api/v1/demands", body: body}).want(t, 201).into(t, &r)
	return r
}

// step takes a matter one step further by API: a login's, or with "" its author's.
func (c *city) step(t *testing.T, login string, of ticket, step string, body map[string]any) {
	t.Helper()
	q, said := request{method: "POST", path: "/api/v1/demands/" + of.Number + "/" + step}, map[string]any{}
	maps.Copy(said, body)
	if login == "" {
		said["track"] = of.Track
	} else {
		q.token = c.token(t, login)
	}
	q.body = said
	c.send(t, q).want(t, 200)
}
