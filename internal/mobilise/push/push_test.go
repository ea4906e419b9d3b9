package push_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
	"bilin/internal/mobilise/push"
	"bilin/internal/mobilise/push/pushtest"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a push service of browsers, and ours that writes to it.
type world struct {
	*push.Service
	testing.TB
	db     *sqldb.DB
	fake   *pushtest.Service
	url    string
	keys   string
	now    time.Time
	sealer *seal.Sealer
	log    *audit.Log
}

// nowhere is an Ancestry without a city.
type nowhere struct{}

func (nowhere) Contains(string, string) bool { return false }
func (nowhere) RootID() string               { return "" }

func newWorld(t testing.TB, db *sqldb.DB, change ...func(*push.Options)) *world {
	t.Helper()
	w := &world{TB: t, db: db, fake: pushtest.New(), keys: t.TempDir(), now: time.Date(2026, 1, 20, 4, 0, 0, 0, time.UTC)}
	server := httptest.NewServer(w.fake)
	t.Cleanup(server.Close)
	w.url = server.URL
	var err error
	w.sealer, err = seal.Open(w.keys)
	ok(t, err)
	w.log, err = audit.Open(db, audit.Options{Dir: t.TempDir()})
	ok(t, err)
	w.Service = w.open(change...)
	return w
}

func (w *world) open(change ...func(*push.Options)) *push.Service {
	w.Helper()
	o := push.Options{
		DB: w.db, Policy: auth.NewPolicy(nowhere{}, push.Rules), Sealer: w.sealer, Audit: w.log, KeysDir: w.keys, Contact: "mailto:duty@example.cn",
		Allow: []string{strings.TrimPrefix(w.url, "http://")}, Now: func() time.Time { return w.now }, Logger: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&o)
	}
	s, err := push.New(o)
	ok(w, err)
	return s
}

func who(person string) auth.Actor {
	return auth.Actor{AccountID: "a-" + person, PersonID: person, Name: "某某"}
}

// subscribe has a person hear of call-outs in a browser.
func (w *world) subscribe(person, browser string) {
	w.Helper()
	b := w.fake.Browser(browser)
	w.now = w.now.Add(time.Second)
	ok(w, w.Subscribe(w.Context(), who(person), push.Subscribe{
		Key: sqldb.NewID(), Endpoint: w.url + "/" + browser, P256dh: b.P256dh(), Auth: b.Auth(), Device: "Android/Chrome",
	}))
}

var call = gateway.Message{ID: "o-1/7/1/push", Kind: gateway.Push, To: "p1", Title: "【应急】冰冻", Text: "请到村部集合。", URL: "/o/abc", Tag: "o-1"}

// send notifies and returns the code of what went wrong.
func (w *world) send(m gateway.Message) string {
	w.Helper()
	if err := w.Send(w.Context(), m); err != nil {
		return errs.CodeOf(err)
	}
	return ""
}

// got returns what the browsers read since the last look, as "browser: text".
func (w *world) got(from int) (list []string) {
	w.Helper()
	all, err := w.fake.Notifications()
	ok(w, err)
	for _, n := range all[from:] {
		var p map[string]string
		ok(w, json.Unmarshal(n.Payload, &p))
		list = append(list, n.Browser+": "+p["text"])
	}
	slices.Sort(list)
	return list
}

