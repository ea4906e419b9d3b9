package lessonweb

import (
	"net/http"
	"strconv"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/lesson"
	"bilin/internal/web"
)

// lessonLine is a lesson in a list.
type lessonLine struct {
	lesson.Lesson
	From, StateName string
	N               int
}

// listPage is the lessons that everybody reads, and the reader's own drafts.
type listPage struct {
	web.Base
	Lines  []lessonLine
	Drafts []lessonLine
	Teach  bool
	Next   string
	First  string
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	after, err := cursorOf(r)
	if err != nil {
		return err
	}
	list, next, err := p.svc.Lessons(r.Context(), after, pageSize)
	if err != nil {
		return err
	}
	page := listPage{Base: p.web.Base(r, "lessonweb.title"), Lines: p.lessonLines(r, list)}
	if next != nil {
		page.Next = web.PageURL(r, web.EncodeCursor(strconv.FormatInt(next.At, 10), next.ID))
	}
	if after != nil {
		page.First = web.PageURL(r, "")
	}
	if page.Teach, err = p.teaches(r); err != nil {
		return err
	}
	if p.joins(r) {
		drafts, err := p.svc.Drafts(r.Context(), actor(r), draftMax)
		if err != nil {
			return err
		}
		page.Drafts = p.lessonLines(r, drafts)
	}
	return p.web.Render(w, r, "lessons/list", page)
}

func (p *Pages) lessonLines(r *http.Request, list []lesson.Lesson) (lines []lessonLine) {
	for _, l := range list {
		lines = append(lines, lessonLine{l, p.unitName(l.UnitID), p.web.T(r)("lesson.state." + string(l.State)), len(l.Cards)})
	}
	return lines
}

// cursorOf is the place after which the page asked for begins.
func cursorOf(r *http.Request) (*lesson.Cursor, error) {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil || parts == nil {
		return nil, err
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "web.bad_cursor")
	}
	return &lesson.Cursor{At: ms, ID: parts[1]}, nil
}

// card is one of a lesson.
type card struct {
	N, Next int // Next is 0 on the last
	Words   string
}

// showPage is a lesson as it is read.
type showPage struct {
	web.Base
	L         *lesson.Lesson
	From      string
	StateName string
	Cards     []card
	Own       bool // the reader writes on it
	Why       string
	MaxWhy    int
	Topic     string
	Crumbs    []web.Crumb
	Q         questionsPart
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	page, err := p.showPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "lessons/show", page)
}

