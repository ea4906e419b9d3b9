package practiceweb

import (
	"net/http"
	"strconv"
	"time"

	"bilin/internal/errs"
	"bilin/internal/practice"
	"bilin/internal/web"
)

// minePage is what somebody writes on, and what their villages took up.
type minePage struct {
	web.Base
	Lines []deskLine
	Back  []deskLine // taken back
	Takes []takenLine
	Tries bool
}

// deskLine is a practice that is being written.
type deskLine struct {
	practice.Workshop
	From, StateName, Look string
}

// takenLine is a practice that a village took up.
type takenLine struct {
	practice.Take
	Title, Village, CameName, Look string
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	who, t := actor(r), p.web.T(r)
	page := minePage{Base: p.web.Base(r, "practiceweb.mine")}
	list, err := p.svc.Desk(r.Context(), who, deskSize)
	if err != nil {
		return err
	}
	for _, x := range list {
		key, look := standing(&x)
		line := deskLine{x, p.unitName(x.UnitID), t(key), look}
		if key == "practice.state.withdrawn" {
			page.Back = append(page.Back, line)
		} else {
			page.Lines = append(page.Lines, line)
		}
	}
	for _, v := range p.svc.Villages(who) {
		page.Tries = true
		taken, by, err := p.svc.Taken(r.Context(), v.ID, deskSize)
		if err != nil {
			return err
		}
		for _, take := range taken {
			l := takenLine{Take: take, Title: by[take.PracticeID].Title, Village: v.Name, CameName: t("practiceweb.trying"), Look: cameLooks[take.Came]}
			if take.Came != practice.Unsaid {
				l.CameName = t("practice.came." + string(take.Came))
			}
			page.Takes = append(page.Takes, l)
		}
	}
	return p.web.Render(w, r, "practices/mine", page)
}

// standing says whose turn it is.
func standing(w *practice.Workshop) (key, look string) {
	switch {
	case w.State == practice.Draft:
		return "practice.state.draft", "idle"
	case w.State == practice.Withdrawn && !w.Other && !w.Agreed:
		return "practice.state.withdrawn", "idle"
	case w.Others():
		return "practiceweb.authors_turn", "info"
	case w.State == practice.Withdrawn && w.Waits():
		return "practiceweb.back_asked", "warn"
	case w.Waits():
		return "practiceweb.your_turn", "warn"
	}
	return "practiceweb.their_turn", "info"
}

// change is a section as it changed.
type change struct {
	Label  string
	Pieces []practice.Piece
}

// said is a comment.
type said struct {
	practice.Comment
	SideName string
}

// step is an edition of the words.
type step struct {
	Number   int
	SideName string
	At       time.Time
	Current  bool
}

// workPage is where the two sides write one practice.
type workPage struct {
	web.Base
	W         *practice.Workshop
	SideName  string
	TopicName string
	From      string
	StateName string
	Look      string
	Turn      string
	Parts     []part
	Changes   []change // since the edition compared with
	Since     int
	Steps     []step
	Said      []said
	Words     string
	Why       string
	MaxWords  int
	MaxWhy    int
	Topic     string
	Crumbs    []web.Crumb
	Labels    map[string]string
}

func (p *Pages) work(w http.ResponseWriter, r *http.Request) error {
	page, err := p.workPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "practices/work", page)
}

func (p *Pages) workPage(r *http.Request) (*workPage, error) {
	x, err := p.svc.Work(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	key, _ := standing(x)
	page := &workPage{Base: p.web.Base(r, "practiceweb.mine"), W: x, SideName: t("practice.side." + string(x.Side)), TopicName: t("practice.topic." + string(x.Latest.Topic)), From: p.unitName(x.UnitID),
		StateName: t("practice.state." + string(x.State)), Look: looks[x.State], Parts: p.parts(r, x.Latest.Text), MaxWords: practice.MaxWords, MaxWhy: practice.MaxWhy, Topic: practice.LiveTopic(x.ID),
		Crumbs: []web.Crumb{{Label: t("practiceweb.title"), Href: "/practices"}, {Label: t("practiceweb.mine"), Href: "/practices/mine"}, {Label: x.Latest.Title}},
		Labels: map[string]string{"words": t("practiceweb.say"), "why": t("practiceweb.why")}}
	page.Title = x.Latest.Title
	switch {
	case key == "practice.state.withdrawn":
		page.Turn = t("practiceweb.can_return")
	case x.State == practice.Withdrawn || x.Edition > x.Shown:
		page.Turn = t(key)
	}
	for _, c := range x.Comments {
		page.Said = append(page.Said, said{c, t("practice.side." + string(c.Side))})
	}
	p.compare(r, page)
	return page, nil
}

// compare says what changed since an edition: the one asked for, or the one before the latest.
func (p *Pages) compare(r *http.Request, page *workPage) {
	t, list := p.web.T(r), page.W.Editions
	since := list[0].Number - 1
	if n, err := strconv.Atoi(r.URL.Query().Get("since")); err == nil {
		since = n
	}
	for _, e := range list {
		page.Steps = append(page.Steps, step{e.Number, t("practice.side." + string(e.Side)), e.At, e.Number == since})
		if e.Number != since || since == list[0].Number {
			continue
		}
		page.Since = since
		if after := page.W.Latest.Topic; e.Topic != after {
			page.Changes = append(page.Changes, change{t("practiceweb.f_topic"), practice.Diff(t("practice.topic."+string(e.Topic)), t("practice.topic."+string(after)))})
		}
		after := page.W.Latest.Sections()
		for i, s := range e.Sections() {
			if s.Words != after[i].Words {
				page.Changes = append(page.Changes, change{t("practice.section." + s.Name), practice.Diff(s.Words, after[i].Words)})
			}
		}
	}
}

// workAgain shows the workshop with what was wrong.
func (p *Pages) workAgain(w http.ResponseWriter, r *http.Request, bad error, words, why string) error {
	page, err := p.workPage(r)
	if err != nil {
		return err
	}
	page.Errors, page.Words, page.Why = web.FormErrorsOf(bad), words, why
	return p.web.RenderStatus(w, r, errs.Status(bad), "practices/work", page)
}

func (p *Pages) agree(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	out, err := p.svc.Agree(r.Context(), actor(r), f.Key(), id, int(f.Version()))
	switch {
	case web.Again(err):
		return p.workAgain(w, r, err, "", "")
	case err != nil:
		return err
	case out:
		return p.web.SeeOther(w, r, at(id, ""), "practiceweb.did_publish")
	}
	return p.web.SeeOther(w, r, at(id, "/work"), "practiceweb.did_agree")
}

func (p *Pages) say(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	words := f.Lines("words", practice.MaxWords)
	if err = f.Err(); err == nil {
		err = p.svc.Say(r.Context(), actor(r), f.Key(), r.PathValue("id"), words)
	}
	if web.Again(err) {
		return p.workAgain(w, r, err, words, "")
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(r.PathValue("id"), "/work"), "practiceweb.did_say")
}

func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	why := f.Text("why", practice.MaxWhy)
	if err = f.Err(); err == nil {
		err = p.svc.Withdraw(r.Context(), actor(r), f.Key(), r.PathValue("id"), why)
	}
	if web.Again(err) {
		return p.workAgain(w, r, err, "", why)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/practices/mine", "practiceweb.did_withdraw")
}

func (p *Pages) unpicture(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.svc.Unpicture(r.Context(), actor(r), f.Key(), r.PathValue("id"), r.PathValue("picture")); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(r.PathValue("id"), "/work"), "practiceweb.did_unpicture")
}