func TestWhatABrowserReads(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.subscribe("p1", "phone")
		if code := w.send(call); code != "" {
			t.Fatal(code)
		}
		all, err := w.fake.Notifications()
		ok(t, err)
		n := all[0]
		var p map[string]string
		ok(t, json.Unmarshal(n.Payload, &p))
		if len(all) != 1 || n.Browser != "phone" || n.Urgency != "high" || n.TTL != 12*3600 || n.Subject != "mailto:duty@example.cn" || len(n.Topic) != 32 ||
			len(p) != 5 || p["title"] != call.Title || p["text"] != call.Text || p["url"] != call.URL || p["id"] != n.Topic || p["tag"] == "" || p["tag"] == p["id"] {
			t.Errorf("%+v %v", n, p)
		}
		again := call
		again.ID, again.Text = "o-1/7/2/push", "改到学校集合。"
		w.send(call)
		w.send(again)
		all, err = w.fake.Notifications()
		ok(t, err)
		var q map[string]string
		ok(t, json.Unmarshal(all[2].Payload, &q))
		if all[1].Topic != n.Topic || all[2].Topic == n.Topic || q["tag"] != p["tag"] || q["id"] == p["id"] {
			t.Errorf("a repeat has the same topic, an edition another, both the same tag: %v, %v", p, q)
		}
		var stored string
		ok(t, db.Reader().QueryRowContext(t.Context(), `SELECT sealed || endpoint_index || device FROM push_subscription`).Scan(&stored))
		if strings.Contains(stored, "127.0.0.1") || strings.Contains(stored, w.fake.Browser("phone").Auth()) {
			t.Errorf("readable in the database: %s", stored)
		}
		info, err := os.Stat(filepath.Join(w.keys, "push.json"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	})
}

func TestBrowsersComeAndGo(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		for i := range 7 {
			w.subscribe("p1", fmt.Sprint("b", i))
		}
		w.subscribe("p2", "b6") // the telephone has another owner
		w.subscribe("p1", "b2")
		w.send(call)
		if got := w.got(0); strings.Join(got, ",") != "b2: 请到村部集合。,b3: 请到村部集合。,b4: 请到村部集合。,b5: 请到村部集合。" {
			t.Errorf("at most five, and no other's: %v", got)
		}
		mine, err := w.Mine(t.Context(), who("p1"))
		if err != nil || len(mine) != 4 || mine[0].Device != "Android/Chrome" || mine[0].Mark == "" || !mine[0].At.Equal(w.now) {
			t.Errorf("%+v, %v", mine, err)
		}
		ok(t, w.Unsubscribe(t.Context(), who("p2"), push.Unsubscribe{ID: mine[0].ID})) // not theirs
		if again, err := w.Mine(t.Context(), who("p1")); err != nil || len(again) != 4 {
			t.Errorf("somebody else took it away: %v", err)
		}
		w.fake.Answer("b3", http.StatusGone)
		w.fake.Answer("b4", http.StatusNotFound)
		if code := w.send(call); code != "" {
			t.Errorf("two of four are gone: %s", code)
		}
		if mine, err = w.Mine(t.Context(), who("p1")); err != nil || len(mine) != 2 {
			t.Errorf("%+v, %v", mine, err)
		}
		for _, b := range mine {
			ok(t, w.Unsubscribe(t.Context(), who("p1"), push.Unsubscribe{Key: "k" + b.ID, ID: b.ID}))
		}
		if code := w.send(call); code != "push.none" {
			t.Errorf("none is left: %q", code)
		}
		for action, want := range map[string]int{"push.subscribe": 9, "push.unsubscribe": 2, "push.gone": 2} {
			page, err := w.log.Page(t.Context(), audit.Filter{Action: action}, "", 20)
			if err != nil || len(page.Records) != want || strings.Contains(page.Records[0].Detail, "127.0.0.1") {
				t.Errorf("%s: %d rows, %v", action, len(page.Records), err)
			}
		}
	})
}

