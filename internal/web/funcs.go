package web

import (
	"fmt"
	"html/template"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// funcs are the template functions of one language.
func (s *Server) funcs(locale string) template.FuncMap {
	w := writer{locale: locale, now: s.opt.Now, t: func(key string, kv ...any) string {
		return s.opt.Catalog.T(locale, key, kv...)
	}}
	return template.FuncMap{
		"t": w.t, "num": w.num, "pct": w.pct,
		"date": w.date, "datetime": w.datetime, "clock": w.clock, "ago": w.ago, "deadline": w.deadline, "urgency": w.urgency, "iso": w.iso,
		"asset": s.assets.url, "icon": s.icon,
		"has": has, "dict": dict, "list": list, "query": query, "add": add, "join": strings.Join,
		"maskname": MaskName, "fielderr": w.fieldError, "formerr": w.formError, "str": str,
	}
}

// dict makes a map of alternating keys and values, the parameters of a component.
func dict(kv ...any) (map[string]any, error) {
	if len(kv)%2 != 0 {
		return nil, fmt.Errorf("dict: odd number of arguments")
	}
	m := make(map[string]any, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		key, ok := kv[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v is not a string", kv[i])
		}
		m[key] = kv[i+1]
	}
	return m, nil
}

func list(items ...any) []any { return items }

// has reports whether a slice holds item, compared as text.
func has(items, item any) bool {
	v := reflect.ValueOf(items)
	if v.Kind() != reflect.Slice {
		return false
	}
	for i := range v.Len() {
		if str(v.Index(i).Interface()) == str(item) {
			return true
		}
	}
	return false
}

// str writes a value as text and an absent one as nothing, so that a string
// type compares with a literal in templates.
func str(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// query joins a path with parameters; empty ones are left out.
func query(path string, kv ...any) (string, error) {
	params, err := dict(kv...)
	if err != nil {
		return "", err
	}
	q := url.Values{}
	for key, value := range params {
		if text := str(value); text != "" {
			q.Set(key, text)
		}
	}
	if len(q) == 0 {
		return path, nil
	}
	return path + "?" + q.Encode(), nil
}

func add(numbers ...any) (int64, error) {
	var sum int64
	for _, n := range numbers {
		v, ok := integer(n)
		if !ok {
			return 0, fmt.Errorf("add: %v is not an integer", n)
		}
		sum += v
	}
	return sum, nil
}

var compound = []string{"欧阳", "上官", "司马", "诸葛", "皇甫", "东方", "令狐", "夏侯", "尉迟", "公孙", "慕容", "司徒", "端木"}

// MaskName keeps the surname and hides the rest: 张三 becomes 张*.
func MaskName(name string) string {
	name = strings.TrimSpace(name)
	keep := 1
	if i := slices.IndexFunc(compound, func(c string) bool { return strings.HasPrefix(name, c) }); i >= 0 {
		keep = 2
	}
	runes := utf8.RuneCountInString(name)
	if runes <= keep {
		keep = 0
	}
	head := string([]rune(name)[:keep])
	return head + strings.Repeat("*", runes-keep)
}

func (w writer) fieldError(e any, name string) string {
	errors, ok := e.(FormErrors)
	if !ok {
		return ""
	}
	f := errors.For(name)
	if f == nil {
		return ""
	}
	return w.message(f.Code, f.Args)
}

func (w writer) formError(e FormErrors) string {
	if e.Code == "" {
		return ""
	}
	return w.message(e.Code, e.Args)
}

func (w writer) message(code string, args []any) string { return w.t(code, args...) }

// icon refers to a drawing of the sprite; it is decoration, never the only label.
func (s *Server) icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="` + //nolint:gosec // both parts are escaped
		template.HTMLEscapeString(s.assets.url("icons.svg")+"#"+name) + `"/></svg>`)
}
