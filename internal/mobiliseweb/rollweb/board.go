package rollweb

import (
	"net/http"

	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/web"
)

// part is a line of the table.
type part struct {
	rollcall.Part
	Href  string
	Level string // of the unit, where the table holds several
	Inner bool   // a unit of a village: its households can be entered
}

type boardPage struct {
	web.Base
	head
	Board  *rollcall.Board
	Tops   []web.Option // with several posts: which of them
	Parts  []part
	Column string // message key of what the lines are
	Figure figure
	MayEnd bool
	Whole  rollcall.Totals // what ending it would end
	Inside bool            // the lines are parts of one village
	Sheet  string          // where paper for this unit is printed, or ""
	Gone   bool            // inside of a village, and erased
}

func (p *Pages) board(w http.ResponseWriter, r *http.Request) error {
	unit, err := p.unitOf(r.URL.Query().Get("unit"))
	if err != nil {
		return err
	}
	b, err := p.svc.Board(r.Context(), actor(r), r.PathValue("id"), unit)
	if err != nil {
		return err
	}
	page := boardPage{Base: p.web.Base(r, "rollweb.title"), Board: b, MayEnd: p.svc.MayEnd(actor(r), b.Call), Whole: b.Totals}
	page.head = p.head(r, &page.Base, b.Call, "board")
	p.under(&page.head, b.Unit, page.At)
	t := p.web.T(r)
	for _, top := range b.Whole {
		page.Tops = append(page.Tops, web.Option{Value: top.Code, Label: top.Name})
	}
	page.Inside = b.Unit.Level >= network.Village
	page.Column, page.Gone = "rollweb.col."+columnOf(b.Unit.Level), page.Inside && !b.Call.HasRows()
	for _, x := range b.Parts {
		page.Parts = append(page.Parts, p.part(b, x, t))
	}
	if page.Inside && b.Call.IsOpen() {
		page.Sheet = page.At + "/sheet/" + b.Unit.Code
	}
	if page.MayEnd && b.Unit.ID != b.Call.UnitID {
		if page.Whole, err = p.svc.Totals(r.Context(), b.Call.ID); err != nil {
			return err
		}
	}
	page.Figure = draw(b)
	return p.web.Render(w, r, "roll/board", page)
}

func columnOf(l network.Level) string {
	switch l {
	case network.City:
		return "town"
	case network.Town:
		return "village"
	}
	return "cell"
}

func (p *Pages) part(b *rollcall.Board, x rollcall.Part, t func(string, ...any) string) part {
	out := part{Part: x, Href: pathOf(b.Call) + "?unit=" + x.Unit.Code, Inner: b.Unit.Level >= network.Village}
	if out.Inner {
		out.Href, out.Level = pathOf(b.Call)+"/cells/"+x.Unit.Code, p.within(x.Unit, b.Unit.Level)
	}
	return out
}

// within names a unit by its path below a level.
func (p *Pages) within(u *network.Unit, level network.Level) string {
	tree, name := p.net.Tree(), u.Name
	for at := tree.Parent(u); at != nil && at.Level > level; at = tree.Parent(at) {
		name = at.Name + " · " + name
	}
	return name
}
