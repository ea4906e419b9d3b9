package homeweb

import (
	"context"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/network"
)

// translate gives a message in the reader's language.
type translate = func(key string, kv ...any) string

// Network is the registry's part: a lead's households and backers, an office's holes.
type Network struct {
	Service *network.Service
}

// HomeCards answers from the tree in memory, but for one query for the numbers
// of those who show theirs.
func (n Network) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	tree := n.Service.Tree()
	var cards []Card
	seen := map[string]bool{}
	for _, g := range actor.Grants {
		u := tree.ByID(g.UnitID)
		if u == nil || seen[u.ID] {
			continue
		}
		seen[u.ID] = true
		switch u.Level {
		case network.Cell:
			cards = append(cards, householdsCard(tree, u, t), backersCard(tree, u, t))
		case network.Group, network.Area:
			cards = append(cards, unitsCard(tree, u, t), aboveCard(tree, u, actor, t))
		default:
			cards = append(cards, coverageCard(tree, u, t), peopleCard(tree, u, t))
		}
	}
	return cards, n.fillPhones(ctx, cards)
}

func (n Network) fillPhones(ctx context.Context, cards []Card) error {
	var ids []string
	for _, c := range cards {
		for _, p := range c.People {
			ids = append(ids, p.id)
		}
	}
	phones, err := n.Service.ShownPhones(ctx, ids)
	for _, c := range cards {
		for i := range c.People {
			c.People[i].Phone = phones[c.People[i].id]
		}
	}
	return err
}

// personIn is whoever serves in a post.
func personIn(p *network.Post, h *network.Holder, u *network.Unit, t translate) Person {
	return Person{id: h.PersonID, Name: h.Name, Role: t("auth.role." + string(p.Role)), Note: u.Name, Href: "/network/posts/" + p.ID}
}

// householdsCard is a neighbour lead's own households.
func householdsCard(tree *network.Tree, cell *network.Unit, t translate) Card {
	card := Card{
		Key: "households-" + cell.Code, Rank: RankKnow, Stays: true, Title: t("home.households"), Text: tree.PathName(cell, " · "),
		Figures: []Figure{
			{Label: t("home.household_count"), Value: cell.Households, Href: householdsPath(cell)},
			{Label: t("home.resident_count"), Value: cell.Residents},
		},
		Actions: []Action{{Label: t("home.households_list"), Href: householdsPath(cell), Icon: "home", Main: true}},
	}
	if cell.Households == 0 {
		card.Empty = t("home.households_none")
	}
	return card
}

// backersCard is who stands behind a neighbour lead.
func backersCard(tree *network.Tree, cell *network.Unit, t translate) Card {
	card := Card{Key: "backers-" + cell.Code, Rank: RankHelp, Title: t("home.backers"), Text: t("home.backers_why")}
	for _, b := range tree.BackersOf(cell.ID) {
		card.People = append(card.People, personIn(b.Post, b.Holder, b.Unit, t))
	}
	if len(card.People) == 0 {
		card.Empty = t("home.backers_none")
	}
	return card
}

// unitsCard is what a group or area lead, or their linked official, looks after.
func unitsCard(tree *network.Tree, u *network.Unit, t translate) Card {
	c := tree.Coverage(u.ID)
	card := Card{
		Key: "units-" + u.Code, Rank: RankKnow, Stays: true, Title: u.Name, Text: tree.PathName(u, " · "),
		Figures: []Figure{
			{Label: t("home.cells"), Value: c.Units[network.Cell], Href: unitPath(u)},
			{Label: t("home.household_count"), Value: c.Households},
			holeFigure(t, u, network.HoleNoLead, c),
		},
		Actions: []Action{{Label: t("home.unit_open"), Href: unitPath(u), Icon: "sitemap"}},
	}
	for _, child := range tree.Children(u) {
		card.Items = append(card.Items, childItem(tree, child, t))
	}
	return card
}

