package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type metrics struct {
	requests *prometheus.HistogramVec
	handler  http.Handler
}

func newMetrics(reg *prometheus.Registry) *metrics {
	m := &metrics{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "bilin_http_request_seconds",
		Help:    "Time to answer a request, by route.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "method", "status"})}
	for _, c := range []prometheus.Collector{m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		_ = reg.Register(c) // the application may have registered the Go and process figures itself
	}
	m.handler = promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	return m
}

// observe counts by route pattern, so that the number of series stays bounded.
func (m *metrics) observe(pattern, method string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(pattern, method, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	_ = writeJSON(w, http.StatusOK, map[string]string{"status": "ok"}) // the prober may have gone
}

// stateHeader says in one word, to what looks at /readyz, that the city is only read.
const stateHeader = "Bilin-State"

// readyz is red while nothing can be served. While the disk is full the city is
// read by many and works again by itself, so it stays green, and says so: were
// it red, the only replica would be taken away from everybody.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if err := s.ready(r.Context()); err != nil {
		s.state(r).cause = err
		_ = writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "not ready"})
		return
	}
	state := "ready"
	if s.notice() != "" {
		state = "read-only"
	}
	w.Header().Set(stateHeader, state)
	_ = writeJSON(w, http.StatusOK, map[string]string{"status": state})
}
