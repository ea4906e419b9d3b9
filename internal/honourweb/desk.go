package honourweb

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/web"
)

// categoryRow is a category's two fields.
type categoryRow struct {
	N            int
	Name, Places string
}

// editPage makes a round or changes a draft.
type editPage struct {
	web.Base
	R           *honour.Round // nil: a new one
	Action      string
	Name, Words string
	Rows        []categoryRow
	Until       string
	Days        string
	Labels      map[string]string
	Crumbs      []web.Crumb
}

func (p *Pages) editPage(r *http.Request) *editPage {
	t := p.web.T(r)
	page := &editPage{Base: p.web.Base(r, "honourweb.new"), Action: "/honours", Days: strconv.Itoa(honour.MinPublish), Crumbs: p.crumbs(r, nil, t("honourweb.new")),
		Labels: map[string]string{"name": t("honourweb.name"), "words": t("honourweb.words"), "until": t("honourweb.until"), "days": t("honourweb.days")}}
	for i := range honour.MaxCategories {
		page.Rows = append(page.Rows, categoryRow{N: i + 1})
		page.Labels[fmt.Sprintf("category-%d", i+1)] = t("honourweb.category_n", "n", i+1)
		page.Labels[fmt.Sprintf("places-%d", i+1)] = t("honourweb.places_n", "n", i+1)
	}
	return page
}

// of fills the page with a round.
func (p *Pages) of(r *http.Request, page *editPage, x *honour.Round) *editPage {
	page.R, page.Action, page.Title = x, "/honours/"+x.ID, p.web.T(r)("honourweb.edit")
	page.Name, page.Words, page.Until, page.Days = x.Name, x.Words, x.NominateUntil, strconv.Itoa(x.PublishDays)
	for i, c := range x.Categories {
		page.Rows[i].Name, page.Rows[i].Places = c.Name, strconv.Itoa(c.Places)
	}
	page.Crumbs = p.crumbs(r, x, page.Title)
	return page
}

func (p *Pages) fresh(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "honours/edit", p.editPage(r))
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	x, _, err := p.round(r)
	if err == nil && x.State != honour.Draft {
		err = errs.E(errs.Conflict, "honour.not_now")
	}
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/edit", p.of(r, p.editPage(r), x))
}

