package situationweb

import (
	"bytes"
	"net/http"
	"sync"
)

// mostKept bounds how many parts of pages are kept.
const mostKept = 256

// kept holds parts of pages that thousands of screens ask for at once.
type kept struct {
	mu    sync.Mutex
	parts map[string][]byte
}

func (k *kept) get(key string) ([]byte, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	body, ok := k.parts[key]
	return body, ok
}

func (k *kept) put(key string, body []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.parts) >= mostKept || k.parts == nil {
		k.parts = map[string][]byte{}
	}
	k.parts[key] = body
}

// part answers a part of a page, made once for its key.
func (p *Pages) part(w http.ResponseWriter, r *http.Request, key, define string, data func() (any, error)) error {
	key = p.web.Locale(r) + " " + key
	body, ok := p.kept.get(key)
	if !ok {
		d, err := data()
		if err != nil {
			return err
		}
		page := &recorder{header: http.Header{}}
		plain := r.Clone(r.Context())
		plain.Method = http.MethodGet
		plain.Header.Del("Accept-Encoding")
		if err := p.web.RenderPart(page, plain, "situation/board", define, d); err != nil {
			return err
		}
		body = page.body.Bytes()
		p.kept.put(key, body)
	}
	w.Header().Set("Cache-Control", "private, max-age=60")
	return p.web.Send(w, r, http.StatusOK, "text/html; charset=utf-8", body)
}

// recorder takes a page as it is written.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(int)             {}
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