// childItem is a group or cell with who leads it.
func childItem(tree *network.Tree, u *network.Unit, t translate) Item {
	item := Item{Title: u.Name, Href: unitPath(u), Note: t("home.unit_households", "n", tree.Coverage(u.ID).Households)}
	if lead := tree.LeadOf(u.ID); lead != nil {
		item.Note = lead.Name + " · " + item.Note
	} else {
		item.Status, item.StatusKind = t("home.no_lead"), "bad"
	}
	return item
}

// aboveCard is who stands behind a group or area lead: whoever else serves at the unit, and above it.
func aboveCard(tree *network.Tree, u *network.Unit, actor auth.Actor, t translate) Card {
	card := Card{Key: "above-" + u.Code, Rank: RankHelp, Title: t("home.backers_of", "unit", u.Name), Text: t("home.backers_why")}
	for at := u; at != nil && at.Level >= network.Village; at = tree.Parent(at) {
		for _, p := range tree.Posts(at.ID) {
			if h := p.Serving(); h != nil && h.PersonID != actor.PersonID {
				card.People = append(card.People, personIn(p, h, at, t))
			}
		}
	}
	if len(card.People) == 0 {
		card.Empty = t("home.backers_none")
	}
	return card
}

// coverageCard is an office's holes, gravest first, or the proof that there are none.
func coverageCard(tree *network.Tree, u *network.Unit, t translate) Card {
	c := tree.Coverage(u.ID)
	card := Card{
		Key: "coverage-" + u.Code, Rank: RankKnow, Title: t("home.coverage"), Text: t("home.coverage_of", "unit", u.Name),
		Figures: []Figure{
			{Label: t("home.household_count"), Value: c.Households, Href: coveragePath(u)},
			{Label: t("home.covered"), Value: c.Covered, Kind: "ok"},
			{Label: t("home.uncovered"), Value: c.Uncovered, Kind: badIf(c.Uncovered), Href: holePath(u, network.HoleNoLead)},
		},
		Actions: []Action{{Label: t("home.coverage_open"), Href: coveragePath(u), Icon: "chart-bar"}},
	}
	for _, h := range c.Holes {
		if h.N > 0 {
			card.Items = append(card.Items, Item{
				Title: t("home.hole." + string(h.Kind)), Note: t("home.hole_count", "n", h.N), Href: holePath(u, h.Kind),
			})
		}
	}
	if len(card.Items) == 0 {
		card.Empty = t("home.coverage_whole")
	}
	return card
}

// peopleCard is who can be reached in an office's area.
func peopleCard(tree *network.Tree, u *network.Unit, t translate) Card {
	c := tree.Coverage(u.ID)
	return Card{
		Key: "people-" + u.Code, Rank: RankHelp, Title: t("home.people"), Text: t("home.people_of", "unit", u.Name),
		Figures: []Figure{
			{Label: t("home.leads"), Value: c.Leads},
			{Label: t("home.linked_officials"), Value: c.LinkedOfficials},
			{Label: t("home.resident_count"), Value: c.Residents},
			{Label: t("home.vacant_posts"), Value: c.VacantPosts, Kind: badIf(c.VacantPosts), Href: holePath(u, network.HoleVacantPost)},
		},
		Actions: []Action{{Label: t("home.unit_open"), Href: unitPath(u), Icon: "sitemap"}},
	}
}

func holeFigure(t translate, u *network.Unit, kind network.HoleKind, c network.Coverage) Figure {
	n := c.Hole(kind)
	return Figure{Label: t("home.hole." + string(kind)), Value: n, Kind: badIf(n), Href: holePath(u, kind)}
}

func badIf(n int) string {
	if n > 0 {
		return "bad"
	}
	return "ok"
}

func unitPath(u *network.Unit) string       { return "/network/units/" + u.Code }
func householdsPath(u *network.Unit) string { return unitPath(u) + "#homes-title" }
func coveragePath(u *network.Unit) string   { return "/network/coverage?unit=" + u.Code }

func holePath(u *network.Unit, kind network.HoleKind) string {
	return "/network/holes?unit=" + u.Code + "&kind=" + string(kind)
}

func join(topics []string) string { return strings.Join(topics, " ") }
