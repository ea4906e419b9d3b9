package network

import (
	"cmp"
	"maps"
	"slices"
)

// delta is what changed in the database since a revision. Applied to an empty
// tree it is the whole network.
type delta struct {
	rev          int64 // read first: what came later comes again with the next delta
	units        []Unit
	former       map[string]string
	posts        []postRow
	appointments []appointmentRow
	people       map[string]string // names by person
	departments  []Department
}

type postRow struct {
	Post
	ended bool
}

type appointmentRow struct {
	Holder
	postID string
	ended  bool
}

// grow returns the tree after d, for a day. The old tree stays as it is.
//
// Most commands leave the shape alone (a counter, a name, a holder); then only
// what changed is copied. Otherwise everything is arranged anew.
func (t *Tree) grow(d delta, day string) *Tree {
	var next *Tree
	if t.keepsShape(d) {
		next = t.patched(d)
	} else {
		next = t.rebuilt(d)
	}
	next.appoint(d.appointments)
	next.rename(d.people)
	next.decide(day, len(d.appointments) > 0)
	next.departments = mergeDepartments(t.departments, d.departments)
	var samePeople *sums
	if !next.fresh && len(d.appointments) == 0 && day == t.day {
		samePeople = &t.sums
	}
	next.rev, next.day, next.fresh = d.rev, day, false
	next.sums = summed(next, samePeople)
	return next
}

func (t *Tree) keepsShape(d delta) bool {
	for i := range d.units {
		u, old := &d.units[i], t.ByID(d.units[i].ID)
		if old == nil || old.Active() != u.Active() || old.ParentID != u.ParentID || old.Code != u.Code {
			return false
		}
	}
	for i := range d.posts {
		p, old := &d.posts[i], t.Post(d.posts[i].ID)
		if old == nil || p.ended || old.UnitID != p.UnitID {
			return false
		}
	}
	return len(t.list) > 0
}

// patched copies the tree and replaces the changed units and posts in place.
func (t *Tree) patched(d delta) *Tree {
	next := *t
	next.list, next.ends, next.posts = slices.Clone(t.list), slices.Clone(t.ends), slices.Clone(t.posts)
	for i := range d.units {
		u := &d.units[i]
		place := t.byID[u.ID]
		if place < 0 {
			next.ends[-1-place] = u
			continue
		}
		old := t.list[place]
		u.pos, u.end, u.parent = old.pos, old.end, old.parent
		u.ID, u.ParentID, u.Code = old.ID, old.ParentID, old.Code // the strings already there
		next.list[place] = u
	}
	for i := range d.posts {
		p := d.posts[i].Post
		place := t.postByID[p.ID]
		old := t.posts[place]
		p.UnitID, p.Holder, p.StandIn = old.UnitID, old.Holder, old.StandIn
		next.posts[place] = &p
	}
	if d.former != nil {
		next.former = d.former
	}
	return &next
}

// rebuilt arranges old and changed rows together.
func (t *Tree) rebuilt(d delta) *Tree {
	next := &Tree{fresh: true, former: t.former, byID: make(map[string]int32, len(t.byID)+len(d.units))}
	if d.former != nil {
		next.former = d.former
	}
	next.arrange(mergeUnits(t, d.units))
	next.hang(mergePosts(t, d.posts))
	return next
}

// mergeUnits copies all units into one array, changed ones as they are now.
func mergeUnits(t *Tree, changed []Unit) []Unit {
	fresh := make(map[string]bool, len(changed))
	for i := range changed {
		fresh[changed[i].ID] = true
	}
	all := make([]Unit, 0, len(t.list)+len(t.ends)+len(changed))
	for _, old := range [][]*Unit{t.list, t.ends} {
		for _, u := range old {
			if !fresh[u.ID] {
				all = append(all, *u)
			}
		}
	}
	return append(all, changed...)
}

func mergePosts(t *Tree, changed []postRow) []Post {
	fresh := make(map[string]*postRow, len(changed))
	for i := range changed {
		fresh[changed[i].ID] = &changed[i]
	}
	all := make([]Post, 0, len(t.posts)+len(changed))
	for _, p := range t.posts {
		row := fresh[p.ID]
		if row == nil {
			all = append(all, *p)
			continue
		}
		row.Holder, row.StandIn = p.Holder, p.StandIn
	}
	for i := range changed {
		if !changed[i].ended {
			all = append(all, changed[i].Post)
		}
	}
	return all
}

// arrange puts the active units in preorder and indexes all.
func (t *Tree) arrange(all []Unit) {
	active := make([]*Unit, 0, len(all))
	for i := range all {
		u := &all[i]
		u.pos, u.end, u.parent = -1, -1, -1
		if u.Active() {
			active = append(active, u)
		} else {
			t.ends = append(t.ends, u)
			t.byID[u.ID] = -int32(len(t.ends))
		}
	}
	slices.SortFunc(active, func(a, b *Unit) int {
		return cmp.Or(cmp.Compare(a.ParentID, b.ParentID), cmp.Compare(a.Code, b.Code))
	})
	t.list = make([]*Unit, 0, len(active))
	t.place(active, "", -1)
	t.byCode = make(map[string]int32, len(t.list))
	for i, u := range t.list {
		t.byID[u.ID], t.byCode[u.Code] = int32(i), int32(i)
	}
}

