package loopback_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
)

// post sends a request to a gateway and returns status and body.
func post(t *testing.T, g http.Handler, path, body string, header ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

var pushed = []string{"TTL", "60", "Content-Encoding", "aes128gcm", "Authorization", "vapid t=a.b.c, k=d", "Topic", "abc"}

func TestEveryKindIsCountedApart(t *testing.T) {
	t.Parallel()
	var told sync.Map
	g := loopback.New(loopback.Options{OnReceive: func(m loopback.Received) { told.Store(string(m.Kind)+m.To, m) }})
	for range 2 {
		post(t, g, "/send", `{"id":"1","to":"a","text":"x"}`)
		post(t, g, "/voice", `{"id":"1","to":"b","text":"x","kind":"voice"}`)
		post(t, g, "/send", `{"id":"2","to":"c","text":"x","kind":"voice"}`)
		post(t, g, "/push/d", "\x01\x02", pushed...)
	}
	if code, body := post(t, g, "/group?key=e", `{"msgtype":"text","text":{"content":"集合"}}`); code != 200 || !strings.Contains(body, `"errcode":0`) {
		t.Errorf("%d %s", code, body)
	}
	for kind, want := range map[gateway.Kind]loopback.Totals{
		gateway.SMS: {Taken: 1, Repeats: 1}, gateway.Voice: {Taken: 2, Repeats: 2}, gateway.Push: {Taken: 1, Repeats: 1}, gateway.Group: {Taken: 1},
	} {
		if got := g.Totals(kind); got != want {
			t.Errorf("%s: %+v", kind, got)
		}
	}
	for _, key := range []string{"smsa", "voiceb", "voicec", "pushd", "groupe"} {
		if _, ok := told.Load(key); !ok {
			t.Errorf("%s wasn't told", key)
		}
	}
}

func TestPushIsTakenAsTheStandardHasIt(t *testing.T) {
	t.Parallel()
	g := loopback.New(loopback.Options{})
	if code, _ := post(t, g, "/push/x", "\x01", pushed...); code != http.StatusCreated {
		t.Errorf("a notification: %d", code)
	}
	if got := g.Received(1); !bytes.Equal(got[0].Body, []byte{1}) || got[0].To != "x" {
		t.Errorf("%+v", got)
	}
	for name, c := range map[string]struct {
		header []string
		body   string
		want   int
	}{
		"no TTL":        {pushed[2:], "x", 400},
		"in the open":   {append([]string{"TTL", "1"}, pushed[4:]...), "x", 400},
		"from nobody":   {pushed[:4], "x", 401},
		"far too large": {pushed, strings.Repeat("x", 4097), 400},
	} {
		if code, _ := post(t, g, "/push/x", c.body, c.header...); code != c.want {
			t.Errorf("%s: %d", name, code)
		}
	}
	g.Set(loopback.Settings{Refuse: "x"}, gateway.Push)
	if code, _ := post(t, g, "/push/x", "\x01", pushed...); code != http.StatusGone {
		t.Errorf("a subscription that is over: %d", code)
	}
	g.Set(loopback.Settings{Refuse: "x", Status: http.StatusNotFound}, gateway.Push)
	if code, _ := post(t, g, "/push/x", "\x01", pushed...); code != http.StatusNotFound {
		t.Errorf("one that never was: %d", code)
	}
}

func TestTroublesOfOneKind(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	g := loopback.New(loopback.Options{Now: func() time.Time { return now }, Kinds: map[gateway.Kind]loopback.Settings{
		gateway.Voice: {Lose: 100}, gateway.SMS: {Rate: 2}, gateway.Group: {Rate: 1},
	}})
	var got []int
	for n := range 4 {
		code, _ := post(t, g, "/send", fmt.Sprintf(`{"id":"%d","to":"a","text":"x"}`, n))
		got = append(got, code)
	}
	if fmt.Sprint(got) != "[202 202 429 429]" || g.Totals(gateway.SMS).Limited != 2 {
		t.Errorf("two a second: %v", got)
	}
	now = now.Add(time.Second)
	if code, _ := post(t, g, "/send", `{"id":"3","to":"a","text":"x"}`); code != http.StatusAccepted {
		t.Errorf("a second later: %d", code)
	}
	if code, _ := post(t, g, "/voice", `{"id":"1","to":"a","text":"x"}`); code != 503 || g.Totals(gateway.Voice).Taken != 1 {
		t.Errorf("a lost answer: %d, %+v", code, g.Totals(gateway.Voice))
	}
	post(t, g, "/group", `{"text":{"content":"x"}}`)
	if _, body := post(t, g, "/group", `{"text":{"content":"x"}}`); !strings.Contains(body, "45009") {
		t.Error(body)
	}
	if p := g.Picture(); p.Now != 2 || p.Most != 3 || len(p.Bars) != 60 || p.Bars[59].N != 3 || p.Bars[58].N != 2 || p.Bars[57].N != 0 {
		t.Errorf("%+v", p)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	g := loopback.New(loopback.Options{Settings: loopback.Settings{Silent: true}})
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	sender, err := gateway.NewHTTP(gateway.Config{URL: s.URL + "/send", Timeout: 30 * time.Millisecond, Allow: []string{strings.TrimPrefix(s.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), message(1)); errs.CodeOf(err) != "gateway.down" || g.Totals().Taken != 0 {
		t.Error(err)
	}
}

func TestSeveralInOneCall(t *testing.T) {
	t.Parallel()
	g := loopback.New(loopback.Options{Settings: loopback.Settings{Refuse: "9"}})
	code, body := post(t, g, "/send", `{"messages":[{"id":"1","to":"1","text":"x"},{"id":"1","to":"1","text":"x"},{"id":"2","to":"9","text":"x"},{"id":"3"}]}`)
	if want := `{"results":[{"id":"1","status":202},{"id":"1","status":409},{"id":"2","status":422},{"id":"3","status":400}]}`; code != 200 || strings.TrimSpace(body) != want {
		t.Errorf("%d %s", code, body)
	}
}

// What was taken is reported delivered; while nobody listens it waits.
func TestDeliveryReports(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	got := make(chan gateway.Report, 10)
	bilin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 || r.Header.Get("Authorization") != "Bearer t" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		list, err := gateway.ParseReports(r.Body, time.Now())
		if err != nil {
			t.Error(err)
		}
		for _, one := range list {
			got <- one
		}
	}))
	t.Cleanup(bilin.Close)
	g := loopback.New(loopback.Options{Reports: loopback.Reports{URL: bilin.URL, Token: "t", After: 20 * time.Millisecond}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	post(t, g, "/send", `{"id":"s","to":"a","text":"x"}`)
	post(t, g, "/voice", `{"id":"v","to":"a","text":"x"}`)
	post(t, g, "/group", `{"text":{"content":"x"}}`)
	for _, want := range []string{"s", "v"} {
		if r := <-got; r.ID != want || r.State != gateway.Delivered || r.At.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := loopback.New(loopback.Options{}).Run(t.Context()); err != nil {
		t.Error(err)
	}
	if err := loopback.New(loopback.Options{Reports: loopback.Reports{URL: "nowhere"}}).Run(t.Context()); errs.CodeOf(err) != "gateway.bad_url" {
		t.Error(err)
	}
}

func TestSettingsOfOneKindFromThePage(t *testing.T) {
	t.Parallel()
	g, _, base := line(t, loopback.Options{}, "")
	res, err := http.PostForm(base, url.Values{"kind": {"voice"}, "fail": {"1"}, "lose": {"2"}, "rate": {"3"}, "silent": {"1"}, "lang": {"en"}})
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if g.Settings(gateway.Voice) != (loopback.Settings{Fail: 1, Lose: 2, Rate: 3, Silent: true}) || g.Settings(gateway.SMS) != (loopback.Settings{}) {
		t.Errorf("%+v", g.Settings(gateway.Voice))
	}
	for _, want := range []string{"silent", "1% fail", "3 a second at most", "Short message", "Half of what fails", `<option value="voice" selected>`, `name="lose" type="number" min="0" max="100" value="2"`, `value="1" checked`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%q isn't on the page", want)
		}
	}
	var list struct{ Kinds map[string]loopback.Totals }
	if err := json.Unmarshal([]byte(get(t, base+"/messages")), &list); err != nil || len(list.Kinds) != 4 {
		t.Errorf("%+v, %v", list, err)
	}
	if !strings.Contains(get(t, base+"/?live=1"), `http-equiv="refresh"`) {
		t.Error("a live page stands still")
	}
	res, err = http.PostForm(base, url.Values{"kind": {"pigeon"}, "fail": {"1"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Error(res.Status)
	}
}
