package roster

import "hash/maphash"

// repeat reports a household that an earlier row named already: in the same
// cell a duplicate, in another an overlap.
func (p *plan) repeat(h *header, rec *record) *Issue {
	hash := maphash.String(p.seed, rec.rosterKey)
	first, ok := p.seen[hash]
	if !ok {
		p.seen[hash] = sighting{row: int32(rec.row), cell: rec.cellIndex()}
		return nil
	}
	field, value := Address, rec.address
	if rec.ref != "" {
		field, value = Ref, rec.ref
	}
	if here := rec.cellIndex(); first.cell != here && first.cell >= 0 && here >= 0 {
		other := p.cells[first.cell]
		i := h.issue(rec.row, field, "two_cells", value, "row", first.row, "other", other.path(), "cell", rec.cell.path())
		return &i
	}
	i := h.issue(rec.row, field, "duplicate", value, "row", first.row)
	return &i
}

func (rec *record) cellIndex() int32 {
	if rec.loose {
		return -1
	}
	return rec.cell.cell
}

// conflict reports a person who contradicts what an earlier row said of the
// same unit.
func (p *plan) conflict(h *header, rec *record) *Issue {
	if rec.loose {
		return nil
	}
	for i, slot := range slots {
		said, now := rec.unitNode(slot.unit).personOf(slot.lead), rec.people[i]
		switch {
		case now.name == "" || said.name == "":
		case now.name != said.name:
			i := h.issue(rec.row, slot.field, "person_conflict", now.name, "unit", rec.unitNode(slot.unit).path(), "name", said.name, "row", said.row)
			return &i
		case now.phone != "" && said.phone != "" && now.phone != said.phone:
			i := h.issue(rec.row, slot.field+1, "phone_conflict", now.phone, "name", now.name, "row", said.row)
			return &i
		}
	}
	return nil
}

// adopt takes over whom a sound row names. Later rows can't contradict it any more.
func (p *plan) adopt(rec *record) {
	if rec.loose {
		return
	}
	p.use(rec.cell)
	for i, slot := range slots {
		who := rec.unitNode(slot.unit).personOf(slot.lead)
		if rec.people[i].name != "" && who.name == "" {
			who.name, who.row = rec.people[i].name, rec.row
		}
		if rec.people[i].phone != "" && who.phone == "" {
			who.phone = rec.people[i].phone
		}
	}
}

func (p *plan) use(n *node) {
	if n.used || n.level < 0 {
		return
	}
	n.used = true
	p.use(n.parent)
	p.used = append(p.used, n)
}

func (n *node) personOf(lead bool) *person {
	if lead {
		return &n.people[0]
	}
	return &n.people[1]
}

// unitNode returns the record's area (0), group (1) or cell (2).
func (rec *record) unitNode(level int) *node {
	n := rec.cell
	for n.level > level {
		n = n.parent
	}
	return n
}
