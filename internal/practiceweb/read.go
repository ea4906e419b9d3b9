package practiceweb

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/practice"
	"bilin/internal/web"
)

// line is a practice in a list.
type line struct {
	practice.Practice
	TopicName, From string
}

// listPage is what is published, what most villages do first.
type listPage struct {
	web.Base
	Q     string
	Topic web.FilterSelect
	Unit  string // code
	Where string
	Lines []line
	Next  string
	First string
	Write bool
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	after, err := cursorOf(r)
	if err != nil {
		return err
	}
	t, query := p.web.T(r), r.URL.Query()
	page := listPage{Base: p.web.Base(r, "practiceweb.title"), Q: firstRunes(query.Get("q"), maxQuery), Unit: query.Get("unit"), Write: p.may(actor(r), practice.ActWrite)}
	f := practice.Filter{Q: page.Q, Topic: practice.Topic(query.Get("topic"))}
	if !f.Topic.Valid() {
		f.Topic = ""
	}
	page.Topic = web.FilterSelect{Name: "topic", Label: t("practiceweb.f_topic"), Value: string(f.Topic), Options: p.topics(r)}
	if page.Unit != "" {
		u := p.tree().Current(p.tree().ByCode(page.Unit))
		if u == nil {
			return errs.E(errs.NotFound, "network.no_unit")
		}
		f.Unit, page.Where = u.ID, p.tree().PathName(u, " · ")
	}
	list, next, err := p.svc.List(r.Context(), f, after, pageSize)
	if err != nil {
		return err
	}
	page.Next = nextURL(r, next)
	if after != nil {
		page.First = web.PageURL(r, "")
	}
	for _, x := range list {
		page.Lines = append(page.Lines, p.line(r, x))
	}
	return p.web.Render(w, r, "practices/list", page)
}

func firstRunes(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	if utf8.RuneCountInString(s) > n {
		return string([]rune(s)[:n])
	}
	return s
}

func (p *Pages) line(r *http.Request, x practice.Practice) line {
	return line{x, p.web.T(r)("practice.topic." + string(x.Topic)), p.unitName(x.UnitID)}
}

// part is a section as it is read.
type part struct {
	Name, Label string
	Paragraphs  []string
}

// takeLine is a village that does it too.
type takeLine struct {
	practice.Take
	Where, CameName, Look string
	Words                 []string
}

// mine is a village of the reader's, with what it can say.
type mine struct {
	practice.Take
	ID, Name string
	Key      string
	Cames    []web.Option
	Errors   web.FormErrors
}

// showPage is a practice as everybody reads it.
type showPage struct {
	web.Base
	P         *practice.Shown
	TopicName string
	From      string
	Parts     []part
	Takes     []takeLine // that told what came of it
	Trying    string     // the villages that have yet to
	Try       []*network.Unit
	Tell      []mine
	Work      bool
	Topic     string
	Crumbs    []web.Crumb
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	page, err := p.showPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "practices/show", page)
}

func (p *Pages) showPage(r *http.Request) (*showPage, error) {
	x, err := p.svc.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t, may := p.web.T(r), p.svc.May(actor(r), x)
	page := &showPage{Base: p.web.Base(r, "practiceweb.title"), P: x, TopicName: t("practice.topic." + string(x.Topic)), From: p.unitName(x.UnitID), Try: may.Try, Work: may.Work,
		Topic: practice.LiveTopic(x.ID), Crumbs: []web.Crumb{{Label: t("practiceweb.title"), Href: "/practices"}, {Label: x.Title}}}
	page.Title = x.Title
	page.Parts = p.parts(r, x.Text)
	var trying []string
	for _, take := range x.Takes {
		if where := p.unitName(take.VillageID); take.Came == practice.Unsaid {
			trying = append(trying, where)
		} else {
			page.Takes = append(page.Takes, takeLine{Take: take, Where: where, Look: cameLooks[take.Came], CameName: t("practice.came." + string(take.Came)), Words: lines(take.Words)})
		}
	}
	page.Trying = strings.Join(trying, t("practiceweb.comma"))
	for i, v := range may.Tell {
		m := mine{ID: v.ID, Name: v.Name, Key: page.FormKey + "-" + strconv.Itoa(i)}
		for _, take := range x.Takes {
			if take.VillageID == v.ID {
				m.Take = take
			}
		}
		for _, c := range practice.Cames() {
			m.Cames = append(m.Cames, web.Option{Value: string(c), Label: t("practice.came." + string(c))})
		}
		page.Tell = append(page.Tell, m)
	}
	return page, nil
}

// parts are the sections of a text that say something, without its title.
func (p *Pages) parts(r *http.Request, text practice.Text) (list []part) {
	for _, s := range text.Sections()[1:] {
		if s.Words != "" {
			list = append(list, part{s.Name, p.web.T(r)("practice.section." + s.Name), lines(s.Words)})
		}
	}
	return list
}

func lines(words string) (list []string) {
	for l := range strings.SplitSeq(words, "\n") {
		if l != "" {
			list = append(list, l)
		}
	}
	return list
}

// picture sends a picture.
func (p *Pages) picture(w http.ResponseWriter, r *http.Request) error {
	pic, err := p.svc.Picture(r.Context(), actor(r), r.PathValue("id"), strings.TrimSuffix(r.PathValue("picture"), ".jpg"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(pic.Image)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=60") // it may be taken away
	_, err = io.Copy(w, bytes.NewReader(pic.Image))
	return err
}

func (p *Pages) try(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	return p.did(w, r, p.svc.Try(r.Context(), actor(r), f.Key(), r.PathValue("id"), f.Text("village", 40)), "practiceweb.did_try")
}

func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	village := r.URL.Query().Get("village") // where the confirmation's address has it
	return p.did(w, r, p.svc.End(r.Context(), actor(r), f.Key(), r.PathValue("id"), village), "practiceweb.did_end")
}

// did answers a tap on a practice's page.
func (p *Pages) did(w http.ResponseWriter, r *http.Request, err error, flash string) error {
	if !web.Again(err) {
		if err != nil {
			return err
		}
		return p.web.SeeOther(w, r, at(r.PathValue("id"), ""), flash)
	}
	page, other := p.showPage(r)
	if other != nil {
		return other
	}
	page.Errors = web.FormErrorsOf(err)
	return p.web.RenderStatus(w, r, errs.Status(err), "practices/show", page)
}

// came takes what came of it in a village.
func (p *Pages) came(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := practice.TellCame{Key: f.Key(), ID: r.PathValue("id"), VillageID: f.Text("village", 40), Came: practice.Came(f.Text("came", 10)), Words: f.Lines("words", practice.MaxWords), Version: int(f.Version())}
	if err = f.Err(); err == nil {
		err = p.svc.Tell(r.Context(), actor(r), cmd)
	}
	if !web.Again(err) {
		return p.did(w, r, err, "practiceweb.did_came")
	}
	page, other := p.showPage(r)
	if other != nil {
		return other
	}
	page.Errors = web.FormErrorsOf(err)
	for i := range page.Tell {
		if m := &page.Tell[i]; m.ID == cmd.VillageID {
			m.Errors, m.Key, m.Came = page.Errors, f.Key(), cmd.Came
			m.Take.Words = cmd.Words
		}
	}
	return p.web.RenderStatus(w, r, errs.Status(err), "practices/show", page)
}
