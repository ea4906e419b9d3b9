package lessonweb

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"bilin/internal/errs"
	"bilin/internal/ical"
	"bilin/internal/lesson"
	"bilin/internal/network"
	"bilin/internal/web"
	"bilin/internal/workday"
)

// talkLine is a talk in a list.
type talkLine struct {
	lesson.Talk
	From, StateName, Look string
}

var looks = map[lesson.TalkState]string{lesson.Asked: "warn", lesson.Open: "ok", lesson.Declined: "idle", lesson.Cancelled: "bad"}

func (p *Pages) talkLine(r *http.Request, t lesson.Talk) talkLine {
	say := p.web.T(r)
	l := talkLine{t, p.unitName(t.UnitID), say("lesson.talk." + string(t.State)), looks[t.State]}
	switch {
	case t.State != lesson.Open:
	case !t.At.After(p.svc.Now()):
		l.StateName, l.Look = say("lessonweb.over"), "idle"
	case t.Moved():
		l.StateName, l.Look = say("lessonweb.moved"), "warn"
	case t.Left() == 0:
		l.StateName, l.Look = say("lessonweb.full"), "warn"
	}
	return l
}

func (p *Pages) talkLines(r *http.Request, list []lesson.Talk) (lines []talkLine) {
	for _, t := range list {
		lines = append(lines, p.talkLine(r, t))
	}
	return lines
}

// talksPage is the talks that are to come, and those of late.
type talksPage struct {
	web.Base
	Where string
	Feed  string
	Lines []talkLine
	Past  []talkLine
	Teach bool
	Join  bool
}

// place is the unit that a list is asked for; nil is everything.
func (p *Pages) place(r *http.Request) (*network.Unit, error) {
	code := r.URL.Query().Get("unit")
	if code == "" {
		return nil, nil
	}
	u := p.tree().Current(p.tree().ByCode(code))
	if u == nil {
		return nil, errs.E(errs.NotFound, "network.no_unit")
	}
	return u, nil
}

func (p *Pages) talks(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	unit, err := p.place(r)
	if err != nil {
		return err
	}
	page := talksPage{Base: p.web.Base(r, "lessonweb.talks"), Feed: "/talks.ics", Join: p.joins(r)}
	if unit != nil {
		page.Where, page.Feed = p.tree().PathName(unit, " · "), "/talks.ics?unit="+unit.Code
	}
	for past, into := range map[bool]*[]talkLine{false: &page.Lines, true: &page.Past} {
		list, err := p.svc.Talks(r.Context(), unit, past, talkSize)
		if err != nil {
			return err
		}
		*into = p.talkLines(r, list)
	}
	if page.Teach, err = p.teaches(r); err != nil {
		return err
	}
	return p.web.Render(w, r, "lessons/talks", page)
}

// feed is the talks to come for calendars; what is cancelled says so.
func (p *Pages) feed(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	unit, err := p.place(r)
	if err != nil {
		return err
	}
	list, err := p.svc.Talks(r.Context(), unit, false, talkSize)
	if err != nil {
		return err
	}
	feed := ical.Feed{Name: p.web.T(r)("lessonweb.talks"), Product: "Talks", Stamp: p.svc.Now()}
	for _, t := range list {
		feed.Events = append(feed.Events, ical.Event{UID: t.ID + "@bilin", Title: p.web.T(r)("lessonweb.event", "title", t.Title, "speaker", t.Speaker), Text: t.About, Start: t.At, End: t.End(), Place: t.Place,
			URL: p.o.Public + "/talks/" + t.ID, Sequence: t.Version, Cancelled: t.State == lesson.Cancelled})
	}
	return p.web.Send(w, r, http.StatusOK, ical.Type, ical.Write(feed))
}