func (p *Pages) define(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := p.editPage(r)
	cmd := honour.Define{Key: f.Key(), ID: r.PathValue("round"), Version: int(f.Version())}
	if cmd.ID != "" {
		x, _, err := p.round(r)
		if err != nil {
			return err
		}
		p.of(r, page, x)
	}
	page.FormKey = f.Key()
	page.Name, page.Words, page.Until, page.Days = f.Text("name", anyText), f.Lines("words", anyText), f.Date("until"), f.Text("days", 3)
	cmd.Name, cmd.Words, cmd.NominateUntil, cmd.PublishDays = page.Name, page.Words, page.Until, f.Int("days", honour.MinPublish, honour.MaxPublish)
	for i := range page.Rows {
		row := &page.Rows[i]
		row.Name, row.Places = f.Text(fmt.Sprintf("category-%d", row.N), anyText), f.Text(fmt.Sprintf("places-%d", row.N), 4)
		places, err := strconv.Atoi(row.Places)
		if err != nil && row.Places != "" {
			places = -1 // which no category can have
		}
		cmd.Categories = append(cmd.Categories, honour.Category{Name: row.Name, Places: places})
	}
	id := cmd.ID
	if err = f.Err(); err == nil {
		id, err = p.svc.Define(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/edit", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/honours/"+id+"/desk", "honourweb.saved")
}

// panelPage chooses who judges.
type panelPage struct {
	web.Base
	R       card
	Members []judge
	Q       string
	Found   []candidateJudge
	Least   int
	Change  bool
	Crumbs  []web.Crumb
}

// judge is a member of the panel with their posts.
type judge struct {
	honour.Member
	Posts string
}

// candidateJudge is somebody whom a search finds; In: the panel has them already.
type candidateJudge struct {
	ID, Name, Posts string
	In              bool
}

// posts names the posts in which somebody serves, and where.
func (p *Pages) posts(r *http.Request, personID string) string {
	t, list := p.web.T(r), []string(nil)
	for _, post := range p.tree().PostsOf(personID) {
		if h := post.Serving(); h != nil && h.PersonID == personID {
			list = append(list, t("honourweb.post", "role", t("network.role."+string(post.Role)), "where", p.where(post.UnitID)))
		}
	}
	return strings.Join(list, t("honourweb.comma"))
}

func (p *Pages) panelPage(r *http.Request, q string) (*panelPage, error) {
	x, members, err := p.round(r)
	if err != nil {
		return nil, err
	}
	page := &panelPage{Base: p.web.Base(r, "honourweb.panel"), R: p.card(r, *x), Q: q, Least: honour.MinPanel,
		Change: x.State == honour.Draft || x.State == honour.Open, Crumbs: p.crumbs(r, x, p.web.T(r)("honourweb.panel"))}
	list, err := p.svc.Officials(actor(r), q)
	for _, n := range list {
		in := slices.ContainsFunc(members, func(m honour.Member) bool { return m.PersonID == n.ID })
		page.Found = append(page.Found, candidateJudge{n.ID, n.Name, p.posts(r, n.ID), in})
	}
	for _, m := range members {
		page.Members = append(page.Members, judge{m, p.posts(r, m.PersonID)})
	}
	return page, err
}

func (p *Pages) panel(w http.ResponseWriter, r *http.Request) error {
	page, err := p.panelPage(r, strings.TrimSpace(r.URL.Query().Get("q")))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/panel", page)
}

func (p *Pages) setPanel(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id, person, set := r.PathValue("round"), f.Required("person", 40), p.svc.AddMember
	if f.Text("_drop", 1) != "" {
		set = p.svc.DropMember
	}
	if err = f.Err(); err == nil {
		err = set(r.Context(), actor(r), f.Key(), id, person, int(f.Version()))
	}
	if web.Again(err) {
		page, shown := p.panelPage(r, "")
		if shown != nil {
			return shown
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/panel", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/honours/"+id+"/panel", "honourweb.saved")
}

// deskPage is what comes next in a round, for whoever runs it.
type deskPage struct {
	web.Base
	R       card
	Panel   []honour.Member
	D       *honour.Desk
	Awards  []award
	Until   string
	Ready   bool // the panel is large enough
	Least   int
	Prolong bool
	Labels  map[string]string
	Crumbs  []web.Crumb
}

// award is a certificate on the desk.
type award struct {
	honour.Shown
	Where, StateName, Look string
}

var certLooks = map[honour.CertState]string{honour.Valid: "ok", honour.Revoked: "bad", honour.Withdrawn: "idle"}

func (p *Pages) deskPage(r *http.Request) (*deskPage, error) {
	x, members, err := p.round(r)
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &deskPage{Base: p.web.Base(r, "honourweb.desk"), R: p.card(r, *x), Panel: members, Ready: len(members) >= honour.MinPanel, Least: honour.MinPanel,
		Labels: map[string]string{"until": t("honourweb.vote_until")}, Crumbs: p.crumbs(r, x, t("honourweb.desk"))}
	page.Live = []string{honour.Topic(x.ID)}
	if page.D, err = p.svc.Desk(r.Context(), actor(r), x, members); err != nil {
		return nil, err
	}
	page.Prolong = x.State == honour.Voting && page.D.Over && page.D.In < page.D.Enough
	list, err := p.svc.Awards(r.Context(), actor(r), x, true)
	for _, a := range list {
		page.Awards = append(page.Awards, award{a, p.where(a.UnitID), t("honour.cert." + string(a.State)), certLooks[a.State]})
	}
	return page, err
}

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	page, err := p.deskPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/desk", page)
}

// turn takes a round one step on.
func (p *Pages) turn(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id, version, ctx, until := r.PathValue("round"), int(f.Version()), r.Context(), f.Date("until")
	if err = f.Err(); err == nil {
		switch f.Choice("step", "open", "vote", "prolong", "award") {
		case "open":
			err = p.svc.Open(ctx, actor(r), f.Key(), id, version)
		case "vote":
			err = p.svc.StartVote(ctx, actor(r), f.Key(), id, until, version)
		case "prolong":
			err = p.svc.Prolong(ctx, actor(r), f.Key(), id, until, version)
		case "award":
			err = p.svc.Award(ctx, actor(r), f.Key(), id, version)
		default:
			err = errs.E(errs.Invalid, "honour.not_now")
		}
	}
	if web.Again(err) {
		page, shown := p.deskPage(r)
		if shown != nil {
			return shown
		}
		page.Until, page.Errors = until, web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/desk", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/honours/"+id+"/desk", "honourweb.saved")
}

// certPage asks that a certificate is taken back, or takes its holder off the public page.
type certPage struct {
	web.Base
	R      card
	A      award
	Reason string
	Labels map[string]string
	Crumbs []web.Crumb
}

func (p *Pages) certPage(r *http.Request) (*certPage, error) {
	desk, err := p.deskPage(r)
	if err != nil {
		return nil, err
	}
	for _, a := range desk.Awards {
		if a.Number == r.PathValue("number") {
			t := p.web.T(r)
			return &certPage{Base: p.web.Base(r, "honourweb.certificate"), R: desk.R, A: a, Labels: map[string]string{"reason": t("honourweb.reason")},
				Crumbs: append(p.crumbs(r, &desk.R.Round, t("honourweb.desk"))[:2], web.Crumb{Label: t("honourweb.desk"), Href: "/honours/" + desk.R.ID + "/desk"}, web.Crumb{Label: a.Number})}, nil
		}
	}
	return nil, errs.E(errs.NotFound, "honour.no_certificate")
}

func (p *Pages) certificate(w http.ResponseWriter, r *http.Request) error {
	page, err := p.certPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/certificate", page)
}

func (p *Pages) askRevoke(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	num, flash := r.PathValue("number"), "honourweb.revoke_asked"
	if f.Text("_off", 1) != "" {
		flash, err = "honourweb.unlisted", p.svc.List(r.Context(), actor(r), f.Key(), num, false, int(f.Version()))
	} else {
		err = p.svc.AskRevoke(r.Context(), actor(r), f.Key(), num, f.Lines("reason", anyText), int(f.Version()))
	}
	if web.Again(err) {
		page, shown := p.certPage(r)
		if shown != nil {
			return shown
		}
		page.Reason, page.Errors = f.Lines("reason", anyText), web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/certificate", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/honours/"+r.PathValue("round")+"/desk", flash)
}

// decideRevoke is the second person's word.
func (p *Pages) decideRevoke(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	agree, flash := f.Text("agree", 3) == "yes", "honourweb.revoke_refused"
	if agree {
		flash = "honourweb.revoke_done"
	}
	if err := p.svc.DecideRevoke(r.Context(), actor(r), f.Key(), r.PathValue("number"), agree, int(f.Version())); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/honours/"+r.PathValue("round"), flash)
}
