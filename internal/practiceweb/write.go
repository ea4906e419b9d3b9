package practiceweb

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/photo"
	"bilin/internal/practice"
	"bilin/internal/web"
)

// field is a section as it is written, with what the other side made of it meanwhile.
type field struct {
	Name, Label, Hint string
	Words             string
	Max, Rows         int
	Theirs            []practice.Piece // nil unless it differs
}

// editPage writes a practice.
type editPage struct {
	web.Base
	W       *practice.Workshop // nil: a new one
	Action  string
	Edition int
	Homes   []web.Option // whose practice it is, where that is a question
	Home    string
	Topics  []web.Option
	Topic   string
	Fields  []field
	Labels  map[string]string
	Alt     string
	MaxAlt  int
	Offer   bool // it can be given to the editors
	Stale   bool
	Again   bool // the picture has to be chosen again
	Crumbs  []web.Crumb
}

var sizes = map[string][2]int{"title": {practice.MaxTitle, 0}, "trouble": {practice.MaxSection, 4}, "did": {practice.MaxSection, 6}, "cost": {practice.MaxCost, 2}, "result": {practice.MaxSection, 4}, "mind": {practice.MaxSection, 3}}

func (p *Pages) editPage(r *http.Request, w *practice.Workshop, text practice.Text) *editPage {
	t := p.web.T(r)
	page := &editPage{Base: p.web.Base(r, "practiceweb.new"), W: w, Action: "/practices", Topics: p.topics(r), MaxAlt: practice.MaxAlt, Offer: true,
		Crumbs: []web.Crumb{{Label: t("practiceweb.title"), Href: "/practices"}, {Label: t("practiceweb.mine"), Href: "/practices/mine"}},
		Labels: map[string]string{"topic": t("practiceweb.f_topic"), "unit": t("practiceweb.f_unit"), "picture": t("practiceweb.picture_file"), "alt": t("practiceweb.f_alt")}}
	if w == nil {
		homes := p.svc.Homes(actor(r))
		for _, u := range homes {
			page.Homes = append(page.Homes, web.Option{Value: u.ID, Label: p.tree().PathName(u, " · ")})
		}
		if len(homes) == 1 {
			page.Home, page.Homes = homes[0].ID, nil
		}
		page.Crumbs = append(page.Crumbs, web.Crumb{Label: page.Title})
	} else {
		page.Title = t("practiceweb.edit")
		page.Action, page.Topic, page.Edition, page.Offer = at(w.ID, ""), string(w.Latest.Topic), w.Edition, w.State == practice.Draft
		page.Crumbs = append(page.Crumbs, web.Crumb{Label: w.Title, Href: at(w.ID, "/work")}, web.Crumb{Label: page.Title})
	}
	page.fill(t, text)
	return page
}

// fill puts words into the fields, and beside them what the other side wrote.
func (page *editPage) fill(t func(string, ...any) string, text practice.Text) {
	page.Fields = nil
	for i, s := range text.Sections() {
		f := field{Name: s.Name, Label: t("practice.section." + s.Name), Hint: t("practiceweb.hint." + s.Name), Words: s.Words, Max: sizes[s.Name][0], Rows: sizes[s.Name][1]}
		page.Labels[s.Name] = f.Label
		if theirs := page.theirs(i); page.Stale && theirs != s.Words {
			f.Theirs = practice.Diff(s.Words, theirs)
		}
		page.Fields = append(page.Fields, f)
	}
}

func (page *editPage) theirs(i int) string {
	if page.W == nil {
		return ""
	}
	return page.W.Latest.Sections()[i].Words
}

func (p *Pages) fresh(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "practices/edit", p.editPage(r, nil, practice.Text{}))
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	work, err := p.svc.Work(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "practices/edit", p.editPage(r, work, work.Latest.Text))
}

// upload takes the picture out of a form, cleaned.
type upload struct {
	pic *practice.Picture
	bad error
}

func (u *upload) take(input string, file io.Reader) error {
	if input != "picture" || u.pic != nil {
		return nil
	}
	made, err := photo.Clean(file)
	if errs.CodeOf(err) == "photo.empty" {
		return nil
	}
	if _, cut := errors.AsType[*http.MaxBytesError](err); cut || err != nil && errs.KindOf(err) == errs.Internal {
		return err
	}
	if u.bad = err; err == nil {
		u.pic = &practice.Picture{Image: made.Full, Width: made.Width, Height: made.Height}
	}
	return nil
}

// save stores what was written. If the other side wrote meanwhile, both texts
// come back, and the next save is over theirs.
func (p *Pages) save(w http.ResponseWriter, r *http.Request) error {
	var u upload
	f, err := web.ParseUploads(w, r, u.take)
	if err != nil {
		return err
	}
	cmd := practice.Write{Key: f.Key(), ID: r.PathValue("id"), UnitID: f.Text("unit", 40), Topic: practice.Topic(f.Text("topic", 20)), Edition: int(f.Version()), Offer: f.Bool("offer"), Picture: u.pic,
		Text: practice.Text{Title: f.Lines("title", practice.MaxTitle), Trouble: f.Lines("trouble", practice.MaxSection), Did: f.Lines("did", practice.MaxSection),
			Cost: f.Lines("cost", practice.MaxCost), Result: f.Lines("result", practice.MaxSection), Mind: f.Lines("mind", practice.MaxSection)}.Clean()}
	alt := f.Text("alt", practice.MaxAlt)
	if u.pic != nil {
		u.pic.Alt = alt
		sum := sha256.Sum256(u.pic.Image)
		cmd.Photo = hex.EncodeToString(sum[:])
	}
	if u.bad != nil {
		f.Fail("picture", errs.As(u.bad).Code, errs.As(u.bad).Args...)
	}
	id := cmd.ID
	if err = f.Err(); err == nil {
		id, err = p.svc.Write(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		return p.typedAgain(w, r, f, cmd, alt, err)
	}
	if err != nil {
		return err
	}
	flash := "practiceweb.did_save"
	if cmd.Offer {
		flash = "practiceweb.did_offer"
	}
	return p.web.SeeOther(w, r, at(id, "/work"), flash)
}

// typedAgain shows the form as it was filled in.
func (p *Pages) typedAgain(w http.ResponseWriter, r *http.Request, f *web.Form, cmd practice.Write, alt string, bad error) error {
	var work *practice.Workshop
	if cmd.ID != "" {
		var err error
		if work, err = p.svc.Work(r.Context(), actor(r), cmd.ID); err != nil {
			return err
		}
	}
	page := p.editPage(r, work, cmd.Text)
	page.Errors, page.Topic, page.Alt, page.Again = web.FormErrorsOf(bad), string(cmd.Topic), alt, cmd.Picture != nil
	if cmd.UnitID != "" {
		page.Home = cmd.UnitID
	}
	if work != nil && cmd.Edition != work.Edition {
		page.Stale = true // with a key of its own: it is another command
		page.fill(p.web.T(r), cmd.Text)
	} else {
		page.FormKey = f.Key()
	}
	return p.web.RenderStatus(w, r, errs.Status(bad), "practices/edit", page)
}
