package deskweb

import (
	"slices"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demandweb/words"
	"bilin/internal/network"
	"bilin/internal/web"
)

// group is a part of a list to choose from.
type group struct {
	Label   string
	Options []web.Option
}

// choicesOf fills in what the forms of the page offer.
func (p *Pages) choicesOf(t words.T, locale string, f *demand.File, page *showPage) {
	if f.May.Sort {
		page.Categories, page.Urgencies = p.categories(locale), urgencies(t)
	}
	if f.May.Transfer || f.May.Help {
		page.To = p.targets(t, &f.Demand)
	}
	if f.May.Whistle && p.opt.Whistles != nil {
		page.Called = p.departments(&f.Demand)
	}
	if f.May.Decide {
		page.DecideTo = p.everywhere(t, &f.Demand)
	}
	for _, h := range f.Helpers {
		to := "dept:" + h.DepartmentID
		if h.DepartmentID == "" {
			to = "unit:" + codeOf(p.tree(), h.UnitID)
		}
		page.Helpers = append(page.Helpers, helper{Name: h.UnitName, To: to})
	}
}

func codeOf(tree *network.Tree, id string) string {
	if u := tree.ByID(id); u != nil {
		return u.Code
	}
	return ""
}

// targets are the owners to whom the one that has a demand may pass it on; the
// service has the last word.
func (p *Pages) targets(t words.T, d *demand.Demand) []group {
	tree := p.tree()
	owner := tree.ByID(d.OwnerID)
	if owner == nil {
		return nil
	}
	departments := group{t("desk.to.departments"), p.departments(d)}
	office := group{t("desk.to.office"), []web.Option{{Value: "office", Label: t("catalog.rung.office")}}}
	if d.OwnerDept != "" {
		return filled(departments, office)
	}
	up := group{Label: t("desk.to.up")}
	for u := tree.Parent(owner); u != nil && u.Level > network.City; u = tree.Parent(u) {
		up.Options = append(up.Options, unitOption(u))
	}
	beside := group{t("desk.to.beside"), besides(tree, owner)}
	switch {
	case owner.Level >= network.Area:
		return filled(up, beside)
	case owner.Level == network.Village:
		return filled(up, departments, beside)
	case owner.Level == network.Town:
		return filled(departments, office, beside)
	}
	return filled(departments, group{t("desk.to.towns"), unitOptions(tree.Units(network.Town), d.OwnerID)})
}

// besides are the units around an owner: those next to it, and those directly
// under it.
func besides(tree *network.Tree, owner *network.Unit) []web.Option {
	var list []*network.Unit
	if parent := tree.Parent(owner); parent != nil {
		list = append(list, tree.Children(parent)...)
	}
	for _, u := range tree.Children(owner) {
		if u.Level != network.Area {
			list = append(list, u)
			continue
		}
		list = append(list, tree.Children(u)...)
	}
	return unitOptions(list, owner.ID)
}

// everywhere is where the city office may send a demand.
func (p *Pages) everywhere(t words.T, d *demand.Demand) []group {
	tree := p.tree()
	near := group{Label: t("desk.to.near")}
	for u := tree.ByID(d.UnitID); u != nil && u.Level > network.Town; u = tree.Parent(u) {
		near.Options = append(near.Options, unitOption(u))
	}
	office := group{t("desk.to.office"), []web.Option{{Value: "office", Label: t("catalog.rung.office")}}}
	return filled(group{t("desk.to.departments"), p.departments(&demand.Demand{})},
		group{t("desk.to.towns"), unitOptions(tree.Units(network.Town), "")}, near, office)
}

// departments lists them, that of the category first.
func (p *Pages) departments(d *demand.Demand) []web.Option {
	likely := p.svc.Terms().Catalog.Department(d.CategoryID)
	var options []web.Option
	for _, dept := range p.tree().Departments() {
		o := web.Option{Value: "dept:" + dept.ID, Label: dept.Name}
		switch {
		case d.Rung == catalog.Department && dept.ID == d.OwnerDept:
		case dept.ID == likely:
			options = slices.Insert(options, 0, o)
		default:
			options = append(options, o)
		}
	}
	return options
}

func unitOption(u *network.Unit) web.Option {
	return web.Option{Value: "unit:" + u.Code, Label: u.Name}
}

func unitOptions(units []*network.Unit, without string) []web.Option {
	var options []web.Option
	for _, u := range units {
		if u.ID != without {
			options = append(options, unitOption(u))
		}
	}
	return options
}

// filled leaves out the groups with nothing in them.
func filled(groups ...group) []group {
	return slices.DeleteFunc(groups, func(g group) bool { return len(g.Options) == 0 })
}
