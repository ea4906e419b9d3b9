package find

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bilin/internal/address"
	"bilin/internal/network"
)

// query is what somebody typed, taken apart.
type query struct {
	text   string          // folded
	scope  []*network.Unit // the units that it names; none means the whole city
	rest   string          // what follows their names
	stem   string
	number int
	grams  []string
}

// maxQuery is longer than any address.
const maxQuery = 100

// parse finds the names of towns, villages, areas and groups in what was
// typed, wherever they stand, and takes what remains for a place and a number.
func (n *names) parse(typed string) query {
	if utf8.RuneCountInString(typed) > maxQuery {
		typed = string([]rune(typed)[:maxQuery])
	}
	q := query{text: address.Fold(typed)}
	rest := address.Key(typed, n.city)
	var towns, villages []*network.Unit
	rest, towns = n.cut(rest, n.towns)
	rest, villages = n.cut(rest, n.villages)
	q.scope = n.within(towns, villages)
	if len(q.scope) == 0 && len(villages) > 0 {
		q.scope = villages // a town that doesn't have that village: believe the village
	}
	q.rest = rest
	q.stem, q.number = address.Stem(rest), address.Number(rest)
	q.grams = address.Grams(q.stem)
	return q
}

// cut takes the longest name of the list out of s.
func (n *names) cut(s string, list []named) (string, []*network.Unit) {
	var best string
	var units []*network.Unit
	for i := range list {
		form := list[i].within(s)
		switch {
		case form == "" || len(form) < len(best):
			continue
		case len(form) > len(best):
			best, units = form, nil
		}
		units = append(units, list[i].unit)
	}
	if best == "" {
		return s, nil
	}
	return strings.Replace(s, best, "", 1), units
}

// within returns the longest form of the name that s contains, or "".
func (n *named) within(s string) string {
	best := ""
	if n.base != "" {
		at := strings.Index(s, n.base)
		if at < 0 {
			return "" // every form begins with it
		}
		if !isRoad(s[at+len(n.base):]) {
			best = n.base
		}
	}
	for _, form := range n.forms {
		if len(form) > len(best) && strings.Contains(s, form) {
			best = form
		}
	}
	return best
}

// isRoad reports whether what follows a name makes it part of a road's or an
// estate's: 玉潭路 isn't in 玉潭街道 for certain.
func isRoad(after string) bool {
	for _, word := range []string{"路", "街", "大道", "巷", "小区", "花园", "大厦", "广场", "苑"} {
		if strings.HasPrefix(after, word) && !strings.HasPrefix(after, "街道") {
			return true
		}
	}
	return false
}

// within returns the villages that lie in the towns; without villages the
// towns, without towns the villages.
func (n *names) within(towns, villages []*network.Unit) []*network.Unit {
	switch {
	case len(villages) == 0:
		return towns
	case len(towns) == 0:
		return villages
	}
	var in []*network.Unit
	for _, v := range villages {
		if slices.ContainsFunc(towns, func(t *network.Unit) bool { return n.tree.Contains(t.ID, v.ID) }) {
			in = append(in, v)
		}
	}
	return in
}

// similarity says from 0 to 1 how much of the stem asked for a place's name has.
func similarity(q *query, stem string) float64 {
	switch {
	case q.stem == "":
		return 0.5
	case q.stem == stem:
		return 1
	case stem == "":
		return 0
	}
	hit := 0
	for _, g := range q.grams {
		if strings.Contains(stem, g) {
			hit++
		}
	}
	if hit == 0 {
		return 0
	}
	share := float64(hit) / float64(len(q.grams))
	closeness := float64(2*hit) / float64(len(q.grams)+utf8.RuneCountInString(stem)-1+1)
	if strings.HasPrefix(stem, q.stem) {
		return 0.9 + 0.05*min(1, closeness)
	}
	return 0.85 * (0.7*share + 0.3*min(1, closeness))
}