// talkPage is a talk.
type talkPage struct {
	web.Base
	T         talkLine
	May       lesson.MayTalk
	Taken     string // how many places are taken, where it isn't too few
	Begun     bool
	Seats     string
	Why, Came string
	To, Place string // where it is to be moved
	Moving    bool
	MaxWhy    int
	MaxPlace  int
	Feed      string
	Topic     string
	Crumbs    []web.Crumb
	Labels    map[string]string
	Q         questionsPart
}

func (p *Pages) talk(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	page, err := p.talkPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "lessons/talk", page)
}

func (p *Pages) talkPage(r *http.Request) (*talkPage, error) {
	x, may, err := p.svc.Talk(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &talkPage{Base: p.web.Base(r, "lessonweb.talks"), T: p.talkLine(r, *x), May: may, Begun: !x.At.After(p.svc.Now()), MaxWhy: lesson.MaxWhy, MaxPlace: lesson.MaxPlace, Topic: lesson.LiveTopic(x.ID),
		To: x.At.In(workday.City).Format(atTime), Place: x.Place,
		Crumbs: []web.Crumb{{Label: t("lessonweb.talks"), Href: "/talks"}, {Label: x.Title}}, Labels: map[string]string{"places": t("lessonweb.f_seats"), "why": t("lessonweb.why"), "came": t("lessonweb.f_came"), "words": t("lessonweb.ask"), "at": t("lessonweb.f_at"), "place": t("lessonweb.f_place")}}
	page.Title = x.Title
	if page.Seats = "2"; may.Seats > 0 {
		page.Seats = strconv.Itoa(may.Seats)
	}
	if may.Run {
		page.Taken = t("lessonweb.taken_few")
		if x.Taken >= lesson.Few {
			page.Taken = t("lessonweb.taken", "n", x.Taken, "all", x.Places)
		}
	}
	if u := p.tree().Current(p.tree().ByID(x.UnitID)); u != nil {
		page.Feed = "/talks.ics?unit=" + u.Code
	}
	page.Q, err = p.part(r, lesson.OnTalk, x.ID, "/talks/"+x.ID, page.FormKey, x.State == lesson.Open)
	return page, err
}

// did answers a tap on a talk's page.
func (p *Pages) did(w http.ResponseWriter, r *http.Request, err error, flash string, change func(*talkPage)) error {
	if err == nil {
		return p.web.SeeOther(w, r, "/talks/"+r.PathValue("id"), flash)
	}
	if !web.Again(err) {
		return err
	}
	page, other := p.talkPage(r)
	if other != nil {
		return other
	}
	page.Errors = web.FormErrorsOf(err)
	change(page)
	return p.web.RenderStatus(w, r, errs.Status(err), "lessons/talk", page)
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	yes := f.Choice("say", "yes", "no") == "yes"
	if err = f.Err(); err == nil {
		err = p.svc.Answer(r.Context(), actor(r), f.Key(), r.PathValue("id"), yes)
	}
	flash := "lessonweb.did_decline"
	if yes {
		flash = "lessonweb.did_accept"
	}
	return p.did(w, r, err, flash, func(*talkPage) {})
}

func (p *Pages) seat(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	typed, n := f.Text("places", 20), f.Int("places", 0, lesson.MaxSeats)
	if err = f.Err(); err == nil {
		err = p.svc.Seat(r.Context(), actor(r), r.PathValue("id"), n)
	}
	flash := "lessonweb.did_seat"
	if n == 0 {
		flash = "lessonweb.did_unseat"
	}
	return p.did(w, r, err, flash, func(page *talkPage) { page.Seats = typed })
}

func (p *Pages) cancel(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	why := f.Text("why", lesson.MaxWhy)
	if err = f.Err(); err == nil {
		err = p.svc.Cancel(r.Context(), actor(r), f.Key(), r.PathValue("id"), why)
	}
	return p.did(w, r, err, "lessonweb.did_cancel", func(page *talkPage) { page.Why = why })
}

func (p *Pages) move(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	typed := f.Text("at", 40)
	cmd := lesson.Move{Key: f.Key(), ID: r.PathValue("id"), From: time.UnixMilli(f.Version()), At: parseTime(f, "at"), Place: f.Required("place", lesson.MaxPlace)}
	if err = f.Err(); err == nil {
		err = p.svc.Move(r.Context(), actor(r), cmd)
	}
	return p.did(w, r, err, "lessonweb.did_move", func(page *talkPage) { page.To, page.Place, page.Moving = typed, cmd.Place, true })
}

func (p *Pages) came(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	typed, n := f.Required("came", 20), f.Int("came", 0, 10*lesson.MaxPlaces)
	if err = f.Err(); err == nil {
		err = p.svc.Came(r.Context(), actor(r), f.Key(), r.PathValue("id"), n)
	}
	return p.did(w, r, err, "lessonweb.did_came", func(page *talkPage) { page.Came = typed })
}

func (p *Pages) askTalk(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	text := f.Text("words", lesson.MaxQuestion)
	if err = f.Err(); err == nil {
		err = p.svc.Ask(r.Context(), actor(r), lesson.Ask{Key: f.Key(), On: r.PathValue("id"), Kind: lesson.OnTalk, Words: text})
	}
	return p.did(w, r, err, "lessonweb.did_ask", func(page *talkPage) { page.Q.Asking, page.Q.Bad = text, page.Errors })
}

// planPage plans a talk.
type planPage struct {
	web.Base
	Homes    []web.Option
	Home     string
	Speakers []web.Option // the honoured; empty for whoever speaks themselves
	Speaker  string
	Plans    bool // others can be asked to speak
	Cell     string
	Head     string
	About    string
	Place    string
	At       string
	Minutes  string
	Places   string
	MaxTitle int
	MaxAbout int
	MaxPlace int
	Labels   map[string]string
	Crumbs   []web.Crumb
}

func (p *Pages) planPage(r *http.Request) (*planPage, error) {
	t := p.web.T(r)
	page := &planPage{Base: p.web.Base(r, "lessonweb.plan"), Minutes: "60", Places: "40", MaxTitle: lesson.MaxTitle, MaxAbout: lesson.MaxAbout, MaxPlace: lesson.MaxPlace, Plans: p.o.Policy.May(actor(r), lesson.ActPlan),
		Labels: map[string]string{"title": t("lessonweb.f_talk"), "about": t("lessonweb.f_about"), "place": t("lessonweb.f_place"), "at": t("lessonweb.f_at"), "minutes": t("lessonweb.f_minutes"), "places": t("lessonweb.f_places"),
			"speaker": t("lessonweb.f_speaker"), "cell": t("lessonweb.f_cell"), "unit": t("lessonweb.f_for")}}
	page.Crumbs = []web.Crumb{{Label: t("lessonweb.talks"), Href: "/talks"}, {Label: page.Title}}
	var err error
	if page.Homes, page.Home, err = p.homes(r); err != nil || !page.Plans {
		return page, err
	}
	speakers, err := p.svc.Speakers(r.Context(), actor(r))
	for _, s := range speakers {
		page.Speakers = append(page.Speakers, web.Option{Value: s.PersonID, Label: t("lessonweb.speaker", "name", s.Name, "where", p.unitName(s.UnitID))})
	}
	return page, err
}

func (p *Pages) planForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.planPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "lessons/plan", page)
}

