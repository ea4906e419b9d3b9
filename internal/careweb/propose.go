package careweb

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/web"
)

type proposePage struct {
	web.Base
	Crumbs   []web.Crumb
	Old      *kind // what it changes; nil for a new one
	N        need.Need
	Terms    []web.Option // the arrangements there are
	Term     string
	Grounds  []web.Option
	Longest  int
	Days     string
	Approver int
}

// proposeForm asks for the whole of a need: name, obligation, basis and longest
// term are one thing.
func (p *Pages) proposeForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.proposePage(r, r.PathValue("code"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "care/propose", page)
}

func (p *Pages) proposePage(r *http.Request, code string) (*proposePage, error) {
	t := p.web.T(r)
	page := &proposePage{Base: p.web.Base(r, "careweb.propose"), Longest: need.Longest, Days: strconv.Itoa(need.Longest), Approver: need.Approvers}
	if code != "" {
		n, known := p.o.Care.Needs().Need(code)
		if !known {
			return nil, errs.E(errs.NotFound, "need.none")
		}
		old := p.kind(r, n)
		page.Old, page.N, page.Term, page.Days = &old, n, termOf(n.Obligation), strconv.Itoa(n.LongDays)
		page.Title = t("careweb.change_of", "name", old.Title)
	}
	page.Crumbs = []web.Crumb{{Label: t("careweb.needs"), Href: "/care/needs"}, {Label: page.Title}}
	for _, n := range p.o.Care.Needs().All() {
		if term := termOf(n.Obligation); !slices.ContainsFunc(page.Terms, func(o web.Option) bool { return o.Value == term }) {
			page.Terms = append(page.Terms, web.Option{Value: term, Label: p.owed(r, n.Obligation), Hint: t("need.action." + string(n.Action))})
		}
	}
	for _, g := range need.Grounds() {
		page.Grounds = append(page.Grounds, web.Option{Value: string(g), Label: t("need.ground." + string(g))})
	}
	return page, nil
}

const termMark = "-"

// termOf writes an arrangement as a form's value.
func termOf(o need.Obligation) string {
	return strings.Join([]string{strconv.Itoa(o.EveryDays), string(o.Who), string(o.Do), string(o.Action)}, termMark)
}

// parseTerm reads one. What is wrong with it, the rules will say.
func parseTerm(text string) need.Obligation {
	parts := strings.Split(text, termMark)
	if len(parts) != 4 {
		return need.Obligation{}
	}
	every, err := strconv.Atoi(parts[0])
	if err != nil {
		return need.Obligation{}
	}
	return need.Obligation{EveryDays: every, Who: need.Who(parts[1]), Do: need.Do(parts[2]), Action: need.Action(parts[3])}
}

// propose puts a need before its approvers.
func (p *Pages) propose(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	term := f.Text("every", 80)
	n := need.Need{Code: f.Text("code", 40), Name: f.Text("name", need.MaxName), NameEN: f.Text("name_en", need.MaxName), Obligation: parseTerm(term),
		Law: f.Text("law", need.MaxText), Benefit: f.Text("benefit", need.MaxText), Consent: f.Bool("consent"), LongDays: f.Int("long", 0, need.Longest)}
	for _, g := range f.List("grounds") {
		n.Grounds = append(n.Grounds, need.Ground(g))
	}
	if term == "" {
		f.Fail("every", "need.missing")
	}
	id := ""
	if err = f.Err(); err == nil {
		id, err = p.o.Needs.Propose(r.Context(), actor(r), need.Propose{Key: f.Key(), Need: n})
	}
	if web.Again(err) {
		page, failed := p.proposePage(r, n.Code)
		if failed != nil {
			return failed
		}
		page.N, page.Term, page.Days = n, term, r.PostFormValue("long")
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.web.RenderStatus(w, r, errs.Status(err), "care/propose", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/care/proposals/"+id, "careweb.said_proposed")
}

// line compares a field of a need now and as it is proposed.
type line struct{ Label, Now, Then string }

// Moved reports whether the proposal changes it.
func (l line) Moved() bool { return l.Now != "" && l.Now != l.Then }

type proposalPage struct {
	web.Base
	Crumbs     []web.Crumb
	P          idea
	Lines      []line
	By         []string
	MayApprove bool
	Own        bool // the reader proposed it, and so can't approve it
	MayRefuse  bool
	Reason     string
	Listed     int // of an end, for those who decide: households whose contact would run out; -1: too few to say
	Few        int // 0: it isn't said
}

func (p *Pages) proposal(w http.ResponseWriter, r *http.Request) error {
	page, err := p.proposalPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "care/proposal", page)
}

func (p *Pages) proposalPage(r *http.Request) (*proposalPage, error) {
	x, err := p.o.Needs.Proposal(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	open := x.State == need.Asked || x.State == need.Notice
	may := p.may(r, need.ActApprove, "")
	page := &proposalPage{Base: p.web.Base(r, "careweb.proposal"), P: p.idea(r, *x), MayApprove: p.o.Needs.MayApprove(actor(r), x),
		Own: may && open && actor(r).Is(x.ProposedBy), MayRefuse: may && open}
	page.Title = page.P.Is.Title
	page.Live = []string{need.Topic}
	page.Crumbs = []web.Crumb{{Label: t("careweb.needs"), Href: "/care/needs"}, {Label: page.Title}}
	for _, a := range x.Approvals {
		by := a.Name
		if a.Role != "" {
			by = t("careweb.approved_by", "name", a.Name, "role", t("auth.role."+string(a.Role)))
		}
		page.By = append(page.By, by)
	}
	page.Lines = p.lines(r, x)
	if !x.Off || !may {
		return page, nil
	}
	page.Few = care.Least
	page.Listed, err = p.o.Care.ListedFor(r.Context(), actor(r), x.Need.Code)
	return page, err
}

func (p *Pages) lines(r *http.Request, x *need.Proposal) []line {
	t := p.web.T(r)
	then := p.kind(r, x.Need)
	if x.Off {
		return []line{{t("careweb.name"), "", then.Title}, {t("careweb.obligation"), "", then.Owed}, {t("careweb.off_why"), "", x.Why}}
	}
	var now kind
	if n, known := p.o.Care.Needs().Need(x.Need.Code); known && x.State != need.Adopted {
		now = p.kind(r, n)
	}
	consent := func(k kind) string {
		if k.Code == "" {
			return ""
		}
		if k.Consent {
			return t("careweb.consent_yes")
		}
		return t("careweb.consent_no")
	}
	days := func(k kind) string {
		if k.Code == "" {
			return ""
		}
		return t("careweb.days", "n", k.LongDays)
	}
	return []line{
		{t("careweb.name"), now.Name, then.Name}, {t("careweb.name_en"), now.NameEN, then.NameEN}, {t("careweb.grounds"), now.Grounds, then.Grounds},
		{t("careweb.obligation"), now.Owed, then.Owed}, {t("careweb.in_emergency"), now.Action, then.Action}, {t("careweb.law"), now.Law, then.Law},
		{t("careweb.benefit"), now.Benefit, then.Benefit}, {t("careweb.basis"), consent(now), consent(then)}, {t("careweb.longest"), days(now), days(then)},
	}
}

func (p *Pages) approve(w http.ResponseWriter, r *http.Request) error {
	return p.decide(w, r, "careweb.said_approved", func(cmd need.Decide) error { return p.o.Needs.Approve(r.Context(), actor(r), cmd) })
}

func (p *Pages) refuse(w http.ResponseWriter, r *http.Request) error {
	return p.decide(w, r, "careweb.said_refused", func(cmd need.Decide) error { return p.o.Needs.Refuse(r.Context(), actor(r), cmd) })
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request, said string, do func(need.Decide) error) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := need.Decide{Key: f.Key(), ID: r.PathValue("id"), Version: int(f.Version()), Reason: f.Lines("reason", need.MaxText)}
	if err = f.Err(); err == nil {
		err = do(cmd)
	}
	if web.Again(err) || errs.CodeOf(err) == "need.own" {
		page, failed := p.proposalPage(r)
		if failed != nil {
			return failed
		}
		page.Errors, page.Reason = web.FormErrorsOf(err), cmd.Reason
		return p.web.RenderStatus(w, r, errs.Status(err), "care/proposal", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/care/proposals/"+cmd.ID, said)
}
