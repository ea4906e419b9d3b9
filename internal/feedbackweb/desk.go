package feedbackweb

import (
	"net/http"
	"strconv"

	"bilin/internal/errs"
	"bilin/internal/feedback"
	"bilin/internal/web"
)

// deskLine is one in the desk's list.
type deskLine struct {
	feedback.Feedback
	Short                            string
	KindName, StateName, Look, Where string
	Late                             bool
}

// deskPage lists what was said.
type deskPage struct {
	web.Base
	All         bool
	Lines       []deskLine
	First, Next string
}

func (p *Pages) line(r *http.Request, f feedback.Feedback) deskLine {
	t := p.web.T(r)
	return deskLine{f, short(f.Words), t("feedback.kind." + string(f.Kind)), t("feedback.state." + string(f.State)), looks[f.State], p.where(r, f.Route), p.svc.Late(&f)}
}

// firstWords is how much of one a list shows, in characters.
const firstWords = 70

func short(words string) string {
	if r := []rune(words); len(r) > firstWords {
		return string(r[:firstWords]) + "…"
	}
	return words
}

// where names the page something was said on.
func (p *Pages) where(r *http.Request, route string) string {
	switch name := p.web.PageName(r, route); {
	case route == "":
		return ""
	case name == "":
		return route
	default:
		return p.web.T(r)("feedbackweb.page_is", "name", name, "route", route)
	}
}

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	after, err := cursorOf(r)
	if err != nil {
		return err
	}
	page := deskPage{Base: p.web.Base(r, "feedbackweb.desk"), All: r.URL.Query().Get("show") == "all"}
	list, next, err := p.svc.Desk(r.Context(), actor(r), feedback.Filter{Open: !page.All}, after, pageSize)
	if err != nil {
		return err
	}
	for _, f := range list {
		page.Lines = append(page.Lines, p.line(r, f))
	}
	if after != nil {
		page.First = web.PageURL(r, "")
	}
	if next != nil {
		page.Next = web.PageURL(r, web.EncodeCursor(strconv.FormatInt(next.At, 10), next.ID))
	}
	return p.web.Render(w, r, "feedback/desk", page)
}

// casePage is one, with what can be done about it.
type casePage struct {
	web.Base
	C         *feedback.Case
	KindName  string
	StateName string
	Look      string
	Where     string
	Late      bool
	Moments   []moment
	Into      *deskLine
	Same      []deskLine
	Likely    []deskLine
	States    []web.Option
	State     string
	Words     string
	Sentence  string
	Release   string
	Target    string // the number of the one to merge it into
	May       struct{ Reply, Merge bool }
	MaxAnswer int
	MaxOpen   int
	Labels    map[string]string
	Crumbs    []web.Crumb
}

func (p *Pages) casePage(r *http.Request) (*casePage, error) {
	c, err := p.svc.Case(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &casePage{Base: p.web.Base(r, "feedbackweb.case", "number", c.Number), C: c, KindName: t("feedback.kind." + string(c.Kind)), StateName: t("feedback.state." + string(c.State)), Look: looks[c.State],
		Where: p.where(r, c.Route), Late: p.svc.Late(&c.Feedback), Moments: p.moments(r, c.Answers), Release: p.release, MaxAnswer: feedback.MaxAnswer, MaxOpen: feedback.MaxSentence,
		Labels: map[string]string{"state": t("feedbackweb.f_state"), "words": t("feedbackweb.f_words"), "sentence": t("feedbackweb.f_sentence"), "release": t("feedbackweb.f_release"), "into": t("feedbackweb.f_into")},
		Crumbs: []web.Crumb{{Label: t("feedbackweb.desk"), Href: "/feedback/desk"}, {Label: c.Number}}}
	if c.Into != nil {
		l := p.line(r, *c.Into)
		page.Into = &l
	}
	for _, f := range c.Same {
		l := p.line(r, f)
		l.StateName, l.Look, l.Late = page.StateName, page.Look, false // answered here
		page.Same = append(page.Same, l)
	}
	for _, f := range c.Likely {
		page.Likely = append(page.Likely, p.line(r, f))
	}
	for _, s := range c.Next() {
		page.States = append(page.States, web.Option{Value: string(s), Label: t("feedback.state." + string(s))})
	}
	if c.Change != nil && c.Into == nil {
		page.State, page.Sentence, page.Release = string(feedback.Changed), c.Change.Sentence, c.Change.Release
	}
	page.May.Reply = len(page.States) > 0
	page.May.Merge = c.Into == nil && c.State != feedback.Changed && c.State != feedback.Withdrawn
	return page, nil
}

func (p *Pages) caseOf(w http.ResponseWriter, r *http.Request) error {
	page, err := p.casePage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "feedback/case", page)
}

// act runs one of the desk's commands; what can't be done comes back on the newest page.
func (p *Pages) act(w http.ResponseWriter, r *http.Request, flash string, do func(f *web.Form, page *casePage) error) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.casePage(r)
	if err != nil {
		return err
	}
	err = do(f, page)
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "feedback/case", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/feedback/desk/"+page.C.Number, flash)
}

func (p *Pages) reply(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "feedbackweb.replied", func(f *web.Form, page *casePage) error {
		page.State, page.Words = f.Text("state", 20), f.Lines("words", feedback.MaxAnswer)
		page.Sentence, page.Release = f.Text("sentence", feedback.MaxSentence), f.Text("release", feedback.MaxRelease)
		if err := f.Err(); err != nil {
			return err
		}
		return p.svc.Reply(r.Context(), actor(r), feedback.Reply{Key: f.Key(), Number: page.C.Number, State: feedback.State(page.State), Words: page.Words,
			Sentence: page.Sentence, Release: page.Release, Version: int(f.Version())})
	})
}

func (p *Pages) merge(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "feedbackweb.merged", func(f *web.Form, page *casePage) error {
		page.Target = f.Required("into", 20)
		if err := f.Err(); err != nil {
			return err
		}
		return p.svc.Merge(r.Context(), actor(r), f.Key(), page.C.Number, page.Target, int(f.Version()))
	})
}

func (p *Pages) part(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "feedbackweb.parted", func(f *web.Form, page *casePage) error {
		return p.svc.Part(r.Context(), actor(r), f.Key(), page.C.Number, int(f.Version()))
	})
}