func (p *Pages) plan(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.planPage(r)
	if err != nil {
		return err
	}
	page.FormKey = f.Key()
	page.Head, page.About, page.Place = f.Text("title", lesson.MaxTitle), f.Text("about", lesson.MaxAbout), f.Text("place", lesson.MaxPlace)
	page.At, page.Minutes, page.Places = f.Text("at", 40), f.Text("minutes", 10), f.Text("places", 10)
	page.Speaker, page.Cell = f.Text("speaker", 40), f.Text("cell", 60)
	cmd := lesson.Plan{Key: f.Key(), UnitID: f.Text("unit", 40), Title: page.Head, About: page.About, Place: page.Place, At: parseTime(f, "at"), Minutes: f.Int("minutes", 10, lesson.MaxMinutes), Places: f.Int("places", 1, lesson.MaxPlaces), PersonID: page.Speaker}
	if page.Plans {
		p.speaker(f, page, &cmd)
	}
	id := ""
	if err = f.Err(); err == nil {
		id, err = p.svc.Plan(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		if cmd.UnitID != "" {
			page.Home = cmd.UnitID
		}
		return p.web.RenderStatus(w, r, errs.Status(err), "lessons/plan", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/talks/"+id, "lessonweb.did_plan")
}

// speaker finds who is to speak: one of the honoured, or who leads the cell, group or area that was named.
func (p *Pages) speaker(f *web.Form, page *planPage, cmd *lesson.Plan) {
	if page.Speaker != "" || page.Cell == "" {
		if page.Speaker == "" {
			f.Fail("cell", "lessonweb.no_speaker")
		}
		return
	}
	code := page.Cell
	if p.tree().ByCode(code) == nil {
		code = p.named(code)
	}
	id, _, err := p.svc.SpeakerAt(code)
	if err != nil {
		f.Fail("cell", errs.CodeOf(err))
		return
	}
	cmd.PersonID = id
}

// named finds a unit by its name with those above it, as the site writes it.
func (p *Pages) named(name string) string {
	tree := p.tree()
	for _, level := range []network.Level{network.Area, network.Group, network.Cell} {
		for _, u := range tree.Units(level) {
			if tree.PathName(u, " ") == name || tree.PathName(u, " · ") == name {
				return u.Code
			}
		}
	}
	return ""
}

// minePage is what concerns the reader.
type minePage struct {
	web.Base
	Asked, Speak, Seats []talkLine
	Wait, Answers       []asked
	MaxAnswer           int
	Labels              map[string]string
	Empty               bool
}

func (p *Pages) minePage(r *http.Request) (minePage, error) {
	m, err := p.svc.Mine(r.Context(), actor(r))
	page := minePage{Base: p.web.Base(r, "lessonweb.mine"), MaxAnswer: lesson.MaxAnswer}
	page.Asked, page.Speak, page.Seats = p.talkLines(r, m.Asked), p.talkLines(r, m.Speak), p.talkLines(r, m.Seats)
	t := p.web.T(r)
	for i := range page.Asked { // what it is to the reader
		page.Asked[i].StateName = t("lessonweb.yours_to_answer")
	}
	for i := range page.Seats {
		if x := &page.Seats[i]; x.State == lesson.Open && !x.Moved() && x.At.After(p.svc.Now()) {
			x.StateName, x.Look = t("lessonweb.home_seat"), "ok"
		}
	}
	for i, q := range m.Wait {
		page.Wait = append(page.Wait, p.asked(r, q, page.FormKey+"-"+strconv.Itoa(i)))
	}
	for _, q := range m.Answers {
		page.Answers = append(page.Answers, p.asked(r, q, ""))
	}
	page.Empty = len(page.Asked)+len(page.Speak)+len(page.Seats)+len(page.Wait)+len(page.Answers) == 0
	return page, err
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	page, err := p.minePage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "lessons/mine", page)
}

// mineAgain shows an answer that wasn't taken where it can be mended. Where the
// question doesn't wait any more, the error's page has what was typed.
func (p *Pages) mineAgain(w http.ResponseWriter, r *http.Request, id, typed string, bad error) error {
	page, err := p.minePage(r)
	if err != nil {
		return err
	}
	page.Errors = web.FormErrorsOf(bad)
	i := slices.IndexFunc(page.Wait, func(x asked) bool { return x.ID == id })
	if i < 0 {
		return bad
	}
	page.Wait[i].Answer, page.Wait[i].Errors = typed, page.Errors
	return p.web.RenderStatus(w, r, errs.Status(bad), "lessons/mine", page)
}
