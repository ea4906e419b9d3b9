package alert_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/mobilise/alert"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// site answers what it was told, and remembers what it was asked.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string]page
	asked []string
}

type page struct {
	body, etag, modified, to string
	status                   int
}

func newSite(t *testing.T) *site {
	s := &site{pages: map[string]page{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		p, there := s.pages[r.URL.Path]
		s.asked = append(s.asked, r.URL.Path)
		s.mu.Unlock()
		switch {
		case !there:
			w.WriteHeader(http.StatusNotFound)
			return
		case p.to != "":
			http.Redirect(w, r, p.to, http.StatusFound)
			return
		case p.etag != "" && r.Header.Get("If-None-Match") == p.etag, p.modified != "" && r.Header.Get("If-Modified-Since") == p.modified:
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if p.etag != "" {
			w.Header().Set("ETag", p.etag)
		}
		if p.modified != "" {
			w.Header().Set("Last-Modified", p.modified)
		}
		if p.status != 0 {
			w.WriteHeader(p.status)
		}
		fmt.Fprint(w, p.body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) put(path string, p page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = p
}

// since returns what was asked since it was called last.
func (s *site) since() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.asked
	s.asked = nil
	slices.Sort(out)
	return out
}

func (w *world) follow(s *site, paths ...string) {
	w.Helper()
	w.options.Feeds, w.options.Allow = nil, []string{strings.TrimPrefix(s.URL, "http://")}
	for _, p := range paths {
		w.options.Feeds = append(w.options.Feeds, s.URL+p)
	}
	w.open()
}

// round asks every feed once, a minute later, and returns how the first does.
func (w *world) round() alert.FeedHealth {
	w.Helper()
	w.now = w.now.Add(time.Minute)
	ok(w, w.Poll(w.Context()))
	list, err := w.Feeds(w.Context(), w.command())
	ok(w, err)
	return list[0]
}

func (w *world) received() (out []string) {
	w.Helper()
	list, _, err := w.List(w.Context(), w.command(), nil, 100)
	ok(w, err)
	for _, a := range list {
		out = append(out, a.Identifier+" "+string(a.State))
	}
	slices.Sort(out)
	return out
}

func feedOf(entries ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"><id>f</id><title>预警</title><author><name>气象台</name></author>` +
		strings.Join(entries, "") + `</feed>`
}

func entryOf(id, at, href string) string {
	return `<entry><id>` + id + `</id><updated>` + at + `</updated><title>x</title><link rel="alternate" type="text/html" href="/page"/><link type="application/cap+xml" href="` + href + `"/></entry>`
}

func TestAFeedOfOneAlert(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, s := newWorld(t, db), newSite(t)
		w.follow(s, "/now.xml")
		s.put("/now.xml", page{body: string(written(t, w.alertOf("1", nil))), etag: `"a"`})
		h := w.round()
		if got := w.received(); len(got) != 1 || got[0] != "1 new" || !h.Failing.IsZero() || h.OK.IsZero() {
			t.Fatalf("%v, %+v", got, h)
		}
		before, _, err := w.List(t.Context(), w.command(), nil, 10)
		ok(t, err)
		if name := strings.TrimPrefix(s.URL, "http://") + "/now.xml"; before[0].Source != name || h.Name != name {
			t.Errorf("its source is %q", before[0].Source)
		}
		w.round()
		w.round()
		s.put("/now.xml", page{body: string(written(t, w.alertOf("2", nil))), etag: `"b"`})
		w.round()
		if got := w.received(); len(got) != 2 {
			t.Errorf("%v", got)
		}
	})
}

func TestAFeedOfEntries(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, s := newWorld(t, db), newSite(t)
		w.follow(s, "/feed?key=s3cret")
		m1, m2 := w.alertOf("1", nil), w.alertOf("2", func(m *cap.Alert) { m.Sent = w.now })
		naming(m2, cap.Update, m1)
		inside := strings.TrimPrefix(string(written(t, w.alertOf("3", nil))), `<?xml version="1.0" encoding="UTF-8"?>`+"\n")
		inside = strings.NewReplacer("<alert xmlns=\""+cap.Namespace+"\">", "<cap:alert>", "</", "</cap:", "<", "<cap:").Replace(inside) // names from around it
		embedded := `<entry><id>3</id><updated>2026-01-23T12:00:00Z</updated><content type="application/cap+xml">` + inside + `</content></entry>`
		s.put("/1.xml", page{body: string(written(t, m1))})
		s.put("/2.xml", page{body: string(written(t, m2))})
		s.put("/feed", page{body: feedOf(entryOf("2", "2026-01-23T12:00:00Z", "2.xml"), embedded, entryOf("1", "2026-01-23T11:50:00Z", s.URL+"/1.xml")), modified: "Fri, 23 Jan 2026 12:00:00 GMT"})
		h := w.round()
		if got := w.received(); !slices.Equal(got, []string{"1 superseded", "2 new", "3 new"}) {
			t.Fatalf("%v, %+v", got, h)
		}
		if strings.Contains(h.Name, "s3cret") {
			t.Errorf("the page shows %s", h.Name)
		}
		if asked := s.since(); !slices.Equal(asked, []string{"/1.xml", "/2.xml", "/feed"}) {
			t.Errorf("asked for %v", asked)
		}
		w.round()
		if asked := s.since(); !slices.Equal(asked, []string{"/feed"}) {
			t.Errorf("a second time asked for %v", asked)
		}
		s.put("/feed", page{body: feedOf(entryOf("2", "2026-01-23T12:00:00Z", "2.xml"), entryOf("4", "2026-01-23T12:30:00Z", "4.xml"))})
		s.put("/4.xml", page{body: string(written(t, w.alertOf("4", nil)))})
		w.round()
		if asked := s.since(); !slices.Equal(asked, []string{"/4.xml", "/feed"}) {
			t.Errorf("only the new one: %v", asked)
		}
	})
}

