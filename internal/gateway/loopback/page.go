package loopback

import (
	_ "embed"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"bilin/internal/i18n"
)

//go:embed page.html
var pageText string

// shown is how many messages the page lists.
const shown = 200

// page is what the template gets.
type page struct {
	Lang, Other, OtherName string
	Wrong                  bool
	Host                   string
	Settings               Settings
	DelayMS                int64
	Totals                 Totals
	Messages               []Received
	catalog                *i18n.Catalog
}

// T returns a sentence in the page's language.
func (p page) T(key string, args ...any) string {
	return p.catalog.T(p.Lang, "gateway.loop."+key, args...)
}

// Clock writes when a message came, in the city's time.
func (p page) Clock(t time.Time) string {
	return t.In(time.FixedZone("CST", 8*60*60)).Format("2006-01-02 15:04:05")
}

// More says how many are shown, if those aren't all.
func (p page) More() int {
	if p.Totals.Taken > len(p.Messages) {
		return len(p.Messages)
	}
	return 0
}

func (g *Gateway) show(w http.ResponseWriter, r *http.Request) { g.render(w, r, http.StatusOK) }

func (g *Gateway) render(w http.ResponseWriter, r *http.Request, status int) {
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
		Lang: i18n.ZH, Other: "en", OtherName: "English", Wrong: status != http.StatusOK, Host: r.Host,
		Settings: g.Settings(), Totals: g.Totals(), Messages: g.Received(shown), catalog: catalog,
	}
	if r.FormValue("lang") == "en" {
		p.Lang, p.Other, p.OtherName = i18n.EN, "zh", "中文"
	}
	p.DelayMS = p.Settings.Delay.Milliseconds()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = tmpl.Execute(w, p)
}

// change takes the settings from the page's form.
func (g *Gateway) change(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	fail, failErr := strconv.Atoi(r.FormValue("fail"))
	ms, delayErr := strconv.Atoi(r.FormValue("delay"))
	delay := time.Duration(ms) * time.Millisecond
	if failErr != nil || delayErr != nil || fail < 0 || fail > 100 || ms < 0 || delay > maxDelay {
		g.render(w, r, http.StatusUnprocessableEntity)
		return
	}
	g.Set(Settings{Fail: fail, Delay: delay, Refuse: r.FormValue("refuse")})
	back := "/"
	if r.FormValue("lang") == "en" {
		back = "/?lang=en"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
