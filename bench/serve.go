package bench

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"bilin/internal/demo"
)

// site serves a handler over loopback and notes how long it took.
type site struct {
	addr string
	srv  *http.Server

	mu   sync.Mutex
	each []time.Duration
}

func serve(h http.Handler) (*site, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{addr: ln.Addr().String()}
	s.srv = &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		h.ServeHTTP(w, r)
		took := time.Since(begin)
		s.mu.Lock()
		s.each = append(s.each, took)
		s.mu.Unlock()
	})}
	go func() { _ = s.srv.Serve(ln) }() // ends with close
	return s, nil
}

// took returns how long the requests since the last call took in the server.
func (s *site) took() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	each := s.each
	s.each = nil
	return each
}

func (s *site) close() error { return s.srv.Close() }

// login logs a demo login in and returns its cookie.
func login(h http.Handler, name string) (string, error) {
	form := url.Values{"login": {name}, "password": {demo.Password}}
	r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if strings.HasSuffix(c.Name, "bilin") && c.Value != "" {
			return c.Name + "=" + c.Value, nil
		}
	}
	return "", errors.New("no login as " + name)
}

// loginAt is login on a server elsewhere.
func loginAt(ctx context.Context, addr, name string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	form := url.Values{"login": {name}, "password": {demo.Password}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	if err := discard(answer.Body); err != nil {
		return "", err
	}
	for _, c := range answer.Cookies() {
		if strings.HasSuffix(c.Name, "bilin") && c.Value != "" {
			return c.Name + "=" + c.Value, nil
		}
	}
	return "", errors.New("no login as " + name)
}
