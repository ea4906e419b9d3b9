package feed

import (
	"slices"
	"strings"

	"bilin/internal/network"
)

// places are the villages of a city by the ways to name them.
type places struct {
	tree *network.Tree
	code map[string]string   // ids by code
	name map[string][]string // by name, and by town and name
	root string              // the city's name, which may stand before a town's
}

func placesOf(tree *network.Tree) *places {
	p := &places{tree: tree, code: map[string]string{}, name: map[string][]string{}}
	if root := tree.Root(); root != nil {
		p.root = fold(root.Name)
	}
	for _, u := range tree.Units(network.Village) {
		p.code[u.Code] = u.ID
		name := short(u.Name)
		p.add(name, u.ID)
		if town := tree.Parent(u); town != nil {
			p.add(fold(town.Name)+name, u.ID)
		}
	}
	return p
}

func (p *places) add(name, id string) {
	if !slices.Contains(p.name[name], id) {
		p.name[name] = append(p.name[name], id)
	}
}

// endings are how the committee of a village or neighbourhood stands for it.
var endings = []struct{ long, short string }{
	{"村民委员会", "村"}, {"村委会", "村"}, {"社区居民委员会", "社区"}, {"社区居委会", "社区"}, {"居民委员会", "社区"}, {"居委会", "社区"},
}

// short is a village's name without what its committee adds.
func short(name string) string {
	name = fold(name)
	for _, e := range endings {
		if rest, ok := strings.CutSuffix(name, e.long); ok {
			return rest + e.short
		}
	}
	return name
}

// find returns the villages that a name can mean.
func (p *places) find(town, name string) []string {
	name = short(strings.TrimPrefix(name, p.root))
	if town = strings.TrimPrefix(town, p.root); town != "" {
		if found := p.name[town+name]; len(found) > 0 {
			return found
		}
	}
	return p.name[name]
}

// merged names the village that one of this code went into, if it did.
func (p *places) merged(code string) string {
	u := p.tree.ByCode(code)
	if u == nil || u.Active() || u.Level != network.Village {
		return ""
	}
	now := p.tree.Current(u)
	if now == nil || now.Level != network.Village {
		return ""
	}
	return p.label(now.ID)
}

// label is a village's name with its town's.
func (p *places) label(id string) string {
	u := p.tree.ByID(id)
	if town := p.tree.Parent(u); town != nil {
		return town.Name + u.Name
	}
	return u.Name
}

// mostLabels is how many villages a message names.
const mostLabels = 3

func (p *places) labels(ids []string) (out []string) {
	for _, id := range ids[:min(len(ids), mostLabels)] {
		out = append(out, p.label(id))
	}
	return out
}
