package wishweb

import (
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/volunteer/wish"
	"bilin/internal/web"
)

// minePage is a household's own wishes, behind its session.
type minePage struct {
	web.Base
	Views []view
	New   newPage
}

// household returns whose session it is, or leads to where one confirms.
func (p *Pages) household(w http.ResponseWriter, r *http.Request) (id string, ok bool, err error) {
	web.Quiet(w)
	id, err = p.session(r)
	if errs.KindOf(err) == errs.Unauthenticated && err != nil {
		return "", false, p.web.SeeOther(w, r, "/mine", "wishweb.said_confirm")
	}
	return id, err == nil, err
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	id, ok, err := p.household(w, r)
	if !ok {
		return err
	}
	page, err := p.minePage(r, id, r.URL.Query().Get("kind"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "wishes/mine", page)
}

func (p *Pages) minePage(r *http.Request, household, kind string) (*minePage, error) {
	t := p.web.T(r)
	page := &minePage{Base: p.web.Base(r, "wishweb.mine")}
	page.New = newPage{Base: page.Base, Household: household, Part: string(wish.AnyTime), Parts: choices(t, "wish.part.", wish.Parts()), Labels: labels(t),
		Action: "/mine/wishes", Here: "/mine/wishes", OfHousehold: true}
	if err := p.choose(r, &page.New, kind); err != nil {
		return nil, err
	}
	lines, err := p.svc.Household(r.Context(), household)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		v := p.view(r, l, "/mine/wishes", page.FormKey)
		v.Itself = true
		if v.Wished, err = p.svc.PostedWords(r.Context(), wish.By{HouseholdID: household}, l); err != nil {
			return nil, err
		}
		page.Views = append(page.Views, v)
	}
	return page, nil
}

func (p *Pages) postMine(w http.ResponseWriter, r *http.Request) error {
	id, ok, err := p.household(w, r)
	if !ok {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.minePage(r, id, f.Text("kind", 40))
	if err != nil {
		return err
	}
	if page.New.Kind.Code == "" {
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "wishes/mine", page)
	}
	cmd := readPost(f, &page.New)
	if err = f.Err(); err == nil {
		_, err = p.svc.Post(r.Context(), wish.By{HouseholdID: id}, cmd)
	}
	if web.Again(err) {
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		page.New.Errors, page.New.FormKey = page.Errors, page.FormKey
		return p.web.RenderStatus(w, r, errs.Status(err), "wishes/mine", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/mine/wishes", "wishweb.said_posted")
}

// homeDoes carries out one of homeDeeds for a household itself.
func (p *Pages) homeDoes(name string) func(http.ResponseWriter, *http.Request) error {
	d := p.homeDeeds()[name]
	return func(w http.ResponseWriter, r *http.Request) error {
		id, ok, err := p.household(w, r)
		if !ok {
			return err
		}
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		err = d.do(r.Context(), wish.By{HouseholdID: id}, f, wish.Step{Key: f.Key(), ID: r.PathValue("id"), Version: version(f)})
		if !web.Again(err) {
			if err != nil {
				return err
			}
			return p.web.SeeOther(w, r, "/mine/wishes", d.said)
		}
		page, shown := p.minePage(r, id, "")
		if shown != nil {
			return shown
		}
		page.Errors = web.FormErrorsOf(err)
		for i := range page.Views {
			if page.Views[i].ID == r.PathValue("id") {
				page.Views[i].typed(f, err)
				page.Errors = page.Views[i].Errors
			}
		}
		return p.web.RenderStatus(w, r, errs.Status(err), "wishes/mine", page)
	}
}
