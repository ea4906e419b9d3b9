package network

import "strings"

// Names finds units by what people write.
type Names struct {
	tree  *Tree
	names map[string][]string // squeezed name, with names from above it or without, → unit ids
}

// NamesOf indexes the towns, villages, areas and groups of a city. A name may
// stand alone where it is the only one of its kind, or behind the names above it.
func NamesOf(tree *Tree) Names {
	n := Names{tree, map[string][]string{}}
	for _, level := range []Level{Town, Village, Area, Group} {
		for _, u := range tree.Units(level) {
			name := ""
			for at := u; at != nil && at.Level != City; at = tree.Parent(at) {
				name = squeeze(at.Name) + name
				n.names[name] = append(n.names[name], u.ID)
			}
		}
	}
	return n
}

// Find returns the unit whose code or name a text is, and whether it was the
// code; nil if there is none or more than one.
func (n Names) Find(text string) (unit *Unit, byCode bool) {
	if u := n.tree.ByCode(strings.TrimSpace(text)); u != nil && u.Active() {
		return u, true
	}
	if ids := n.names[squeeze(text)]; len(ids) == 1 {
		return n.tree.ByID(ids[0]), false
	}
	return nil, false
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
