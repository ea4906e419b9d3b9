package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
)

var word = gateway.Message{ID: "0198", To: "12900000001", Text: "您的诉求已办结"}

// server is a gateway that answers as fn says, and the sender that speaks to it.
func server(t *testing.T, cfg gateway.Config, fn http.HandlerFunc) gateway.Sender {
	t.Helper()
	s := httptest.NewServer(fn)
	t.Cleanup(s.Close)
	cfg.URL, cfg.Allow = s.URL+"/send", []string{strings.TrimPrefix(s.URL, "http://")}
	sender, err := gateway.NewHTTP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func TestWhatIsPosted(t *testing.T) {
	t.Parallel()
	sender := server(t, gateway.Config{Token: "geheim"}, func(w http.ResponseWriter, r *http.Request) {
		var got map[string]string
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		if r.Method != http.MethodPost || r.URL.Path != "/send" || r.Header.Get("Authorization") != "Bearer geheim" ||
			r.Header.Get("Idempotency-Key") != word.ID || len(got) != 3 ||
			got["id"] != word.ID || got["to"] != word.To || got["text"] != word.Text {
			t.Errorf("%s %s %v %v", r.Method, r.URL, r.Header, got)
		}
		w.WriteHeader(http.StatusAccepted)
	})
	if err := sender.Send(t.Context(), word); err != nil {
		t.Error(err)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	var status atomic.Int64
	sender := server(t, gateway.Config{}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) })
	for code, want := range map[int]string{
		200: "", 201: "", 204: "", 409: "", 400: "gateway.refused", 422: "gateway.refused", 413: "gateway.refused",
		401: "gateway.not_us", 403: "gateway.not_us", 404: "gateway.not_us", 304: "gateway.not_us",
		408: "gateway.busy", 429: "gateway.busy", 500: "gateway.busy", 503: "gateway.busy",
	} {
		status.Store(int64(code))
		err := sender.Send(t.Context(), word)
		switch {
		case want == "" && err != nil, want != "" && errs.CodeOf(err) != want:
			t.Errorf("%d: %v", code, err)
		case want != "" && (errs.KindOf(err) == errs.Invalid) != (want == "gateway.refused"):
			t.Errorf("%d: kind %v", code, errs.KindOf(err))
		case err != nil && (strings.Contains(err.Error(), word.To) || strings.Contains(err.Error(), word.Text)):
			t.Errorf("%d: the error names the person: %v", code, err)
		}
	}
}

// Number and token go to whom the administrator named, and nobody else.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	t.Cleanup(elsewhere.Close)
	sender := server(t, gateway.Config{}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	if err := sender.Send(t.Context(), word); errs.KindOf(err) != errs.Unavailable {
		t.Error(err)
	}
}

func TestASilentGatewayIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	sender := server(t, gateway.Config{Timeout: 20 * time.Millisecond}, func(http.ResponseWriter, *http.Request) { <-hang })
	defer close(hang)
	if err := sender.Send(t.Context(), word); errs.CodeOf(err) != "gateway.down" {
		t.Error(err)
	}
}

func TestAClosedGatewayMayOpenAgain(t *testing.T) {
	t.Parallel()
	sender, err := gateway.NewHTTP(gateway.Config{URL: "http://127.0.0.1:1/s3cret", Allow: []string{"127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	err = sender.Send(t.Context(), word)
	if errs.CodeOf(err) != "gateway.down" || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cfg  gateway.Config
		code string
	}{
		"nothing":         {gateway.Config{}, "gateway.bad_url"},
		"no scheme":       {gateway.Config{URL: "sms.example.cn/send"}, "gateway.bad_url"},
		"a file":          {gateway.Config{URL: "file:///etc/passwd"}, "gateway.bad_url"},
		"password in it":  {gateway.Config{URL: "https://a:b@sms.example.cn/"}, "gateway.bad_url"},
		"loopback":        {gateway.Config{URL: "https://127.0.0.1/send"}, "gateway.private"},
		"localhost":       {gateway.Config{URL: "http://localhost:8090/send"}, "gateway.private"},
		"private":         {gateway.Config{URL: "https://10.1.2.3/send"}, "gateway.private"},
		"cloud metadata":  {gateway.Config{URL: "http://169.254.169.254/"}, "gateway.private"},
		"IPv6 loopback":   {gateway.Config{URL: "https://[::1]/send"}, "gateway.private"},
		"other port":      {gateway.Config{URL: "http://127.0.0.1:8091/", Allow: []string{"127.0.0.1:8090"}}, "gateway.private"},
		"in the open":     {gateway.Config{URL: "http://sms.example.cn/send"}, "gateway.not_https"},
		"allow no port":   {gateway.Config{URL: "https://sms.example.cn/", Allow: []string{"10.0.0.1"}}, "gateway.bad_allow"},
		"public":          {gateway.Config{URL: "https://sms.example.cn:8443/send"}, ""},
		"own network":     {gateway.Config{URL: "http://SMS.lan:8090/", Allow: []string{" sms.lan:8090 "}}, ""},
		"allowed default": {gateway.Config{URL: "http://10.1.2.3/", Allow: []string{"10.1.2.3:80"}}, ""},
	} {
		_, err := gateway.NewHTTP(c.cfg)
		if c.code == "" && err != nil || c.code != "" && errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}
