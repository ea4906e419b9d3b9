package outreachweb

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outreach"
	"bilin/internal/photo"
	"bilin/internal/web"
)

// deskPage is what somebody's units sent or are writing.
type deskPage struct {
	web.Base
	Lines []line
	Next  string
}

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	after, err := cursorOf(r)
	if err != nil {
		return err
	}
	list, next, err := p.svc.Desk(r.Context(), actor(r), after, pageSize)
	if err != nil {
		return err
	}
	page := deskPage{Base: p.web.Base(r, "outreachweb.desk"), Next: nextURL(r, next)}
	for _, n := range list {
		href := at(n.Number, "/reach")
		if !n.Public() {
			href = at(n.Number, "/check")
		}
		page.Lines = append(page.Lines, p.line(r, n, href))
	}
	return p.web.Render(w, r, "notices/desk", page)
}

// place is a box to tick.
type place struct {
	Code, Name string
	On         bool
}

// ready is a template that lies ready.
type ready struct{ Name, Label, Href string }

// editPage writes a notice.
type editPage struct {
	web.Base
	N            *outreach.Notice // nil: a new one
	Action       string
	Ready        []ready
	Kinds        []web.Option
	Kind         string
	Head, Words  string
	Alt          string
	Places       []place
	Others       string // units by name, one a line
	Min, Max     string
	Labels       map[string]string
	MaxTitle     int
	MaxWords     int
	MaxAlt       int
	Crumbs       []web.Crumb
	WithoutImage bool
}

func (p *Pages) editPage(r *http.Request) *editPage {
	t := p.web.T(r)
	page := &editPage{Base: p.web.Base(r, "outreachweb.new"), Action: "/notices", Kind: string(outreach.News), MaxTitle: outreach.MaxTitle, MaxWords: outreach.MaxWords, MaxAlt: outreach.MaxAlt,
		Labels: map[string]string{"title": t("outreachweb.f_title"), "words": t("outreachweb.f_words"), "alt": t("outreachweb.f_alt"), "kind": t("outreachweb.f_kind"), "unit": t("outreachweb.f_units"),
			"min": t("outreachweb.f_min"), "max": t("outreachweb.f_max"), "picture": t("outreachweb.f_picture"), "others": t("outreachweb.f_others")},
		Crumbs: []web.Crumb{{Label: t("outreachweb.desk"), Href: "/notices/desk"}}}
	for _, k := range outreach.Kinds() {
		page.Kinds = append(page.Kinds, web.Option{Value: string(k), Label: t("outreach.kind." + string(k))})
	}
	for _, tpl := range outreach.Templates() {
		page.Ready = append(page.Ready, ready{tpl.Name, t("outreach.template." + tpl.Name), "/notices/new?template=" + tpl.Name})
	}
	tree := p.tree()
	for _, id := range p.svc.SendScope(actor(r)) {
		u := tree.ByID(id)
		if u == nil {
			continue
		}
		page.Places = append(page.Places, place{Code: u.Code, Name: u.Name})
		for _, child := range tree.Children(u) {
			page.Places = append(page.Places, place{Code: child.Code, Name: child.Name})
		}
	}
	return page
}

func (p *Pages) fresh(w http.ResponseWriter, r *http.Request) error {
	page := p.editPage(r)
	page.Crumbs = append(page.Crumbs, web.Crumb{Label: page.Title})
	t, name := p.web.T(r), r.URL.Query().Get("template")
	if i := slices.IndexFunc(outreach.Templates(), func(x outreach.Template) bool { return x.Name == name }); i >= 0 {
		page.Kind = string(outreach.Templates()[i].Kind)
		page.Head, page.Words = t("outreach.template."+name+".title"), t("outreach.template."+name+".words")
	}
	if scope := p.svc.SendScope(actor(r)); len(scope) == 1 && p.tree().ByID(scope[0]).Level >= network.Village {
		page.Places[0].On = true // a village mostly speaks to all of itself
	}
	return p.web.Render(w, r, "notices/edit", page)
}

// of fills the page with a notice.
func (p *Pages) of(r *http.Request, page *editPage, n *outreach.Notice) {
	page.N, page.Action, page.Title = n, at(n.Number), p.web.T(r)("outreachweb.edit")
	page.Kind, page.Head, page.Words, page.Alt = string(n.Kind), n.Title, n.Words, n.Alt
	page.Min, page.Max = bound(n.MinSize), bound(n.MaxSize)
	page.Crumbs = append(page.Crumbs, web.Crumb{Label: n.Title, Href: at(n.Number, "/check")}, web.Crumb{Label: page.Title})
	tree := p.tree()
	var others []string
	for _, id := range n.Units {
		u := tree.Current(tree.ByID(id))
		if u == nil {
			continue
		}
		i := slices.IndexFunc(page.Places, func(x place) bool { return x.Code == u.Code })
		if i >= 0 {
			page.Places[i].On = true
		} else {
			others = append(others, tree.PathName(u, " "))
		}
	}
	page.Others = strings.Join(others, "\n")
}

