package volunteerweb

import (
	"net/http"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/volunteer"
	"bilin/internal/web"
)

// row is a report-in as the list shows it.
type row struct {
	*volunteer.Volunteer
	KindName, Where, SkillNames string
}

type listPage struct {
	web.Base
	State   string
	Tally   map[string]int
	Rows    []row
	Selects []web.FilterSelect
	Name    string
	Any     bool // a filter is set
	Enter   bool // the reader may enter somebody
	Far     bool // report-ins are of more than one village
	Next    string
	Wishes  bool // the reader posts small wishes
	Kinds   bool // the reader changes their catalogue
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	page := listPage{Base: p.web.Base(r, "volunteerweb.title"), State: string(volunteer.Pending), Name: q.Get("q"), Tally: map[string]int{}}
	tally, err := p.svc.Tally(r.Context(), actor(r), "")
	if err != nil {
		return err
	}
	for state, n := range tally {
		page.Tally[string(state)] = n
	}
	if q.Get("state") == string(volunteer.Active) || q.Get("state") == "" && tally[volunteer.Pending] == 0 {
		page.State = string(volunteer.Active)
	}
	if p.wish != nil {
		page.Wishes, page.Kinds = p.wish.MayPost(actor(r)), p.wish.MayEdit(actor(r))
	}
	mine := len(p.svc.MayEnter(actor(r)))
	page.Enter, page.Far = mine > 0, mine != 1
	page.Any = q.Get("q")+q.Get("kind")+q.Get("skill")+q.Get("unit") != ""
	p.filters(r, &page)
	f := volunteer.Filter{State: volunteer.State(page.State), Kind: volunteer.Kind(q.Get("kind")), Skill: volunteer.Skill(q.Get("skill")), Name: q.Get("q")}
	if code := q.Get("unit"); code != "" {
		f.UnitID = "-" // of nobody, unless the code is known
		if u := p.tree().ByCode(code); u != nil {
			f.UnitID = u.ID
		}
	}
	after, err := web.DecodeCursor(r, 2)
	if err != nil {
		return err
	}
	list, err := p.svc.List(r.Context(), actor(r), f, after, pageSize+1)
	if err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		page.Next = web.PageURL(r, web.EncodeCursor(list[pageSize-1].Cursor()...))
	}
	for _, v := range list {
		page.Rows = append(page.Rows, row{v, p.web.T(r)("volunteer.kind." + string(v.Kind)), p.where(v.VillageID), strings.Join(p.skillNames(r, v.Skills), p.web.T(r)("volunteerweb.comma"))})
	}
	return p.web.Render(w, r, "volunteers/list", page)
}

func (p *Pages) filters(r *http.Request, page *listPage) {
	q, t := r.URL.Query(), p.web.T(r)
	page.Selects = []web.FilterSelect{
		{Name: "kind", Label: t("volunteerweb.kind"), Value: q.Get("kind"), Options: p.kindOptions(r)},
		{Name: "skill", Label: t("volunteerweb.skill"), Value: q.Get("skill"), Options: p.skillOptions(r)},
	}
	tree := p.tree()
	var places []web.Option
	for _, g := range actor(r).Grants {
		if u := tree.ByID(g.UnitID); u != nil && u.Level <= network.Town {
			places = options(tree.Children(u))
		}
	}
	if len(places) > 0 {
		page.Selects = append(page.Selects, web.FilterSelect{Name: "unit", Label: t("volunteerweb.where"), Value: q.Get("unit"), Options: places})
	}
}

type showPage struct {
	web.Base
	Crumbs          []web.Crumb
	V               *volunteer.Volunteer
	Kind, Where     string
	Label, Look     string
	Why             string
	Skills          []string
	May             bool // decide on it
	Pending, Active bool
	Reasons         []web.Option
	Purpose         string
	Phone           string // just opened, shown once
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	page, err := p.showPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "volunteers/show", page)
}

func (p *Pages) showPage(r *http.Request) (*showPage, error) {
	v, err := p.svc.Get(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &showPage{Base: p.web.Base(r, "volunteerweb.title"), V: v, Kind: t("volunteer.kind." + string(v.Kind)), Where: p.where(v.UnitID),
		Label: t("volunteer.state." + string(v.State)), Look: looks[v.State], Skills: p.skillNames(r, v.Skills), May: p.svc.MayDecide(actor(r), v.VillageID),
		Pending: v.State == volunteer.Pending, Active: v.State == volunteer.Active}
	page.Title = v.Name
	if v.Name == "" { // erased
		page.Title = page.Label
	}
	page.Crumbs = []web.Crumb{{Label: t("volunteerweb.title"), Href: "/volunteers"}, {Label: page.Title}}
	page.Live = []string{volunteer.Topic(v.VillageID)}
	if v.State == volunteer.Refused {
		page.Why = t("volunteer.reason." + string(v.Reason))
	}
	for _, reason := range volunteer.Reasons() {
		page.Reasons = append(page.Reasons, web.Option{Value: string(reason), Label: t("volunteer.reason." + string(reason))})
	}
	return page, nil
}

// decide carries out a step on a report-in.
func (p *Pages) decide(w http.ResponseWriter, r *http.Request, do func(volunteer.Step) error, back, said string) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	err = do(volunteer.Step{Key: f.Key(), ID: r.PathValue("id"), Reason: volunteer.Reason(f.Text("reason", 20)), Version: int(f.Version())})
	if web.Again(err) {
		return p.showAgain(w, r, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, back, said)
}

func (p *Pages) showAgain(w http.ResponseWriter, r *http.Request, cause error) error {
	page, err := p.showPage(r)
	if err != nil {
		return err
	}
	page.Errors, page.Purpose = web.FormErrorsOf(cause), r.PostFormValue("purpose")
	return p.web.RenderStatus(w, r, errs.Status(cause), "volunteers/show", page)
}

func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	return p.decide(w, r, func(s volunteer.Step) error { return p.svc.Confirm(r.Context(), actor(r), s) }, "/volunteers", "volunteerweb.said_confirmed")
}

func (p *Pages) refuse(w http.ResponseWriter, r *http.Request) error {
	return p.decide(w, r, func(s volunteer.Step) error { return p.svc.Refuse(r.Context(), actor(r), s) }, "/volunteers", "volunteerweb.said_refused")
}

func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	return p.decide(w, r, func(s volunteer.Step) error { return p.svc.End(r.Context(), actor(r), s) }, "/volunteers?state=active", "volunteerweb.said_ended")
}

// phone opens a number for a purpose, and shows it once.
func (p *Pages) phone(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.showPage(r)
	if err != nil {
		return err
	}
	purpose := f.Required("purpose", maxPurpose)
	if err = f.Err(); err == nil {
		page.Phone, err = p.svc.ReadPhone(r.Context(), actor(r), page.V.ID, purpose)
	}
	w.Header().Set("Cache-Control", "no-store")
	if web.IsInvalid(err) {
		return p.showAgain(w, r, err)
	}
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "volunteers/show", page)
}