// What a push service says decides whether the message is tried again, goes by
// another channel, or ends the subscription.
func TestWhatPushServicesSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	w.subscribe("p1", "phone")
	for status, want := range map[int]string{429: "gateway.busy", 503: "gateway.busy", 400: "push.refused", 403: "push.refused", 413: "push.refused", 302: "push.refused"} {
		w.fake.Answer("phone", status)
		err := w.Send(t.Context(), call)
		if errs.CodeOf(err) != want || (errs.KindOf(err) == errs.Invalid) != (want == "push.refused") || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%d: %v", status, err)
		}
	}
	w.subscribe("p1", "tablet")
	for answers, want := range map[[2]int]string{{503, 403}: "gateway.busy", {410, 503}: "gateway.busy", {403, 0}: ""} {
		w.subscribe("p1", "phone")
		w.fake.Answer("phone", answers[0])
		w.fake.Answer("tablet", answers[1])
		if code := w.send(call); code != want {
			t.Errorf("%v: %q", answers, code)
		}
	}
	w.fake.Answer("phone", 410)
	w.fake.Answer("tablet", 410)
	if err := w.Send(t.Context(), call); errs.KindOf(err) != errs.Invalid || errs.CodeOf(err) != "push.none" {
		t.Errorf("all gone: %v", err)
	}
	if has, err := w.Has(t.Context(), []string{"p1"}); err != nil || has["p1"] {
		t.Errorf("%v, %v", has, err)
	}
}

func TestMany(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		var list []gateway.Message
		var ids []string
		for i := range 700 {
			id := fmt.Sprint("p", i)
			ids = append(ids, id)
			list = append(list, gateway.Message{ID: "m" + id, To: id, Text: "x"})
		}
		for i := range 20 {
			w.subscribe(ids[i*7], fmt.Sprint("b", i))
		}
		w.subscribe("somebody else", "b20")
		said := make([]string, len(list))
		w.SendMany(t.Context(), list, func(i int, err error) {
			if said[i] = "taken"; err != nil {
				said[i] = errs.CodeOf(err)
			}
		})
		for i, got := range said {
			want := "push.none"
			if i%7 == 0 && i/7 < 20 {
				want = "taken"
			}
			if got != want {
				t.Errorf("%d: %q", i, got)
			}
		}
		for _, n := range []int{0, 50, 500, 700} {
			has, err := w.Has(t.Context(), ids[:n])
			if err != nil || len(has) != min(20, (n+6)/7) || has["somebody else"] {
				t.Errorf("of %d: %d, %v", n, len(has), err)
			}
		}
	})
}

// An address in our own network is taken neither when it is handed in nor, once
// it isn't allowed any more, when it is written to; nor does a name help that
// means one.
func TestInnerAddressesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	b := w.fake.Browser("phone")
	w.subscribe("p1", "phone")
	strict := w.open(func(o *push.Options) { o.Allow = nil })
	for _, at := range []string{
		w.url + "/phone", "https://127.0.0.1/x", "https://10.0.0.1/x", "https://169.254.169.254/latest", "https://[::1]/x", "https://localhost/x",
		"http://push.example.com/x", "https://push.example.com:8443/x", "https://u:p@push.example.com/x", "ftp://push.example.com/x", "https://" + strings.Repeat("x", 1000), "",
	} {
		err := strict.Subscribe(t.Context(), who("p2"), push.Subscribe{Endpoint: at, P256dh: b.P256dh(), Auth: b.Auth()})
		if errs.CodeOf(err) != "push.bad_browser" {
			t.Errorf("%s: %v", at, err)
		}
	}
	if err := strict.Send(t.Context(), call); errs.CodeOf(err) != "push.refused" {
		t.Errorf("written to all the same: %v", err)
	}
	if got := w.got(0); len(got) != 0 {
		t.Error(got)
	}
	ok(t, strict.Subscribe(t.Context(), who("p3"), push.Subscribe{Endpoint: "https://localhost.localdomain/x", P256dh: b.P256dh(), Auth: b.Auth()}))
	m := call
	m.To = "p3"
	if err := strict.Send(t.Context(), m); errs.CodeOf(err) != "gateway.down" {
		t.Errorf("a name for this machine: %v", err)
	}
}

func TestWhoMayAskAndForWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	b := w.fake.Browser("phone")
	good := push.Subscribe{Key: "k", Endpoint: w.url + "/phone", P256dh: b.P256dh(), Auth: b.Auth()}
	with := func(change func(*push.Subscribe)) push.Subscribe {
		c := good
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		who  auth.Actor
		cmd  push.Subscribe
		code string
	}{
		"nobody":            {auth.Actor{}, good, "auth.login_needed"},
		"an account alone":  {auth.Actor{AccountID: "admin"}, good, "push.nobody_to_call"},
		"no key":            {who("p1"), with(func(c *push.Subscribe) { c.P256dh = "" }), "push.bad_browser"},
		"a point elsewhere": {who("p1"), with(func(c *push.Subscribe) { c.P256dh = "B" + strings.Repeat("A", 86) }), "push.bad_browser"},
		"half a secret":     {who("p1"), with(func(c *push.Subscribe) { c.Auth = "AAAA" }), "push.bad_browser"},
		"no base64":         {who("p1"), with(func(c *push.Subscribe) { c.Auth = "?" }), "push.bad_browser"},
	} {
		if err := w.Subscribe(t.Context(), c.who, c.cmd); errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok(t, w.Subscribe(t.Context(), who("p1"), good))
	ok(t, w.Subscribe(t.Context(), who("p1"), good)) // pressed twice
	if mine, err := w.Mine(t.Context(), who("p1")); err != nil || len(mine) != 1 {
		t.Errorf("%v, %v", mine, err)
	}
	off := w.open(func(o *push.Options) { o.Contact = "" })
	if err := off.Subscribe(t.Context(), who("p2"), good); off.Ready() || errs.CodeOf(err) != "push.off" {
		t.Errorf("without an address of our own: %v", err)
	}
	if has, err := off.Has(t.Context(), []string{"p1"}); err != nil || len(has) != 0 {
		t.Errorf("%v, %v", has, err)
	}
	if err := off.Send(t.Context(), call); errs.CodeOf(err) != "push.none" {
		t.Error(err)
	}
}

// The trial gateway plays a push service: it knows a repeat, and a browser that
// is gone.
func TestTheTrialGatewayTakesNotices(t *testing.T) {
	t.Parallel()
	g := loopback.New(loopback.Options{})
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), func(o *push.Options) { o.Allow = []string{strings.TrimPrefix(server.URL, "http://")} })
	b := w.fake.Browser("phone")
	ok(t, w.Subscribe(t.Context(), who("p1"), push.Subscribe{Endpoint: server.URL + "/push/phone", P256dh: b.P256dh(), Auth: b.Auth()}))
	w.send(call)
	if code := w.send(call); code != "" || g.Totals(gateway.Push) != (loopback.Totals{Taken: 1, Repeats: 1}) {
		t.Errorf("%q, %+v", code, g.Totals(gateway.Push))
	}
	if text, err := b.Open(g.Received(1)[0].Body); err != nil || !strings.Contains(string(text), call.Text) {
		t.Errorf("%s, %v", text, err)
	}
	g.Set(loopback.Settings{Refuse: "phone"}, gateway.Push)
	if code := w.send(call); code != "push.none" {
		t.Error(code)
	}
	if mine, err := w.Mine(t.Context(), who("p1")); err != nil || len(mine) != 0 {
		t.Errorf("%+v, %v", mine, err)
	}
}

func TestTheKeyPairStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	first, err := w.PublicKey()
	ok(t, err)
	if again, err := w.open().PublicKey(); err != nil || again != first || len(first) != 87 {
		t.Errorf("%q, then %q, %v", first, again, err)
	}
	name := filepath.Join(w.keys, "push.json")
	raw, err := os.ReadFile(name)
	ok(t, err)
	for what, spoil := range map[string]func() error{
		"open to everybody": func() error { return os.Chmod(name, 0o644) },
		"halves of two": func() error {
			return os.WriteFile(name, []byte(strings.Replace(string(raw), first, strings.ToLower(first), 1)), 0o600)
		},
		"no key":             func() error { return os.WriteFile(name, []byte(`{"private":"AAAA","public":""}`), 0o600) },
		"not even a keyring": func() error { return os.WriteFile(name, []byte("?"), 0o600) },
	} {
		ok(t, os.Remove(name))
		ok(t, os.WriteFile(name, raw, 0o600))
		ok(t, spoil())
		if _, err := w.open().PublicKey(); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}
