package loopback_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
)

// line is a loopback gateway and what sends to it over HTTP.
func line(t *testing.T, opt loopback.Options, token string) (*loopback.Gateway, gateway.Sender, string) {
	t.Helper()
	g := loopback.New(opt)
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	sender, err := gateway.NewHTTP(gateway.Config{URL: s.URL + "/send", Token: token, Allow: []string{strings.TrimPrefix(s.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	return g, sender, s.URL
}

func message(n int) gateway.Message {
	return gateway.Message{ID: fmt.Sprint("m", n), To: fmt.Sprint("1290000000", n%10), Text: "您的诉求已办结"}
}

func TestTheSameIsTakenOnce(t *testing.T) {
	t.Parallel()
	g, sender, _ := line(t, loopback.Options{}, "")
	for range 3 {
		if err := sender.Send(t.Context(), message(1)); err != nil {
			t.Fatal(err)
		}
	}
	got := g.Received(10)
	if len(got) != 1 || got[0].Repeats != 2 || got[0].Changed || g.Totals() != (loopback.Totals{Taken: 1, Repeats: 2}) {
		t.Errorf("%+v, %+v", got, g.Totals())
	}
	other := message(1)
	other.Text = "别的话"
	if err := sender.Send(t.Context(), other); err != nil || !g.Received(1)[0].Changed {
		t.Errorf("another text with the same ID goes unnoticed: %v", err)
	}
}

func TestItFailsAsOftenAsTold(t *testing.T) {
	t.Parallel()
	g, sender, _ := line(t, loopback.Options{Settings: loopback.Settings{Fail: 100}}, "")
	for n := range 20 {
		if err := sender.Send(t.Context(), message(n)); errs.KindOf(err) != errs.Unavailable {
			t.Fatal(err)
		}
	}
	if taken := g.Totals().Taken; g.Totals().Failed != 20 || taken == 0 || taken == 20 {
		t.Errorf("%+v: some failures should come after the message was taken", g.Totals())
	}
	g.Set(loopback.Settings{Refuse: "7"})
	var failed error
	for n := range 20 {
		failed = errors.Join(failed, sender.Send(t.Context(), message(100+n)))
	}
	if errs.KindOf(failed) != errs.Invalid || g.Totals().Refused != 2 {
		t.Errorf("%v, %+v", failed, g.Totals())
	}
}

func TestItWaitsAsLongAsTold(t *testing.T) {
	t.Parallel()
	_, sender, _ := line(t, loopback.Options{Settings: loopback.Settings{Delay: 60 * time.Millisecond}}, "")
	begin := time.Now()
	if err := sender.Send(t.Context(), message(1)); err != nil || time.Since(begin) < 60*time.Millisecond {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
}

func TestATokenIsWanted(t *testing.T) {
	t.Parallel()
	g, sender, _ := line(t, loopback.Options{Token: "right"}, "wrong")
	if err := sender.Send(t.Context(), message(1)); errs.CodeOf(err) != "gateway.not_us" || g.Totals().Taken != 0 {
		t.Error(err)
	}
	_, sender, _ = line(t, loopback.Options{Token: "right"}, "right")
	if err := sender.Send(t.Context(), message(1)); err != nil {
		t.Error(err)
	}
}

func TestItRemembersABoundedNumber(t *testing.T) {
	t.Parallel()
	g := loopback.New(loopback.Options{})
	const many = 250_500
	for from := 0; from < many; from += 1000 {
		var list []string
		for n := from; n < min(from+1000, many); n++ {
			list = append(list, fmt.Sprintf(`{"id":"m%d","to":"1","text":"x"}`, n))
		}
		r := httptest.NewRequest(http.MethodPost, "/send", strings.NewReader(`{"messages":[`+strings.Join(list, ",")+`]}`))
		g.ServeHTTP(httptest.NewRecorder(), r)
	}
	got := g.Received(1 << 30)
	if len(got) != 250_000 || got[0].ID != "m250499" || g.Totals().Taken != many {
		t.Fatalf("%d kept, %+v", len(got), g.Totals())
	}
	if got[9_999].Text != "x" || got[10_000].Text != "" {
		t.Errorf("texts are kept of more or fewer than 10,000: %+v, %+v", got[9_999], got[10_000])
	}
	for id, want := range map[string]int{"m499": http.StatusAccepted, "m600": http.StatusConflict} { // forgotten, known
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/send", strings.NewReader(`{"id":"`+id+`","to":"1","text":"x"}`)))
		if w.Code != want {
			t.Errorf("%s again: %d", id, w.Code)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res.Status, err)
	}
	return string(body)
}

func TestThePage(t *testing.T) {
	t.Parallel()
	g, sender, base := line(t, loopback.Options{}, "")
	if !strings.Contains(get(t, base), "--gateway-allow "+strings.TrimPrefix(base, "http://")) {
		t.Error("an empty page doesn't say how to begin")
	}
	m := message(1)
	m.Text = "<script>alert(1)</script>"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	zh, en := get(t, base), get(t, base+"/?lang=en")
	if !strings.Contains(zh, "试用网关") || !strings.Contains(en, "Trial gateway") || !strings.Contains(zh, "&lt;script&gt;") {
		t.Error(zh, en)
	}
	for _, body := range []string{zh, en} {
		if strings.Contains(body, "⟦") || strings.Contains(body, "<script") {
			t.Error(body)
		}
	}
	var list struct {
		Taken    int
		Messages []loopback.Received
	}
	if err := json.Unmarshal([]byte(get(t, base+"/messages")), &list); err != nil || list.Taken != 1 || list.Messages[0].Text != m.Text {
		t.Errorf("%+v, %v", list, err)
	}
	if g.Settings(gateway.SMS) != (loopback.Settings{}) {
		t.Error(g.Settings(gateway.SMS))
	}
}

func TestSettingsFromThePage(t *testing.T) {
	t.Parallel()
	g, _, base := line(t, loopback.Options{}, "")
	for _, c := range []struct {
		fail, delay string
		want        int
	}{{"50", "20", 200}, {"101", "0", 422}, {"-1", "0", 422}, {"1", "60001", 422}, {"x", "", 422}} {
		res, err := http.PostForm(base, url.Values{"fail": {c.fail}, "delay": {c.delay}, "refuse": {"00"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("%+v: %s", c, res.Status)
		}
	}
	if g.Settings(gateway.Push) != g.Settings(gateway.SMS) {
		t.Error("without a kind the settings are of all")
	}
	if g.Settings(gateway.SMS) != (loopback.Settings{Fail: 50, Delay: 20 * time.Millisecond, Refuse: "00"}) {
		t.Error(g.Settings(gateway.SMS))
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base, strings.NewReader("fail=100&delay=0"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden || g.Settings(gateway.SMS).Fail != 50 {
		t.Error("another site changed the settings")
	}
}
