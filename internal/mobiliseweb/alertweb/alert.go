package alertweb

import (
	"net/http"
	"strings"

	"bilin/internal/cap"
	"bilin/internal/mobilise/alert"
	"bilin/internal/web"
)

// Bounds of what the page shows.
const (
	shownXML    = 20_000 // characters; all of it can be downloaded
	shownPlaces = 12
)

// order is one that was made of the alert.
type order struct {
	alert.OrderRef
	Label string
}

// resource is a file that a sender names.
type resource struct{ Name, Href string }

type alertPage struct {
	web.Base
	Crumbs               []web.Crumb
	Alert                *alert.Detail
	Row                  row
	Urgency, Certainty   string
	Status               string // if it isn't actual
	Source               string
	Description, Act     []string // paragraphs
	Web, Contact, Notice string
	Places, MorePlaces   []string
	Codes                []cap.Value
	Resources            []resource
	By                   *row
	Earlier              []row
	Orders               []order
	Map                  *drawing
	XML                  string
	Cut                  bool
	MayOrder             bool
	Note                 string
}

func (p *Pages) alert(w http.ResponseWriter, r *http.Request) error {
	return p.alertWith(w, r, http.StatusOK, nil, nil)
}

func (p *Pages) alertWith(w http.ResponseWriter, r *http.Request, status int, f *web.Form, cause error) error {
	d, err := p.o.Alerts.Get(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	say := p.web.T(r)
	page := alertPage{Base: p.web.Base(r, "alertweb.title"), Alert: d, Row: p.row(say, d.Alert), MayOrder: d.May.Suggest && p.o.MayOrder(actor(r))}
	page.Live = []string{alert.Topic}
	if page.Title = d.Title(); page.Title == "" {
		page.Title = say("alertweb.untitled")
	}
	page.Crumbs = []web.Crumb{{Label: say("alertweb.title"), Href: "/alerts"}, {Label: page.Title}}
	page.describe(say)
	page.relate(p, say)
	page.place(p)
	if page.Map, err = p.draw(r.Context(), d); err != nil {
		return err
	}
	if cause != nil {
		page.Errors, page.FormKey, page.Note = web.FormErrorsOf(cause), f.Key(), r.PostFormValue("note")
	}
	return p.web.RenderStatus(w, r, status, "alerts/alert", page)
}

// describe puts what the alert says into words.
func (page *alertPage) describe(say func(string, ...any) string) {
	d := page.Alert
	switch page.Source = d.Source; d.Source {
	case alert.FromFile, alert.FromAPI:
		page.Source = say("alertweb.source." + d.Source)
	}
	if d.Drill() {
		page.Status = say("alertweb.drill")
	}
	if d.Scope != "Public" && d.Message != nil {
		page.Notice = say("alertweb.scope."+d.Scope, "whom", strings.TrimSpace(d.Message.Restriction+" "+d.Message.Addresses))
	}
	if i := d.Info; i != nil {
		page.Urgency, page.Certainty = say("alertweb.urgency."+i.Urgency), say("alertweb.certainty."+i.Certainty)
		page.Description, page.Act = alert.Paragraphs(i.Description), alert.Paragraphs(i.Instruction)
		page.Web, page.Contact = openable(i.Web), i.Contact
		page.Codes = append(append([]cap.Value{}, i.EventCodes...), i.Parameters...)
		for _, res := range i.Resources {
			page.Resources = append(page.Resources, resource{res.Desc, openable(res.URI)})
		}
	}
	page.XML = d.XML
	if letters := []rune(d.XML); len(letters) > shownXML {
		page.XML, page.Cut = string(letters[:shownXML]), true
	}
}

// openable returns an address that may be a link: of the web and nothing else.
func openable(address string) string {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address
	}
	return ""
}

// relate names the messages and orders that belong to the alert.
func (page *alertPage) relate(p *Pages, say func(string, ...any) string) {
	if by := page.Alert.By; by != nil {
		x := p.row(say, *by)
		page.By = &x
	}
	for _, a := range page.Alert.Earlier {
		page.Earlier = append(page.Earlier, p.row(say, a))
	}
	for _, o := range page.Alert.Orders {
		page.Orders = append(page.Orders, order{o, say("order.state." + o.State)})
	}
}

// place names the units that the alert touches.
func (page *alertPage) place(p *Pages) {
	tree := p.o.Tree()
	for _, id := range page.Alert.UnitIDs {
		if u := tree.ByID(id); u != nil {
			page.Places = append(page.Places, tree.PathName(u, " · "))
		}
	}
	if len(page.Places) > shownPlaces {
		page.Places, page.MorePlaces = page.Places[:shownPlaces], page.Places[shownPlaces:]
	}
}
