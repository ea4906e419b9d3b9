package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/i18n"
)

//go:embed templates/*.html
var layoutFiles embed.FS

// page is a page's template in each language.
type page struct {
	data     any
	byLocale map[string]*template.Template
}

// parseModule parses every page of a module once per language, so that a
// missing function or define is found at start.
func parseModule(s *Server, m Module) (map[string]*page, error) {
	pages := map[string]*page{}
	if len(m.Pages) == 0 {
		return pages, nil
	}
	for _, locale := range i18n.Locales() {
		base, err := parseBase(s, locale, m.Templates)
		if err != nil {
			return nil, err
		}
		for _, def := range m.Pages {
			if err := parsePage(s, pages, base, locale, m, def); err != nil {
				return nil, err
			}
		}
	}
	return pages, nil
}

// parseBase holds the layout, the components and the module's partials.
func parseBase(s *Server, locale string, partials fs.FS) (*template.Template, error) {
	base := template.New("layout.html").Funcs(s.funcs(locale))
	if err := s.parseFiles(base, locale, layoutFiles, "templates/layout.html", "templates/_forms.html", "templates/_show.html"); err != nil {
		return nil, err
	}
	names, err := fs.Glob(partials, "_*.html")
	if err != nil {
		return nil, err
	}
	return base, s.parseFiles(base, locale, partials, names...)
}

func parsePage(s *Server, pages map[string]*page, base *template.Template, locale string, m Module, def PageDef) error {
	module, name, ok := strings.Cut(def.Name, "/")
	if !ok || module != m.Name {
		return fmt.Errorf("page %q is not named %s/…", def.Name, m.Name)
	}
	t, err := base.Clone()
	if err != nil {
		return err
	}
	if err := s.parseFiles(t, locale, m.Templates, path.Clean(name)+".html"); err != nil {
		return fmt.Errorf("page %q: %w", def.Name, err)
	}
	if t.Lookup("content") == nil {
		return fmt.Errorf("page %q defines no \"content\"", def.Name)
	}
	if pages[def.Name] == nil {
		pages[def.Name] = &page{data: def.Data, byLocale: map[string]*template.Template{}}
	}
	pages[def.Name].byLocale[locale] = t
	return nil
}

// Render answers 200 with a whole page.
func (s *Server) Render(w http.ResponseWriter, r *http.Request, page string, data any) error {
	return s.RenderStatus(w, r, http.StatusOK, page, data)
}

// RenderStatus answers a whole page with a status.
func (s *Server) RenderStatus(w http.ResponseWriter, r *http.Request, status int, page string, data any) error {
	if form, ok := data.(interface{ failure() error }); ok && fromOutbox(r) && status >= http.StatusBadRequest {
		return form.failure() // nobody looks at a page: the service worker keeps the reason
	}
	body, err := s.execute(r, page, "layout.html", data)
	if err != nil {
		return err
	}
	if form, ok := data.(interface{ failure() error }); ok && errs.CodeOf(form.failure()) == keyReused {
		body = s.freshKey(r, body)
	}
	if readCookie(r, cookieName(s.secure(r), flashCookie)) != "" {
		s.dropCookie(w, r, flashCookie)
	}
	return s.Send(w, r, status, "text/html; charset=utf-8", body)
}

// keyReused is what package once says of a key that was answered for other content.
const keyReused = "once.key_reused"

// freshKey gives a form that comes back another key where its own was used up,
// or it could never be sent again.
func (s *Server) freshKey(r *http.Request, body []byte) []byte {
	used := r.PostForm.Get("_key")
	if used == "" {
		return body
	}
	const input = `name="_key" value="`
	return bytes.ReplaceAll(body, []byte(input+template.HTMLEscapeString(used)), []byte(input+s.opt.NewKey()))
}

// RenderPart answers only the named define of a page, for htmx to swap in.
func (s *Server) RenderPart(w http.ResponseWriter, r *http.Request, page, define string, data any) error {
	body, err := s.execute(r, page, define, data)
	if err != nil {
		return err
	}
	return s.Send(w, r, http.StatusOK, "text/html; charset=utf-8", body)
}

func (s *Server) execute(r *http.Request, name, define string, data any) ([]byte, error) {
	p, ok := s.pages[name]
	if !ok {
		return nil, fmt.Errorf("web: no page %q", name)
	}
	var b bytes.Buffer
	b.Grow(16 << 10)
	if err := p.byLocale[s.state(r).locale].ExecuteTemplate(&b, define, data); err != nil {
		return nil, fmt.Errorf("web: page %q: %w", name, err)
	}
	return b.Bytes(), nil
}

// Templates yields every page's template and the type it is executed with, per
// language, for tests to check.
func (s *Server) Templates(yield func(name, locale string, t *template.Template, data any) error) error {
	for name, p := range s.pages {
		for locale, t := range p.byLocale {
			if err := yield(name, locale, t, p.data); err != nil {
				return fmt.Errorf("page %s (%s): %w", name, locale, err)
			}
		}
	}
	return nil
}
