package roster

import (
	"slices"

	"bilin/internal/address"
	"bilin/internal/network"
)

// villages finds the village a row names, and the nearest one where it names none.
type villages struct {
	tree   *network.Tree
	scope  []string
	list   []*network.Unit
	byName map[string][]*network.Unit // by folded name, and by its base
	found  map[villageText]villageAnswer
}

// villageAnswer is a village, or what is wrong with its name or code.
type villageAnswer struct {
	unit  *network.Unit
	field Field
	wrong string // code of an issue
	value string
	args  []any
}

func newVillages(tree *network.Tree, scope []string) *villages {
	v := &villages{
		tree: tree, scope: scope, list: tree.Units(network.Village),
		byName: map[string][]*network.Unit{}, found: map[villageText]villageAnswer{},
	}
	for _, u := range v.list {
		full := address.Fold(u.Name)
		v.byName[full] = append(v.byName[full], u)
		if base := address.Base(full); base != full {
			v.byName[base] = append(v.byName[base], u)
		}
	}
	return v
}

// find answers from memory after the first row that says the same.
func (v *villages) find(text villageText) villageAnswer {
	answer, ok := v.found[text]
	if !ok {
		answer = v.check(v.lookUp(text), text)
		v.found[text] = answer
	}
	return answer
}

func (v *villages) lookUp(text villageText) villageAnswer {
	if text.code == "" {
		return v.byNames(text)
	}
	u := v.tree.Current(v.tree.ByCode(text.code))
	if u == nil || u.Level != network.Village {
		return v.unknown(VillageCode, "village_code", text.code, v.nearestCode(text.code))
	}
	if text.name != "" && !sameName(u.Name, text.name) {
		return villageAnswer{field: Village, wrong: "village_conflict", value: text.name, args: []any{"code", text.code, "name", u.Name}}
	}
	return villageAnswer{unit: u}
}

func (v *villages) byNames(text villageText) villageAnswer {
	name := address.Fold(text.name)
	matches := v.byName[name]
	if len(matches) == 0 {
		matches = v.byName[address.Base(name)]
	}
	if text.town != "" {
		if in := v.inTown(matches, text.town); len(in) > 0 || len(matches) != 1 {
			matches = in
		}
	}
	switch len(matches) {
	case 1:
		return villageAnswer{unit: matches[0]}
	case 0:
		return v.unknown(Village, "village_name", text.name, v.nearestName(text))
	}
	return villageAnswer{field: Village, wrong: "village_ambiguous", value: text.name, args: []any{
		"first", v.tree.PathName(matches[0], " "), "second", v.tree.PathName(matches[1], " "),
	}}
}

func (v *villages) inTown(list []*network.Unit, town string) []*network.Unit {
	var in []*network.Unit
	for _, u := range list {
		if p := v.tree.Parent(u); p != nil && sameName(p.Name, town) {
			in = append(in, u)
		}
	}
	return in
}

// check looks at the town beside the village, and at the importer's scope.
func (v *villages) check(a villageAnswer, text villageText) villageAnswer {
	if a.unit == nil {
		return a
	}
	town := v.tree.Parent(a.unit)
	if text.town != "" && town != nil && !sameName(town.Name, text.town) {
		return villageAnswer{field: Town, wrong: "town_conflict", value: text.town, args: []any{"village", a.unit.Name, "town", town.Name}}
	}
	inside := slices.ContainsFunc(v.scope, func(root string) bool { return v.tree.Contains(root, a.unit.ID) })
	if !inside {
		return villageAnswer{field: Village, wrong: "village_outside", value: a.unit.Name}
	}
	return a
}

// sameName reports whether two names mean one unit: 玉潭街道 and 玉潭.
func sameName(a, b string) bool {
	a, b = address.Fold(a), address.Fold(b)
	return a == b || address.Base(a) == b || address.Base(b) == a || address.Base(a) == address.Base(b)
}

// unknown suggests the nearest village, if any is near.
func (v *villages) unknown(f Field, wrong, value string, near *network.Unit) villageAnswer {
	if near == nil {
		return villageAnswer{field: f, wrong: wrong + "_unlike", value: value}
	}
	return villageAnswer{field: f, wrong: wrong, value: value, args: []any{"near", v.tree.PathName(near, " "), "code", near.Code}}
}

func (v *villages) nearestCode(code string) *network.Unit {
	return nearest(v.list, 4, func(u *network.Unit) int { return distance([]rune(code), []rune(u.Code)) })
}

func (v *villages) nearestName(text villageText) *network.Unit {
	name := []rune(address.Base(address.Fold(text.name)))
	return nearest(v.list, max(1, len(name)-1), func(u *network.Unit) int {
		d := 2 * distance(name, []rune(address.Base(address.Fold(u.Name))))
		if p := v.tree.Parent(u); text.town != "" && p != nil && !sameName(p.Name, text.town) {
			d++
		}
		return d / 2
	})
}

// nearest returns the unit of least distance, nil where even that is too far.
func nearest(list []*network.Unit, most int, of func(*network.Unit) int) *network.Unit {
	var best *network.Unit
	for _, u := range list {
		if d := of(u); d <= most && (best == nil || d < of(best)) {
			best = u
		}
	}
	return best
}

// distance is the least number of characters to insert, drop or exchange.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
