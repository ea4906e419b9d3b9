// Package indicatorweb is the pages of the indicator catalogue, which say why an indicator is refused.
package indicatorweb

import (
	"embed"
	"net/http"
	"slices"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const formBody = 32 << 10

// Pages are the handlers.
type Pages struct {
	web  *web.Server
	svc  *outcome.Service
	tree func() *network.Tree
}

// New returns the pages.
func New(srv *web.Server, svc *outcome.Service, tree func() *network.Tree) *Pages {
	return &Pages{srv, svc, tree}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	edit := string(outcome.ActEdit)
	return web.Module{
		Name: "indicators", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "indicators/list", Data: listPage{}}, {Name: "indicators/edit", Data: editPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /outcomes/catalog", Access: edit, Handler: p.list},
			{Pattern: "POST /outcomes/catalog", Access: edit, Handler: p.put, MaxBody: formBody},
			{Pattern: "GET /outcomes/catalog/{code}", Access: edit, Handler: p.edit},
			{Pattern: "POST /outcomes/catalog/{code}", Access: edit, Handler: p.put, MaxBody: formBody},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

type translate = func(key string, kv ...any) string

type row struct {
	outcome.Indicator
	Words outcome.Words
	Whose string
}

type listPage struct {
	web.Base
	Crumbs []web.Crumb
	Rows   []row
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	t := p.web.T(r)
	page := listPage{Base: p.web.Base(r, "indicatorweb.title")}
	page.Live = []string{outcome.Topic}
	page.Crumbs = []web.Crumb{{Label: t("indicatorweb.outcomes"), Href: "/outcomes"}, {Label: t("indicatorweb.title")}}
	for _, x := range p.svc.Catalog().All() {
		page.Rows = append(page.Rows, row{x, x.In(page.Locale), p.whose(t, x)})
	}
	return p.web.Render(w, r, "indicators/list", page)
}

func (p *Pages) whose(t translate, x outcome.Indicator) string {
	if x.Source != outcome.Feed {
		return t("indicatorweb.source." + string(x.Source))
	}
	for _, d := range p.tree().Departments() {
		if d.Code == x.Department {
			return d.Name
		}
	}
	return x.Department
}

// newCode is the address of the form for one that isn't there yet.
const newCode = "new"

type editPage struct {
	web.Base
	Crumbs       []web.Crumb
	X            outcome.Indicator
	Per, Weight  string // as they were entered
	Window, Sort string
	New          bool
	Departments  []web.Option
	Sources      []web.Option
	Measures     []web.Option
	Betters      []web.Option
	Windows      []web.Option
	Action       string
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	x := outcome.Indicator{Source: outcome.Feed, Measure: outcome.Rate, Better: outcome.Lower, Per: 10_000, Window: 4}
	if code := r.PathValue("code"); code != newCode {
		known, err := p.svc.Catalog().Find(code)
		if err != nil {
			return err
		}
		x = known
	}
	page := editPage{X: x, Per: strconv.Itoa(x.Per), Weight: strconv.Itoa(x.Weight), Window: strconv.Itoa(x.Window), Sort: strconv.Itoa(x.Sort)}
	return p.show(w, r, http.StatusOK, page, nil, nil)
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, page editPage, cause error, f *web.Form) error {
	t := p.web.T(r)
	page.Base, page.New = p.web.Base(r, "indicatorweb.new"), page.X.ID == ""
	page.Action = "/outcomes/catalog"
	if !page.New {
		page.Title, page.Action = page.X.In(page.Locale).Name, "/outcomes/catalog/"+page.X.Code
	}
	page.Crumbs = []web.Crumb{{Label: t("indicatorweb.outcomes"), Href: "/outcomes"}, {Label: t("indicatorweb.title"), Href: "/outcomes/catalog"}, {Label: page.Title}}
	for _, d := range p.tree().Departments() {
		page.Departments = append(page.Departments, web.Option{Value: d.Code, Label: d.Name})
	}
	if d := page.X.Department; d != "" && !slices.ContainsFunc(page.Departments, func(o web.Option) bool { return o.Value == d }) {
		page.Departments = append(page.Departments, web.Option{Value: d, Label: d})
	}
	for _, s := range outcome.Sources() {
		page.Sources = append(page.Sources, web.Option{Value: string(s), Label: t("indicatorweb.source." + string(s))})
	}
	for _, m := range []outcome.Measure{outcome.Rate, outcome.Share} {
		page.Measures = append(page.Measures, web.Option{Value: string(m), Label: t("indicatorweb.measure." + string(m)), Hint: t("indicatorweb.measure_hint." + string(m))})
	}
	for _, b := range []outcome.Better{outcome.Lower, outcome.Higher} {
		page.Betters = append(page.Betters, web.Option{Value: string(b), Label: t("indicatorweb.better." + string(b))})
	}
	for n := 1; n <= 4; n++ {
		page.Windows = append(page.Windows, web.Option{Value: strconv.Itoa(n), Label: t("indicatorweb.window_n", "n", n)})
	}
	if cause != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(cause), f.Key()
	}
	return p.web.RenderStatus(w, r, status, "indicators/edit", page)
}

// put stores a new indicator, or a change of one. What is refused comes back
// with the reason beside its field.
func (p *Pages) put(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	x := outcome.Indicator{}
	if code := r.PathValue("code"); code != "" {
		if x, err = p.svc.Catalog().Find(code); err != nil {
			return err
		}
	} else {
		x.Code, x.Source, x.Measure = f.Text("code", 40), outcome.Source(r.PostFormValue("source")), outcome.Measure(r.PostFormValue("measure"))
	}
	read(f, r, &x)
	page := editPage{X: x, Per: r.PostFormValue("per"), Weight: r.PostFormValue("weight"), Window: r.PostFormValue("window"), Sort: r.PostFormValue("sort")}
	if err = f.Err(); err == nil {
		_, err = p.svc.Put(r.Context(), actor(r), outcome.Put{Key: f.Key(), Indicator: x, Version: int(f.Version())})
	}
	if web.IsInvalid(err) || errs.KindOf(err) == errs.Conflict {
		return p.show(w, r, http.StatusUnprocessableEntity, page, err, f)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/outcomes/catalog", "indicatorweb.said")
}

// most bounds what is read; the service says what is too long.
const most = 1000

func read(f *web.Form, r *http.Request, x *outcome.Indicator) {
	x.Name, x.NameEN = f.Text("name", most), f.Text("name_en", most)
	x.Definition, x.DefEN = f.Text("definition", most), f.Text("definition_en", most)
	x.Numerator, x.NumEN = f.Text("numerator", most), f.Text("numerator_en", most)
	x.Denominator, x.DenomEN = f.Text("denominator", most), f.Text("denominator_en", most)
	x.Department, x.Better = "", outcome.Better(r.PostFormValue("better"))
	if x.Source == outcome.Feed {
		x.Department = f.Text("department", 40)
	}
	x.Per, x.Weight, x.Window, x.Sort = f.Int("per", 0, 1_000_000), f.Int("weight", 0, 1000), f.Int("window", 0, 100), f.Int("sort", 0, 100_000)
	x.Context, x.Retired = f.Bool("context"), f.Bool("retired")
}
