package loopback

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"bilin/internal/gateway"
	"bilin/internal/i18n"
)

//go:embed page.html
var pageText string

// shown is how many messages the page lists.
const shown = 200

// page is what the template gets.
type page struct {
	Lang, Other, OtherName string
	Wrong, Live            bool
	Host                   string
	Total                  Totals
	Kinds                  []row
	Form                   Settings
	FormKind               string
	Picture                Picture
	Messages               []Received
	catalog                *i18n.Catalog
}

// row is a kind with its counts and its troubles.
type row struct {
	Kind gateway.Kind
	Totals
	Settings
}

// Calm reports whether nothing is to go wrong.
func (r row) Calm() bool { return r.Settings == Settings{} }

// T returns a sentence in the page's language.
func (p page) T(key string, args ...any) string {
	return p.catalog.T(p.Lang, "gateway.loop."+key, args...)
}

// KindName names a kind.
func (p page) KindName(k gateway.Kind) string { return p.T("kind." + string(k)) }

// Clock writes when a message came, in the city's time.
func (p page) Clock(t time.Time) string {
	return t.In(time.FixedZone("CST", 8*60*60)).Format("2006-01-02 15:04:05")
}

// More says how many are shown, if those aren't all.
func (p page) More() int {
	if p.Total.Taken > len(p.Messages) {
		return len(p.Messages)
	}
	return 0
}

// Here is the page's own address, live or standing.
func (p page) Here(live bool) string {
	at := "/?lang=" + p.Lang
	if p.FormKind != "" {
		at += "&kind=" + p.FormKind
	}
	if live {
		at += "&live=1"
	}
	return at
}

func (g *Gateway) show(w http.ResponseWriter, r *http.Request) {
	kind := r.FormValue("kind")
	if !slices.Contains(gateway.Kinds(), gateway.Kind(kind)) {
		kind = ""
	}
	g.render(w, r, http.StatusOK, g.common(kind), kind)
}

func (g *Gateway) render(w http.ResponseWriter, r *http.Request, status int, form Settings, kind string) {
	catalog, err := i18n.New(Messages)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	tmpl, err := template.New("page").Parse(pageText)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	p := page{
		Lang: i18n.ZH, Other: i18n.EN, OtherName: "English", Wrong: status != http.StatusOK, Live: r.FormValue("live") != "", Host: r.Host,
		Form: form, FormKind: kind, Total: g.Totals(), Picture: g.Picture(), Messages: g.Received(shown), catalog: catalog,
	}
	if r.FormValue("lang") == i18n.EN {
		p.Lang, p.Other, p.OtherName = i18n.EN, i18n.ZH, "中文"
	}
	for _, k := range gateway.Kinds() {
		p.Kinds = append(p.Kinds, row{k, g.Totals(k), g.Settings(k)})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = tmpl.Execute(w, p)
}

// common are the settings of a kind, or those that all kinds have in common.
func (g *Gateway) common(kind string) Settings {
	if kind != "" {
		return g.Settings(gateway.Kind(kind))
	}
	kinds := gateway.Kinds()
	first := g.Settings(kinds[0])
	for _, k := range kinds[1:] {
		if g.Settings(k) != first {
			return Settings{}
		}
	}
	return first
}

// change takes the settings from the page's form, of one kind or of all.
func (g *Gateway) change(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	good := true
	number := func(name string, most int) int {
		text := r.FormValue(name)
		if text == "" && name != "fail" {
			return 0
		}
		n, err := strconv.Atoi(text)
		good = good && err == nil && n >= 0 && n <= most
		return n
	}
	s := Settings{
		Fail: number("fail", 100), Lose: number("lose", 100), Delay: time.Duration(number("delay", int(maxDelay.Milliseconds()))) * time.Millisecond,
		Rate: number("rate", 1_000_000), Refuse: r.FormValue("refuse"), Silent: r.FormValue("silent") != "",
	}
	kind := r.FormValue("kind")
	if !good || kind != "" && !slices.Contains(gateway.Kinds(), gateway.Kind(kind)) {
		g.render(w, r, http.StatusUnprocessableEntity, s, kind)
		return
	}
	if kind == "" {
		g.Set(s)
	} else {
		g.Set(s, gateway.Kind(kind))
	}
	http.Redirect(w, r, "/?"+url.Values{"lang": {r.FormValue("lang")}, "kind": {kind}}.Encode(), http.StatusSeeOther)
}

func (g *Gateway) list(w http.ResponseWriter, _ *http.Request) {
	byKind := map[gateway.Kind]Totals{}
	for _, k := range gateway.Kinds() {
		byKind[k] = g.Totals(k)
	}
	answerJSON(w, struct {
		Totals
		Kinds    map[gateway.Kind]Totals `json:"kinds"`
		Messages []Received              `json:"messages"`
	}{g.Totals(), byKind, g.Received(keptTexts)})
}
