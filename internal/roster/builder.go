package roster

import (
	"bilin/internal/find"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// builder turns rows into the chunks that are written.
type builder struct {
	people  *people
	chunk   network.Chunk
	places  find.Gather
	moved   []string // units whose places are derived anew
	done    Done
	numbers []network.RosterPerson
	from    int           // row of the file with which the chunk begins
	rows    int           // rows of the file up to its end
	written chan struct{} // closed once all chunks before are written; such a builder has no rows
}

// household adds a new household and whatever it needs above it.
func (b *builder) household(rec *record) {
	b.unit(rec.cell)
	size := rec.size
	if size < 0 {
		size = 1
	}
	b.chunk.Households = append(b.chunk.Households, network.NewHousehold{
		ID: sqldb.NewID(), UnitID: rec.cell.id, Ref: rec.ref, Address: rec.address, AddressKey: rec.key,
		Head: rec.head, Phone: rec.phone, Size: size, RosterKey: rec.rosterKey,
	})
	b.places.Put(rec.cell.id, rec.key)
	b.done.New++
}

// update brings a known household up to the row. A blank leaves what is known.
func (b *builder) update(rec *record, h network.RosterHousehold) {
	u := network.NewHousehold{
		ID: h.ID, UnitID: h.UnitID, Ref: h.Ref, Address: rec.address, AddressKey: rec.key,
		Head: h.Head, Phone: rec.phone, Size: h.Size, RosterKey: rec.rosterKey,
	}
	if rec.ref != "" {
		u.Ref = rec.ref
	} else if h.Ref != "" {
		u.RosterKey = h.RosterKey // known by a number that the row doesn't give
	}
	if rec.head != "" {
		u.Head = rec.head
	}
	if rec.size >= 0 {
		u.Size = rec.size
	}
	if !rec.loose {
		b.unit(rec.cell)
		u.UnitID = rec.cell.id
	}
	b.chunk.Updates = append(b.chunk.Updates, u)
	b.moved = append(b.moved, u.UnitID)
	b.done.Changed++
}

// unit adds a unit that isn't there yet, its parents first.
func (b *builder) unit(n *node) {
	if n.written {
		return
	}
	n.written = true
	b.unit(n.parent)
	b.chunk.Units = append(b.chunk.Units, network.NewUnit{
		ID: n.id, Code: n.code, Name: n.name, ParentID: n.parent.id, Level: levelOf(n.level),
	})
	b.done.Units++
	b.posts(n)
}

// posts makes and fills the posts of a unit as the rows say.
func (b *builder) posts(n *node) {
	if n.staffed {
		return
	}
	n.staffed = true
	for _, d := range b.people.duties(n) {
		if d.kept || d.holder != nil {
			continue
		}
		if d.postID == "" {
			d.postID = sqldb.NewID()
			b.chunk.Posts = append(b.chunk.Posts, network.NewPost{
				ID: d.postID, UnitID: n.id, Name: postNames[d.role][n.level], Role: d.role,
			})
		}
		if d.who.name != "" {
			b.appoint(n, d)
		}
	}
}

func (b *builder) appoint(n *node, d duty) {
	id, ok := b.people.find(n, d.who)
	if !ok {
		id = sqldb.NewID()
		b.chunk.Persons = append(b.chunk.Persons, network.NewPerson{ID: id, Name: d.who.name, Phone: d.who.phone})
		b.people.remember(n, d.who, id)
		b.done.Persons++
	}
	b.chunk.Appointments = append(b.chunk.Appointments, network.NewAppointment{PostID: d.postID, PersonID: id})
}

// size is how many rows the chunk will write.
func (b *builder) size() int {
	c := &b.chunk
	return len(c.Units) + len(c.Persons) + len(c.Posts) + len(c.Appointments) + len(c.Households) + len(c.Updates) + len(c.Claims)
}

// count adds to the report what posts would do at a unit. counted remembers
// the new people of earlier units.
func (p *people) count(n *node, r *Report, counted map[string]bool) {
	for _, d := range p.duties(n) {
		switch {
		case d.kept:
			r.Kept++
		case d.who.name == "" || d.holder != nil:
		default:
			r.Appointed++
			key := d.who.phone + "\x00" + d.who.name
			if d.who.phone == "" {
				key = n.village().id + key
			}
			if _, ok := p.find(n, d.who); !ok && !counted[key] {
				counted[key] = true
				r.Persons++
			}
		}
	}
}
