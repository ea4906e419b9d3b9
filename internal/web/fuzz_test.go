package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// A form in parts is read whole or refused, within its bounds.
func FuzzUploads(f *testing.F) {
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"p\"; filename=\"a.jpg\"\r\n\r\nxx\r\n--x--\r\n"))
	f.Add([]byte("--x\r\n\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		form, err := ParseUploads(httptest.NewRecorder(), r, func(_ string, file io.Reader) error {
			_, err := io.Copy(io.Discard, file)
			return err
		})
		if err == nil && strings.ContainsRune(form.Lines("a", 100), 0) {
			t.Error("a NUL got through")
		}
	})
}

// Nobody is led away from this site.
func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/a?b=c", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/%2f/evil.example", "javascript:alert(1)"} {
		f.Add(s)
	}
	base, _ := url.Parse("https://bilin.example/login")
	f.Fuzz(func(t *testing.T, next string) {
		got := LocalPath(next)
		u, err := base.Parse(got)
		if err != nil || u.Host != "bilin.example" || u.Scheme != "https" || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") {
			t.Errorf("%q leads to %q", next, got)
		}
		for _, r := range got { // browsers drop these before they look
			if r == '\t' || r == '\n' || r == '\r' || r == '\\' {
				t.Errorf("%q leads to %q", next, got)
			}
		}
	})
}

// Headers of strangers: an address is one, or the peer's; nothing else comes of them.
func FuzzHeaders(f *testing.F) {
	f.Add("203.0.113.9, 10.0.0.1", "gzip;q=0, br", "zh-CN,zh;q=0.9", "eyJrIjoid2ViLm9rIn0")
	f.Add("::ffff:1.2.3.4, x", "gzip;q=a", "*;q=", "e30")
	s := &Server{opt: Options{TrustedProxy: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	f.Fuzz(func(t *testing.T, forwarded, encoding, language, flash string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.2:1234"
		r.Header["X-Forwarded-For"] = []string{forwarded}
		r.Header["Accept-Encoding"] = []string{encoding}
		r.Header["Accept-Language"] = []string{language}
		r.Header["Cookie"] = []string{"flash=" + flash}
		ip := s.clientIP(r)
		if _, err := netip.ParseAddr(ip); err != nil {
			t.Errorf("%q makes the client %q", forwarded, ip)
		}
		acceptsEncoding(r, "gzip")
		if note := readFlash(r, false, func(key string, _ ...any) string { return key }); note != nil && note.Text == "" {
			t.Error("a flash without words")
		}
	})
}
