package volunteerweb

import (
	"html/template"
	"net/http"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/ticket"
	"bilin/internal/volunteer"
	"bilin/internal/web"
)

// placePage asks where somebody lives.
type placePage struct {
	web.Base
	Door  string
	Towns []web.Option
	Town  string // chosen; then Units are its villages
	Units []web.Option
}

// formPage is the report-in itself.
type formPage struct {
	web.Base
	offer
	Action      string
	Unit, Door  string // where they live, as it was chosen
	Where       string
	Villages    []web.Option // to choose from, for whoever enters it for somebody
	For         bool
	Kinds       []web.Option
	Name, Phone string
	Kind        string
}

func options(units []*network.Unit) (out []web.Option) {
	for _, u := range units {
		out = append(out, web.Option{Value: u.Code, Label: u.Name})
	}
	return out
}

func (p *Pages) form(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	page := p.formPage(r)
	page.Unit, page.Door = q.Get("unit"), strings.TrimSpace(q.Get("door"))
	if page.Unit == "" && page.Door == "" {
		return p.place(w, r, "", nil)
	}
	if page.Door == "" {
		return p.showForm(w, r, page, nil)
	}
	err := p.svc.CheckDoor(r.Context(), page.Door)
	if err == nil {
		return p.showForm(w, r, page, nil)
	}
	if guessing := p.Misses.Allow(web.ClientIP(r)); guessing != nil {
		return guessing
	}
	if web.Again(err) {
		return p.place(w, r, page.Door, err)
	}
	return err
}

func (p *Pages) formPage(r *http.Request) *formPage {
	return &formPage{Base: p.web.Base(r, "volunteerweb.report"), Action: "/report-in", Kinds: p.kindOptions(r), offer: offer{Skills: p.skillOptions(r)}}
}

// showForm shows the form, again if err says what is wrong with it: a code that
// leads nowhere is corrected there, so that nothing typed is lost. It asks for
// the place if there is none.
func (p *Pages) showForm(w http.ResponseWriter, r *http.Request, page *formPage, err error) error {
	fields := web.FormErrorsOf(err)
	unit := p.tree().Current(p.tree().ByCode(page.Unit))
	switch {
	case page.For:
	case page.Door != "":
		page.Where = p.web.T(r)("volunteerweb.by_door", "door", page.Door)
	case unit == nil || unit.Level < network.Village:
		return p.place(w, r, "", err)
	default:
		page.Where = p.tree().PathName(unit, " · ")
	}
	if fields.For("unit") != nil && !page.For {
		return p.place(w, r, page.Door, err)
	}
	if err == nil {
		return p.web.Render(w, r, "volunteers/form", page)
	}
	page.Errors = fields
	return p.web.RenderStatus(w, r, errs.Status(err), "volunteers/form", page)
}

func (p *Pages) place(w http.ResponseWriter, r *http.Request, door string, err error) error {
	tree := p.tree()
	page := placePage{Base: p.web.Base(r, "volunteerweb.report"), Door: door, Town: r.URL.Query().Get("town"), Towns: options(tree.Units(network.Town))}
	if town := tree.ByCode(page.Town); town != nil && town.Level == network.Town {
		page.Units = options(tree.Children(town))
	}
	if err == nil {
		return p.web.Render(w, r, "volunteers/place", page)
	}
	page.Errors = web.FormErrorsOf(err)
	return p.web.RenderStatus(w, r, errs.Status(err), "volunteers/place", page)
}

// readReport takes a report-in from a form; what was typed goes back into the page.
func (p *Pages) readReport(r *http.Request, f *web.Form, page *formPage) volunteer.Report {
	given, typed := p.readOffer(r, f)
	page.offer, page.FormKey = typed, f.Key()
	page.Name, page.Phone, page.Kind = f.Text("name", volunteer.MaxName), f.Text("phone", 40), f.Text("kind", 20)
	page.Unit, page.Door = f.Text("unit", 40), strings.TrimSpace(f.Text("door", 40))
	return volunteer.Report{Key: f.Key(), Name: page.Name, Phone: page.Phone, Kind: volunteer.Kind(page.Kind), UnitCode: page.Unit, DoorCode: page.Door,
		Offer: given, For: page.For}
}

func (p *Pages) report(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reports.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, receipt := p.formPage(r), volunteer.Receipt{}
	cmd := p.readReport(r, f, page)
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Report(r.Context(), auth.Actor{}, cmd) // whoever is logged in speaks for themselves here
	}
	if web.Again(err) && !queued(r) {
		return p.showForm(w, r, page, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, ownURL(receipt.ID, receipt.Key, "/receipt"), "")
}

// enterForm is for an official who enters it for somebody on paper or at the telephone.
func (p *Pages) enterForm(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "volunteers/form", p.enterPage(r))
}

func (p *Pages) enterPage(r *http.Request) *formPage {
	page := p.formPage(r)
	page.For, page.Action = true, "/volunteers"
	page.Title = p.web.T(r)("volunteerweb.enter")
	for _, v := range p.svc.MayEnter(actor(r)) {
		page.Villages = append(page.Villages, web.Option{Value: v.Code, Label: v.Name})
	}
	if len(page.Villages) == 1 {
		page.Unit, page.Where = page.Villages[0].Value, page.Villages[0].Label
	}
	return page
}

func (p *Pages) enter(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, receipt := p.enterPage(r), volunteer.Receipt{}
	where := page.Where
	cmd := p.readReport(r, f, page)
	page.Where, cmd.DoorCode = where, ""
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Report(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		return p.showForm(w, r, page, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, ownURL(receipt.ID, receipt.Key, "/receipt")+"&for=1", "")
}

// receiptPage is what whoever reported in takes home.
type receiptPage struct {
	web.Base
	Link, Href string // in full for the code; for this browser
	Spoken     string // the key in groups, to copy by hand
	QR         template.HTML
	Where      string
	Active     bool
	Hand       bool // whoever entered it hands this over
}

func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) error {
	v, key, err := p.own(w, r, r.URL.Query().Get("k"))
	if err != nil {
		return err
	}
	page := receiptPage{Base: p.web.Base(r, "volunteerweb.receipt"), Href: ownURL(v.ID, key, ""), Spoken: ticket.Spoken(key), Where: p.where(v.VillageID),
		Active: v.State == volunteer.Active, Hand: r.URL.Query().Get("for") == "1"}
	page.Link = p.web.Absolute(r, page.Href)
	if page.QR, err = web.QR(page.Link, 0); err != nil {
		return err
	}
	return p.web.Render(w, r, "volunteers/receipt", page)
}
