package oldnet

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/network"
)

// Bounds of what is entered: names in characters, numbers as they are.
const (
	MaxName    = 60
	maxHomes   = 100_000
	maxYearly  = 1_000_000
	mostLapped = 30 // villages that a page of overlaps shows
)

// places finds units by what people write.
type places struct {
	tree  *network.Tree
	names map[string][]string // folded name, and names from above it, → unit ids
}

// placesOf indexes the units of a city by their names. A name may stand alone
// where it is the only one, or behind the names above it.
func placesOf(tree *network.Tree) places {
	p := places{tree, map[string][]string{}}
	for _, level := range []network.Level{network.Town, network.Village, network.Area, network.Group} {
		for _, u := range tree.Units(level) {
			name := ""
			for at := u; at != nil && at.Level != network.City; at = tree.Parent(at) {
				name = squeeze(at.Name) + name
				p.names[name] = append(p.names[name], u.ID)
			}
		}
	}
	return p
}

// squeeze leaves out what people put between names.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t　·•/、>-—", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// find returns the unit that a text names and how it was found; "" if none or
// more than one does.
func (p places) find(text string) (unitID, how string) {
	if u := p.tree.ByCode(strings.TrimSpace(text)); u != nil && u.Active() {
		return u.ID, ByCode
	}
	if ids := p.names[squeeze(text)]; len(ids) == 1 {
		return ids[0], ByName
	}
	return "", ""
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
	name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " ")
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", refuse("name", "oldnet.missing")
	case n > MaxName:
		return "", refuse("name", "oldnet.too_long", "max", MaxName)
	}
	return name, nil
}

func refuse(field, code string, args ...any) error {
	return errs.E(errs.Invalid, code, args...).WithField(field, code, args...)
}
