package networkweb

import (
	"net/http"
	"strconv"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// The ways to change a unit, as they stand in addresses.
const (
	changeNew    = "new"
	changeRename = "rename"
	changeMove   = "move"
	changeSplit  = "split"
	changeMerge  = "merge"
	changeEnd    = "end"
	changeHomes  = "homes" // moves households out of a unit
)

const (
	maxName = 40
	maxCode = 18
)

// changePage is the form of any change to a unit, and the question that comes
// before a heavy one.
type changePage struct {
	web.Base
	Unit     *network.Unit
	Crumbs   []web.Crumb
	Kind     string
	NewLevel network.Level // of a unit to be made
	NeedCode bool
	Name     string
	Code     string
	Lon, Lat string
	To       picked
	Children []pickItem // split: what may go
	Homes    []pickItem
	Ask      *question // set: only the answer is missing
}

// picked is the state of a unit picker.
type picked struct {
	Code, Label, Query, Search string
	Options                    []web.Option
}

// pickItem is something with a box to tick.
type pickItem struct {
	ID, Label string
	N         int
	Checked   bool
}

// question says what a heavy change will do.
type question struct {
	Units, Households, Posts int
	NewCodes                 bool
	From, To                 string
	Stale                    bool // the unit changed while it was being asked
}

// change shows the form of a change.
func (p *Pages) change(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		page, err := p.changePage(r, kind)
		if err != nil {
			return err
		}
		return p.web.Render(w, r, "network/change", page)
	}
}

// changePage prepares the form, for those who may make the change.
func (p *Pages) changePage(r *http.Request, kind string) (*changePage, error) {
	t, u, err := p.unit(r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	if !u.Active() {
		return nil, errs.E(errs.Gone, "network.page.unit_ended")
	}
	rights := p.unitRights(r, t, u)
	below := kind == changeNew || kind == changeHomes
	if below && !rights.Arrange || !below && !rights.Change {
		return nil, errs.E(errs.Forbidden, "auth.forbidden")
	}
	page := &changePage{
		Base: p.web.Base(r, "network.page.do."+kind, "name", u.Name), Unit: u, Kind: kind,
		Crumbs: p.under(r, t, u, p.web.T(r)("network.page."+kind)), Name: u.Name,
	}
	switch kind {
	case changeNew:
		if rights.AddLevel == 0 {
			return nil, errs.E(errs.Conflict, "network.page.no_level_below")
		}
		page.NewLevel, page.Name = rights.AddLevel, ""
		page.NeedCode = page.NewLevel <= network.Village
	case changeSplit:
		page.Name = ""
		page.NeedCode = u.Level <= network.Village
		for _, c := range t.Children(u) {
			page.Children = append(page.Children, pickItem{ID: c.ID, Label: c.Name, N: t.Coverage(c.ID).Households})
		}
		err = p.addHomesOf(r, page)
	case changeHomes:
		page.To.Search = "/network/pick?name=to&level=cell"
		err = p.addHomesOf(r, page)
	case changeMove:
		page.NeedCode = u.Level == network.Village
		page.To.Search = "/network/pick?name=to&level=" + (u.Level - 1).String()
	case changeMerge:
		page.To.Search = "/network/pick?name=to&level=" + u.Level.String()
	}
	return page, err
}

// mostHomes is how many households one form offers; beyond that a roster is the way.
const mostHomes = 500

// addHomesOf lists the households that can go.
func (p *Pages) addHomesOf(r *http.Request, page *changePage) error {
	if page.Unit.Households == 0 || page.Unit.Level < network.Village {
		return nil
	}
	for cursor := ""; len(page.Homes) < mostHomes; {
		homes, next, err := p.svc.HouseholdsOf(r.Context(), actor(r.Context()), page.Unit.ID, cursor, 100)
		if err != nil {
			return err
		}
		for _, h := range homes {
			page.Homes = append(page.Homes, pickItem{ID: h.ID, Label: h.Address + " " + h.Head, N: h.Size})
		}
		if cursor = next; next == "" {
			break
		}
	}
	return nil
}

// doChange makes a change, or shows the form again with what is wrong, or asks
// before a heavy one.
func (p *Pages) doChange(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		if path, done, err := p.repeated(r, kind, f.Key()); done || err != nil {
			return p.repeat(w, r, path, kind, err)
		}
		page, err := p.changePage(r, kind)
		if err != nil {
			return err
		}
		page.FormKey = f.Key()
		page.read(f)
		if err := p.readTarget(r, f, page); err != nil {
			return err
		}
		if f.Picking("to") {
			return p.web.Render(w, r, "network/change", page)
		}
		err = f.Err()
		if err == nil && page.heavy() && !p.answered(f, page) {
			status := http.StatusOK
			if page.Ask.Stale {
				status = http.StatusConflict
			}
			return p.web.RenderStatus(w, r, status, "network/change", page)
		}
		to := page.Unit.Code
		if err == nil {
			to, err = p.carryOut(r, page)
		}
		if web.IsInvalid(err) {
			page.Errors, page.Ask = web.FormErrorsOf(err), nil
			return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/change", page)
		}
		if err != nil {
			return err
		}
		return p.web.SeeOther(w, r, "/network/units/"+to, "network.page.done."+kind)
	}
}

