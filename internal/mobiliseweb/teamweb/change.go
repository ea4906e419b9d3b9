package teamweb

import (
	"net/http"
	"slices"
	"strconv"

	"bilin/internal/errs"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/web"
)

type editPage struct {
	web.Base
	Crumbs  []web.Crumb
	Team    *team.Detail // nil for a new one
	Action  string
	Kinds   []web.Option
	Homes   []web.Option // units to choose from; none: the place is written
	Name    string
	Kind    string
	Unit    string // id, or as written
	Version int
	Group   bool // the errors are of the form for the group
}

func (p *Pages) newTeam(w http.ResponseWriter, r *http.Request) error {
	page := p.editPage(r, nil)
	if len(page.Homes) > 0 {
		page.Unit = page.Homes[0].Value
	}
	return p.web.Render(w, r, "teams/edit", page)
}

func (p *Pages) editPage(r *http.Request, d *team.Detail) *editPage {
	page := &editPage{Base: p.web.Base(r, "teamweb.new"), Team: d, Kinds: p.kinds(r), Homes: p.homes(r), Action: "/teams"}
	page.Crumbs = p.crumbs(r, web.Crumb{Label: p.web.T(r)("teamweb.new")})
	if d == nil {
		return page
	}
	page.Base.Title, page.Action = p.web.T(r)("teamweb.edit"), "/teams/"+d.ID
	page.Crumbs = p.crumbs(r, teamCrumb(&d.Team), web.Crumb{Label: p.web.T(r)("teamweb.edit")})
	page.Name, page.Kind, page.Unit, page.Version = d.Name, string(d.Kind), d.UnitID, d.Version
	if page.Homes == nil {
		page.Unit = p.where(d.UnitID)
	}
	return page
}

// homes are the units a team of the reader's can belong to, unless they are too
// many to choose from.
func (p *Pages) homes(r *http.Request) (out []web.Option) {
	tree := p.net.Tree()
	for _, root := range p.svc.MayManage(actor(r)) {
		for _, u := range tree.Subtree(tree.ByID(root)) {
			if u.Level <= network.Village {
				out = append(out, web.Option{Value: u.ID, Label: tree.PathName(u, " · ")})
			}
		}
	}
	if len(out) > fewUnits {
		return nil
	}
	return out
}

// readPut takes a team from a form. A place that is written is looked up.
func (p *Pages) readPut(f *web.Form, page *editPage) team.Put {
	page.FormKey, page.Name, page.Kind, page.Unit = f.Key(), f.Required("name", team.MaxName), f.Text("kind", 20), f.Required("unit", 100)
	cmd := team.Put{Key: f.Key(), Name: page.Name, Kind: team.Kind(page.Kind), UnitID: page.Unit, Version: int(f.Version())}
	if page.Homes != nil || page.Unit == "" {
		return cmd
	}
	tree := p.net.Tree()
	unit, _ := network.NamesOf(tree).Find(page.Unit)
	switch root := tree.Root(); {
	case unit != nil:
		cmd.UnitID = unit.ID
	case root != nil && page.Unit == root.Name:
		cmd.UnitID = root.ID
	default:
		f.Fail("unit", "team.no_unit")
	}
	return cmd
}

func (p *Pages) create(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, id := p.editPage(r, nil), ""
	cmd := p.readPut(f, page)
	if err = f.Err(); err == nil {
		id, err = p.svc.Put(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "teams/edit", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/teams/"+id, "teamweb.said_made")
}

// mine loads a team that the reader may change.
func (p *Pages) mine(r *http.Request) (*team.Detail, error) {
	d, err := p.svc.Get(r.Context(), actor(r), r.PathValue("id"))
	if err == nil && d.Over() {
		return nil, errs.E(errs.Conflict, "team.over")
	}
	if err == nil && !d.May.Manage {
		return nil, errs.E(errs.Forbidden, "auth.forbidden")
	}
	return d, err
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	d, err := p.mine(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "teams/edit", p.editPage(r, d))
}

func (p *Pages) change(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	d, err := p.mine(r)
	if err != nil {
		return err
	}
	page := p.editPage(r, d)
	cmd := p.readPut(f, page)
	cmd.ID = d.ID
	if err = f.Err(); err == nil {
		_, err = p.svc.Put(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "teams/edit", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/teams/"+d.ID, "teamweb.said_changed")
}

// channel sets the team's group. What was typed isn't shown again, not even when
// it isn't taken: it lets whoever has it speak in the group.
func (p *Pages) channel(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := team.SetChannel{Key: f.Key(), TeamID: r.PathValue("id")}
	said := "teamweb.said_group_gone"
	if !f.Bool("forget") {
		cmd.URL, said = f.Required("channel", team.MaxChannel), "teamweb.said_group"
	}
	if err = f.Err(); err == nil {
		err = p.svc.SetChannel(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		d, failed := p.mine(r)
		if failed != nil {
			return failed
		}
		page := p.editPage(r, d)
		page.Errors, page.Group = web.FormErrorsOf(err), true
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "teams/edit", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/teams/"+cmd.TeamID, said)
}

func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := team.End{Key: f.Key(), TeamID: r.PathValue("id"), Version: int(f.Version())}
	if err := p.svc.End(r.Context(), actor(r), cmd); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/teams", "teamweb.said_ended")
}

type addPage struct {
	web.Base
	Crumbs  []web.Crumb
	Team    *team.Detail
	Query   string
	People  []web.Option
	Already []string // of those found, who is in the team
	Person  string
	Grades  []web.Option
	Grade   string
}

func (p *Pages) add(w http.ResponseWriter, r *http.Request) error {
	page, err := p.addPage(r, r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "teams/add", page)
}

func (p *Pages) addPage(r *http.Request, name string) (*addPage, error) {
	d, err := p.mine(r)
	if err != nil {
		return nil, err
	}
	if runes := []rune(name); len(runes) > team.MaxName {
		name = string(runes[:team.MaxName])
	}
	page := &addPage{Base: p.web.Base(r, "teamweb.add"), Team: d, Query: name, Grades: p.grades(r), Grade: team.Plain.String(),
		Crumbs: p.crumbs(r, teamCrumb(&d.Team), web.Crumb{Label: p.web.T(r)("teamweb.add")})}
	found, err := p.svc.Search(r.Context(), actor(r), d.ID, name)
	if err != nil {
		return nil, err
	}
	in, err := p.svc.Already(r.Context(), d.ID, found)
	for _, f := range found {
		if in[f.PersonID] {
			page.Already = append(page.Already, f.Name)
			continue
		}
		page.People = append(page.People, web.Option{Value: f.PersonID, Label: f.Name, Hint: p.where(f.UnitID)})
	}
	return page, err
}

func (p *Pages) join(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := team.SetMember{Key: f.Key(), TeamID: r.PathValue("id"), PersonID: f.Text("person", 60), Grade: readGrade(f)}
	if cmd.PersonID == "" {
		f.Fail("person", "teamweb.pick_person")
	}
	if err = f.Err(); err == nil {
		err = p.svc.SetMember(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page, failed := p.addPage(r, r.PostFormValue("q"))
		if failed != nil {
			return failed
		}
		page.Errors, page.FormKey, page.Person, page.Grade = web.FormErrorsOf(err), f.Key(), cmd.PersonID, cmd.Grade.String()
		return p.web.RenderStatus(w, r, errs.Status(err), "teams/add", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/teams/"+cmd.TeamID, "teamweb.said_joined")
}

type equipmentPage struct {
	web.Base
	Crumbs                []web.Crumb
	Team                  *team.Detail
	Line                  string // id, or "new"
	Name, Quantity, Place string
	Repair                bool
	Version               int
}

// newLine stands in addresses for a line that isn't there yet.
const newLine = "new"

func (p *Pages) equipment(w http.ResponseWriter, r *http.Request) error {
	page, err := p.equipmentPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "teams/equipment", page)
}

func (p *Pages) equipmentPage(r *http.Request) (*equipmentPage, error) {
	d, err := p.mine(r)
	if err != nil {
		return nil, err
	}
	page := &equipmentPage{Base: p.web.Base(r, "teamweb.equipment_new"), Team: d, Line: r.PathValue("line")}
	if page.Line != newLine {
		i := slices.IndexFunc(d.Things, func(e team.Equipment) bool { return e.ID == page.Line })
		if i < 0 {
			return nil, errs.E(errs.NotFound, "team.no_equipment")
		}
		e := d.Things[i]
		page.Title = e.Name
		page.Name, page.Quantity, page.Place, page.Repair, page.Version = e.Name, strconv.Itoa(e.Quantity), e.Place, e.Repair, e.Version
	}
	page.Crumbs = p.crumbs(r, teamCrumb(&d.Team), web.Crumb{Label: page.Title})
	return page, nil
}

func (p *Pages) putEquipment(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := team.PutEquipment{Key: f.Key(), TeamID: r.PathValue("id"), Name: f.Required("name", team.MaxName), Quantity: f.Int("quantity", 1, team.MaxQuantity),
		Place: f.Required("place", team.MaxPlace), Repair: f.Bool("repair"), Version: int(f.Version())}
	if line := r.PathValue("line"); line != newLine {
		cmd.ID = line
	}
	if err = f.Err(); err == nil {
		_, err = p.svc.PutEquipment(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page, failed := p.equipmentPage(r)
		if failed != nil {
			return failed
		}
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		page.Name, page.Quantity, page.Place, page.Repair = cmd.Name, r.PostFormValue("quantity"), cmd.Place, cmd.Repair
		return p.web.RenderStatus(w, r, errs.Status(err), "teams/equipment", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/teams/"+cmd.TeamID, "teamweb.said_equipment")
}

func (p *Pages) dropEquipment(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := team.Drop{Key: f.Key(), TeamID: r.PathValue("id"), ID: r.PathValue("line")}
	if err := p.svc.DropEquipment(r.Context(), actor(r), cmd); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/teams/"+cmd.TeamID, "teamweb.said_equipment_gone")
}
