package outreachweb

import (
	"cmp"
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/outreach/texting"
	"bilin/internal/web"
)

// askShort takes a telephone that wishes to hear by short message.
func (p *Pages) askShort(w http.ResponseWriter, r *http.Request) error {
	f, err := p.smsForm(w, r, p.Asks)
	if err != nil {
		return err
	}
	door, phone, way := f.Text("door", 40), f.Required("phone", 20), texting.Way(cmp.Or(f.Text("way", 10), string(texting.SMS)))
	if err = f.Err(); err == nil {
		err = p.o.Texts.Ask(r.Context(), f.Key(), door, phone, way)
	}
	if web.Again(err) {
		page, shown := p.listPage(w, r, door)
		if shown != nil {
			return shown
		}
		page.FormKey, page.Phone, page.Way, page.Errors = f.Key(), phone, way, web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "notices/list", page)
	}
	if err != nil {
		return err
	}
	said := "outreachweb.sms_sent"
	if way == texting.Voice {
		said = "outreachweb.voice_sent"
	}
	return p.web.SeeOther(w, r, withDoor("/notices", door), said)
}

// smsMay holds back whoever enters numbers, or tries keys: those are too long to
// be guessed, and many telephones share an address, so they are as free as reading.
func (p *Pages) smsMay(w http.ResponseWriter, r *http.Request, limit *web.Limiter) error {
	web.Quiet(w)
	if p.o.Texts == nil || !p.o.Texts.On() {
		return errs.E(errs.NotFound, "outreach.short.off")
	}
	return limit.Allow(web.ClientIP(r))
}

func (p *Pages) smsForm(w http.ResponseWriter, r *http.Request, limit *web.Limiter) (*web.Form, error) {
	if err := p.smsMay(w, r, limit); err != nil {
		return nil, err
	}
	return web.ParseForm(w, r)
}

// smsPage is where a telephone agrees, and ends it.
type smsPage struct {
	web.Base
	Token string
	texting.Standing
	Calls bool // the city can call
}

func (p *Pages) sms(w http.ResponseWriter, r *http.Request) (err error) {
	if err := p.smsMay(w, r, p.Reads); err != nil {
		return err
	}
	page := smsPage{Base: p.web.Base(r, "outreachweb.sms_how"), Token: r.PathValue("token"), Calls: p.o.Texts.Calls()}
	if page.Standing, err = p.o.Texts.Standing(r.Context(), page.Token); err != nil {
		return err
	}
	return p.web.Render(w, r, "notices/sms", page)
}

func (p *Pages) smsSettle(w http.ResponseWriter, r *http.Request) error {
	f, err := p.smsForm(w, r, p.Reads)
	if err != nil {
		return err
	}
	token := r.PathValue("token")
	page := "/my-notices/" + token
	switch do := f.Choice("do", "agree", "end", string(texting.SMS), string(texting.Voice)); do {
	case "agree":
		if err := p.o.Texts.Agree(r.Context(), token); err != nil {
			return err
		}
		return p.web.SeeOther(w, r, page, "outreachweb.sms_agreed")
	case string(texting.SMS), string(texting.Voice):
		if err := p.o.Texts.Change(r.Context(), token, texting.Way(do)); err != nil {
			return err
		}
		return p.web.SeeOther(w, r, page, "outreachweb.way_changed")
	}
	if err := f.Err(); err != nil {
		return err
	}
	if err := p.o.Texts.End(r.Context(), token); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/notices", "outreachweb.sms_ended")
}
