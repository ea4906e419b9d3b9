package networkweb

import (
	"net/http"

	"bilin/internal/find"
	"bilin/internal/network"
	"bilin/internal/plaintext"
	"bilin/internal/web"
)

const (
	mostMatches  = 20
	mostQuery    = 100
	pickerChoice = 8
)

type searchPage struct {
	web.Base
	Query   string
	Results []hit
}

// hit is one line of the desk's search.
type hit struct {
	find.Hit
	Href   string
	IsUnit bool
	Lead   string
	Acting bool
}

// search finds units and households as one types.
func (p *Pages) search(w http.ResponseWriter, r *http.Request) error {
	q := clip(r.URL.Query().Get("q"))
	page := searchPage{Base: p.web.Base(r, "network.page.search"), Query: q}
	if q != "" {
		found, err := p.opt.Find.Search(r.Context(), actor(r.Context()), q, mostMatches)
		if err != nil {
			return err
		}
		t := p.svc.Tree()
		for _, h := range found {
			page.Results = append(page.Results, hitOf(t, h))
		}
	}
	if web.IsHTMX(r) {
		return p.web.RenderPart(w, r, "network/search", "results", page)
	}
	return p.web.Render(w, r, "network/search", page)
}

func hitOf(t *network.Tree, h find.Hit) hit {
	if h.Kind == find.KindHousehold {
		return hit{Hit: h, Href: householdPath(h.ID)}
	}
	out := hit{Hit: h, Href: "/network/units/" + h.Code, IsUnit: true}
	if lead := t.LeadOf(h.ID); lead != nil {
		out.Lead, out.Acting = lead.Name, lead.Acting
	}
	return out
}

// clip bounds what is searched for; nobody types more than that.
func clip(q string) string {
	q = plaintext.OneLine(q)
	if runes := []rune(q); len(runes) > mostQuery {
		return string(runes[:mostQuery])
	}
	return q
}

// pick answers a unit picker's search as one types.
func (p *Pages) pick(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	name := q.Get("name")
	options, err := p.options(r, q.Get(name+"_q"), q.Get("level"))
	if err != nil {
		return err
	}
	page := searchPage{Base: p.web.Base(r, "network.page.search")}
	return p.web.RenderPart(w, r, "network/search", "pick", pickPart{searchPage: page, Name: name, Options: options})
}

// pickPart is what the define "pick" of the search page is executed with.
type pickPart struct {
	searchPage
	Name    string
	Options []web.Option
}

// options are the units a picker offers; level narrows them, "" takes all.
func (p *Pages) options(r *http.Request, typed, level string) ([]web.Option, error) {
	q := clip(typed)
	if q == "" {
		return nil, nil
	}
	found, err := p.opt.Find.Search(r.Context(), actor(r.Context()), q, 5*pickerChoice)
	if err != nil {
		return nil, err
	}
	tr := p.web.T(r)
	var out []web.Option
	for _, h := range found {
		if h.Kind == find.KindUnit && len(out) < pickerChoice && (level == "" || h.Level.String() == level) {
			out = append(out, web.Option{Value: h.Code, Label: h.Name, Hint: tr(levelKey(h.Level)) + " " + h.Code})
		}
	}
	return out, nil
}
