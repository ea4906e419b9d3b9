// Package feedbackweb is the pages of feedback about Bilin: where anybody says it, where its author reads the answer, the city's desk, and the public list of what was changed.
package feedbackweb

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/feedback"
	"bilin/internal/i18n"
	"bilin/internal/ticket"
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
	pageSize = 25
)

// How often one address may speak, or be wrong about a key, in a minute. A
// village hall's whole network can share one address.
const (
	saysPerMinute   = 6
	sayBurst        = 20
	missesPerMinute = 20
	missBurst       = 40
)

// Pages are the handlers.
type Pages struct {
	Says   *web.Limiter // by address
	Misses *web.Limiter // wrong keys, by address

	web     *web.Server
	svc     *feedback.Service
	release string // of the running program, offered when something was changed
}

// New returns the pages.
func New(srv *web.Server, svc *feedback.Service, release string) *Pages {
	return &Pages{Says: web.NewLimiter(saysPerMinute, sayBurst), Misses: web.NewLimiter(missesPerMinute, missBurst), web: srv, svc: svc, release: release}
}

// Limit sets how often one address may speak in a minute; 0 leaves it as it is.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Says = web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	answer := string(feedback.ActAnswer)
	return web.Module{
		Name: "feedback", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "feedback/say", Data: &sayPage{}}, {Name: "feedback/mine", Data: &minePage{}}, {Name: "feedback/changes", Data: changesPage{}},
			{Name: "feedback/desk", Data: deskPage{}}, {Name: "feedback/case", Data: &casePage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /feedback", Access: web.Public, Handler: p.sayForm},
			{Pattern: "POST /feedback", Access: web.Public, Handler: p.say, MaxBody: formBody},
			{Pattern: "GET /feedback/changes", Access: web.Public, Handler: p.changes},
			{Pattern: "GET /my-feedback/{number}", Access: web.Public, Handler: p.mine},
			{Pattern: "POST /my-feedback/{number}/withdraw", Access: web.Public, Handler: p.withdraw, MaxBody: formBody},
			{Pattern: "GET /feedback/desk", Access: answer, Handler: p.desk},
			{Pattern: "GET /feedback/desk/{number}", Access: answer, Handler: p.caseOf},
			{Pattern: "POST /feedback/desk/{number}/reply", Access: answer, Handler: p.reply, MaxBody: formBody},
			{Pattern: "POST /feedback/desk/{number}/merge", Access: answer, Handler: p.merge, MaxBody: formBody},
			{Pattern: "POST /feedback/desk/{number}/part", Access: answer, Handler: p.part, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "feedbackweb.nav", Href: "/feedback", Access: web.Public, Order: 90, Foot: true}},
	}
}

func ownURL(number, key string) string {
	return "/my-feedback/" + number + "?" + url.Values{"k": {key}}.Encode()
}

var looks = map[feedback.State]string{feedback.Unread: "warn", feedback.Answered: "ok", feedback.Doing: "info", feedback.Changed: "ok", feedback.Declined: "idle", feedback.Withdrawn: "idle"}

func (p *Pages) kinds(r *http.Request) (list []web.Option) {
	for _, k := range feedback.Kinds() {
		list = append(list, web.Option{Value: string(k), Label: p.web.T(r)("feedback.kind." + string(k))})
	}
	return list
}

// sayPage takes what somebody says.
type sayPage struct {
	web.Base
	From   string // the page's pattern
	Where  string // its name in the menu
	Kinds  []web.Option
	Kind   string
	Words  string
	Max    int
	Labels map[string]string
}

func (p *Pages) sayPage(r *http.Request, from string) *sayPage {
	t := p.web.T(r)
	page := &sayPage{Base: p.web.Base(r, "feedbackweb.title"), From: from, Where: p.web.PageName(r, from), Kinds: p.kinds(r), Max: feedback.MaxWords,
		Labels: map[string]string{"kind": t("feedbackweb.kind"), "words": t("feedbackweb.words")}}
	if !p.web.HasPage(from) {
		page.From = "" // only what is a page of ours comes along
	}
	return page
}

func (p *Pages) sayForm(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "feedback/say", p.sayPage(r, r.URL.Query().Get("from")))
}

