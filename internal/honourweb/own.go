package honourweb

import (
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/web"
)

// minePage is what concerns the reader themself.
type minePage struct {
	web.Base
	Asks   []ask
	Certs  []award
	Judge  []card
	Crumbs []web.Crumb
}

// ask is a nomination of the reader.
type ask struct {
	honour.Ask
	Said string // what was answered, and by whom that was entered
}

func (p *Pages) minePage(r *http.Request) (*minePage, error) {
	m, err := p.svc.Mine(r.Context(), actor(r))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &minePage{Base: p.web.Base(r, "honourweb.mine"), Crumbs: p.crumbs(r, nil, t("honourweb.mine"))}
	for _, x := range m.Asks {
		page.Asks = append(page.Asks, ask{x, p.said(r, &x.Nomination)})
	}
	for _, a := range m.Certs {
		page.Certs = append(page.Certs, award{a, p.where(a.UnitID), t("honour.cert." + string(a.State)), certLooks[a.State]})
	}
	for _, x := range m.Judge {
		page.Judge = append(page.Judge, p.card(r, x))
	}
	return page, nil
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	page, err := p.minePage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/mine", page)
}

// answerMine takes one's own answer to a nomination, or one's wish about the public page.
func (p *Pages) answerMine(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	version, what := int(f.Version()), f.Text("do", 10)
	switch what {
	case "yes", "no":
		err = p.svc.Consent(r.Context(), actor(r), honour.Consent{Key: f.Key(), ID: f.Text("nomination", 40), Agrees: what == "yes", Version: version})
	case "show", "hide":
		err = p.svc.List(r.Context(), actor(r), f.Key(), f.Text("certificate", 20), what == "show", version)
	case "erase":
		err = p.svc.GiveUp(r.Context(), actor(r), f.Key(), f.Text("certificate", 20), version)
	default:
		err = errs.E(errs.Invalid, "honour.not_now")
	}
	if web.Again(err) {
		page, shown := p.minePage(r)
		if shown != nil {
			return shown
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/mine", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/honours/mine", "honourweb.saved")
}
