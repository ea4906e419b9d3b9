package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// The build of assets/ goes here. Without it the program compiles and its
// tests run, but Run refuses: see assets.complete.
//
//go:embed all:dist
var dist embed.FS

// assets are the built styles and scripts, with the names they have on disk.
type assets struct {
	files fs.FS
	names map[string]string // "app.css" → "app.3f2a91c0.css"
}

var errNoAssets = errors.New("web: the styles and scripts are not built; run `make assets` and build again")

func openAssets(files fs.FS) (*assets, error) {
	if files == nil {
		files = Sub(dist, "dist")
	}
	a := &assets{files: files, names: map[string]string{}}
	raw, err := fs.ReadFile(files, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("web: assets: %w", err)
	}
	if err := json.Unmarshal(raw, &a.names); err != nil {
		return nil, fmt.Errorf("web: assets: manifest.json: %w", err)
	}
	return a, nil
}

// complete says whether the assets have been built.
func (a *assets) complete() error {
	if len(a.names) == 0 {
		return errNoAssets
	}
	return nil
}

// url returns the address of an asset by its plain name.
func (a *assets) url(name string) string {
	if hashed, ok := a.names[name]; ok {
		return "/static/" + hashed
	}
	return "/static/" + name
}

// serveStatic answers hashed files, which never change, with the best
// precompressed variant.
func (s *Server) serveStatic(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/static/")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	s.serveAsset(w, r, name)
}

// serveRoot answers the few files that browsers look for at the root.
func (s *Server) serveRoot(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file := strings.TrimPrefix(s.assets.url(name), "/static/")
		w.Header().Set("Cache-Control", "no-cache")
		s.serveAsset(w, r, file)
	})
}

func (s *Server) serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	body, coding, err := s.assets.read(r, name)
	if err != nil {
		h.Set("Cache-Control", "no-store")
		http.NotFound(w, r)
		return
	}
	h.Set("Content-Type", contentType(name))
	h.Set("Vary", "Accept-Encoding")
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}

// read returns the smallest variant that the client takes.
func (a *assets) read(r *http.Request, name string) (body []byte, coding string, err error) {
	if !fs.ValidPath(name) || name == "manifest.json" || strings.HasPrefix(path.Base(name), ".") {
		return nil, "", fs.ErrNotExist
	}
	for _, v := range []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !acceptsEncoding(r, v.coding) {
			continue
		}
		if body, err = fs.ReadFile(a.files, name+v.suffix); err == nil {
			return body, v.coding, nil
		}
	}
	body, err = fs.ReadFile(a.files, name)
	return body, "", err
}

func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".ico":
		return "image/x-icon"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}
