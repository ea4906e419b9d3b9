package wishweb

import (
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/web"
)

// kindsPage is the catalogue, for whoever changes it.
type kindsPage struct {
	web.Base
	Kinds  []kindView
	Edit   kindView // the one in the form; without a code a new one
	Skills []web.Option
	Labels map[string]string
}

type kindView struct {
	wish.Kind
	SkillName string
}

func (p *Pages) kindsPage(r *http.Request, edit string) (*kindsPage, error) {
	t := p.web.T(r)
	catalog, err := p.svc.Catalog(r.Context())
	if err != nil {
		return nil, err
	}
	page := &kindsPage{Base: p.web.Base(r, "wishweb.kinds"), Skills: choices(t, "volunteer.skill.", volunteer.Skills()), Labels: labels(t)}
	for _, k := range catalog {
		v := kindView{Kind: k}
		if k.Skill != "" {
			v.SkillName = t("volunteer.skill." + string(k.Skill))
		}
		page.Kinds = append(page.Kinds, v)
		if k.Code == edit {
			page.Edit = v
		}
	}
	return page, nil
}

func (p *Pages) kinds(w http.ResponseWriter, r *http.Request) error {
	page, err := p.kindsPage(r, r.URL.Query().Get("edit"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "wishes/kinds", page)
}

func (p *Pages) setKind(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	k := wish.Kind{Code: f.Text("code", 40), Name: f.Text("name", wish.MaxName), NameEN: f.Text("name_en", wish.MaxNameEN), Skill: volunteer.Skill(f.Text("skill", 40)),
		Guardian: f.Bool("guardian"), Off: f.Bool("off"), Version: version(f)}
	if err = f.Err(); err == nil {
		err = p.svc.SetKind(r.Context(), actor(r), f.Key(), k)
	}
	if web.Again(err) {
		page, shown := p.kindsPage(r, k.Code)
		if shown != nil {
			return shown
		}
		page.Edit.Kind, page.Errors = k, web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "wishes/kinds", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/wishes/kinds", "wishweb.said_kind")
}
