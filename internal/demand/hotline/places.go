package hotline

import (
	"strings"

	"bilin/internal/address"
	"bilin/internal/network"
)

// places finds units by what a file calls them: a code, or the names of town
// and village, together or alone.
type places struct {
	tree  *network.Tree
	named map[string][]*network.Unit
}

func newPlaces(tree *network.Tree) *places {
	p := &places{tree: tree, named: map[string][]*network.Unit{}}
	root := tree.Root()
	if root == nil {
		return p
	}
	p.name(root, root.Name)
	for _, town := range tree.Units(network.Town) {
		p.name(town, town.Name, root.Name+town.Name)
	}
	for _, v := range tree.Units(network.Village) {
		town := tree.At(v, network.Town)
		p.name(v, v.Name, town.Name+v.Name, root.Name+town.Name+v.Name)
	}
	return p
}

// name enters a unit under each name and its short form: 花明 for 花明村.
func (p *places) name(u *network.Unit, names ...string) {
	if !u.Active() {
		return
	}
	seen := map[string]bool{}
	for _, n := range names {
		folded := address.Fold(n)
		for _, key := range []string{folded, address.Base(folded)} {
			if key != "" && !seen[key] {
				seen[key] = true
				p.named[key] = append(p.named[key], u)
			}
		}
	}
}

// separators stand between town and village in one cell.
var separators = strings.NewReplacer("/", "", "\\", "", "-", "", "·", "", ">", "", "|", "", "、", "", "，", "", ",", "")

// find returns the unit that a cell means. Several may be called the same; then
// it returns nil and how many.
func (p *places) find(town, said string) (u *network.Unit, n int) {
	if u := p.tree.ByCode(said); u != nil {
		return p.tree.Current(u), 1
	}
	whole, alone := address.Fold(separators.Replace(town+said)), address.Fold(separators.Replace(said))
	for _, key := range []string{whole, alone} {
		switch found := p.named[key]; len(found) {
		case 0:
		case 1:
			return found[0], 1
		default:
			n = len(found)
		}
	}
	return nil, n
}
