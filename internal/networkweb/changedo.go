package networkweb

import (
	"net/http"

	"bilin/internal/network"
	"bilin/internal/web"
)

// heavy changes say what they will do and wait for a yes.
func (page *changePage) heavy() bool { return page.Kind != changeNew && page.Kind != changeRename }

// answered reports whether the reader has seen what a heavy change will do, and
// said yes to it as it is now. If not, the page becomes the question.
func (p *Pages) answered(f *web.Form, page *changePage) bool {
	u, said := page.Unit, f.Bool("confirm")
	if said && f.Version() == u.Rev {
		return true
	}
	t := p.svc.Tree()
	c := t.Coverage(u.ID)
	q := &question{Households: c.Households, From: u.Name, To: page.To.Label, Stale: said}
	for _, n := range c.Units {
		q.Units += n
	}
	switch page.Kind {
	case changeMove:
		q.NewCodes = true
	case changeMerge:
		q.Units--
		q.Posts, q.NewCodes = len(t.Posts(u.ID)), q.Units > 0
	case changeEnd:
		q.Posts = len(t.Posts(u.ID))
	case changeHomes:
		q.Units, q.Households = 0, len(ticked(page.Homes))
	case changeSplit:
		q.To, q.Units, q.Households = page.Name, len(ticked(page.Children)), len(ticked(page.Homes))
		for _, c := range page.Children {
			if c.Checked {
				q.Households += c.N
			}
		}
		q.NewCodes = q.Units > 0
	}
	page.Ask = q
	return false
}

// commands are the changes' names in the record.
var commands = map[string]string{
	changeNew: "network.create_unit", changeRename: "network.rename_unit", changeMove: "network.move_unit", changeSplit: "network.split_unit",
	changeMerge: "network.merge_units", changeEnd: "network.end_unit", changeHomes: "network.move_households",
}

// repeated returns where a form led that was sent before: by then the unit may
// be gone, and what was ticked be elsewhere.
func (p *Pages) repeated(r *http.Request, kind, key string) (path string, done bool, err error) {
	id, done, err := p.svc.Repeated(r.Context(), actor(r.Context()), commands[kind], key)
	if err != nil || !done {
		return "", false, err
	}
	t := p.svc.Tree()
	u := t.ByID(id)
	if u == nil {
		u = t.ByCode(r.PathValue("code"))
	}
	if now := t.Current(u); now != nil {
		return unitPath(now), true, nil
	}
	return unitPath(t.Parent(u)), true, nil
}

// carryOut gives the change to the registry and returns the code of the unit
// to show next.
func (p *Pages) carryOut(r *http.Request, page *changePage) (string, error) {
	ctx, a, u, key := r.Context(), actor(r.Context()), page.Unit, page.FormKey
	switch page.Kind {
	case changeNew:
		return p.create(r, page)
	case changeRename:
		return u.Code, p.svc.RenameUnit(ctx, a, network.RenameUnit{Key: key, UnitID: u.ID, Name: page.Name})
	case changeMove:
		err := p.svc.MoveUnit(ctx, a, network.MoveUnit{Key: key, UnitID: u.ID, ParentID: p.idOf(page.To.Code), Code: page.Code})
		return p.codeOf(u.ID), err
	case changeSplit:
		id, err := p.svc.SplitUnit(ctx, a, network.SplitUnit{
			Key: key, UnitID: u.ID, Name: page.Name, Code: page.Code, Children: ticked(page.Children), Households: ticked(page.Homes),
		})
		return p.codeOf(id), err
	case changeHomes:
		return u.Code, p.svc.MoveHouseholds(ctx, a, network.MoveHouseholds{Key: key, HouseholdIDs: ticked(page.Homes), ToUnitID: p.idOf(page.To.Code)})
	case changeMerge:
		return page.To.Code, p.svc.MergeUnits(ctx, a, network.MergeUnits{Key: key, UnitID: u.ID, IntoID: p.idOf(page.To.Code)})
	}
	above := p.svc.Tree().Parent(u)
	return above.Code, p.svc.EndUnit(ctx, a, network.EndUnit{Key: key, UnitID: u.ID})
}

func (p *Pages) create(r *http.Request, page *changePage) (string, error) {
	lon, lat, placed, err := page.point()
	if err != nil {
		return "", err
	}
	id, err := p.svc.CreateUnit(r.Context(), actor(r.Context()), network.CreateUnit{
		Key: page.FormKey, ParentID: page.Unit.ID, Name: page.Name, Code: page.Code, Placed: placed, Lon: lon, Lat: lat,
	})
	return p.codeOf(id), err
}

func (p *Pages) idOf(code string) string {
	if u := p.svc.Tree().ByCode(code); u != nil {
		return u.ID
	}
	return ""
}

func (p *Pages) codeOf(id string) string {
	if u := p.svc.Tree().ByID(id); u != nil {
		return u.Code
	}
	return ""
}

type historyPage struct {
	web.Base
	Unit   *network.Unit
	Crumbs []web.Crumb
	Items  []web.TimelineItem
}

// history shows what became of a unit.
func (p *Pages) history(w http.ResponseWriter, r *http.Request) error {
	t, u, err := p.unit(r.PathValue("code"))
	if err != nil {
		return err
	}
	changes, err := p.svc.History(r.Context(), actor(r.Context()), u.ID)
	if err != nil {
		return err
	}
	tr := p.web.T(r)
	page := historyPage{Base: p.web.Base(r, "network.page.history_of", "name", u.Name), Unit: u, Crumbs: p.under(r, t, u, tr("network.page.history"))}
	for _, c := range changes {
		d := c.Detail
		page.Items = append(page.Items, web.TimelineItem{
			At: c.At, Who: c.ActorName, What: tr("network.change." + c.Kind), Icon: "history",
			Text: tr("network.page.change_text."+c.Kind, "from", d.From, "to", d.To, "fromcode", d.FromCode, "tocode", d.ToCode,
				"children", d.Children, "households", d.Households),
		})
	}
	return p.web.Render(w, r, "network/history", page)
}
