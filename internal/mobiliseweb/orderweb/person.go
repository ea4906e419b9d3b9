package orderweb

import (
	"net/http"
	"strconv"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/web"
)

// personPage writes down what one of the people said.
type personPage struct {
	web.Base
	Crumbs  []web.Crumb
	Order   *mobilise.Order
	Who     someone
	Enter   bool // the reader may write down an answer
	Ways    []web.Option
	Way     string
	Reasons []web.Option
	Reason  string
	Phone   string // just opened, shown once
	Back    string // "doors" or ""
}

func (p *Pages) person(w http.ResponseWriter, r *http.Request) error {
	page, err := p.personPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "order/person", page)
}

func (p *Pages) personPage(r *http.Request) (*personPage, error) {
	ctx, say := r.Context(), p.web.T(r)
	o, may, err := p.o.Orders.Get(ctx, actor(r), r.PathValue("number"))
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 {
		return nil, errs.E(errs.NotFound, "order.no_receipt")
	}
	who, err := p.o.Orders.Receipt(ctx, actor(r), o, n)
	if err != nil {
		return nil, err
	}
	page := &personPage{Base: p.web.Base(r, "orderweb.person_of", "name", who.Name), Order: o, Who: p.someone(say, who), Enter: may.Enter, Reasons: reasonOptions(say), Reason: string(who.Reason), Way: string(mobilise.ByPhone)}
	page.phoneFace()
	page.Crumbs = p.under(say, o, "orderweb.people")
	page.Crumbs[2].Href = "/orders/" + o.Number + "/people"
	if page.Back = r.FormValue("back"); page.Back == "doors" {
		page.Way = string(mobilise.ByVisit)
		page.Crumbs[2].Label, page.Crumbs[2].Href = say("orderweb.doors"), "/orders/"+o.Number+"/doors"
	}
	page.Crumbs = append(page.Crumbs, web.Crumb{Label: who.Name})
	for _, way := range []mobilise.Way{mobilise.ByPhone, mobilise.ByVisit} {
		page.Ways = append(page.Ways, web.Option{Value: string(way), Label: say("orderweb.way." + string(way))})
	}
	return page, nil
}

// phoneFace shows a page as on a telephone, with what people on their feet need.
func phoneFace(b *web.Base) { b.AsPhone("/home", "/orders", "/demands", "/tasks") }

func (p *personPage) phoneFace() { phoneFace(&p.Base) }

// enter writes down what a person said on the telephone or at the door.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	number := r.PathValue("number")
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return errs.Wrap(err, errs.NotFound, "order.no_receipt")
	}
	said := f.Choice("answer", "coming", "cant", "arrived", "told")
	c := mobilise.Entry{Key: f.Key(), Number: number, N: n, Shown: f.Text("shown", 30), Answer: mobilise.Answer{Coming: said == "coming", Arrived: said == "arrived", Told: said == "told",
		Way: mobilise.Way(f.Text("way", 10))}}
	if said == "cant" {
		c.Reason = mobilise.Reason(f.Text("reason", 20))
	}
	if err = f.Err(); err == nil {
		err = p.o.Orders.Enter(r.Context(), actor(r), c)
	}
	if kind := errs.KindOf(err); err != nil && (kind == errs.Invalid || kind == errs.Gone || kind == errs.Conflict || kind == errs.Stale) {
		return p.notEntered(w, r, f, err)
	}
	if err != nil {
		return err
	}
	back := "/orders/" + number + "/people/" + strconv.Itoa(n)
	if f.Text("back", 10) == "doors" {
		back = "/orders/" + number + "/doors"
	}
	return p.web.SeeOther(w, r, back, "orderweb.said_entered_"+said)
}

func (p *Pages) notEntered(w http.ResponseWriter, r *http.Request, f *web.Form, cause error) error {
	page, err := p.personPage(r)
	if err != nil {
		return err
	}
	page.Errors, page.FormKey, page.Reason = web.FormErrorsOf(cause), f.Key(), f.Text("reason", 20)
	if way := f.Text("way", 10); way != "" {
		page.Way = way
	}
	return p.web.RenderStatus(w, r, errs.Status(cause), "order/person", page)
}

// phone opens the person's number, on record, and shows it once. Its purpose is
// the order: nobody types reasons while others wait.
func (p *Pages) phone(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ParseForm(w, r); err != nil {
		return err
	}
	page, err := p.personPage(r)
	if err != nil {
		return err
	}
	if !page.Enter {
		return errs.E(errs.Conflict, "order.not_active")
	}
	page.Phone, err = p.o.Phone(r.Context(), actor(r), page.Who.PersonID, p.chinese.T(i18n.ZH, "orderweb.phone_purpose", "number", page.Order.Number))
	w.Header().Set("Cache-Control", "no-store")
	switch kind := errs.KindOf(err); {
	case err == nil:
		page.Way = string(mobilise.ByPhone)
	case kind == errs.Forbidden, kind == errs.NotFound:
		page.Errors = web.FormErrorsOf(errs.Wrap(err, errs.Forbidden, "orderweb.no_phone"))
	default:
		return err
	}
	return p.web.Render(w, r, "order/person", page)
}

type doorsPage struct {
	web.Base
	Crumbs  []web.Crumb
	Order   *mobilise.Order
	Topic   string
	Doors   []door
	Next    string
	Reasons []web.Option
	Over    bool
}

// door is where somebody has to knock.
type door struct {
	someone
	Where string // their address, or the cell they lead
}

const doorsSize = 30

// doors lists where to knock in the reader's part of the city.
func (p *Pages) doors(w http.ResponseWriter, r *http.Request) error {
	ctx, say := r.Context(), p.web.T(r)
	o, _, err := p.o.Orders.Get(ctx, actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	page := doorsPage{Base: p.web.Base(r, "orderweb.doors_of", "number", o.Number), Order: o, Topic: mobilise.Topic(o.ID), Reasons: reasonOptions(say), Over: !o.Live()}
	page.Crumbs = p.under(say, o, "orderweb.doors")
	phoneFace(&page.Base)
	after, err := afterNumber(r)
	if err != nil {
		return err
	}
	list, err := p.o.Orders.People(ctx, actor(r), o, mobilise.Filter{Standing: mobilise.Any, Knock: true}, after, doorsSize)
	if err != nil {
		return err
	}
	for _, x := range list {
		d := door{someone: p.someone(say, x), Where: strings.TrimSpace(x.Home)}
		if d.Where == "" {
			d.Where = d.Unit
		}
		page.Doors = append(page.Doors, d)
	}
	if len(list) == doorsSize {
		page.Next = web.PageURL(r, web.EncodeCursor(strconv.Itoa(list[len(list)-1].N)))
	}
	return p.web.Render(w, r, "order/doors", page)
}
