package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkPage measures a whole page of components through all middleware.
func BenchmarkPage(b *testing.B) {
	for name, accept := range map[string]string{"plain": "", "gzip": "gzip"} {
		b.Run(name, func(b *testing.B) {
			h := demoServer(b).Handler()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Accept-Encoding", accept)
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

// BenchmarkNotFound measures the middleware with the smallest page there is.
func BenchmarkNotFound(b *testing.B) {
	h := demoServer(b).Handler()
	r := httptest.NewRequest(http.MethodGet, "/api/none", nil)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
