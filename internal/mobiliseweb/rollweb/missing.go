package rollweb

import (
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/web"
)

// person is somebody to be called.
type person struct {
	ID, Name, Role, Phone, Href string
}

// gap is a unit where households are left.
type gap struct {
	rollcall.Gap
	Name   string
	Href   string // where its households are entered, or what lies under it
	Whom   []person
	Nobody bool
}

type missingPage struct {
	web.Base
	head
	Board  *rollcall.Board
	Gaps   []gap
	Inside bool
	Gone   bool
}

func (p *Pages) missing(w http.ResponseWriter, r *http.Request) error {
	unit, err := p.unitOf(r.URL.Query().Get("unit"))
	if err != nil {
		return err
	}
	b, gaps, err := p.svc.Missing(r.Context(), actor(r), r.PathValue("id"), unit)
	if err != nil {
		return err
	}
	page := missingPage{Base: p.web.Base(r, "rollweb.title"), Board: b, Inside: b.Unit.Level >= network.Village}
	page.head = p.head(r, &page.Base, b.Call, "missing")
	p.under(&page.head, b.Unit, page.At+"/missing")
	page.Gone = page.Inside && !b.Call.HasRows()
	t := p.web.T(r)
	for _, g := range gaps {
		page.Gaps = append(page.Gaps, p.gap(b, g, t))
	}
	if err := p.showPhones(r, page.Gaps); err != nil {
		return err
	}
	return p.web.Render(w, r, "roll/missing", page)
}

func (p *Pages) gap(b *rollcall.Board, g rollcall.Gap, t func(string, ...any) string) gap {
	x := gap{Gap: g, Name: p.net.Tree().PathName(g.Unit, " · "), Href: pathOf(b.Call) + "/missing?unit=" + g.Unit.Code, Nobody: !g.Led}
	if b.Unit.Level >= network.Village {
		x.Name, x.Href = p.within(g.Unit, b.Unit.Level), pathOf(b.Call)+"/cells/"+g.Unit.Code
	}
	if g.Lead != nil {
		x.Whom = []person{{g.Lead.PersonID, g.Lead.Name, t("auth.role." + string(auth.Lead)), "", "/network/posts/" + g.LeadAt}}
	}
	for _, s := range g.Behind {
		x.Whom = append(x.Whom, person{s.Holder.PersonID, s.Holder.Name, t("auth.role." + string(s.Post.Role)), "", "/network/posts/" + s.Post.ID})
	}
	return x
}

// showPhones fills in the numbers of those who show theirs.
func (p *Pages) showPhones(r *http.Request, gaps []gap) error {
	var ids []string
	for _, g := range gaps {
		for _, who := range g.Whom {
			ids = append(ids, who.ID)
		}
	}
	phones, err := p.net.ShownPhones(r.Context(), ids)
	for _, g := range gaps {
		for i := range g.Whom {
			g.Whom[i].Phone = phones[g.Whom[i].ID]
		}
	}
	return err
}
