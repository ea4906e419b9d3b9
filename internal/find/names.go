package find

import (
	"strings"
	"unicode/utf8"

	"bilin/internal/address"
	"bilin/internal/network"
)

// names are the units of one tree in the forms people type.
type names struct {
	tree     *network.Tree
	city     string
	towns    []named
	villages []named
	all      []searchable      // but cells, which are only numbered
	cells    []searchable      // looked at where somebody asks for one
	groups   map[string]string // folded names of areas and groups by id
}

// named is a unit and the forms its name is written in, folded: 花明楼镇,
// 花明楼乡 and the base 花明楼, which may also begin a road's name.
type named struct {
	unit  *network.Unit
	forms []string
	base  string // "" where the name has no shorter form
}

// searchable is a unit as the search box looks for it.
type searchable struct {
	unit     *network.Unit
	name     string // folded
	base     string // and without the word for its kind
	initials string // of the pinyin, "" below the groups
}

func newNames(tree *network.Tree) *names {
	n := &names{tree: tree, groups: map[string]string{}}
	root := tree.Root()
	if root == nil {
		return n
	}
	n.city = root.Name
	for _, u := range tree.Subtree(root) {
		s := searchable{unit: u, name: address.Fold(u.Name)}
		s.base = address.Base(s.name)
		if u.Level <= network.Village {
			s.initials = Initials(u.Name)
		}
		n.enter(s)
	}
	return n
}

func (n *names) enter(s searchable) {
	switch s.unit.Level {
	case network.Town:
		n.towns = append(n.towns, forms(s.unit, s.name))
	case network.Village:
		n.villages = append(n.villages, forms(s.unit, s.name))
	case network.Area, network.Group:
		n.groups[s.unit.ID] = s.name
	case network.Cell:
		n.cells = append(n.cells, s)
		return
	}
	n.all = append(n.all, s)
}

func forms(u *network.Unit, name string) named {
	f := named{unit: u, forms: []string{name}}
	base := address.Base(name)
	if base == name {
		return f
	}
	for _, suffix := range []string{"街道办事处", "街道办", "村委会", "居委会", "村", "社区", "镇", "乡"} {
		f.forms = append(f.forms, base+suffix)
	}
	if utf8.RuneCountInString(base) >= 2 {
		f.base = base
	}
	return f
}

// rank says how well a unit fits what was typed; 0 is not at all. Higher
// levels come first where the fit is the same.
func (s *searchable) rank(q, code string) int {
	level := 10 - int(s.unit.Level)
	switch {
	case code != "" && s.unit.Code == code:
		return 1000
	case code != "" && len(code) >= 4 && strings.HasPrefix(s.unit.Code, code):
		return 400 + level
	case s.name == q, s.base == q:
		return 800 + level
	case strings.HasPrefix(s.name, q):
		return 600 + level
	case strings.Contains(s.name, q):
		return 300 + level
	case s.initials != "" && len(q) >= 2 && strings.HasPrefix(s.initials, q):
		return 200 + level
	}
	return 0
}
