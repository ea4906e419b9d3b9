package roster

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// people decides who of the rows is known, who is new, and who gets which post.
type people struct {
	tree    *network.Tree
	seal    sealer
	byPhone map[string]string // person's id by number and name
	byName  map[string]string // person's id by village and name, for those without a number
	walked  map[string]bool   // villages whose holders are in byName
}

type sealer interface {
	Seal(plain, binding string) (string, error)
	Index(kind, value string) string
}

func newPeople(tree *network.Tree, s sealer) *people {
	return &people{
		tree: tree, seal: s, byPhone: map[string]string{}, byName: map[string]string{},
		walked: map[string]bool{},
	}
}

// rolesOf are the posts every unit of a level has: its lead's, and on areas
// and groups a linked official's.
func rolesOf(level int) []auth.Role {
	switch level {
	case 0:
		return []auth.Role{auth.AreaLead, auth.LinkedOfficial}
	case 1:
		return []auth.Role{auth.GroupLead, auth.LinkedOfficial}
	}
	return []auth.Role{auth.Lead}
}

// postNames are what the posts are called in the registry; they are names of
// the city's own, not words of the interface.
var postNames = map[auth.Role][3]string{
	auth.AreaLead:       {"片长"},
	auth.GroupLead:      {"", "组长"},
	auth.Lead:           {"", "", "邻长"},
	auth.LinkedOfficial: {"联片干部", "联组干部"},
}

// load looks up, in one go, the people that the rows name with a number.
func (p *people) load(ctx context.Context, q sqldb.Querier, nodes []*node) error {
	if none, err := network.NoPersons(ctx, q); err != nil || none {
		return err
	}
	numbers := map[string]string{}
	for _, n := range nodes {
		for _, who := range n.people {
			if who.name != "" && who.phone != "" {
				numbers[who.phone] = p.seal.Index("phone", who.phone)
			}
		}
	}
	indexes := make([]string, 0, len(numbers))
	for _, index := range numbers {
		indexes = append(indexes, index)
	}
	known, err := network.RosterPersonsByPhone(ctx, q, indexes)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		for _, who := range n.people {
			if k, ok := known[numbers[who.phone]+"\x00"+who.name]; ok && who.phone != "" {
				p.byPhone[who.phone+"\x00"+who.name] = k.ID
			}
		}
	}
	return nil
}

// find returns the id of a person: by number and name anywhere in the city,
// without a number by name within the village.
func (p *people) find(n *node, who person) (string, bool) {
	if who.phone != "" {
		id, ok := p.byPhone[who.phone+"\x00"+who.name]
		return id, ok
	}
	village := n.village()
	p.walk(village)
	id, ok := p.byName[village.id+"\x00"+who.name]
	return id, ok
}

func (p *people) remember(n *node, who person, id string) {
	if who.phone != "" {
		p.byPhone[who.phone+"\x00"+who.name] = id
	}
	key := n.village().id + "\x00" + who.name
	if _, ok := p.byName[key]; !ok {
		p.byName[key] = id
	}
}

func (p *people) walk(village *node) {
	if p.walked[village.id] {
		return
	}
	p.walked[village.id] = true
	for _, u := range p.tree.Subtree(village.unit) {
		for _, post := range p.tree.Posts(u.ID) {
			for _, h := range []*network.Holder{post.Holder, post.StandIn} {
				if h != nil {
					p.byName[village.id+"\x00"+h.Name] = h.PersonID
				}
			}
		}
	}
}

func (n *node) village() *node {
	for n.level >= 0 {
		n = n.parent
	}
	return n
}

// duty is what has to be done at one post of a unit.
type duty struct {
	role   auth.Role
	postID string // "" where the post has to be made
	who    person
	kept   bool // somebody else holds it; nothing is done
	holder *network.Holder
}

// duties compares what the rows say of a unit's posts with what they are.
func (p *people) duties(n *node) []duty {
	var list []duty
	for i, role := range rolesOf(n.level) {
		d := duty{role: role, who: n.people[i]}
		if n.unit != nil {
			if d.who.name == "" {
				continue
			}
			d = p.compare(n, d)
		}
		list = append(list, d)
	}
	return list
}

// compare finds the post that the person holds, else a vacant one; a post that
// somebody else holds is left to a hand-over.
func (p *people) compare(n *node, d duty) duty {
	for _, post := range p.tree.Posts(n.unit.ID) {
		if post.Role != d.role {
			continue
		}
		switch {
		case post.Holder == nil:
			d.postID, d.kept, d.holder = post.ID, false, nil
		case post.Holder.Name == d.who.name:
			d.postID, d.kept, d.holder = post.ID, false, post.Holder
			return d
		case d.postID == "":
			d.postID, d.kept = post.ID, true
		}
	}
	return d
}

// numbers returns the people who hold their post already and whose number the
// rows know better, sealed.
func (p *people) numbers(ctx context.Context, q sqldb.Querier, nodes []*node) ([]network.RosterPerson, error) {
	said := map[string]string{}
	var ids []string
	for _, n := range nodes {
		for _, d := range p.duties(n) {
			if d.holder == nil || d.who.phone == "" || said[d.holder.PersonID] != "" {
				continue
			}
			said[d.holder.PersonID] = d.who.phone
			ids = append(ids, d.holder.PersonID)
		}
	}
	known, err := network.RosterPersons(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	var changed []network.RosterPerson
	for _, id := range ids {
		who := known[id]
		index := p.seal.Index("phone", said[id])
		if who.ID == "" || who.PhoneIndex == index {
			continue
		}
		who.PhoneIndex = index
		if who.Phone, err = p.seal.Seal(said[id], "person/phone/"+id); err != nil {
			return nil, err
		}
		changed = append(changed, who)
	}
	return changed, nil
}
