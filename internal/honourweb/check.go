package honourweb

import (
	"net/http"
	"time"

	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/web"
	"bilin/internal/workday"
)

// waiting is a nomination in the list of those to check.
type waiting struct {
	honour.Nomination
	Where, Says, Look string
}

type checksPage struct {
	web.Base
	List   []waiting
	Crumbs []web.Crumb
}

func (p *Pages) checks(w http.ResponseWriter, r *http.Request) error {
	list, err := p.svc.ToCheck(r.Context(), actor(r))
	if err != nil {
		return err
	}
	t := p.web.T(r)
	page := checksPage{Base: p.web.Base(r, "honourweb.checks"), Crumbs: p.crumbs(r, nil, t("honourweb.checks"))}
	for _, n := range list {
		says := "honourweb.to_check"
		look := "warn"
		switch {
		case n.Checked && n.SaysSelf:
			says, look = "honourweb.to_answer", "idle"
		case n.Checked:
			says = "honourweb.to_ask"
		}
		page.List = append(page.List, waiting{n, p.where(n.UnitID), t(says), look})
	}
	return p.web.Render(w, r, "honours/checks", page)
}

// checkPage says whether a citation is true, and what the nominee answered.
type checkPage struct {
	web.Base
	N        *honour.Nomination
	R        card
	Category string
	Where    string
	KindName string
	Answers  []web.Option
	True     string
	Words    string
	Praise   string
	Ways     []web.Option // how the nominee told it
	How      string
	Said     string // how they answered
	Labels   map[string]string
	Crumbs   []web.Crumb
}

func (p *Pages) checkPage(r *http.Request) (*checkPage, error) {
	n, x, err := p.svc.Nomination(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &checkPage{Base: p.web.Base(r, "honourweb.check"), N: n, R: p.card(r, *x), Category: x.Category(n.Category).Name, Where: p.where(n.UnitID), KindName: t("honour.kind." + string(n.Kind)),
		Answers: []web.Option{{Value: "yes", Label: t("honourweb.true")}, {Value: "no", Label: t("honourweb.untrue")}},
		Labels:  map[string]string{"true": t("honourweb.is_true"), "words": t("honourweb.check_words"), "praise": t("honourweb.praise"), "how": t("honourweb.how_asked")},
		Crumbs:  []web.Crumb{{Label: t("honourweb.title"), Href: "/honours"}, {Label: t("honourweb.checks"), Href: "/honour-checks"}, {Label: n.Number}}, Said: p.said(r, n)}
	for _, way := range honour.Ways {
		page.Ways = append(page.Ways, web.Option{Value: string(way), Label: t("honourweb.how_" + string(way))})
	}
	return page, nil
}

func (p *Pages) checkForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.checkPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/check", page)
}

func (p *Pages) checkAgain(w http.ResponseWriter, r *http.Request, page *checkPage, err error) error {
	page.Errors = web.FormErrorsOf(err)
	return p.web.RenderStatus(w, r, errs.Status(err), "honours/check", page)
}

func (p *Pages) check(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.checkPage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.True, page.Words, page.Praise = f.Key(), f.Choice("true", "yes", "no"), f.Lines("words", anyText), f.Text("praise", anyText)
	if page.True == "" {
		f.Fail("true", "web.choose")
	}
	if err = f.Err(); err == nil {
		err = p.svc.Check(r.Context(), actor(r), honour.Check{Key: f.Key(), ID: page.N.ID, True: page.True == "yes", Words: page.Words, Praise: page.Praise, Version: int(f.Version())})
	}
	if web.Again(err) {
		return p.checkAgain(w, r, page, err)
	}
	if err != nil {
		return err
	}
	if page.True == "no" {
		return p.web.SeeOther(w, r, "/honour-checks", "honourweb.saved")
	}
	return p.web.SeeOther(w, r, "/honour-checks/"+page.N.ID, "honourweb.saved")
}

// said tells how a nominee answered, and who entered it for them; "" before.
func (p *Pages) said(r *http.Request, n *honour.Nomination) string {
	key := "honourweb.declined_by"
	switch {
	case !n.Asked:
		return ""
	case n.ConsentHow == honour.Self || n.ConsentHow == "":
		key = "honourweb.declined"
		if n.Agrees {
			key = "honourweb.agreed"
		}
		return p.web.T(r)(key)
	case n.Agrees:
		key = "honourweb.agreed_by"
	}
	t := p.web.T(r)
	return t(key, "by", n.ConsentBy, "how", t("honourweb.how_"+string(n.ConsentHow)), "day", n.ConsentAt.In(workday.City).Format(time.DateOnly))
}

// consentFor enters what the nominee said to the official.
func (p *Pages) consentFor(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.checkPage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.How = f.Key(), f.Text("how", 10)
	err = p.svc.Consent(r.Context(), actor(r), honour.Consent{Key: f.Key(), ID: page.N.ID, Agrees: f.Choice("agrees", "yes", "no") == "yes", How: honour.How(page.How), Version: int(f.Version())})
	if web.Again(err) {
		return p.checkAgain(w, r, page, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/honour-checks", "honourweb.saved")
}
