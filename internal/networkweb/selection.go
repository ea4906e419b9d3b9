package networkweb

import (
	"context"
	"net/http"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// How often one address may nominate: a village hall shares one.
const (
	nominationsPerMinute = 6
	nominationBurst      = 12
)

const maxStatement = 500

type nominatePage struct {
	web.Base
	Unit      *network.Unit
	Path      string
	Lead      *network.Holder
	Name      string
	Phone     string
	By        string
	Who       []web.Option
	Statement string
	Sent      bool
}

// nominateForm is public: anybody may propose themselves or a neighbour.
func (p *Pages) nominateForm(w http.ResponseWriter, r *http.Request) error {
	page, _, err := p.nominatePage(r)
	if err != nil {
		return err
	}
	page.Sent = r.URL.Query().Has("sent")
	return p.web.Render(w, r, "network/nominate", page)
}

func (p *Pages) nominatePage(r *http.Request) (*nominatePage, *network.Post, error) {
	t := p.svc.Tree()
	u := t.Current(t.ByCode(r.PathValue("code")))
	if u == nil {
		return nil, nil, errs.E(errs.NotFound, "network.no_unit")
	}
	post := leadPost(t, u)
	if post == nil {
		return nil, nil, errs.E(errs.NotFound, "network.page.no_lead_post")
	}
	tr := p.web.T(r)
	page := &nominatePage{
		Base: p.web.Base(r, "network.page.nominate"), Unit: u, Path: t.PathName(u, " · "), Lead: t.LeadOf(u.ID), By: network.BySelf,
		Who: []web.Option{{Value: network.BySelf, Label: tr("network.by.self")}, {Value: network.ByNeighbour, Label: tr("network.by.neighbour")}},
	}
	if p.unitRights(r, t, u).Appoint {
		page.Who = append(page.Who, web.Option{Value: network.ByVillage, Label: tr("network.by.village")})
	}
	return page, post, nil
}

func (p *Pages) nominate(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, post, err := p.nominatePage(r)
	if err != nil {
		return err
	}
	if err := p.proposals.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	page.FormKey, page.Name, page.Phone = f.Key(), f.Required("name", maxName), f.Text("phone", 40)
	page.By = f.Choice("by", network.BySelf, network.ByNeighbour, network.ByVillage)
	page.Statement = f.RequiredLines("statement", maxStatement)
	if err = f.Err(); err == nil {
		_, err = p.svc.Nominate(r.Context(), actor(r.Context()), network.Nominate{
			Key: page.FormKey, PostID: post.ID, PersonName: page.Name, Phone: page.Phone, By: page.By, Statement: page.Statement,
		})
	}
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/nominate", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/u/"+page.Unit.Code+"/nominate?sent=1", "")
}

type selectionsPage struct {
	web.Base
	Unit    *network.Unit
	Crumbs  []web.Crumb
	State   string
	Filters []web.FilterSelect
	Rows    []selectionRow
	Next    string
}

type selectionRow struct {
	Selection network.Selection
	Path      string
	Href      string
}

// selections lists candidates at and under a unit.
func (p *Pages) selections(w http.ResponseWriter, r *http.Request) error {
	t, u, err := p.asked(r)
	if err != nil {
		return err
	}
	after, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	state := network.SelectionState(r.URL.Query().Get("state"))
	if state != "" && !slices.Contains(network.SelectionStates(), state) {
		return errs.E(errs.NotFound, "network.page.no_state")
	}
	found, next, err := p.svc.Selections(r.Context(), actor(r.Context()), state, u.ID, first(after), pageSize)
	if err != nil {
		return err
	}
	tr := p.web.T(r)
	page := selectionsPage{Base: p.web.Base(r, "network.page.selections"), Unit: u, State: string(state), Crumbs: p.under(r, t, u, tr("network.page.selections"))}
	for _, x := range found {
		page.Rows = append(page.Rows, selectionRow{Selection: x, Path: t.PathName(t.ByID(x.UnitID), " / "), Href: selectionPath(x.ID)})
	}
	if next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(next))
	}
	states := web.FilterSelect{Name: "state", Label: tr("network.page.col.state"), Value: string(state)}
	for _, s := range network.SelectionStates() {
		states.Options = append(states.Options, web.Option{Value: string(s), Label: tr("network.selection." + string(s))})
	}
	page.Filters = []web.FilterSelect{states}
	return p.web.Render(w, r, "network/selections", page)
}

