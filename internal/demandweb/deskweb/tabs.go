package deskweb

import (
	"net/url"
	"slices"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demandweb/words"
	"bilin/internal/network"
	"bilin/internal/web"
)

// tab is one of the queues with its count; the closed are not counted.
type tab struct {
	Label, Href string
	Count       int
	Counted     bool
	Bad         bool // what is in it should not be
	Current     bool
}

// always are the queues that are there even when they are empty; the others
// come with what is in them, so that a volunteer sees four and not thirteen.
func always(actor auth.Actor) []demand.Tab {
	switch {
	case actor.Has(auth.CityOffice):
		return []demand.Tab{demand.TabUnit, demand.TabMine, demand.TabIncoming, demand.TabToday, demand.TabOverdue, demand.TabDisputed, demand.TabWaiting, demand.TabClosed}
	case actor.Official():
		return []demand.Tab{demand.TabUnit, demand.TabMine, demand.TabIncoming, demand.TabToday, demand.TabOverdue, demand.TabHelping, demand.TabWaiting, demand.TabClosed}
	}
	return []demand.Tab{demand.TabUnit, demand.TabMine, demand.TabWaiting, demand.TabClosed}
}

func (p *Pages) tabs(t words.T, actor auth.Actor, f demand.Filter, c demand.Counts) []tab {
	list, stay := demand.Tabs(), always(actor)
	tabs := make([]tab, 0, len(list))
	for _, name := range list {
		n := c.Of(name)
		if name != f.Tab && n <= 0 && !slices.Contains(stay, name) || name == demand.TabDisputed && !actor.Has(auth.CityOffice) {
			continue
		}
		label := t("desk.tab." + tabKey(name))
		if name == demand.TabUnit {
			label = p.ownTab(t, actor)
		}
		bad := n > 0 && (name == demand.TabOverdue || name == demand.TabReopened || name == demand.TabOwed || name == demand.TabDisputed)
		tabs = append(tabs, tab{Label: label, Href: tabHref(name, f), Count: n, Counted: n >= 0, Bad: bad, Current: name == f.Tab})
	}
	return tabs
}

// ownTab names what the network has to do after the widest unit the actor serves.
func (p *Pages) ownTab(t words.T, actor auth.Actor) string {
	if departmentOnly(actor) {
		return t("desk.tab.own.department")
	}
	level := network.Cell
	for _, id := range p.svc.Scope(actor) {
		if u := p.tree().ByID(id); u != nil && u.Level < level {
			level = u.Level
		}
	}
	return t("desk.tab.own." + level.String())
}

func departmentOnly(actor auth.Actor) bool {
	return actor.Has(auth.Department) && !slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool { return g.Role != auth.Department })
}

// tabHref keeps the filters when somebody looks at another queue.
func tabHref(name demand.Tab, f demand.Filter) string {
	q := url.Values{}
	put := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	put("tab", string(name))
	put("kind", string(f.Kind))
	put("category", f.Category)
	put("source", string(f.Source))
	put("unit", f.UnitCode)
	put("q", f.Text)
	if f.Urgency > 0 {
		put("urgency", strconv.Itoa(f.Urgency))
	}
	if len(q) == 0 {
		return "/demands"
	}
	return "/demands?" + q.Encode()
}

// tabKey is a tab's name in message keys.
func tabKey(name demand.Tab) string {
	if name == demand.TabUnit {
		return "unit"
	}
	return string(name)
}

func emptyHow(name demand.Tab) string {
	if name == demand.TabUnit || name == demand.TabMine || name == demand.TabIncoming {
		return tabKey(name)
	}
	return "other"
}

// filters offers kinds, categories, urgency, sources and, where the actor's
// scope has parts, the units directly under it.
func (p *Pages) filters(t words.T, locale string, actor auth.Actor, f demand.Filter) []web.FilterSelect {
	filters := []web.FilterSelect{
		{Name: "kind", Label: t("desk.kind"), Value: string(f.Kind), Options: t.Kinds(false)},
		{Name: "category", Label: t("desk.category"), Value: f.Category, Options: p.categories(locale)},
	}
	if actor.Official() {
		filters = append(filters,
			web.FilterSelect{Name: "urgency", Label: t("desk.urgency"), Value: strconv.Itoa(f.Urgency), Options: urgencies(t)[1:]},
			web.FilterSelect{Name: "source", Label: t("desk.source"), Value: string(f.Source), Options: sources(t)})
	}
	if units := p.units(actor, f.UnitCode); len(units) > 0 {
		filters = append(filters, web.FilterSelect{Name: "unit", Label: t("desk.unit"), Value: f.UnitCode, Options: units})
	}
	return filters
}

func (p *Pages) units(actor auth.Actor, chosen string) []web.Option {
	tree := p.tree()
	var units []web.Option
	for _, id := range p.svc.Scope(actor) {
		if u := tree.ByID(id); u != nil && u.Level < network.Cell {
			units = append(units, words.Units(tree.Children(u))...)
		}
	}
	u := tree.ByCode(chosen)
	if u != nil && !slices.ContainsFunc(units, func(o web.Option) bool { return o.Value == u.Code }) {
		units = append(units, web.Option{Value: u.Code, Label: tree.PathName(u, " · ")})
	}
	return units
}

// categories are the two levels of the catalogue as one list.
func (p *Pages) categories(locale string) []web.Option {
	all := p.svc.Terms().Catalog
	var options []web.Option
	for _, root := range all.Roots() {
		options = append(options, web.Option{Value: root.ID, Label: root.In(locale)})
		for _, c := range all.Children(root.ID) {
			options = append(options, web.Option{Value: c.ID, Label: all.Path(c.ID, locale)})
		}
	}
	return options
}

func urgencies(t words.T) []web.Option {
	var options []web.Option
	for _, u := range catalog.Urgencies() {
		options = append(options, web.Option{Value: strconv.Itoa(int(u)), Label: t("catalog.urgency." + u.String())})
	}
	return options
}

func sources(t words.T) []web.Option {
	var options []web.Option
	for _, s := range demand.Sources() {
		options = append(options, web.Option{Value: string(s), Label: t("desk.source." + string(s))})
	}
	return options
}
