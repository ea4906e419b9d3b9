package demandweb

import (
	"html/template"
	"net/http"
	"strings"

	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/ticket"
	"bilin/internal/web"
)

// receiptPage is what the resident takes home.
type receiptPage struct {
	web.Base
	Number, Spoken string
	Track          string // in groups, to copy by hand
	Link           string // in full, for the QR code
	Href           string // the same, for this browser
	QR             template.HTML
	Keeper         string
	Hand           bool // whoever entered it hands this over
}

type lookupPage struct {
	web.Base
	Number, Key string
}

func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) error {
	f, err := p.byTrack(w, r, r.URL.Query().Get("k"))
	if err != nil {
		return err
	}
	href := trackURL(f.Number, r.URL.Query().Get("k"), "")
	link := p.web.Absolute(r, href)
	code, err := web.QR(link, 0)
	if err != nil {
		return err
	}
	t, title, hand := p.t(r), "demand.page.receipt", r.URL.Query().Get("for") == "1"
	if hand {
		title = "demand.page.hand"
	}
	return p.web.Render(w, r, "demand/receipt", receiptPage{
		Base: p.web.Base(r, title), Hand: hand, Number: f.Number, Spoken: demand.Spoken(f.Number),
		Track: ticket.Spoken(r.URL.Query().Get("k")), Link: link, Href: href, QR: code, Keeper: t.Stop(f.Keeper),
	})
}

func (p *Pages) lookupForm(w http.ResponseWriter, r *http.Request) error {
	web.Quiet(w)
	return p.web.Render(w, r, "demand/lookup", lookupPage{Base: p.web.Base(r, "demand.page.lookup")})
}

func (p *Pages) lookup(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	number, key := f.Text("number", 40), f.Text("key", 80)
	file, err := p.byTrack(w, r, key, number)
	if errs.KindOf(err) != errs.NotFound || err == nil {
		if err != nil {
			return err
		}
		return p.web.SeeOther(w, r, trackURL(file.Number, strings.ReplaceAll(key, " ", ""), ""), "")
	}
	page := lookupPage{Base: p.web.Base(r, "demand.page.lookup"), Number: number, Key: key}
	page.Errors = web.FormErrorsOf(err)
	return p.web.RenderStatus(w, r, http.StatusNotFound, "demand/lookup", page)
}