func (p *Pages) say(w http.ResponseWriter, r *http.Request) error {
	if err := p.Says.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := p.sayPage(r, f.Text("from", feedback.MaxRoute))
	page.FormKey, page.Kind, page.Words = f.Key(), f.Text("kind", 20), f.RequiredLines("words", feedback.MaxWords)
	var receipt feedback.Receipt
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Send(r.Context(), feedback.Send{Key: f.Key(), Kind: feedback.Kind(page.Kind), Route: page.From, Words: page.Words})
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "feedback/say", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, ownURL(receipt.Number, receipt.Key)+"&new=1", "")
}

// minePage is what an author's key opens.
type minePage struct {
	web.Base
	M         *feedback.Mine
	KindName  string
	StateName string
	Look      string
	Moments   []moment
	Late      bool
	New       bool
	Key       string
	Spoken    string
	Link      string
	Href      string
	QR        template.HTML
}

func (p *Pages) minePage(w http.ResponseWriter, r *http.Request, key string) (*minePage, error) {
	web.Quiet(w)
	m, err := p.svc.Mine(r.Context(), r.PathValue("number"), key)
	if err != nil {
		if limited := p.Misses.Allow(web.ClientIP(r)); errs.KindOf(err) == errs.NotFound && limited != nil {
			return nil, limited
		}
		return nil, err
	}
	t := p.web.T(r)
	page := &minePage{Base: p.web.Base(r, "feedbackweb.mine"), M: m, KindName: t("feedback.kind." + string(m.Kind)), StateName: t("feedback.state." + string(m.State)), Look: looks[m.State],
		Moments: p.moments(r, m.Answers), Late: p.svc.Late(&m.Feedback), New: r.URL.Query().Get("new") == "1", Key: key, Spoken: ticket.Spoken(key), Href: ownURL(m.Number, key)}
	page.Link = p.web.Absolute(r, page.Href)
	page.QR, err = web.QR(page.Link, 0)
	return page, err
}

// moment is an answer in the story of one.
type moment struct {
	What, Who, Kind, Icon, Text string
	At                          time.Time
}

// moments are the desk's answers as a story.
func (p *Pages) moments(r *http.Request, answers []feedback.Answer) (list []moment) {
	for _, a := range answers {
		list = append(list, moment{What: p.web.T(r)("feedback.state." + string(a.State)), At: a.At, Text: a.Words})
	}
	return list
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	page, err := p.minePage(w, r, r.URL.Query().Get("k"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "feedback/mine", page)
}

func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	web.Quiet(w)
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	err = p.svc.Withdraw(r.Context(), r.PathValue("number"), f.Text("_k", 80), f.Key())
	if err != nil && errs.KindOf(err) == errs.NotFound {
		if limited := p.Misses.Allow(web.ClientIP(r)); limited != nil {
			return limited
		}
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/feedback", "feedbackweb.withdrawn")
}

// changed is a line of the public list.
type changed struct {
	feedback.Change
	KindName, Where string
}

// changesPage is what was changed because of what people said.
type changesPage struct {
	web.Base
	Changes     []changed
	First, Next string
	Desk        bool
}

func (p *Pages) changes(w http.ResponseWriter, r *http.Request) error {
	after, err := web.DecodeCursor(r, 2)
	if err != nil {
		return err
	}
	var place *feedback.Place
	if after != nil {
		place = &feedback.Place{Day: after[0], ID: after[1]}
	}
	list, next, err := p.svc.Changes(r.Context(), place, pageSize)
	if err != nil {
		return err
	}
	page := changesPage{Base: p.web.Base(r, "feedbackweb.changes"), Desk: p.svc.Answers(actor(r))}
	for _, c := range list {
		page.Changes = append(page.Changes, changed{c, p.web.T(r)("feedback.kind." + string(c.Kind)), p.web.PageName(r, c.Route)})
	}
	if after != nil {
		page.First = web.PageURL(r, "")
	}
	if next != nil {
		page.Next = web.PageURL(r, web.EncodeCursor(next.Day, next.ID))
	}
	return p.web.Render(w, r, "feedback/changes", page)
}

func cursorOf(r *http.Request) (*feedback.Cursor, error) {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil || parts == nil {
		return nil, err
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "web.bad_cursor")
	}
	return &feedback.Cursor{At: ms, ID: parts[1]}, nil
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }
