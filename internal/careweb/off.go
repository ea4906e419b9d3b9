package careweb

import (
	"net/http"

	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// offPage asks before a need is proposed to be taken out of use.
type offPage struct {
	web.Base
	Crumbs []web.Crumb
	N      kind
	Listed int // households whose contact would run out; -1: too few to say
	Few    int
	Left   int  // needs that stay and are owed the same
	Tells  bool // which are too few to hide each other
	Days   int
	Why    string
}

func (p *Pages) offForm(w http.ResponseWriter, r *http.Request) error {
	return p.offWith(w, r, http.StatusOK, "", nil)
}

func (p *Pages) offWith(w http.ResponseWriter, r *http.Request, status int, why string, cause error) error {
	n, known := p.o.Care.Needs().Need(r.PathValue("code"))
	if !known {
		return errs.E(errs.NotFound, "need.none")
	}
	listed, err := p.o.Care.ListedFor(r.Context(), actor(r), n.Code)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	page := offPage{Base: p.web.Base(r, "careweb.turn_off"), N: p.kind(r, n), Listed: listed, Few: care.Least, Days: need.NoticeDays, Why: why}
	page.Title = t("careweb.off_title", "name", page.N.Title)
	page.Crumbs = []web.Crumb{{Label: t("careweb.needs"), Href: "/care/needs"}, {Label: page.Title}}
	page.Left = need.LeftAlike(&n, p.o.Care.Needs().Used())
	page.Tells = page.Left > 0 && page.Left < need.Alike
	if cause != nil {
		page.Errors = web.FormErrorsOf(cause)
	}
	return p.web.RenderStatus(w, r, status, "care/off", page)
}

// off puts it before a second person.
func (p *Pages) off(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := need.End{Key: f.Key(), Code: r.PathValue("code"), Why: f.Lines("why", need.MaxText), Version: int(f.Version())}
	id := ""
	if err = f.Err(); err == nil {
		id, err = p.o.Needs.ProposeEnd(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		return p.offWith(w, r, errs.Status(err), cmd.Why, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/care/proposals/"+id, "careweb.said_off")
}

// on puts a need back into use.
func (p *Pages) on(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.o.Needs.Restore(r.Context(), actor(r), need.Restore{Key: f.Key(), Code: r.PathValue("code"), Version: int(f.Version())}); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/care/needs", "careweb.said_on_again")
}
