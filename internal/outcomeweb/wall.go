package outcomeweb

import (
	"html/template"
	"net/http"

	"bilin/internal/outcomeweb/draw"
	"bilin/internal/web"
)

// wallPage is one indicator, large; the next one comes by itself.
type wallPage struct {
	web.Base
	head
	Name, Definition, Whose string
	Map, Columns            template.HTML
	Unit, Span              string
	Key                     []keyed
	At, Of                  int
	Next, Before            string
}

func (p *Pages) wall(w http.ResponseWriter, r *http.Request) error {
	v, h, err := p.quarter(r)
	if err != nil {
		return err
	}
	page := wallPage{Base: p.web.Base(r, "outcomeweb.title"), head: h}
	page.Face = web.Wall
	if v == nil || len(v.Basis.Indicators) == 0 {
		return p.web.Render(w, r, "outcomes/wall", page)
	}
	t, list := p.web.T(r), v.Basis.Indicators
	x := chosen(v, r.URL.Query().Get("indicator"))
	for i, y := range list {
		if y.ID == x.ID {
			page.At = i + 1
			page.Next = h.path("/outcomes/wall", "indicator", list[(i+1)%len(list)].Code)
			page.Before = h.path("/outcomes/wall", "indicator", list[(i+len(list)-1)%len(list)].Code)
		}
	}
	words := x.In(page.Locale)
	page.Title, page.Name, page.Definition, page.Whose, page.Of = words.Name, words.Name, words.Definition, p.whose(t, x), len(list)
	page.Key, page.Unit, page.Span = key(t, p.row(t, page.Locale, v, h, x).Counts), unit(t, x, page.Locale), span(t, x, v.Period)
	steps := stepsOf(x, v.Together(x, p.villages()), v.Period)
	page.Columns = draw.Columns{Steps: steps, Label: said(t, words.Name, steps)}.Draw()
	if page.Map, err = p.drawn(r, v, h, x); err != nil {
		return err
	}
	return p.web.Render(w, r, "outcomes/wall", page)
}
