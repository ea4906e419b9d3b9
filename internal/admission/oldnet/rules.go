package oldnet

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/plaintext"
)

// Bounds of what is entered: names in characters, numbers as they are.
const (
	MaxName    = 60
	maxHomes   = 100_000
	maxYearly  = 1_000_000
	mostLapped = 30 // villages that a page of overlaps shows
)

// find returns the unit that a text names and how it was found; "" if none or
// more than one does.
func find(names network.Names, text string) (unitID, how string) {
	switch u, byCode := names.Find(text); {
	case u == nil:
		return "", ""
	case byCode:
		return u.ID, ByCode
	default:
		return u.ID, ByName
	}
}

// postOf returns the post that somebody of this name serves on in a unit or
// below it, if there is just one such person.
func postOf(tree *network.Tree, unitID, name string) string {
	unit := tree.ByID(unitID)
	if unit == nil {
		return ""
	}
	post, person := "", ""
	for _, u := range tree.Subtree(unit) {
		for _, p := range tree.Posts(u.ID) {
			h := p.Serving()
			if h == nil || h.Name != name {
				continue
			}
			if person != "" && h.PersonID != person {
				return ""
			}
			if post == "" {
				post, person = p.ID, h.PersonID
			}
		}
	}
	return post
}

// lap is a grid with the people who served it, as overlaps are counted.
type lap struct {
	NetID, UnitID string
	Households    int
	Workers       []string
}

// overlaps lists the villages on which grids of more than one net lie: most
// nets first, then most households.
func overlaps(tree *network.Tree, laps []lap) []Overlap {
	type seen struct {
		Overlap
		nets  map[string]bool
		names map[string]map[string]bool // of a worker → nets
	}
	byVillage := map[string]*seen{}
	take := func(village string, g lap) {
		v := byVillage[village]
		if v == nil {
			v = &seen{Overlap: Overlap{VillageID: village}, nets: map[string]bool{}, names: map[string]map[string]bool{}}
			byVillage[village] = v
		}
		v.nets[g.NetID] = true
		v.Grids++
		v.Households += g.Households
		for _, name := range g.Workers {
			if v.names[name] == nil {
				v.names[name] = map[string]bool{}
			}
			v.names[name][g.NetID] = true
		}
	}
	for _, g := range laps {
		unit := tree.ByID(g.UnitID)
		if unit == nil {
			continue
		}
		if village := tree.At(unit, network.Village); village != nil {
			take(village.ID, g)
			continue
		}
		for _, u := range tree.Subtree(unit) { // a grid as large as a town lies on all its villages
			if u.Level == network.Village {
				take(u.ID, lap{g.NetID, u.ID, 0, g.Workers})
			}
		}
	}
	var out []Overlap
	for _, v := range byVillage {
		if len(v.nets) < 2 {
			continue
		}
		for id := range v.nets {
			v.NetIDs = append(v.NetIDs, id)
		}
		slices.Sort(v.NetIDs)
		for _, nets := range v.names {
			if len(nets) > 1 {
				v.Doubled++
			}
		}
		out = append(out, v.Overlap)
	}
	slices.SortFunc(out, func(a, b Overlap) int {
		return cmp.Or(cmp.Compare(len(b.NetIDs), len(a.NetIDs)), cmp.Compare(b.Doubled, a.Doubled), cmp.Compare(b.Households, a.Households), cmp.Compare(a.VillageID, b.VillageID))
	})
	return out
}

func checkName(name string) (string, error) {
	name = plaintext.OneLine(name)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", errs.Refuse("name", "oldnet.missing")
	case n > MaxName:
		return "", errs.Refuse("name", "oldnet.too_long", "max", MaxName)
	}
	return name, nil
}