func (p *Pages) showPage(r *http.Request) (*showPage, error) {
	l, own, err := p.svc.Lesson(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &showPage{Base: p.web.Base(r, "lessonweb.title"), L: l, From: p.unitName(l.UnitID), StateName: t("lesson.state." + string(l.State)), Own: own && l.State != lesson.Withdrawn, MaxWhy: lesson.MaxWhy,
		Topic: lesson.LiveTopic(l.ID), Crumbs: []web.Crumb{{Label: t("lessonweb.title"), Href: "/lessons"}, {Label: l.Title}}}
	page.Title = l.Title
	if l.State == lesson.Withdrawn {
		return page, nil
	}
	for i, c := range l.Cards {
		page.Cards = append(page.Cards, card{i + 1, (i + 2) % (len(l.Cards) + 1), c})
	}
	page.Q, err = p.part(r, lesson.OnLesson, l.ID, "/lessons/"+l.ID, page.FormKey, l.State == lesson.Published)
	return page, err
}

func (p *Pages) showAgain(w http.ResponseWriter, r *http.Request, bad error, change func(*showPage)) error {
	page, err := p.showPage(r)
	if err != nil {
		return err
	}
	page.Errors = web.FormErrorsOf(bad)
	change(page)
	return p.web.RenderStatus(w, r, errs.Status(bad), "lessons/show", page)
}

func (p *Pages) askLesson(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id, text := r.PathValue("id"), f.Text("words", lesson.MaxQuestion)
	if err = f.Err(); err == nil {
		err = p.svc.Ask(r.Context(), actor(r), lesson.Ask{Key: f.Key(), On: id, Kind: lesson.OnLesson, Words: text})
	}
	if web.Again(err) {
		return p.showAgain(w, r, err, func(page *showPage) { page.Q.Asking, page.Q.Bad = text, page.Errors })
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/lessons/"+id, "lessonweb.did_ask")
}

func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	why := f.Text("why", lesson.MaxWhy)
	if err = f.Err(); err == nil {
		err = p.svc.Withdraw(r.Context(), actor(r), f.Key(), r.PathValue("id"), why)
	}
	if web.Again(err) {
		return p.showAgain(w, r, err, func(page *showPage) { page.Why = why })
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/lessons", "lessonweb.did_withdraw")
}

// editPage writes a lesson.
type editPage struct {
	web.Base
	L        *lesson.Lesson // nil: a new one
	Action   string
	Version  int
	Homes    []web.Option
	Home     string
	Head     string
	Cards    string
	Publish  bool // whoever writes can publish
	MaxTitle int
	Labels   map[string]string
	Crumbs   []web.Crumb
}

func (p *Pages) editPage(r *http.Request, l *lesson.Lesson) (*editPage, error) {
	t := p.web.T(r)
	page := &editPage{Base: p.web.Base(r, "lessonweb.new"), L: l, Action: "/lessons", MaxTitle: lesson.MaxTitle, Crumbs: []web.Crumb{{Label: t("lessonweb.title"), Href: "/lessons"}},
		Labels: map[string]string{"title": t("lessonweb.f_title"), "cards": t("lessonweb.f_cards"), "unit": t("lessonweb.f_unit")}}
	page.Publish = p.o.Policy.May(actor(r), lesson.ActPlan)
	if l != nil {
		page.Title = t("lessonweb.edit")
		page.Action, page.Version, page.Head, page.Cards = "/lessons/"+l.ID, l.Version, l.Title, strings.Join(l.Cards, "\n")
		page.Crumbs = append(page.Crumbs, web.Crumb{Label: l.Title, Href: "/lessons/" + l.ID}, web.Crumb{Label: page.Title})
		return page, nil
	}
	page.Crumbs = append(page.Crumbs, web.Crumb{Label: page.Title})
	var err error
	page.Homes, page.Home, err = p.homes(r)
	return page, err
}

// homes are the units for which the reader teaches; where there is one only, it is no question.
func (p *Pages) homes(r *http.Request) (list []web.Option, only string, err error) {
	homes, err := p.svc.Homes(r.Context(), actor(r))
	if err != nil {
		return nil, "", err
	}
	if len(homes) == 0 {
		return nil, "", errs.E(errs.Forbidden, "lessonweb.not_yet")
	}
	if len(homes) == 1 {
		return nil, homes[0].ID, nil
	}
	for _, u := range homes {
		list = append(list, web.Option{Value: u.ID, Label: p.tree().PathName(u, " · ")})
	}
	return list, "", nil
}

func (p *Pages) fresh(w http.ResponseWriter, r *http.Request) error {
	page, err := p.editPage(r, nil)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "lessons/edit", page)
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	l, own, err := p.svc.Lesson(r.Context(), actor(r), r.PathValue("id"))
	if err == nil && !own {
		err = errs.E(errs.Forbidden, "auth.forbidden")
	}
	if err != nil {
		return err
	}
	page, err := p.editPage(r, l)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "lessons/edit", page)
}

func (p *Pages) save(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	typed := f.Lines("cards", lesson.MaxCards*(lesson.MaxCard+1))
	cmd := lesson.Write{Key: f.Key(), ID: r.PathValue("id"), UnitID: f.Text("unit", 40), Title: f.Text("title", lesson.MaxTitle), Cards: lesson.CardsOf(typed), Version: int(f.Version()), Done: f.Bool("done")}
	id := cmd.ID
	if err = f.Err(); err == nil {
		id, err = p.svc.Write(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		return p.typedAgain(w, r, cmd, typed, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/lessons/"+id, "lessonweb.did_save")
}

// typedAgain shows the form as it was filled in. If somebody changed the lesson
// meanwhile, the next save is over what they wrote, which its page shows.
func (p *Pages) typedAgain(w http.ResponseWriter, r *http.Request, cmd lesson.Write, typed string, bad error) error {
	var l *lesson.Lesson
	if cmd.ID != "" {
		var err error
		if l, _, err = p.svc.Lesson(r.Context(), actor(r), cmd.ID); err != nil {
			return err
		}
	}
	page, err := p.editPage(r, l)
	if err != nil {
		return err
	}
	page.Errors, page.Head, page.Cards = web.FormErrorsOf(bad), cmd.Title, typed
	if cmd.UnitID != "" {
		page.Home = cmd.UnitID
	}
	return p.web.RenderStatus(w, r, errs.Status(bad), "lessons/edit", page)
}
