package app_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/api"
	"bilin/internal/auth"
)

// stuck is a body that doesn't come: a slow line, or somebody who means it.
type stuck struct{ until <-chan struct{} }

func (s stuck) Read([]byte) (int, error) {
	<-s.until
	return 0, io.EOF
}

// flood fills every place for ordinary requests and returns how to let go.
func (h *house) flood(places int) (letGo func()) {
	until := make(chan struct{})
	var in, out sync.WaitGroup
	for range places {
		in.Add(1)
		out.Go(func() {
			r := httptest.NewRequest(http.MethodPost, "http://localhost/prefs/language", nil)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body, r.ContentLength = io.NopCloser(&arriving{stuck: stuck{until}, in: &in}), 100
			h.site.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	in.Wait()
	return func() { close(until); out.Wait() }
}

// arriving says when it is read first: the request has its place then.
type arriving struct {
	stuck
	once sync.Once
	in   *sync.WaitGroup
}

func (a *arriving) Read(p []byte) (int, error) {
	a.once.Do(a.in.Done)
	return a.stuck.Read(p)
}

// While ordinary requests take every place that they may have, whoever calls
// people out, answers, reports or logs in to do so gets through at once; the
// others are told when to come again, in the form in which they asked.
func TestAFloodLeavesRoomForEmergencies(t *testing.T) {
	h := inhabited(t)
	letGo := h.flood(256 - 256/4)
	defer letGo()
	for _, c := range []struct {
		who          string
		method, path string
	}{
		{"", "POST", "/a/nothing"}, {"", "GET", "/a/nothing"}, {"", "GET", "/login"}, {"", "POST", "/l/nothing"},
		{"lead", "POST", "/rollcall"}, {"lead", "GET", "/rollcall"}, {"group", "POST", "/rollcalls/x/cells/y"},
		{"command", "GET", "/orders"}, {"command", "GET", "/orders/new"}, {"command", "POST", "/orders/new"}, {"command", "POST", "/orders/x/approve"},
		{"command", "GET", "/orders/x/board"}, {"town", "POST", "/emergency"}, {"lead", "GET", "/orders/mine"},
		{"", "POST", api.Prefix + "v1/orders"}, {"", "POST", api.Prefix + "v1/gateway/reports"},
	} {
		begun := time.Now()
		w := h.send(h.named(c.who), c.method, c.path, nil)
		if w.Code == http.StatusServiceUnavailable || w.Code == http.StatusTooManyRequests {
			t.Errorf("%s %s of %q is turned away: %d", c.method, c.path, c.who, w.Code)
		}
		if took := time.Since(begun); took > 15*time.Second {
			t.Errorf("%s %s took %v", c.method, c.path, took)
		}
	}
	var wait sync.WaitGroup
	for path, header := range map[string]http.Header{
		"/find":                        {},
		"/board":                       {"Accept": {"application/json"}},
		"/outcomes":                    {"Hx-Request": {"true"}},
		api.Prefix + "v1/me":           {},
		api.Open311Prefix + "requests": {},
	} {
		wait.Go(func() {
			w := h.send(auth.Actor{}, "GET", path, header)
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
				t.Errorf("%s in a flood: %d, Retry-After %q", path, w.Code, w.Header().Get("Retry-After"))
			}
			if problem := w.Header().Get("Content-Type") == "application/problem+json"; problem != (path != "/find" && path != "/outcomes" && !strings.HasPrefix(path, api.Open311Prefix)) {
				t.Errorf("%s in a flood is told as %s", path, w.Header().Get("Content-Type"))
			}
		})
	}
	wait.Wait()
}

func (h *house) named(login string) auth.Actor {
	if login == "" {
		return auth.Actor{}
	}
	return h.one(login)
}

const most = 12 << 20 // 10 MiB and the form around it

// No route takes more than 12 MiB, those that take files are known, and one that
// gets more says so in words, without reading it.
func TestEveryUploadIsBounded(t *testing.T) {
	h := inhabited(t)
	var found []string
	for _, r := range h.server.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method == http.MethodGet || r.MaxBody <= 1<<20 {
			if r.MaxBody < 0 {
				t.Errorf("%s has no bound", r.Pattern)
			}
			continue
		}
		found = append(found, r.Pattern)
		if r.MaxBody > most && larger[r.Pattern] == "" {
			t.Errorf("%s takes %d bytes", r.Pattern, r.MaxBody)
		}
		for _, who := range h.actors {
			if r.Access != "public" && !h.app.Policy.May(who, auth.Action(r.Access)) {
				continue
			}
			w := h.upload(who, route{method: method, path: path}.at(), r.MaxBody+1)
			if w.Code != http.StatusRequestEntityTooLarge && w.Code != http.StatusNotFound && w.Code != http.StatusForbidden {
				t.Errorf("%s takes %d bytes from %s: %d", r.Pattern, r.MaxBody+1, nameOf(who), w.Code)
			}
			break
		}
	}
	slices.Sort(found)
	h.golden("uploads.txt", strings.Join(found, "\n")+"\n")
}

// larger are the routes that may take more, and why they must.
var larger = map[string]string{
	"POST /rosters":                  "468,000 households in one file, by those who may import",
	"POST /demands":                  "six pictures of 10 MiB, read one after the other, none kept whole",
	"POST /demands/enter":            "likewise",
	"POST /t/{number}/say":           "likewise",
	"POST /demands/{number}/resolve": "likewise",
}

// upload sends a form with one file of a size, as somebody.
func (h *house) upload(a auth.Actor, path string, size int64) *httptest.ResponseRecorder {
	ctx, cancel := context.WithTimeout(auth.With(h.Context(), a), 20*time.Second)
	defer cancel()
	head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n"
	body := io.MultiReader(strings.NewReader(head), io.LimitReader(endless{}, size), strings.NewReader("\r\n--x--\r\n"))
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, body).WithContext(ctx)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	return w
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	n := copy(p, bytes.Repeat([]byte("a,b\n"), 1+len(p)/4))
	return n, nil
}