// place appends the children of a unit, each followed by its own. byParent is
// every active unit in order of parent and code. A unit whose parent isn't
// there is left out: its parent comes with the next delta, and it with it.
func (t *Tree) place(byParent []*Unit, parentID string, parent int32) {
	i, _ := slices.BinarySearchFunc(byParent, parentID, func(u *Unit, id string) int { return cmp.Compare(u.ParentID, id) })
	for ; i < len(byParent) && byParent[i].ParentID == parentID; i++ {
		u := byParent[i]
		u.pos, u.parent = int32(len(t.list)), parent
		if parent >= 0 {
			u.ParentID = t.list[parent].ID // one string for all children
		}
		t.list = append(t.list, u)
		t.place(byParent, u.ID, u.pos)
		u.end = int32(len(t.list))
		if parent < 0 {
			return // one city
		}
	}
}

// hang brings the posts to their units and indexes them.
func (t *Tree) hang(all []Post) {
	t.postStart = make([]int32, len(t.list)+1)
	at := make([]int32, len(all))
	for i := range all {
		pos, ok := t.byID[all[i].UnitID]
		if !ok || pos < 0 {
			at[i] = -1
			continue
		}
		at[i] = pos
		t.postStart[pos+1]++
	}
	for i := 1; i < len(t.postStart); i++ {
		t.postStart[i] += t.postStart[i-1]
	}
	n := t.postStart[len(t.list)]
	t.posts, t.postAt = make([]*Post, n), make([]int32, n)
	next := slices.Clone(t.postStart)
	for i, pos := range at {
		if pos >= 0 {
			all[i].UnitID = t.list[pos].ID
			t.posts[next[pos]], t.postAt[next[pos]] = &all[i], pos
			next[pos]++
		}
	}
	t.postByID = make(map[string]int32, n)
	for pos := range t.list {
		slices.SortFunc(t.postsAt(int32(pos)), func(a, b *Post) int { return cmp.Compare(a.ID, b.ID) })
	}
	for i, p := range t.posts {
		t.postByID[p.ID] = int32(i)
	}
}

// own returns a post that may be changed: a copy, unless nobody else has it yet.
func (t *Tree) own(place int32) *Post {
	if !t.fresh {
		p := *t.posts[place]
		t.posts[place] = &p
	}
	return t.posts[place]
}

// appoint sets and clears holders.
func (t *Tree) appoint(rows []appointmentRow) {
	for i := range rows {
		if place, ok := t.postByID[rows[i].postID]; ok {
			t.own(place).seat(&rows[i])
		}
	}
}

// seat puts an appointment's holder in the post, or takes exactly that one away.
func (p *Post) seat(a *appointmentRow) {
	chair := &p.Holder
	if a.Acting {
		chair = &p.StandIn
	}
	switch {
	case !a.ended:
		h := a.Holder // alone, so that the row it came with can go
		*chair = &h
	case *chair != nil && (*chair).AppointmentID == a.AppointmentID:
		*chair = nil
	}
}

// rename gives people's new names to the posts they hold.
func (t *Tree) rename(people map[string]string) {
	if len(people) == 0 {
		return
	}
	for i, p := range t.posts {
		holder, standIn := renamed(p.Holder, people), renamed(p.StandIn, people)
		if holder != p.Holder || standIn != p.StandIn {
			own := t.own(int32(i))
			own.Holder, own.StandIn = holder, standIn
		}
	}
}

func renamed(h *Holder, people map[string]string) *Holder {
	if h == nil {
		return nil
	}
	name, ok := people[h.PersonID]
	if !ok || name == h.Name {
		return h
	}
	changed := *h
	changed.Name = name
	return &changed
}

// decide says for the day who serves in each post, and, if all may have
// changed, who is tied to which.
func (t *Tree) decide(day string, all bool) {
	for i, p := range t.posts {
		if s := p.servingOn(day); s != p.serving {
			t.own(int32(i)).serving = s
		}
	}
	if !all && t.byPerson != nil {
		return
	}
	t.byPerson = make([]tenure, 0, len(t.posts))
	for i, p := range t.posts {
		for _, h := range []*Holder{p.Holder, p.StandIn} {
			if h != nil {
				t.byPerson = append(t.byPerson, tenure{h.PersonID, int32(i)})
			}
		}
	}
	slices.SortFunc(t.byPerson, func(a, b tenure) int {
		return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.post, b.post))
	})
	t.byPerson = slices.Compact(t.byPerson)
}

func mergeDepartments(old, changed []Department) []Department {
	if len(changed) == 0 {
		return old
	}
	byID := map[string]Department{}
	for _, d := range append(slices.Clone(old), changed...) {
		byID[d.ID] = d
	}
	return slices.SortedFunc(maps.Values(byID), func(a, b Department) int { return cmp.Compare(a.Code, b.Code) })
}