func bound(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	n, err := p.mayWrite(r)
	if err != nil {
		return err
	}
	switch n.State { // what is out isn't written, but corrected
	case outreach.Sent:
		return p.web.SeeOther(w, r, at(n.Number, "/correct"), "")
	case outreach.Recalled:
		return p.web.SeeOther(w, r, at(n.Number, "/reach"), "")
	}
	page := p.editPage(r)
	p.of(r, page, n)
	return p.web.Render(w, r, "notices/edit", page)
}

// mayWrite loads a notice that the actor may send.
func (p *Pages) mayWrite(r *http.Request) (*outreach.Notice, error) {
	n, err := p.svc.Get(r.Context(), actor(r), r.PathValue("number"))
	if err == nil && !p.svc.May(actor(r), n).Send {
		err = errs.E(errs.Forbidden, "auth.forbidden")
	}
	return n, err
}

// compose stores what was written, and goes on to what sending it would mean.
func (p *Pages) compose(w http.ResponseWriter, r *http.Request) error {
	var pic *outreach.Picture
	var bad error
	f, err := web.ParseUploads(w, r, func(input string, file io.Reader) error {
		if input != "picture" || pic != nil {
			return nil
		}
		pic, bad = clean(file)
		if _, cut := errors.AsType[*http.MaxBytesError](bad); cut || errs.KindOf(bad) == errs.Internal && bad != nil {
			return bad
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := p.editPage(r)
	cmd := outreach.Compose{Key: f.Key(), Number: r.PathValue("number"), Version: int(f.Version())}
	if cmd.Number != "" {
		n, err := p.mayWrite(r)
		if err != nil {
			return err
		}
		p.of(r, page, n)
	} else {
		page.Crumbs = append(page.Crumbs, web.Crumb{Label: page.Title})
	}
	page.FormKey = f.Key()
	p.typed(r, f, page, &cmd)
	if bad != nil {
		f.Fail("picture", errs.As(bad).Code, errs.As(bad).Args...)
	}
	cmd.Picture = pic
	if err = f.Err(); err == nil {
		cmd.Number, err = p.svc.Compose(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		page.WithoutImage = pic != nil
		return p.web.RenderStatus(w, r, errs.Status(err), "notices/edit", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(cmd.Number, "/check"), "")
}

// clean makes a picture fit to be kept; an empty field is none.
func clean(file io.Reader) (*outreach.Picture, error) {
	made, err := photo.Clean(file)
	if errs.CodeOf(err) == "photo.empty" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &outreach.Picture{Image: made.Full, Width: made.Width, Height: made.Height}, nil
}

// typed takes the form; what was typed goes back into the page.
func (p *Pages) typed(r *http.Request, f *web.Form, page *editPage, cmd *outreach.Compose) {
	page.Kind, page.Head, page.Words = f.Text("kind", 20), f.Text("title", outreach.MaxTitle), f.Lines("words", outreach.MaxWords)
	page.Alt, page.Others, page.Min, page.Max = f.Text("alt", outreach.MaxAlt), f.Lines("others", 4000), f.Text("min", 3), f.Text("max", 3)
	cmd.Kind, cmd.Title, cmd.Words, cmd.Alt, cmd.NoPicture = outreach.Kind(page.Kind), page.Head, page.Words, page.Alt, f.Bool("no_picture")
	if page.Min != "" {
		cmd.MinSize = f.Int("min", 0, outreach.MaxSize)
	}
	if page.Max != "" {
		cmd.MaxSize = f.Int("max", 0, outreach.MaxSize)
	}
	cmd.Units = f.List("unit")
	for _, code := range cmd.Units {
		p.own(r, f, "unit", p.tree().Current(p.tree().ByCode(code)))
	}
	for i, x := range page.Places {
		page.Places[i].On = slices.Contains(cmd.Units, x.Code)
	}
	cmd.Units = append(cmd.Units, p.named(r, f, page.Others)...)
}

// own refuses a place that isn't the sender's, where it was chosen. One that there
// isn't is for the service to refuse.
func (p *Pages) own(r *http.Request, f *web.Form, field string, u *network.Unit) {
	if u != nil && !p.svc.MaySend(actor(r), u.ID) {
		f.Fail(field, "outreachweb.not_your_place", "place", p.unitName(u.ID))
	}
}

// named finds the units that are named, one a line.
func (p *Pages) named(r *http.Request, f *web.Form, text string) (codes []string) {
	tree := p.tree()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	names := network.NamesOf(tree)
	for l := range strings.SplitSeq(text, "\n") {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		u, _ := names.Find(l)
		if u == nil {
			u = tree.Current(tree.ByCode(l))
		}
		if u == nil {
			f.Fail("others", "outreachweb.no_place", "text", l)
			return codes
		}
		p.own(r, f, "others", u)
		codes = append(codes, u.Code)
	}
	return codes
}
