package gateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bilin/internal/gateway"
)

// A message that was surely not taken is told apart from one that may have been.
func TestUntouched(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Idempotency-Key") {
		case "429":
			w.WriteHeader(http.StatusTooManyRequests)
		case "403":
			w.WriteHeader(http.StatusForbidden)
		case "503":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "slow":
			time.Sleep(200 * time.Millisecond)
		default:
			panic(http.ErrAbortHandler) // the answer is lost
		}
	}))
	defer server.Close()
	sender := func(address string) gateway.Sender {
		s, err := gateway.NewHTTP(gateway.Config{URL: address, Allow: []string{strings.TrimPrefix(address, "http://")}, Timeout: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for id, want := range map[string]bool{"429": true, "403": true, "503": false, "slow": false, "lost": false} {
		err := sender(server.URL).Send(context.Background(), gateway.Message{ID: id, To: "12900000001", Text: "x"})
		if err == nil || gateway.Untouched(err) != want {
			t.Errorf("%s: %v is untouched: %v", id, err, !want)
		}
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	if err := sender(gone.URL).Send(context.Background(), gateway.Message{ID: "x", To: "12900000001", Text: "x"}); !gateway.Untouched(err) {
		t.Errorf("nobody is there: %v", err)
	}
	if gateway.Untouched(nil) {
		t.Error("no error")
	}
}
