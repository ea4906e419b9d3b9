package careweb

import (
	"net/http"
	"slices"
	"strings"

	"bilin/internal/care"
	"bilin/internal/network"
	"bilin/internal/web"
)

// row is an entry as the list shows it: what is owed and until when, not why.
type row struct {
	care.Entry
	Owed, Where   string
	NextDay, Last string
	Soon          bool // to be renewed, or it lapses
	May           bool // by the reader
}

type listPage struct {
	web.Base
	Ends   bool // only those that end soon
	Code   string
	Where  string
	Units  []web.Option
	Rows   []row
	Next   string
	List   bool // the reader may list households
	Counts bool
}

// list shows who is listed in a village or a part of one.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	page := listPage{Base: p.web.Base(r, "careweb.list"), Ends: q.Get("ends") != "", Code: q.Get("unit"), Units: p.units(r),
		List: p.may(r, care.ActList, ""), Counts: p.may(r, care.ActFigures, "")}
	if page.Code == "" && len(page.Units) > 0 {
		page.Code = page.Units[0].Value
	}
	u := p.unitOf(page.Code)
	if u == nil { // nothing to choose from
		return p.web.Render(w, r, "care/list", page)
	}
	cursor, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	read := p.o.Care.EntriesOf
	if page.Ends {
		read = p.o.Care.Renewals
	}
	list, next, err := read(r.Context(), actor(r), u.ID, strings.Join(cursor, ""), pageSize)
	if err != nil {
		return err
	}
	page.Where = p.where(u.ID)
	cells := make([]string, 0, len(list))
	for _, e := range list {
		cells = append(cells, e.UnitID)
	}
	page.Live = p.heard(r, u, cells)
	if next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(next))
	}
	for _, e := range list {
		page.Rows = append(page.Rows, p.row(r, e))
	}
	return p.web.Render(w, r, "care/list", page)
}

func (p *Pages) row(r *http.Request, e care.Entry) row {
	return row{Entry: e, Owed: p.owed(r, e.Obligation), Where: p.where(e.UnitID), NextDay: p.day(r, e.TryOn), Last: p.day(r, e.LapsesOn), Soon: e.Ends(p.today()),
		May: e.RenewableBy(actor(r)) && p.may(r, care.ActRenew, e.UnitID)}
}

// units are the villages, areas and groups whose list the reader may see.
func (p *Pages) units(r *http.Request) (list []web.Option) {
	tree := p.tree()
	seen := map[string]bool{}
	for _, id := range p.o.Care.MaySee(actor(r)) {
		u := tree.Current(tree.ByID(id))
		if u == nil {
			continue
		}
		deepest := network.Group
		if u.Level < network.Village {
			deepest = network.Village // a town's official picks the village first
		}
		for _, x := range tree.Subtree(u) {
			if x.Level < network.Village || x.Level > deepest || seen[x.ID] {
				continue
			}
			seen[x.ID] = true
			list = append(list, web.Option{Value: x.Code, Label: p.where(x.ID)})
		}
	}
	slices.SortStableFunc(list, func(a, b web.Option) int { return strings.Compare(a.Value, b.Value) })
	return list
}

// mostTopics is how many cells a page hears of apart; the tabs of a browser share one stream.
const mostTopics = 12

// heard are the topics on which a page hears that entries at a unit moved: the
// village's, for those who see all of it, or those of the cells shown.
func (p *Pages) heard(r *http.Request, u *network.Unit, cells []string) (topics []string) {
	if v := p.tree().At(u, network.Village); v != nil && (p.may(r, care.ActSee, v.ID) || p.may(r, care.ActContact, v.ID)) {
		return []string{care.Topic(v.ID)}
	}
	for _, id := range cells {
		if topic := care.Topic(id); !slices.Contains(topics, topic) && len(topics) < mostTopics {
			topics = append(topics, topic)
		}
	}
	return topics
}
