// Package lessonweb is the pages of lessons and talks: cards in large type, a calendar, places with one tap, questions and answers.
package lessonweb

import (
	"embed"
	"net/http"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/lesson"
	"bilin/internal/network"
	"bilin/internal/web"
	"bilin/internal/workday"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody = 32 << 10
	pageSize = 30
	talkSize = 100
	draftMax = 50
	atTime   = "2006-01-02T15:04" // what a browser sends of a time
)

// How often one address may read in a minute. A village hall's whole network can share one address.
const (
	readsPerMinute = 240
	readBurst      = 480
)

// Options are what the pages work with.
type Options struct {
	Policy *auth.Policy
	Public string // address of the site, for the calendar's links
}

// Pages are the handlers.
type Pages struct {
	Reads *web.Limiter // by address

	web  *web.Server
	svc  *lesson.Service
	tree func() *network.Tree
	o    Options
}

// New returns the pages.
func New(srv *web.Server, svc *lesson.Service, tree func() *network.Tree, o Options) *Pages {
	return &Pages{Reads: web.NewLimiter(readsPerMinute, readBurst), web: srv, svc: svc, tree: tree, o: o}
}

// Limit sets how often one address may read in a minute; 0 leaves it as it is.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Reads = web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site. There is no entry of the menu:
// the page of practices leads here.
func (p *Pages) Module() web.Module {
	join := string(lesson.ActJoin)
	return web.Module{
		Name: "lessons", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "lessons/list", Data: listPage{}}, {Name: "lessons/show", Data: &showPage{}}, {Name: "lessons/edit", Data: &editPage{}},
			{Name: "lessons/talks", Data: talksPage{}}, {Name: "lessons/talk", Data: &talkPage{}}, {Name: "lessons/plan", Data: &planPage{}}, {Name: "lessons/mine", Data: minePage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /lessons", Access: web.Public, Handler: p.list},
			{Pattern: "GET /lessons/{id}", Access: web.Public, Handler: p.show},
			{Pattern: "GET /lessons/new", Access: join, Handler: p.fresh},
			{Pattern: "POST /lessons", Access: join, Handler: p.save, MaxBody: formBody},
			{Pattern: "GET /lessons/{id}/edit", Access: join, Handler: p.edit},
			{Pattern: "POST /lessons/{id}", Access: join, Handler: p.save, MaxBody: formBody},
			{Pattern: "POST /lessons/{id}/withdraw", Access: join, Handler: p.withdraw, MaxBody: formBody},
			{Pattern: "POST /lessons/{id}/ask", Access: join, Handler: p.askLesson, MaxBody: formBody},
			{Pattern: "POST /lessons/questions/{id}/reply", Access: join, Handler: p.reply, MaxBody: formBody},
			{Pattern: "GET /talks", Access: web.Public, Handler: p.talks},
			{Pattern: "GET /talks.ics", Access: web.Public, Handler: p.feed},
			{Pattern: "GET /talks/{id}", Access: web.Public, Handler: p.talk},
			{Pattern: "GET /talks/mine", Access: join, Handler: p.mine},
			{Pattern: "GET /talks/new", Access: join, Handler: p.planForm},
			{Pattern: "POST /talks", Access: join, Handler: p.plan, MaxBody: formBody},
			{Pattern: "POST /talks/{id}/answer", Access: join, Handler: p.answer, MaxBody: formBody},
			{Pattern: "POST /talks/{id}/seat", Access: join, Handler: p.seat, MaxBody: formBody},
			{Pattern: "POST /talks/{id}/move", Access: join, Handler: p.move, MaxBody: formBody},
			{Pattern: "POST /talks/{id}/cancel", Access: join, Handler: p.cancel, MaxBody: formBody},
			{Pattern: "POST /talks/{id}/came", Access: join, Handler: p.came, MaxBody: formBody},
			{Pattern: "POST /talks/{id}/ask", Access: join, Handler: p.askTalk, MaxBody: formBody},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// unitName names a unit with those above it.
func (p *Pages) unitName(id string) string {
	tree := p.tree()
	if u := tree.Current(tree.ByID(id)); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

// joins reports whether the reader can take places and ask.
func (p *Pages) joins(r *http.Request) bool {
	return actor(r).PersonID != "" && p.o.Policy.May(actor(r), lesson.ActJoin)
}

// teaches reports whether the reader gives lessons and talks.
func (p *Pages) teaches(r *http.Request) (bool, error) {
	if !p.joins(r) {
		return false, nil
	}
	homes, err := p.svc.Homes(r.Context(), actor(r))
	return len(homes) > 0, err
}

// asked is a question as it is shown.
type asked struct {
	lesson.Question
	SideName string
	Key      string
	Href     string
	Errors   web.FormErrors
}

// questions are those of a lesson or a talk, and whether the reader answers them.
func (p *Pages) questions(r *http.Request, kind lesson.Kind, id, key string) (list []asked, answers bool, err error) {
	all, answers, err := p.svc.Questions(r.Context(), actor(r), kind, id)
	for i, q := range all {
		list = append(list, p.asked(r, q, key+"-"+strconv.Itoa(i)))
	}
	return list, answers, err
}

func (p *Pages) asked(r *http.Request, q lesson.Question, key string) asked {
	x := asked{Question: q, Key: key, Href: "/lessons/" + q.On}
	if q.Kind == lesson.OnTalk {
		x.Href = "/talks/" + q.On
	}
	if q.Side != "" {
		x.SideName = p.web.T(r)("lessonweb.by_" + string(q.Side))
	}
	return x
}

// questionsPart is what pages with questions have.
type questionsPart struct {
	Questions []asked
	Answers   bool // the reader answers them
	Ask       bool
	AskAt     string
	AskKey    string
	Asking    string // what was typed
	MaxAsk    int
	MaxAnswer int
	Bad       web.FormErrors
}

func (p *Pages) part(r *http.Request, kind lesson.Kind, id, at, key string, open bool) (q questionsPart, err error) {
	q = questionsPart{Ask: open && p.joins(r), AskAt: at + "/ask", AskKey: key + "-ask", MaxAsk: lesson.MaxQuestion, MaxAnswer: lesson.MaxAnswer}
	q.Questions, q.Answers, err = p.questions(r, kind, id, key)
	return q, err
}

// reply answers a question, and leads back to where it was asked.
func (p *Pages) reply(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	var q *lesson.Question
	text := f.Text("answer", lesson.MaxAnswer)
	if err = f.Err(); err == nil {
		q, err = p.svc.Reply(r.Context(), actor(r), f.Key(), r.PathValue("id"), text, int(f.Version()))
	}
	if web.Again(err) {
		return p.mineAgain(w, r, r.PathValue("id"), text, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, p.asked(r, *q, "").Href, "lessonweb.did_answer")
}

// parseTime reads a time of the city as a browser's field gives it.
func parseTime(f *web.Form, name string) time.Time {
	text := f.Required(name, 2*len(atTime))
	if text == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(atTime, text, workday.City)
	if err != nil {
		f.Fail(name, "lessonweb.bad_time")
	}
	return t
}
