package networkweb

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// How often one address may look leads up. A village hall's whole network can
// share one address, and search as you type asks at every pause.
const (
	lookupsPerMinute = 60
	lookupBurst      = 60
)

type findPage struct {
	web.Base
	Query   string
	Results []result
	Towns   []result
}

// result is one line of a public answer: a unit and who leads it.
type result struct {
	Unit    *network.Unit
	Path    string
	Href    string
	Lead    string
	Acting  bool
	HasPost bool // a lead is meant to be here
}

func resultOf(t *network.Tree, u *network.Unit) result {
	res := result{Unit: u, Path: t.PathName(u, " · "), Href: publicPath(u), HasPost: u.Level >= network.Area}
	if lead := t.LeadOf(u.ID); lead != nil {
		res.Lead, res.Acting = lead.Name, lead.Acting
	}
	return res
}

// publicPath is the public page of a unit: a cell's lead, or a step of the tree.
func publicPath(u *network.Unit) string {
	if u.Level == network.Cell {
		return "/u/" + u.Code
	}
	if u.Level == network.City {
		return "/find/tree"
	}
	return "/find/tree/" + u.Code
}

// find answers who the lead is at an address, a name, or a door card's code.
func (p *Pages) find(w http.ResponseWriter, r *http.Request) error {
	q := clip(r.URL.Query().Get("q"))
	page := findPage{Base: p.web.Base(r, "network.page.find"), Query: q}
	if q != "" {
		if err := p.lookup.Allow(web.ClientIP(r)); err != nil {
			return err
		}
		if door, ok := p.door(r, q); ok {
			return p.web.SeeOther(w, r, "/d/"+door, "")
		}
		found, err := p.opt.Find.PublicFind(r.Context(), q)
		if err != nil {
			return err
		}
		t := p.svc.Tree()
		for _, a := range found {
			if u := t.ByID(a.UnitID); u != nil {
				page.Results = append(page.Results, resultOf(t, u))
			}
		}
	}
	if web.IsHTMX(r) {
		return p.web.RenderPart(w, r, "network/find", "results", page)
	}
	t := p.svc.Tree()
	for _, town := range t.Children(t.Root()) {
		page.Towns = append(page.Towns, resultOf(t, town))
	}
	return p.web.Render(w, r, "network/find", page)
}

var doorLike = regexp.MustCompile(`^[0-9A-Z]{10}$`)

// door reports whether somebody typed a door card's code that there is. A
// fragment request can't be led elsewhere; it waits for the code to be sent.
func (p *Pages) door(r *http.Request, q string) (string, bool) {
	door := network.FoldDoor(q)
	if web.IsHTMX(r) || !doorLike.MatchString(door) {
		return "", false
	}
	_, err := p.svc.HouseholdByDoor(r.Context(), door)
	return door, err == nil
}

type treePage struct {
	web.Base
	Unit     *network.Unit
	Crumbs   []web.Crumb
	Children []result
}

// browse goes down the tree, for those who know their village but no address.
func (p *Pages) browse(w http.ResponseWriter, r *http.Request) error {
	t := p.svc.Tree()
	u := t.Root()
	if code := r.PathValue("code"); code != "" {
		u = t.Current(t.ByCode(code))
	}
	if u == nil {
		return errs.E(errs.NotFound, "network.no_unit")
	}
	if u.Level == network.Cell {
		return p.web.SeeOther(w, r, publicPath(u), "")
	}
	page := treePage{Base: p.web.Base(r, "network.page.find_in", "name", u.Name), Unit: u, Crumbs: crumbs(t, u, publicPath)}
	for _, c := range t.Children(u) {
		page.Children = append(page.Children, resultOf(t, c))
	}
	return p.web.Render(w, r, "network/tree", page)
}

type leadPage struct {
	web.Base
	Unit      *network.Unit
	Path      string
	Lead      *network.Holder
	Phone     string // only if the lead chose to show it
	Ask       string
	Door      string // the door card's code, in groups; "" on a cell's own page
	Backers   []backer
	Nominate  string // where to propose somebody while the post is vacant
	OfficeWhy bool   // nobody leads here: a matter goes to the village
	Near      []Meeting
}

// Meeting is one to which the neighbours of a cell are asked.
type Meeting struct {
	Subject, Place, Href string
	At                   time.Time
	Cancelled            bool
}

// Near are the meetings to come near a cell.
type Near func(ctx context.Context, cell *network.Unit) ([]Meeting, error)

type backer struct {
	Role auth.Role
	Unit string
	Name string
}

// byUnit is the public page of a cell.
func (p *Pages) byUnit(w http.ResponseWriter, r *http.Request) error {
	if err := p.lookup.Allow(web.ClientIP(r)); err != nil {
		return err // codes are known; names and shown numbers are not for collecting
	}
	t := p.svc.Tree()
	u := t.Current(t.ByCode(r.PathValue("code")))
	if u == nil {
		return errs.E(errs.NotFound, "network.no_unit")
	}
	if u.Level != network.Cell {
		return p.web.SeeOther(w, r, publicPath(u), "")
	}
	return p.showLead(w, r, u, "")
}

// byDoor is where a door card leads: the cell, and nothing of the household.
func (p *Pages) byDoor(w http.ResponseWriter, r *http.Request) error {
	if err := p.lookup.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	door := network.FoldDoor(r.PathValue("door"))
	u, err := p.svc.HouseholdByDoor(r.Context(), door)
	if err != nil {
		return err
	}
	if u == nil {
		return errs.E(errs.NotFound, "network.no_unit")
	}
	return p.showLead(w, r, u, door)
}

func (p *Pages) showLead(w http.ResponseWriter, r *http.Request, u *network.Unit, door string) error {
	t := p.svc.Tree()
	page := leadPage{
		Base: p.web.Base(r, "network.page.your_lead"), Unit: u, Path: t.PathName(u, " · "),
		Lead: t.LeadOf(u.ID), Ask: p.opt.Ask + "?unit=" + u.Code,
	}
	if door != "" {
		page.Door, page.Ask = doorcard.Grouped(door), p.opt.Ask+"?door="+door
	}
	said := map[string]bool{}
	for _, b := range t.BackersOf(u.ID) {
		if said[b.Holder.PersonID] {
			continue
		}
		said[b.Holder.PersonID] = true
		page.Backers = append(page.Backers, backer{Role: b.Post.Role, Unit: b.Unit.Name, Name: b.Holder.Name})
	}
	if page.Lead != nil {
		shown, err := p.svc.ShownPhones(r.Context(), []string{page.Lead.PersonID})
		if err != nil {
			return err
		}
		page.Phone = shown[page.Lead.PersonID]
	} else {
		page.OfficeWhy = true
		if leadPost(t, u) != nil {
			page.Nominate = "/u/" + u.Code + "/nominate"
		}
	}
	if p.opt.Near != nil {
		var err error
		if page.Near, err = p.opt.Near(r.Context(), u); err != nil {
			return err
		}
	}
	return p.web.Render(w, r, "network/lead", page)
}
