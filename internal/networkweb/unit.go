package networkweb

import (
	"net/http"

	"bilin/internal/network"
	"bilin/internal/web"
)

type unitPage struct {
	web.Base
	Unit       *network.Unit
	Crumbs     []web.Crumb
	Successor  *network.Unit
	Total      coverageRow
	Holes      []holeLink // only those there are
	Posts      []postRow
	Rows       []coverageRow
	ChildLevel network.Level
	Homes      []network.Household
	HomesNext  string
	SeesHomes  bool
	Masked     bool
	Can        unitRights
	Public     string
}

// unitRights say which controls the reader sees.
type unitRights struct {
	Change   bool // rename, move, split, merge, end
	Arrange  bool // what lies below: new units, households
	Appoint  bool
	Homes    bool
	Roster   bool
	Any      bool
	AddLevel network.Level // of a unit that may be added below; 0 if none
}

// postRow is a post with who serves in it.
type postRow struct {
	Post     *network.Post
	Href     string
	Serving  *network.Holder
	TermOver bool
}

// start leads to the reader's own part of the city.
func (p *Pages) start(w http.ResponseWriter, r *http.Request) error {
	_, u, err := p.asked(r)
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, unitPath(u), "")
}

func (p *Pages) showUnit(w http.ResponseWriter, r *http.Request) error {
	t, u, err := p.unit(r.PathValue("code"))
	if err != nil {
		return err
	}
	if err := p.require(r, network.ActView, u); err != nil {
		return err
	}
	if u.Active() && u.Code != r.PathValue("code") {
		return p.web.SeeOther(w, r, unitPath(u), "network.page.code_changed", "code", u.Code)
	}
	page := unitPage{
		Base: p.web.Base(r, "network.page.unit_title", "name", u.Name), Unit: u, Crumbs: p.deskCrumbs(r, t, u, unitPath),
		Successor: t.Current(u), Total: rowOf(t, u), Posts: postRows(t, u), Can: p.unitRights(r, t, u),
		Public: publicPath(u),
	}
	page.Live = []string{"unit:" + u.ID}
	for _, h := range holeLinks(u, page.Total.Coverage) {
		if h.N > 0 {
			page.Holes = append(page.Holes, h)
		}
	}
	page.Rows = childRows(t, u)
	for i := range page.Rows {
		page.Rows[i].Href = unitPath(page.Rows[i].Unit)
		page.ChildLevel = page.Rows[i].Unit.Level
	}
	if err := p.addHomes(&page, r); err != nil {
		return err
	}
	return p.web.Render(w, r, "network/unit", page)
}

// addHomes lists the households directly in the unit, names masked for those
// without a task here.
func (p *Pages) addHomes(page *unitPage, r *http.Request) error {
	page.SeesHomes = page.Can.Homes && page.Unit.Active() && (page.Unit.Level == network.Cell || page.Unit.Households > 0)
	if !page.SeesHomes {
		return nil
	}
	after, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	homes, next, err := p.svc.HouseholdsOf(r.Context(), actor(r.Context()), page.Unit.ID, first(after), pageSize)
	if err != nil {
		return err
	}
	page.Homes = homes
	page.Masked = !p.can(r, network.ActNames, page.Unit)
	if next != "" {
		page.HomesNext = web.PageURL(r, web.EncodeCursor(next))
	}
	return nil
}

func postRows(t *network.Tree, u *network.Unit) []postRow {
	var out []postRow
	for _, post := range t.Posts(u.ID) {
		s := post.Serving()
		out = append(out, postRow{Post: post, Href: postPath(post), Serving: s, TermOver: s.Over(t.Day())})
	}
	return out
}

// postName is a post's own name, or its role's where it has none.
func postName(tr func(string, ...any) string, post *network.Post) string {
	if post.Name != "" {
		return post.Name
	}
	return tr("network.role." + string(post.Role))
}

func postPath(post *network.Post) string { return "/network/posts/" + post.ID }

func householdPath(id string) string { return "/network/households/" + id }

// unitRights asks as the services do: what changes a unit is held above it.
func (p *Pages) unitRights(r *http.Request, t *network.Tree, u *network.Unit) unitRights {
	above := t.Parent(u)
	rights := unitRights{
		Change:  u.Level > network.City && p.can(r, network.ActManage, above),
		Arrange: p.can(r, network.ActManage, u),
		Homes:   p.can(r, network.ActHouseholds, u),
		Roster:  p.can(r, network.ActRoster, u),
	}
	if above == nil {
		rights.Appoint = p.can(r, network.ActAppointCity, u)
	} else {
		rights.Appoint = p.can(r, network.ActAppoint, above)
	}
	if !u.Active() {
		return unitRights{}
	}
	if rights.Arrange && u.Level < network.Cell {
		rights.AddLevel = u.Level + 1
	}
	rights.Any = rights.Change || rights.Arrange || rights.Appoint
	return rights
}
