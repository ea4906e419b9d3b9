// Package orderweb is the pages of orders: begin one and see whom it calls before it goes out, watch it, correct and end it, and write down what people say.
package orderweb

import (
	"context"
	"embed"
	"io"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/network"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody = 64 << 10
	stepBody = 8 << 10
)

// Suggestion is what an alert makes of an order's form.
type Suggestion struct {
	AlertID         string
	Drill           bool
	Hazard          mobilise.Hazard
	Title, What, Do string
	Until           time.Time // zero if the alert doesn't say
	UnitIDs         []string
	Polygon         []geo.Point
}

// Say translates for whoever reads the page.
type Say = func(key string, args ...any) string

// Options are what the pages work with. A nil func is something that the city
// doesn't have.
type Options struct {
	Orders *mobilise.Service
	Tree   func() *network.Tree
	Policy *auth.Policy
	// Phone opens somebody's number for a purpose, on record.
	Phone func(ctx context.Context, actor auth.Actor, personID, purpose string) (string, error)
	// Sample is the message that people will get.
	Sample func(o *mobilise.Order, c mobilise.Channel) string
	// Serves reports whether the city has a gateway for a channel.
	Serves    func(c mobilise.Channel) bool
	Skills    func(say Say) []web.Option
	Teams     func(ctx context.Context, actor auth.Actor, text string) ([]web.Option, error) // found by a part of the name
	TeamNames func(ctx context.Context, ids []string) (map[string]string, error)
	Suggest   func(ctx context.Context, actor auth.Actor, alertID string) (Suggestion, error)
	// Alert says what has become of the alert that an order was made of; nil: nothing is said.
	Alert func(ctx context.Context, alertID string) (alert.Standing, error)
	// CAP writes an order as an alert of the Common Alerting Protocol.
	CAP func(ctx context.Context, w io.Writer, actor auth.Actor, number string) error
	Now func() time.Time
}

// Pages are the handlers.
type Pages struct {
	web     *web.Server
	o       Options
	chinese *i18n.Catalog // what people are sent is Chinese, whatever the reader reads
	counts  *counts
	past    *pastTallies
}

// New returns the pages.
func New(srv *web.Server, o Options) *Pages {
	catalog, err := i18n.New(Messages)
	if err != nil {
		panic(err) // one bundle can't disagree with itself
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Pages{web: srv, o: o, chinese: catalog, counts: newCounts(o.Orders.Tally), past: newPastTallies(o.Orders.Tallies)}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	view, issue, approve := string(mobilise.ActView), string(mobilise.ActIssue), string(mobilise.ActApprove)
	enter, mine, review := string(mobilise.ActEnter), string(mobilise.ActMine), string(mobilise.ActReview)
	const one = "/orders/{number}"
	return web.Module{
		Name: "order", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "order/list", Data: listPage{}}, {Name: "order/mine", Data: minePage{}}, {Name: "order/form", Data: formPage{}},
			{Name: "order/confirm", Data: confirmPage{}}, {Name: "order/show", Data: showPage{}}, {Name: "order/correct", Data: correctPage{}},
			{Name: "order/people", Data: peoplePage{}}, {Name: "order/person", Data: personPage{}}, {Name: "order/doors", Data: doorsPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /orders", Access: view, Handler: p.list, Emergency: true},
			{Pattern: "GET /orders/mine", Access: mine, Handler: p.mine, Emergency: true},
			{Pattern: "GET /orders/new", Access: issue, Handler: p.blank, Emergency: true},
			{Pattern: "POST /orders/new", Access: issue, Handler: p.put, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /orders/words", Access: issue, Handler: p.words, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /orders/preview", Access: issue, Handler: p.preview, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /orders/teams", Access: issue, Handler: p.teams, MaxBody: formBody, Emergency: true},
			{Pattern: "GET " + one, Access: mine, Handler: p.show, Emergency: true}, // the service says who sees which
			{Pattern: "POST " + one + "/approve", Access: approve, Handler: p.step("approve", p.o.Orders.Approve), MaxBody: stepBody, Emergency: true},
			{Pattern: "POST " + one + "/refuse", Access: approve, Handler: p.step("refuse", p.o.Orders.Refuse), MaxBody: stepBody, Emergency: true},
			{Pattern: "POST " + one + "/cancel", Access: issue, Handler: p.step("cancel", p.o.Orders.Cancel), MaxBody: stepBody, Emergency: true},
			{Pattern: "POST " + one + "/close", Access: issue, Handler: p.step("close", p.o.Orders.Close), MaxBody: stepBody, Emergency: true},
			{Pattern: "POST " + one + "/review", Access: review, Handler: p.step("review", p.o.Orders.Review), MaxBody: stepBody},
			{Pattern: "GET " + one + "/correct", Access: issue, Handler: p.correctForm, Emergency: true},
			{Pattern: "POST " + one + "/correct", Access: issue, Handler: p.correct, MaxBody: formBody, Emergency: true},
			{Pattern: "GET " + one + "/cap", Access: issue, Handler: p.alert},
			{Pattern: "GET " + one + "/people", Access: view, Handler: p.people, Emergency: true},
			{Pattern: "GET " + one + "/people/{n}", Access: view, Handler: p.person, Emergency: true},
			{Pattern: "POST " + one + "/people/{n}", Access: enter, Handler: p.enter, MaxBody: stepBody, Emergency: true},
			{Pattern: "POST " + one + "/people/{n}/phone", Access: enter, Handler: p.phone, MaxBody: stepBody, Emergency: true},
			{Pattern: "GET " + one + "/doors", Access: enter, Handler: p.doors, Emergency: true},
		},
		Nav: []web.NavItem{{Key: "orderweb.nav", Href: "/orders", Icon: "speakerphone", Access: issue, Order: 50}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }
