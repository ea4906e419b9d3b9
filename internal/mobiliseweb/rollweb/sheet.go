package rollweb

import (
	"net/http"

	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/web"
)

// paper is one unit's households to be ticked by hand.
type paper struct {
	Name, Lead string
	Homes      []rollcall.Home
}

type sheetPage struct {
	web.Base
	head
	Name   string
	Papers []paper
	Needs  []choice
}

// sheet is what is printed where telephones don't work: a box for each answer.
func (p *Pages) sheet(w http.ResponseWriter, r *http.Request) error {
	unit, err := p.unitOf(r.PathValue("unit"))
	if err != nil {
		return err
	}
	c, sheets, err := p.svc.Paper(r.Context(), actor(r), r.PathValue("id"), unit)
	if err != nil {
		return err
	}
	page := sheetPage{Base: p.web.Base(r, "rollweb.title"), Name: p.placeOf(unit), Needs: needs(p.web.T(r))}
	page.head = p.head(r, &page.Base, c, "")
	page.Live = nil
	for _, s := range sheets {
		x := paper{Name: p.within(s.Unit, network.Village), Homes: s.Homes}
		if lead := p.net.Tree().LeadOf(s.Unit.ID); lead != nil {
			x.Lead = lead.Name
		}
		page.Papers = append(page.Papers, x)
	}
	return p.web.Render(w, r, "roll/sheet", page)
}
