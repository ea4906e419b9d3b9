package demandweb

import (
	"strconv"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demandweb/words"
	"bilin/internal/network"
	"bilin/internal/web"
)

// matter is what a form asks about a demand, whoever fills it in.
type matter struct {
	Unit, Door string
	From       string // where it comes from, in words
	Kinds      []web.Option
	Kind       string
	Text       string
	Tops       []web.Option // categories of the upper level
	Groups     []categories
	Category   string
	Urgencies  []web.Option
	Urgency    string
	Abouts     []web.Option // whom a complaint may be about
	About      string
	Place      string
	Lon, Lat   string
	Contact    string
	SMS        bool
	Private    bool
	Publish    bool
	Kept       []keptPhoto

	MaxText, MaxContact, MaxPlace, MaxPhotos int
}

// categories are those of the lower level under one of the upper.
type categories struct {
	ID, Label string
	Options   []web.Option
}

// matterOf fills a form in with what was typed.
func (p *Pages) matterOf(t words.T, locale string, cmd demand.Raise) matter {
	m := matter{
		Unit: cmd.UnitCode, Door: cmd.DoorCode, Kinds: t.Kinds(true), Kind: string(cmd.Kind), Text: cmd.Text,
		Category: cmd.Category, Urgency: strconv.Itoa(int(cmd.Urgency)), About: cmd.About, Place: cmd.Place,
		Lon: degrees(cmd.Lon), Lat: degrees(cmd.Lat),
		Contact: cmd.Contact, SMS: cmd.Channel == demand.BySMS, Private: cmd.Private, Publish: cmd.Publish, Kept: kept(cmd.Pictures),
		MaxText: demand.MaxText, MaxContact: demand.MaxContact, MaxPlace: demand.MaxPlace, MaxPhotos: demand.MaxPictures,
	}
	for _, u := range catalog.Urgencies() {
		m.Urgencies = append(m.Urgencies, web.Option{Value: strconv.Itoa(int(u)), Label: t("demand.page.urgency." + u.String()), Hint: t("demand.page.urgency_hint." + u.String())})
	}
	all := p.svc.Terms().Catalog
	for _, root := range all.Roots() {
		m.Tops = append(m.Tops, web.Option{Value: root.ID, Label: root.In(locale)})
		g := categories{ID: root.ID, Label: root.In(locale)}
		for _, c := range all.Children(root.ID) {
			g.Options = append(g.Options, web.Option{Value: c.ID, Label: c.In(locale)})
		}
		if len(g.Options) == 0 {
			g.Options = []web.Option{{Value: root.ID, Label: root.In(locale)}}
		}
		m.Groups = append(m.Groups, g)
	}
	return m
}

// at fills in what depends on where the demand comes from.
func (m *matter) at(t words.T, tree *network.Tree, from *network.Unit) {
	m.From = tree.PathName(from, " · ")
	seen := map[string]bool{}
	for _, s := range demand.Complained(tree, from) {
		if role := string(s.Role); !seen[role] {
			seen[role] = true
			m.Abouts = append(m.Abouts, web.Option{Value: role, Label: t.Stop(s)})
		}
	}
	m.Abouts = append(m.Abouts, web.Option{Value: demand.AboutMatter, Label: t("demand.page.about_matter")})
}

// readMatter reads the inputs that matter shows.
func readMatter(f *web.Form, a *album) demand.Raise {
	cmd := demand.Raise{
		Kind: demand.Kind(f.Text("kind", 20)), Category: f.Text("category", 60), Urgency: catalog.Urgency(f.Int("urgency", 0, int(catalog.Critical))),
		Text: f.Lines("text", demand.MaxText), UnitCode: f.Text("unit", 40), DoorCode: f.Text("door", 40),
		Place: f.Text("place", demand.MaxPlace), Lon: number(f, "lon"), Lat: number(f, "lat"), About: f.Text("about", 40),
		Contact: f.Text("contact", demand.MaxContact), Anonymous: f.Bool("anonymous"), Private: f.Bool("private"), Publish: f.Bool("publish"),
		Pictures: a.pictures(), Key: f.Key(),
	}
	if f.Bool("sms") {
		cmd.Channel = demand.BySMS
	}
	if cmd.Kind == demand.Complaint && cmd.About == "" {
		f.Fail("about", "demand.about_unknown")
	}
	return cmd
}

// number reads degrees; no number is no point.
func number(f *web.Form, name string) float64 {
	text := f.Text(name, 24)
	n, err := strconv.ParseFloat(text, 64)
	if text != "" && err != nil || n != n {
		f.Fail("place", "demand.point_wrong")
		return 0
	}
	return n
}

func degrees(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', 6, 64)
}
