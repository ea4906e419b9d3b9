package web

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// constant matches an action whose result is known when the page is parsed.
var constant = regexp.MustCompile(`\{\{(t|icon|asset) "([^"{}]+)"\}\}`)

// fold replaces words, drawings and addresses that never change by their text.
// A page calls dozens of them, each through reflection; folded, they cost
// nothing. A text with a character that would need escaping is left alone.
func (s *Server) fold(locale, source string) string {
	return constant.ReplaceAllStringFunc(source, func(action string) string {
		parts := constant.FindStringSubmatch(action)
		switch name := parts[2]; parts[1] {
		case "icon":
			return string(s.icon(name))
		case "asset":
			return s.assets.url(name)
		default:
			if text := s.opt.Catalog.T(locale, name); !strings.ContainsAny(text, `<>&"'{}`+"`") {
				return text
			}
			return action
		}
	})
}

// parseFiles adds folded files to a template set, each under its base name.
func (s *Server) parseFiles(set *template.Template, locale string, files fs.FS, names ...string) error {
	for _, name := range names {
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		t := set
		if base := path.Base(name); base != set.Name() {
			t = set.New(base)
		}
		if _, err := t.Parse(s.fold(locale, string(source))); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
