package roster

import (
	"hash/maphash"
	"strconv"

	"bilin/internal/address"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// plan is the network as it will be: today's, and over it what the rows add.
type plan struct {
	tree     *network.Tree
	villages *villages
	nodes    map[string]*node // by unit id: villages, and every unit that a row names
	seen     map[uint64]sighting
	seed     maphash.Seed
	cells    []*node
	used     []*node // areas, groups and cells of sound rows, parents before children
}

// sighting is where a household was first named. Households are told apart by
// a 64-bit hash: over half a million rows the chance of two meeting is 10⁻⁸.
type sighting struct{ row, cell int32 }

// node is a unit of the plan.
type node struct {
	id, code, name string
	key            string
	level          int // 0 area, 1 group, 2 cell; -1 village
	parent         *node
	unit           *network.Unit // nil while it has to be made
	kids           map[string]*node
	taken          [100]bool // last two digits of the children's codes; villages, areas and groups only
	admin          address.Admin
	people         [2]person // lead, official
	cell           int32     // place in plan.cells
	used           bool      // a sound row lies in it
	written        bool      // it is in the registry, or in a chunk
	staffed        bool      // its posts are
}

// person is who the rows say serves a unit.
type person struct {
	name, phone string
	row         int
}

func newPlan(tree *network.Tree, scope []string) *plan {
	return &plan{
		tree: tree, villages: newVillages(tree, scope), nodes: map[string]*node{},
		seen: map[uint64]sighting{}, seed: maphash.MakeSeed(),
	}
}

// place finds or plans the units a row names, and gives the record its cell,
// its folded address and its identity. It returns what is wrong.
func (p *plan) place(h *header, rec *record) *Issue {
	text := rec.village
	if rec.code != "" && text.code == "" {
		text.code = rec.code[:12]
		if u := p.knownCell(rec.code); u != nil {
			text.code = p.tree.At(u, network.Village).Code
		}
	}
	answer := p.villages.find(text)
	if answer.unit == nil {
		i := h.issue(rec.row, firstOf(h, answer.field, CellCode), answer.wrong, answer.value, answer.args...)
		return &i
	}
	village := p.attach(answer.unit)
	if !rec.loose {
		cell, issue := p.cellOf(h, village, rec)
		if issue != nil {
			return issue
		}
		rec.cell = cell
	}
	rec.home = village
	rec.key = village.admin.Key(rec.address)
	identity := rec.ref
	if identity == "" {
		identity = rec.key
	}
	rec.rosterKey = village.code + "/" + identity
	return nil
}

func (p *plan) knownCell(code string) *network.Unit {
	u := p.tree.Current(p.tree.ByCode(code))
	if u == nil || u.Level != network.Cell {
		return nil
	}
	return u
}

// cellOf walks from the village to the row's cell.
func (p *plan) cellOf(h *header, village *node, rec *record) (*node, *Issue) {
	at := village
	codes := [3]string{}
	if rec.code != "" {
		full := rec.code
		if u := p.knownCell(full); u != nil {
			full = u.Code // it may have moved since
		}
		if full[:12] != village.code {
			i := h.issue(rec.row, CellCode, "cell_code", rec.code, "village", village.name, "code", village.code)
			return nil, &i
		}
		codes = [3]string{full[:14], full[:16], full}
	}
	for level, f := range unitFields {
		text := rec.units[level]
		if codes[level] != "" {
			text.code = codes[level]
		}
		next, wrong := p.child(at, level, text)
		if wrong != "" {
			i := h.issue(rec.row, firstOf(h, f, CellCode), wrong, text.name+text.code, "parent", at.name, "code", at.code)
			return nil, &i
		}
		if text.code != "" && text.key != "" && next.key != text.key {
			i := h.issue(rec.row, f, "unit_conflict", text.name, "code", text.code, "name", next.name)
			return nil, &i
		}
		at = next
	}
	return at, nil
}

// attach returns the node of a unit that exists.
func (p *plan) attach(u *network.Unit) *node {
	if n, ok := p.nodes[u.ID]; ok {
		return n
	}
	n := &node{id: u.ID, code: u.Code, name: u.Name, unit: u, written: true, level: int(u.Level - network.Area)}
	n.key = nodeKey(u.Name, n.level)
	if u.Level == network.Village {
		var path []string
		for _, above := range p.tree.Path(u) {
			path = append(path, above.Name)
		}
		n.admin = address.NewAdmin(path...)
	}
	p.nodes[u.ID] = n
	return n
}

func nodeKey(name string, level int) string {
	if u, ok := readUnit(name, max(level, 0)); ok && u.key != "" {
		return u.key
	}
	return address.Fold(name)
}

// open lists the children a unit has today.
func (p *plan) open(n *node) {
	if n.kids != nil {
		return
	}
	n.kids = map[string]*node{}
	if n.unit == nil {
		return
	}
	for _, u := range p.tree.Children(n.unit) {
		kid := p.attach(u)
		kid.parent = n
		n.enter(kid)
		p.count(kid)
	}
}

// enter makes a child findable by its name and by its number.
func (n *node) enter(kid *node) {
	if _, ok := n.kids[kid.key]; !ok {
		n.kids[kid.key] = kid
	}
	if len(kid.code) == len(n.code)+2 {
		last := kid.code[len(kid.code)-2:]
		n.kids["#"+last] = kid
		if i, err := strconv.Atoi(last); err == nil && i >= 0 {
			n.taken[i] = true
		}
	}
}

func (p *plan) count(n *node) {
	if n.level == 2 {
		n.cell = int32(len(p.cells))
		p.cells = append(p.cells, n)
	}
}

// child returns the unit under n that the text names, planning it where there
// is none, or the code of an issue.
func (p *plan) child(n *node, level int, text unitText) (*node, string) {
	p.open(n)
	last := ""
	if text.code != "" {
		if len(text.code) != len(n.code)+2 || text.code[:len(n.code)] != n.code || text.code[len(n.code):] == "00" {
			return nil, "unit_code"
		}
		last = text.code[len(n.code):]
		if kid, ok := n.kids["#"+last]; ok {
			return kid, ""
		}
		if text.key == "" {
			number, _ := strconv.Atoi(last) // two digits
			text.name = numberedName(number, level)
			text.key = text.name
		}
	} else if kid, ok := n.kids[text.key]; ok {
		return kid, ""
	}
	if last == "" {
		if last = n.free(keyNumber(text.key, level)); last == "" {
			return nil, "unit_full"
		}
	}
	kid := &node{id: sqldb.NewID(), code: n.code + last, name: text.name, key: text.key, level: level, parent: n}
	n.enter(kid)
	p.count(kid)
	return kid, ""
}

// free returns the two digits for a new child: those of its number if they
// aren't taken, else the lowest that aren't.
func (n *node) free(number int) string {
	if number == 0 || n.taken[number] {
		number = 1
		for number < 100 && n.taken[number] {
			number++
		}
	}
	if number > 99 {
		return ""
	}
	return string([]byte{byte('0' + number/10), byte('0' + number%10)})
}

// path names a cell for messages, from the village down.
func (n *node) path() string {
	if n.parent == nil {
		return n.name
	}
	return n.parent.path() + " " + n.name
}
