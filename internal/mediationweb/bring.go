package mediationweb

import (
	"html/template"
	"net/http"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/mediation"
	"bilin/internal/web"
)

// newPage brings a quarrel.
type newPage struct {
	web.Base
	Kinds                   []web.Option
	Kind, Name, Door, Words string
	Tell, Tells             bool
	MaxName, MaxWords       int
	Labels                  map[string]string
	Crumbs                  []web.Crumb
}

func (p *Pages) kinds(r *http.Request) (out []web.Option) {
	for _, k := range mediation.Kinds() {
		out = append(out, web.Option{Value: string(k), Label: p.web.T(r)("mediation.kind." + string(k))})
	}
	return out
}

func (p *Pages) newPage(r *http.Request) *newPage {
	t := p.web.T(r)
	return &newPage{Base: p.web.Base(r, "mediationweb.bring"), Kinds: p.kinds(r), Door: strings.TrimSpace(r.URL.Query().Get("door")), Tells: p.svc.Tells(), MaxName: mediation.MaxName, MaxWords: mediation.MaxWords,
		Labels: map[string]string{"kind": t("mediationweb.f_kind"), "name": t("mediationweb.f_name"), "door": t("mediationweb.f_door"), "words": t("mediationweb.f_words")},
		Crumbs: p.crumbs(r, t("mediationweb.bring"))}
}

func (p *Pages) fresh(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "mediation/new", p.newPage(r))
}

func (p *Pages) bring(w http.ResponseWriter, r *http.Request) error {
	if err := p.Forms.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := p.newPage(r)
	page.Tell, page.Kind, page.Name, page.Door, page.Words = f.Bool("tell"), f.Text("kind", 20), f.Text("name", mediation.MaxName), f.Text("door", 40), f.Lines("words", mediation.MaxWords)
	var receipt mediation.Receipt
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Bring(r.Context(), mediation.Bring{Key: f.Key(), Kind: mediation.Kind(page.Kind), Name: page.Name, DoorCode: page.Door, Words: page.Words, Tell: page.Tell})
	}
	if web.Again(err) {
		page.FormKey = f.Key()
		return p.refused(w, r, err, "mediation/new", page, &page.Errors)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, caseURL(receipt.ID, receipt.Key), "mediationweb.kept")
}

// refused shows a form again with what is wrong. Wrong door codes are counted.
func (p *Pages) refused(w http.ResponseWriter, r *http.Request, err error, name string, page any, shown *web.FormErrors) error {
	if limited := p.Misses.Allow(web.ClientIP(r)); limited != nil {
		return limited
	}
	*shown = web.FormErrorsOf(err)
	return p.web.RenderStatus(w, r, errs.Status(err), name, page)
}

// invitationPage asks the other side.
type invitationPage struct {
	web.Base
	C           *mediation.Case
	Kind        string
	Where       string
	Key         string
	Name, Door  string
	Tell, Tells bool
	MaxName     int
	Labels      map[string]string
}

func (p *Pages) invitationPage(w http.ResponseWriter, r *http.Request, key string) (*invitationPage, error) {
	web.Quiet(w)
	c, err := p.svc.Invitation(r.Context(), r.PathValue("id"), key)
	if err != nil {
		return nil, p.missed(r, err)
	}
	t := p.web.T(r)
	return &invitationPage{Base: p.web.Base(r, "mediationweb.invitation"), C: c, Kind: t("mediation.kind." + string(c.Kind)), Where: p.place(c.VillageID), Key: key, Tells: p.svc.Tells(), MaxName: mediation.MaxName,
		Labels: map[string]string{"name": t("mediationweb.f_name"), "door": t("mediationweb.f_door")}}, nil
}

// letterPage is the invitation on paper, to be handed over. Browsers print a page's
// address at its foot, so it is opened by the invitation's key and holds no other.
type letterPage struct {
	web.Base
	C                 *mediation.Case
	Kind, Where, Link string
	QR                template.HTML
}

func (p *Pages) letter(w http.ResponseWriter, r *http.Request) error {
	web.Quiet(w)
	key := r.URL.Query().Get("k")
	c, err := p.svc.Invitation(r.Context(), r.PathValue("id"), key)
	if err != nil {
		return p.missed(r, err)
	}
	page := letterPage{Base: p.web.Base(r, "mediationweb.invitation"), C: c, Kind: p.web.T(r)("mediation.kind." + string(c.Kind)), Where: p.place(c.VillageID),
		Link: p.web.Absolute(r, invitationURL(c.ID, key))}
	if page.QR, err = web.QR(page.Link, 0); err != nil {
		return err
	}
	return p.web.Render(w, r, "mediation/letter", page)
}

func (p *Pages) invitation(w http.ResponseWriter, r *http.Request) error {
	page, err := p.invitationPage(w, r, r.URL.Query().Get("k"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "mediation/invitation", page)
}

func (p *Pages) accept(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	key, name, door, tell := f.Text("_k", 80), f.Text("name", mediation.MaxName), f.Text("door", 40), f.Bool("tell")
	var receipt mediation.Receipt
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Accept(r.Context(), r.PathValue("id"), key, mediation.Answer{Key: f.Key(), Name: name, DoorCode: door, Tell: tell})
	}
	if web.Again(err) {
		page, shown := p.invitationPage(w, r, key)
		if shown != nil {
			return shown
		}
		page.FormKey, page.Name, page.Door, page.Tell = f.Key(), name, door, tell
		return p.refused(w, r, err, "mediation/invitation", page, &page.Errors)
	}
	if err != nil {
		return p.missed(r, err)
	}
	return p.web.SeeOther(w, r, caseURL(receipt.ID, receipt.Key), "mediationweb.kept")
}

func (p *Pages) refuse(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.svc.Refuse(r.Context(), r.PathValue("id"), f.Text("_k", 80), f.Key()); err != nil {
		return p.missed(r, err)
	}
	return p.web.SeeOther(w, r, "/mediation", "mediationweb.refused")
}
