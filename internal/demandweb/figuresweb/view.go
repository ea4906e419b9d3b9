package figuresweb

import (
	"net/url"
	"slices"

	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
	"bilin/internal/network"
	"bilin/internal/web"
)

// view puts a report into words.
type view struct {
	t       func(key string, kv ...any) string
	base    web.Base
	tree    *network.Tree
	catalog *catalog.Catalog
	report  *figures.Report
	ask     asked
	reach   figures.Reach
}

// name is of the unit, or of the department.
func (v *view) name() string {
	if v.report.Department == nil {
		return v.report.Unit.Name
	}
	if v.report.Unit.Level == network.City {
		return v.report.Department.Name
	}
	return v.report.Department.Name + " · " + v.report.Unit.Name
}

// axes are the ways to group, in the order of the tabs.
func (v *view) axes() []string {
	all := []string{"unit", "category", "month", "kind", "source", "rung"}
	if len(v.report.Units) == 0 {
		all = all[1:]
	}
	return all
}

// choose takes the first way to group where none was asked for.
func (v *view) choose() {
	if axes := v.axes(); !slices.Contains(axes, v.ask.by) {
		v.ask.by = axes[0]
	}
}

// url is a page of these figures with some parameters changed; empty ones are left out.
func (v *view) url(path string, changes ...string) string {
	f := v.report.Filter
	q := url.Values{"unit": {f.UnitCode}, "from": {f.From}, "to": {f.To}, "category": {v.ask.category.Code}, "by": {v.ask.by}}
	if v.report.Department != nil {
		q.Set("dept", v.report.Department.Code)
	}
	for i := 0; i+1 < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
	}
	for name := range q {
		if q.Get(name) == "" {
			q.Del(name)
		}
	}
	return path + "?" + q.Encode()
}

const here = "/demands/figures"

// crumbs are the units above, as far as the actor may count them.
func (v *view) crumbs() []web.Crumb {
	var crumbs []web.Crumb
	for _, u := range v.tree.Path(v.report.Unit) {
		within := v.report.Department != nil || slices.ContainsFunc(v.reach.Units, func(r *network.Unit) bool { return v.tree.Contains(r.ID, u.ID) })
		switch {
		case u.ID == v.report.Unit.ID:
			crumbs = append(crumbs, web.Crumb{Label: u.Name})
		case within:
			crumbs = append(crumbs, web.Crumb{Label: u.Name, Href: v.url(here, "unit", u.Code)})
		}
	}
	return crumbs
}

type tab struct {
	Label, Href string
	Current     bool
}

func (v *view) tabs() []tab {
	var tabs []tab
	for _, by := range v.axes() {
		tabs = append(tabs, tab{Label: v.t("figures.by." + by), Href: v.url(here, "by", by) + "#by", Current: by == v.ask.by})
	}
	return tabs
}

// filters is what the form above the figures offers.
type filters struct {
	From, To, By string
	Selects      []web.FilterSelect
}

func (v *view) filters() filters {
	f := filters{From: v.report.Filter.From, To: v.report.Filter.To, By: v.ask.by}
	if units := v.unitOptions(); len(units) > 1 {
		f.Selects = append(f.Selects, web.FilterSelect{Name: "unit", Label: v.t("figures.unit"), Value: v.report.Unit.Code, Options: units})
	}
	var topics []web.Option
	for _, root := range v.catalog.Roots() {
		topics = append(topics, web.Option{Value: root.Code, Label: root.In(v.base.Locale)})
	}
	if c := v.ask.category; c.ID != "" && !slices.ContainsFunc(topics, func(o web.Option) bool { return o.Value == c.Code }) {
		topics = append(topics, web.Option{Value: c.Code, Label: v.catalog.Path(c.ID, v.base.Locale)})
	}
	f.Selects = append(f.Selects, web.FilterSelect{Name: "category", Label: v.t("figures.category"), Value: v.ask.category.Code, Options: topics})
	if departments := v.departmentOptions(); len(departments) > 0 {
		value := ""
		if v.report.Department != nil {
			value = v.report.Department.Code
		}
		f.Selects = append(f.Selects, web.FilterSelect{Name: "dept", Label: v.t("figures.department"), Value: value, Options: departments})
	}
	return f
}

// unitOptions are the actor's units, the unit in view, and what lies directly under it.
func (v *view) unitOptions() []web.Option {
	units := append(slices.Clone(v.reach.Units), v.report.Unit)
	for _, g := range v.report.Units {
		if u := v.tree.ByID(g.Key); u != nil {
			units = append(units, u)
		}
	}
	var options []web.Option
	for _, u := range units {
		o := web.Option{Value: u.Code, Label: u.Name}
		if u.Level > network.Village {
			o.Label = v.tree.PathName(u, " · ")
		}
		if !slices.Contains(options, o) {
			options = append(options, o)
		}
	}
	return options
}

// departmentOptions are the actor's departments, or for the city office all of them.
func (v *view) departmentOptions() []web.Option {
	var options []web.Option
	add := func(d network.Department) { options = append(options, web.Option{Value: d.Code, Label: d.Name}) }
	if slices.Contains(v.reach.Units, v.tree.Root()) {
		for _, d := range v.tree.Departments() {
			add(d)
		}
		return options
	}
	for _, d := range v.reach.Departments {
		add(*d)
	}
	return options
}

// groups are the report's lines by the chosen axis.
func (v *view) groups() []figures.Group {
	switch v.ask.by {
	case "unit":
		return v.report.Units
	case "category":
		return v.report.Categories
	case "month":
		return v.report.Months
	case "kind":
		return v.report.Kinds
	case "source":
		return v.report.Sources
	default:
		return v.report.Rungs
	}
}

// label names a line and says where it leads, if it can be opened further.
func (v *view) label(key string) (label, href string) {
	if key == "" {
		return v.t("figures.rest." + v.ask.by), ""
	}
	switch v.ask.by {
	case "unit":
		if u := v.tree.ByID(key); u != nil {
			return u.Name, v.url(here, "unit", u.Code)
		}
	case "category":
		if c, ok := v.catalog.Category(key); ok {
			if c.ParentID == "" && v.ask.category.ID == "" {
				href = v.url(here, "category", c.Code)
			}
			return c.In(v.base.Locale), href
		}
	case "kind", "source", "rung":
		return v.t("figures." + v.ask.by + "." + key), ""
	}
	return key, ""
}

// headOf is what the first column of a table is about.
func (v *view) headOf() string {
	if v.ask.by != "unit" {
		return v.t("figures.head." + v.ask.by)
	}
	if u := v.tree.ByID(v.report.Units[0].Key); u != nil {
		return v.t("network.level." + u.Level.String())
	}
	return v.t("figures.unit")
}

type explained struct{ Term, Text string }

func (v *view) how() []explained {
	var list []explained
	for _, m := range []string{"raised", "in_time", "resolved", "confirmed", "unconfirmed", "reopened", "satisfied", "nearby", "climbed", "passed", "days", "still_fixed", "few"} {
		list = append(list, explained{Term: v.t("figures.m." + m), Text: v.t("figures.how." + m)})
	}
	return list
}
