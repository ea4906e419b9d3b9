package honourweb

import (
	"html/template"
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/web"
)

// objectPage objects to somebody who is published.
type objectPage struct {
	web.Base
	R      card
	To     person
	Words  string
	From   string
	Labels map[string]string
	Crumbs []web.Crumb
}

func (p *Pages) objectPage(r *http.Request, to string) (*objectPage, error) {
	n, x, err := p.svc.OneProposed(r.Context(), to)
	if err == nil && x.ID != r.PathValue("round") {
		err = errs.E(errs.NotFound, "honour.no_nomination")
	}
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	return &objectPage{Base: p.web.Base(r, "honourweb.object"), R: p.card(r, *x), To: person{ID: n.ID, Name: n.Name, Praise: n.Praise, Where: p.where(n.UnitID)},
		Labels: map[string]string{"words": t("honourweb.objection"), "from": t("honourweb.from")}, Crumbs: p.crumbs(r, x, t("honourweb.object"))}, nil
}

func (p *Pages) objectForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.objectPage(r, r.URL.Query().Get("to"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/object", page)
}

func (p *Pages) object(w http.ResponseWriter, r *http.Request) error {
	if err := p.Writes.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.objectPage(r, f.Text("to", 40))
	if err != nil {
		return err
	}
	page.FormKey, page.Words, page.From = f.Key(), f.Lines("words", anyText), f.Text("from", anyText)
	var receipt honour.Receipt
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Object(r.Context(), actor(r), honour.Object{Key: f.Key(), NominationID: page.To.ID, Words: page.Words, From: page.From})
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/object", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, keyed("/my-objection/", receipt)+"&new=1", "")
}

// objectionPage is what whoever objected follows with their key.
type objectionPage struct {
	web.Base
	O    *honour.Objection
	R    card
	New  bool
	Link string
	Href string
	QR   template.HTML
}

func (p *Pages) objection(w http.ResponseWriter, r *http.Request) error {
	web.Quiet(w)
	key := r.URL.Query().Get("k")
	o, x, err := p.svc.MyObjection(r.Context(), r.PathValue("id"), key)
	if err != nil {
		return p.missed(r, err)
	}
	page := objectionPage{Base: p.web.Base(r, "honourweb.objection"), O: o, R: p.card(r, *x), New: r.URL.Query().Get("new") == "1", Href: keyed("/my-objection/", honour.Receipt{ID: o.ID, Key: key})}
	page.Link = p.web.Absolute(r, page.Href)
	if page.QR, err = web.QR(page.Link, 0); err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/objection", page)
}

// objectionsPage answers what was objected, for the panel.
type objectionsPage struct {
	web.Base
	R       card
	List    []said
	Answers bool
	Wrong   string // the objection whose answer was refused
	Words   string
	Choices []web.Option
	Labels  map[string]string
	Crumbs  []web.Crumb
}

// said is an objection on the panel's page.
type said struct {
	honour.Objected
	Where string
}

func (p *Pages) objectionsPage(r *http.Request) (*objectionsPage, error) {
	x, list, err := p.svc.Objections(r.Context(), actor(r), r.PathValue("round"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &objectionsPage{Base: p.web.Base(r, "honourweb.objections"), R: p.card(r, *x), Answers: x.State == honour.Published, Crumbs: p.crumbs(r, x, t("honourweb.objections")),
		Choices: []web.Option{{Value: "no", Label: t("honourweb.not_upheld")}, {Value: "yes", Label: t("honourweb.upheld")}},
		Labels:  map[string]string{"words": t("honourweb.answer"), "upheld": t("honourweb.is_upheld")}}
	for _, o := range list {
		page.List = append(page.List, said{o, p.where(o.UnitID)})
	}
	return page, nil
}

func (p *Pages) objections(w http.ResponseWriter, r *http.Request) error {
	page, err := p.objectionsPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/objections", page)
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := honour.Answer{Key: f.Key(), ID: f.Text("objection", 40), Upheld: f.Choice("upheld", "yes", "no") == "yes", Words: f.Lines("words", anyText), Version: int(f.Version())}
	if err = f.Err(); err == nil {
		err = p.svc.AnswerObjection(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page, shown := p.objectionsPage(r)
		if shown != nil {
			return shown
		}
		page.FormKey, page.Wrong, page.Words, page.Errors = f.Key(), cmd.ID, cmd.Words, web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/objections", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/honours/"+r.PathValue("round")+"/objections", "honourweb.saved")
}