func selectionPath(id string) string { return "/network/selections/" + id }

type selectionPage struct {
	web.Base
	Selection *network.Selection
	Post      *network.Post
	Unit      *network.Unit
	Crumbs    []web.Crumb
	Items     []web.TimelineItem
	Next      string // the step that comes next, for those who may take it
	MayLeave  bool
	NoticeRun bool // the notice hasn't run out yet
	Today     string
	Phone     string
	CanPhone  bool
}

// steps are the ways forward, by state: who takes them and what takes them.
var steps = map[network.SelectionState]struct {
	name   string
	action auth.Action
}{
	network.Nominated: {"review", network.ActSelectReview},
	network.Reviewed:  {"file", network.ActSelectFile},
	network.Filed:     {"notice", network.ActSelectFile},
	network.OnNotice:  {"appoint", network.ActSelectFile},
}

func (p *Pages) showSelection(w http.ResponseWriter, r *http.Request) error {
	page, err := p.selectionPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "network/selection", page)
}

func (p *Pages) selectionPage(r *http.Request) (*selectionPage, error) {
	x, err := p.svc.Selection(r.Context(), actor(r.Context()), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t, tr := p.svc.Tree(), p.web.T(r)
	u := t.ByID(x.UnitID)
	page := &selectionPage{
		Base: p.web.Base(r, "network.page.candidate", "name", x.PersonName), Selection: x, Post: t.Post(x.PostID), Unit: u,
		Crumbs: p.under(r, t, u, x.PersonName), Today: t.Day(), CanPhone: x.HasPhone && p.can(r, network.ActReadPhone, u),
	}
	page.NoticeRun = x.State == network.OnNotice && t.Day() <= x.NoticeUntil
	if step, ok := steps[x.State]; ok && p.can(r, step.action, u) && !page.NoticeRun {
		page.Next = step.name
	}
	page.MayLeave = x.Open() && (p.can(r, network.ActSelectFile, u) || x.State == network.Nominated && p.can(r, network.ActSelectReview, u))
	for _, e := range slices.Backward(x.Events) {
		page.Items = append(page.Items, web.TimelineItem{At: e.At, Who: e.ActorName, What: tr("network.selection." + string(e.Step)), Text: e.Note})
	}
	return page, nil
}

// stepSelection takes one step of a selection.
func (p *Pages) stepSelection(step string, do func(context.Context, auth.Actor, network.SelectionStep) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		page, err := p.selectionPage(r)
		if err != nil {
			return err
		}
		page.FormKey = f.Key()
		c := network.SelectionStep{
			Key: f.Key(), ID: page.Selection.ID, Version: int(f.Version()), Note: f.Lines("note", 200), Until: f.Date("until"),
		}
		if step == "reject" || step == "withdraw" {
			c.Note = f.RequiredLines("note", 200)
		}
		if err = f.Err(); err == nil {
			err = do(r.Context(), actor(r.Context()), c)
		}
		if web.IsInvalid(err) {
			page.Errors = web.FormErrorsOf(err)
			return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/selection", page)
		}
		if err != nil {
			return err
		}
		return p.web.SeeOther(w, r, selectionPath(c.ID), "network.page.done.select_"+step)
	}
}

// candidatePhone opens a candidate's number for a purpose, and shows it once.
func (p *Pages) candidatePhone(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.selectionPage(r)
	if err != nil {
		return err
	}
	purpose := f.Required("purpose", 200)
	if err = f.Err(); err == nil {
		page.Phone, err = p.svc.ReadPhone(r.Context(), actor(r.Context()), network.PhoneOfCandidate, page.Selection.ID, purpose)
	}
	w.Header().Set("Cache-Control", "no-store")
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/selection", page)
	}
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "network/selection", page)
}

type noticesPage struct {
	web.Base
	Rows []selectionRow
}

// notices is the public notice of candidates: who, for which post, until when.
func (p *Pages) notices(w http.ResponseWriter, r *http.Request) error {
	found, err := p.svc.PublicNotices(r.Context())
	if err != nil {
		return err
	}
	t := p.svc.Tree()
	page := noticesPage{Base: p.web.Base(r, "network.page.notices")}
	for _, x := range found {
		u := t.ByID(x.UnitID)
		page.Rows = append(page.Rows, selectionRow{Selection: x, Path: t.PathName(u, " · "), Href: p.opt.Ask + "?unit=" + u.Code})
	}
	return p.web.Render(w, r, "network/notices", page)
}