func TestAFeedsFailuresAreSaidAndMended(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, s := newWorld(t, db), newSite(t)
		w.follow(s, "/bad", "/good")
		s.put("/good", page{body: string(written(t, w.alertOf("1", nil)))})
		for name, c := range map[string]struct {
			page page
			code string
		}{
			"an answer that is none": {page{status: 500}, "alert.feed.status"}, "no XML": {page{body: "hello"}, "alert.feed.not_xml"},
			"half of it": {page{body: feedOf()[:100]}, "alert.feed.not_xml"}, "a web page": {page{body: "<html><body>x</body></html>"}, "alert.feed.not_feed"},
			"DOCTYPE":   {page{body: `<!DOCTYPE feed [<!ENTITY a "b">]>` + feedOf()}, "alert.feed.doctype"},
			"too large": {page{body: strings.Repeat(" ", 2<<20+1)}, "alert.feed.too_large"}, "in circles": {page{to: "/bad"}, "alert.feed.redirects"},
			"to an inner address": {page{to: "http://127.0.0.1:1/"}, "alert.feed.private"}, "into the open": {page{to: "http://alerts.example/"}, "alert.feed.not_https"},
			"too deep":            {page{body: feedOf(strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100))}, "alert.feed.too_much"},
			"entries without end": {page{body: feedOf(strings.Repeat("<entry></entry>", 1001))}, "alert.feed.too_much"},
		} {
			s.put("/bad", c.page)
			h := w.round()
			if h.Cause.Code != c.code || h.Failing.IsZero() {
				t.Errorf("%s: %+v, want %s", name, h, c.code)
			}
			if _, there := alert.Messages[h.Cause.Code]; !there {
				t.Errorf("%s: no words for %s", name, h.Cause.Code)
			}
		}
		if got := w.received(); !slices.Equal(got, []string{"1 new"}) {
			t.Errorf("the other feed brought %v", got)
		}
		since := w.round().Failing
		s.put("/bad", page{body: feedOf()})
		if again := w.round(); !again.Failing.IsZero() || again.Cause.Code != "" || since.IsZero() {
			t.Errorf("mended: %+v", again)
		}
	})
}

