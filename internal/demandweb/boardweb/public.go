package boardweb

import (
	"net/http"
	"net/url"
	"strconv"

	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/network"
	"bilin/internal/web"
)

// perPage is how many entries the board shows at once.
const perPage = 20

// How much of an entry the list shows, in characters.
const (
	shortQuestion = 80
	shortAnswer   = 100
)

// listPage is the public board.
type listPage struct {
	web.Base
	Query    string
	Category string
	Tabs     []tab
	Selects  []web.FilterSelect
	Cards    []card
	Next     string
	First    string
	Filtered bool
}

// tab is a category of the upper level.
type tab struct {
	Label, Href string
	Current     bool
}

// card is an entry as everybody sees it.
type card struct {
	Href, Question, Answer string
	Kind, About, Place     string
	Took, Where, Month     string
}

// entryPage is one entry.
type entryPage struct {
	web.Base
	Card   card
	Crumbs []web.Crumb
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	quiet(w)
	q := r.URL.Query()
	f := board.Filter{Text: q.Get("q"), CategoryCode: q.Get("category"), Kind: kindOf(q.Get("kind")), TownCode: q.Get("town")}
	after, err := cursorOf(r)
	if err != nil {
		return err
	}
	found, err := p.svc.List(r.Context(), f, after, perPage)
	if err != nil {
		return err
	}
	page := listPage{
		Base: p.web.Base(r, "board.page.title"), Query: f.Text, Category: f.CategoryCode, Tabs: p.tabs(r, q, f.CategoryCode),
		Selects: p.selects(r, f), Filtered: f != board.Filter{},
	}
	for _, e := range found.Entries {
		c := p.card(r, e)
		c.Question, c.Answer = short(c.Question, shortQuestion), short(c.Answer, shortAnswer)
		page.Cards = append(page.Cards, c)
	}
	page.Next, page.First = pages(r, after, found.Next)
	if web.IsHTMX(r) {
		return p.web.RenderPart(w, r, "board/list", "results", page)
	}
	return p.web.Render(w, r, "board/list", page)
}

func (p *Pages) entry(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	quiet(w)
	e, err := p.svc.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	page := entryPage{Base: p.web.Base(r, "board.page.entry"), Card: p.card(r, e)}
	page.Crumbs = []web.Crumb{{Label: p.web.T(r)("board.page.title"), Href: "/board"}, {Label: page.Title}}
	return p.web.Render(w, r, "board/entry", page)
}

// quiet keeps entries out of caches and search engines: an author may take their
// consent back at any time.
func quiet(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Robots-Tag", "noindex, noarchive")
}

// card writes an entry for everybody. The month is as near as anybody learns when it was.
func (p *Pages) card(r *http.Request, e *board.Entry) card {
	t := translate(p.web.T(r))
	c := card{
		Href: "/board/" + e.ID, Question: e.Question, Answer: e.Answer, Kind: t("demand.kind." + string(e.Kind)),
		About: p.catalog().Path(e.CategoryID, p.web.Locale(r)), Place: e.Place, Took: t.took(e.Days),
	}
	if name := e.Rung.String(); name != "" {
		c.Where = t("board.page.rung." + name)
	}
	if !e.Published.IsZero() {
		at := e.Published.In(web.CityZone)
		c.Month = t("board.page.month", "year", strconv.Itoa(at.Year()), "month", int(at.Month()))
	}
	return c
}

func (t translate) took(days int) string {
	if days == 0 {
		return t("board.page.took_day")
	}
	return t("board.page.took", "n", days)
}

// tabs are the categories of the upper level; the rest of the question stays as it is.
func (p *Pages) tabs(r *http.Request, q url.Values, chosen string) []tab {
	link := func(code string) string {
		next := url.Values{}
		for _, name := range []string{"q", "kind", "town"} {
			if v := q.Get(name); v != "" {
				next.Set(name, v)
			}
		}
		if code != "" {
			next.Set("category", code)
		}
		if len(next) == 0 {
			return "/board"
		}
		return "/board?" + next.Encode()
	}
	tabs := []tab{{Label: p.web.T(r)("web.all"), Href: link(""), Current: chosen == ""}}
	for _, c := range p.catalog().Roots() {
		tabs = append(tabs, tab{Label: c.In(p.web.Locale(r)), Href: link(c.Code), Current: chosen == c.Code})
	}
	return tabs
}

func (p *Pages) selects(r *http.Request, f board.Filter) []web.FilterSelect {
	t := translate(p.web.T(r))
	return []web.FilterSelect{
		{Name: "kind", Label: t("board.page.kind"), Value: string(f.Kind), Options: t.kinds()},
		{Name: "town", Label: t("board.page.town"), Value: f.TownCode, Options: towns(p.tree())},
	}
}

func (t translate) kinds() []web.Option {
	var options []web.Option
	for _, k := range demand.Kinds() {
		options = append(options, web.Option{Value: string(k), Label: t("demand.kind." + string(k))})
	}
	return options
}

func towns(tree *network.Tree) []web.Option {
	var options []web.Option
	for _, u := range tree.Units(network.Town) {
		options = append(options, web.Option{Value: u.Code, Label: u.Name})
	}
	return options
}

// kindOf is the kind asked for, or none.
func kindOf(s string) demand.Kind {
	for _, k := range demand.Kinds() {
		if string(k) == s {
			return k
		}
	}
	return ""
}

func short(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return text
}