// repeat answers a form that was sent again as it was answered the first time.
func (p *Pages) repeat(w http.ResponseWriter, r *http.Request, path, kind string, err error) error {
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, path, "network.page.done."+kind)
}

// read takes what was typed and ticked.
func (page *changePage) read(f *web.Form) {
	if page.Kind == changeNew || page.Kind == changeRename || page.Kind == changeSplit {
		page.Name = f.Required("name", maxName)
	}
	if page.NeedCode {
		page.Code = f.Required("code", maxCode)
	}
	page.Lon, page.Lat = f.Text("lon", 20), f.Text("lat", 20)
	tick(page.Children, f.List("children"))
	tick(page.Homes, f.List("homes"))
	page.To.Query = f.Text("to_q", mostQuery)
}

func tick(items []pickItem, ids []string) {
	chosen := map[string]bool{}
	for _, id := range ids {
		chosen[id] = true
	}
	for i := range items {
		items[i].Checked = chosen[items[i].ID]
	}
}

func ticked(items []pickItem) (ids []string) {
	for _, it := range items {
		if it.Checked {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// readTarget takes the unit that was picked to move or merge into.
func (p *Pages) readTarget(r *http.Request, f *web.Form, page *changePage) error {
	if page.To.Search == "" {
		return nil
	}
	if page.Kind == changeHomes && len(ticked(page.Homes)) == 0 && !f.Picking("to") {
		f.Fail("homes", "network.page.pick_homes")
	}
	code := f.Text("to", maxCode)
	t := p.svc.Tree()
	if to := t.Current(t.ByCode(code)); to != nil && code != "" {
		page.To.Code, page.To.Label = to.Code, t.PathName(to, " · ")
	} else if !f.Picking("to") {
		f.Fail("to", "network.page.pick_unit")
	}
	if !f.Picking("to") {
		return nil
	}
	level := map[string]network.Level{changeMove: page.Unit.Level - 1, changeMerge: page.Unit.Level, changeHomes: network.Cell}[page.Kind]
	var err error
	page.To.Options, err = p.options(r, page.To.Query, level.String())
	return err
}

// point reads longitude and latitude, which go together or not at all.
func (page *changePage) point() (lon, lat float64, placed bool, err error) {
	if page.Lon == "" && page.Lat == "" {
		return 0, 0, false, nil
	}
	lon, errLon := strconv.ParseFloat(page.Lon, 64)
	lat, errLat := strconv.ParseFloat(page.Lat, 64)
	if errLon != nil || errLat != nil || lon < 73 || lon > 136 || lat < 3 || lat > 54 {
		return 0, 0, false, errs.E(errs.Invalid, "web.form_invalid").WithField("lon", "network.page.bad_point")
	}
	return lon, lat, true, nil
}