func TestEntriesThatCantBeTaken(t *testing.T) {
	w, s := newWorld(t, sqldbtest.Open(t, sqldb.SQLite)), newSite(t)
	w.follow(s, "/feed")
	s.put("/bad.xml", page{body: "<alert/>"})
	s.put("/feed", page{etag: `"1"`, body: feedOf(entryOf("bad", "2026-01-23T11:00:00Z", "/bad.xml"), entryOf("inner", "2026-01-23T11:00:00Z", "http://10.0.0.1/x"), entryOf("gone", "2026-01-23T11:10:00Z", "/gone.xml"))})
	h := w.round()
	if h.Failing.IsZero() || h.Cause.Code != "alert.feed.status" || h.Refused.IsZero() || h.Refusal.Code == "" {
		t.Errorf("%+v", h)
	}
	if asked := s.since(); !slices.Equal(asked, []string{"/bad.xml", "/feed", "/gone.xml"}) {
		t.Errorf("asked for %v", asked)
	}
	tries := 0
	for range 60 { // ten hours
		w.now = w.now.Add(9 * time.Minute)
		w.round()
		for _, path := range s.since() {
			if path == "/gone.xml" {
				tries++
			}
			if path == "/bad.xml" {
				t.Error("what can't be taken is asked for again")
			}
		}
	}
	if h := w.round(); tries != 7 || !h.Failing.IsZero() {
		t.Errorf("tried %d more times, then %+v", tries, h)
	}
	s.since()
	w.round()
	s.put("/gone.xml", page{body: string(written(t, w.alertOf("1", nil)))})
	s.put("/feed", page{body: feedOf(entryOf("gone", "2026-01-23T11:20:00Z", "/gone.xml"))}) // a new edition
	w.round()
	if got := w.received(); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

func TestTwentyEntriesARound(t *testing.T) {
	w, s := newWorld(t, sqldbtest.Open(t, sqldb.SQLite)), newSite(t)
	w.follow(s, "/feed")
	var entries []string
	for i := range 45 {
		id := fmt.Sprint("n", i)
		s.put("/"+id, page{body: string(written(t, w.alertOf(id, nil)))})
		entries = append(entries, entryOf(id, fmt.Sprintf("2026-01-23T10:%02d:00Z", i), "/"+id))
	}
	s.put("/feed", page{body: feedOf(entries...), etag: `"same"`})
	for _, want := range []int{20, 40, 45, 45} {
		w.round()
		if got := len(w.received()); got != want {
			t.Fatalf("%d came, want %d", got, want)
		}
	}
	s.since()
	w.round()
	if asked := s.since(); len(asked) != 1 {
		t.Errorf("asked for %v", asked)
	}
}

// A stop of the program is no failure of a feed; a feed named twice is asked once.
func TestAStopIsNoFailure(t *testing.T) {
	w, s := newWorld(t, sqldbtest.Open(t, sqldb.SQLite)), newSite(t)
	w.follow(s, "/now.xml", "/now.xml")
	s.put("/now.xml", page{body: string(written(t, w.alertOf("1", nil)))})
	if h := w.round(); h.OK.IsZero() {
		t.Errorf("%+v", h)
	}
	if asked := s.since(); len(asked) != 1 {
		t.Errorf("asked for %v", asked)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := w.Poll(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	list, err := w.Feeds(t.Context(), w.command())
	if err != nil || len(list) != 1 || !list[0].Failing.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestFeedsThatAreRefusedAtOnce(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	for address, code := range map[string]string{
		"http://127.0.0.1:8090/feed": "alert.feed.private", "http://alerts.example/feed": "alert.feed.not_https", "https://user:word@alerts.example/": "alert.feed.bad_url",
		"file:///etc/passwd": "alert.feed.bad_url", "https://169.254.169.254/latest": "alert.feed.private", "https://alerts.example/feed": "", ":": "alert.feed.bad_url",
	} {
		o := w.options
		o.Feeds = []string{address}
		if _, err := alert.New(o); (err == nil) != (code == "") || err != nil && errs.CodeOf(err) != code {
			t.Errorf("%s: %v", address, err)
		}
	}
	o := w.options
	o.Allow = []string{"10.0.0.1"}
	if _, err := alert.New(o); errs.CodeOf(err) != "alert.feed.bad_allow" {
		t.Errorf("allowing a host without its port: %v", err)
	}
}

func TestWhoSeesFeeds(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	if _, err := w.Feeds(t.Context(), actor(auth.Lead, w.village)); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a lead: %v", err)
	}
}
