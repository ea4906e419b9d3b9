// Package alertweb is the pages of alerts that came in: what waits for a decision, what each says and suggests, and how the feeds do.
package alertweb

import (
	"context"
	"embed"
	"errors"
	"io"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/i18n"
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
	formBody = 16 << 10
	fileBody = 10 << 20
	pageSize = 25
)

// Options are what the pages work with.
type Options struct {
	Alerts  *alert.Service
	Tree    func() *network.Tree
	Policy  *auth.Policy
	Outline func(ctx context.Context) (geo.Shape, error) // of the city; nil if there is none
	// MayOrder reports whether somebody may make an order.
	MayOrder func(actor auth.Actor) bool
	Now      func() time.Time
}

// Pages are the handlers.
type Pages struct {
	web *web.Server
	o   Options
}

// New returns the pages.
func New(srv *web.Server, o Options) *Pages { return &Pages{srv, o} }

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	view := string(alert.ActView)
	return web.Module{
		Name: "alerts", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "alerts/alerts", Data: alertsPage{}}, {Name: "alerts/alert", Data: alertPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /alerts", Access: view, Handler: p.alerts, Emergency: true},
			{Pattern: "POST /alerts", Access: string(alert.ActTake), Handler: p.upload, MaxBody: fileBody, Emergency: true},
			{Pattern: "GET /alerts/{id}", Access: view, Handler: p.alert, Emergency: true},
			{Pattern: "GET /alerts/{id}/cap", Access: view, Handler: p.download},
			{Pattern: "POST /alerts/{id}/dismiss", Access: string(alert.ActDecide), Handler: p.dismiss, MaxBody: formBody, Emergency: true},
		},
		Nav: []web.NavItem{{Key: "alertweb.nav", Href: "/alerts", Icon: "bell-ringing", Access: view, Order: 52}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// row is an alert as the pages show it.
type row struct {
	alert.Alert
	Level, LevelKind string // how bad
	What             string // the hazard
	Label, Kind      string // the state
	Type             string // of a message that isn't the first: an update, a cancel
	Why              string // it suggests nothing
	Suggests         string // what it suggests, if it does
	Places           string // and where
}

// levels are the colours beside the words.
var levels = map[string]string{"Extreme": "bad", "Severe": "bad", "Moderate": "warn", "Minor": "info", "Unknown": "idle"}

var kinds = map[alert.State]string{
	alert.Fresh: "warn", alert.Kept: "idle", alert.Used: "ok", alert.Dismissed: "idle", alert.Superseded: "info", alert.Withdrawn: "info",
}

func (p *Pages) row(say func(string, ...any) string, a alert.Alert) row {
	x := row{Alert: a, LevelKind: levels[a.Severity], What: say("order.hazard." + string(a.Hazard)), Label: say("alertweb.state." + string(a.State)), Kind: kinds[a.State]}
	if a.MsgType != cap.NewAlert {
		x.Type = say("alertweb.type." + string(a.MsgType))
	}
	if a.Severity != "" {
		x.Level = say("alertweb.severity." + a.Severity)
	}
	if why := a.Why(p.o.Now()); why != "" {
		x.Why = say(why)
	}
	if a.State == alert.Fresh && x.Why != "" {
		x.Label, x.Kind = say("alertweb.state.over"), "idle"
	}
	key := "alertweb.suggests"
	if a.Drill() {
		key = "alertweb.suggests_drill"
	}
	x.Suggests = say(key, "what", x.What)
	if a.Villages > 0 {
		x.Places = say("alertweb.places", "n", a.Villages)
	} else {
		x.Places = say("alertweb.places_none")
	}
	return x
}

// feed is how a feed does, in words.
type feed struct {
	alert.FeedHealth
	Why, Refusal string
}

type alertsPage struct {
	web.Base
	Waiting, Rows []row
	Feeds         []feed
	Next          string
	First, May    bool
}

func (p *Pages) alerts(w http.ResponseWriter, r *http.Request) error {
	return p.alertsWith(w, r, http.StatusOK, nil, nil)
}

func (p *Pages) alertsWith(w http.ResponseWriter, r *http.Request, status int, f *web.Form, cause error) error {
	ctx, who, say := r.Context(), actor(r), p.web.T(r)
	page := alertsPage{Base: p.web.Base(r, "alertweb.title"), May: p.o.Policy.May(who, alert.ActTake)}
	page.Live = []string{alert.Topic}
	if cause != nil {
		e := errs.As(cause)
		page.FormKey, page.Errors = f.Key(), web.FormErrorsOf(errs.E(errs.Invalid, "alertweb.not_taken").WithField("file", e.Code, e.Args...))
	}
	after, err := web.DecodeCursor(r, 2)
	if err != nil {
		return err
	}
	page.First = after == nil
	waiting, err := p.o.Alerts.Waiting(ctx, who)
	if err != nil {
		return err
	}
	for _, a := range waiting {
		page.Waiting = append(page.Waiting, p.row(say, a))
	}
	list, more, err := p.o.Alerts.List(ctx, who, after, pageSize)
	if err != nil {
		return err
	}
	for _, a := range list {
		page.Rows = append(page.Rows, p.row(say, a))
	}
	if more {
		page.Next = web.PageURL(r, web.EncodeCursor(list[len(list)-1].Cursor()...))
	}
	if page.Feeds, err = p.feeds(ctx, who, say); err != nil {
		return err
	}
	return p.web.RenderStatus(w, r, status, "alerts/alerts", page)
}

func (p *Pages) feeds(ctx context.Context, who auth.Actor, say func(string, ...any) string) (out []feed, err error) {
	list, err := p.o.Alerts.Feeds(ctx, who)
	for _, h := range list {
		f := feed{FeedHealth: h}
		if h.Cause.Code != "" {
			f.Why = say(h.Cause.Code, h.Cause.Args...)
		}
		if h.Refusal.Code != "" {
			f.Refusal = say(h.Refusal.Code, h.Refusal.Args...)
		}
		out = append(out, f)
	}
	return out, err
}

func (p *Pages) upload(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	text, err := read(f)
	var a alert.Alert
	if err == nil {
		a, err = p.o.Alerts.Take(r.Context(), actor(r), alert.FromFile, text)
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.TooLarge, errs.Conflict:
		if err != nil {
			return p.alertsWith(w, r, http.StatusUnprocessableEntity, f, err)
		}
	}
	if err != nil {
		return err
	}
	said := "alertweb.said_kept"
	switch {
	case a.Known:
		said = "alertweb.said_known"
	case a.Suggests != nil:
		said = "alertweb.said_new"
	}
	return p.web.SeeOther(w, r, "/alerts/"+a.ID, said)
}

// read returns the uploaded file, or as much of it as shows that it is too large.
func read(f *web.Form) ([]byte, error) {
	_, file := f.File("file")
	if err := f.Err(); err != nil {
		return nil, err
	}
	if file == nil {
		return nil, errs.E(errs.Invalid, "alertweb.no_file")
	}
	text, err := io.ReadAll(io.LimitReader(file, cap.MaxBytes+1))
	return text, errors.Join(err, file.Close())
}

// download hands an alert out as it came.
func (p *Pages) download(w http.ResponseWriter, r *http.Request) error {
	d, err := p.o.Alerts.Get(r.Context(), actor(r), r.PathValue("id"))
	if err == nil && d.XML == "" {
		err = errs.E(errs.Gone, "alertweb.erased")
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/cap+xml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="alert-`+d.ID+`.xml"`)
	_, err = io.WriteString(w, d.XML)
	return err
}

func (p *Pages) dismiss(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := alert.Dismiss{Key: f.Key(), ID: r.PathValue("id"), Note: f.Required("note", alert.MaxNote), Version: int(f.Version())}
	if err = f.Err(); err == nil {
		err = p.o.Alerts.Dismiss(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		return p.alertWith(w, r, http.StatusUnprocessableEntity, f, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/alerts", "alertweb.said_dismissed")
}
