package network

import (
	"slices"
	"sort"
	"strings"

	"bilin/internal/auth"
)

// Tree is the whole network at one revision: every unit with its posts and who
// serves in them. It is immutable, so that any number of requests can read it
// while the next one is being built.
//
// Units lie in preorder, so a subtree is an interval: containment is two
// comparisons and every total over a subtree is one subtraction.
type Tree struct {
	rev  int64
	day  string  // the city's date that Serving was decided for
	list []*Unit // active units in preorder; children in order of code
	ends []*Unit // units that ended, in order of id

	byID   map[string]int32  // place in list, or -1-place in ends
	byCode map[string]int32  // place in list by today's code
	former map[string]string // unit's id by a code it had

	posts     []*Post // in order of their unit's place
	postStart []int32 // posts of list[i] are posts[postStart[i]:postStart[i+1]]
	postAt    []int32 // and the other way round: the unit's place
	postByID  map[string]int32
	byPerson  []tenure

	departments []Department
	sums        sums
	fresh       bool // while built: the posts are in no other tree
}

// tenure ties a person to a post they hold or stand in for.
type tenure struct {
	person string
	post   int32
}

// Rev returns the revision the tree stands at.
func (t *Tree) Rev() int64 { return t.rev }

// Day returns the date for which the tree says who serves.
func (t *Tree) Day() string { return t.day }

// Root returns the city, or nil while there is none.
func (t *Tree) Root() *Unit {
	if len(t.list) == 0 {
		return nil
	}
	return t.list[0]
}

// RootID returns the city's id, or "".
func (t *Tree) RootID() string {
	if r := t.Root(); r != nil {
		return r.ID
	}
	return ""
}

// Len returns the number of active units.
func (t *Tree) Len() int { return len(t.list) }

// ByID returns the unit with that id, an ended one too, or nil.
func (t *Tree) ByID(id string) *Unit {
	i, ok := t.byID[id]
	switch {
	case !ok:
		return nil
	case i < 0:
		return t.ends[-1-i]
	}
	return t.list[i]
}

// ByCode returns the unit with that code, or nil. A code from before a move
// still leads to its unit.
func (t *Tree) ByCode(code string) *Unit {
	if i, ok := t.byCode[code]; ok {
		return t.list[i]
	}
	return t.ByID(t.former[code])
}

// Current returns u, or the active unit that followed it if u has ended, or
// nil if nothing did.
func (t *Tree) Current(u *Unit) *Unit {
	for steps := 0; u != nil && !u.Active(); steps++ {
		if steps > len(t.ends) {
			return nil
		}
		u = t.ByID(u.SuccessorID)
	}
	return u
}

// Parent returns the unit above u, or nil above the city.
func (t *Tree) Parent(u *Unit) *Unit {
	if u == nil {
		return nil
	}
	if !u.Active() {
		return t.ByID(u.ParentID)
	}
	if u.parent < 0 {
		return nil
	}
	return t.list[u.parent]
}

// Children returns the active units directly under u, in order of code.
func (t *Tree) Children(u *Unit) []*Unit {
	if u == nil || !u.Active() {
		return nil
	}
	var out []*Unit
	for i := u.pos + 1; i < u.end; i = t.list[i].end {
		out = append(out, t.list[i])
	}
	return out
}

// Subtree returns u and everything under it, in preorder. The slice belongs
// to the tree and must not be changed.
func (t *Tree) Subtree(u *Unit) []*Unit {
	if u == nil || !u.Active() {
		return nil
	}
	return t.list[u.pos:u.end:u.end]
}

// Path returns the units from the city down to u.
func (t *Tree) Path(u *Unit) []*Unit {
	var path []*Unit
	for ; u != nil; u = t.Parent(u) {
		path = append(path, u)
	}
	slices.Reverse(path)
	return path
}

// PathName names u by its path without the city, such as "城郊街道 / 东沩社区 / 一片".
func (t *Tree) PathName(u *Unit, sep string) string {
	path := t.Path(u)
	if len(path) > 1 {
		path = path[1:]
	}
	names := make([]string, len(path))
	for i, p := range path {
		names[i] = p.Name
	}
	return strings.Join(names, sep)
}

// Contains reports whether unitID is rootID or lies under it. What concerns a
// unit that ended lies where its successor lies.
func (t *Tree) Contains(rootID, unitID string) bool {
	root, unit := t.Current(t.ByID(rootID)), t.Current(t.ByID(unitID))
	return root != nil && unit != nil && root.pos <= unit.pos && unit.pos < root.end
}

// At returns the unit at a level above u (or u itself), or nil.
func (t *Tree) At(u *Unit, level Level) *Unit {
	for u != nil && u.Level > level {
		u = t.Parent(u)
	}
	if u == nil || u.Level != level {
		return nil
	}
	return u
}

// Units returns every active unit of a level, in preorder.
func (t *Tree) Units(level Level) []*Unit {
	var out []*Unit
	for _, u := range t.list {
		if u.Level == level {
			out = append(out, u)
		}
	}
	return out
}

// Posts returns the posts at a unit.
func (t *Tree) Posts(unitID string) []*Post {
	u := t.ByID(unitID)
	if u == nil || !u.Active() {
		return nil
	}
	return t.postsAt(u.pos)
}

func (t *Tree) postsAt(pos int32) []*Post {
	from, to := t.postStart[pos], t.postStart[pos+1]
	return t.posts[from:to:to]
}

// Post returns the post with that id, or nil.
func (t *Tree) Post(id string) *Post {
	if i, ok := t.postByID[id]; ok {
		return t.posts[i]
	}
	return nil
}

// PostsOf returns the posts a person holds or stands in for, those that begin
// later too.
func (t *Tree) PostsOf(personID string) []*Post {
	i := sort.Search(len(t.byPerson), func(i int) bool { return t.byPerson[i].person >= personID })
	var out []*Post
	for ; i < len(t.byPerson) && t.byPerson[i].person == personID; i++ {
		out = append(out, t.posts[t.byPerson[i].post])
	}
	return out
}

// LeadOf returns who leads a unit today: the neighbour lead of a cell, the
// group lead of a group, the area lead of an area. nil if nobody does.
func (t *Tree) LeadOf(unitID string) *Holder {
	u := t.ByID(unitID)
	if u == nil {
		return nil
	}
	return t.serving(u, leadRole(u.Level))
}

func (t *Tree) serving(u *Unit, role auth.Role) *Holder {
	if role == "" || !u.Active() {
		return nil
	}
	for _, p := range t.postsAt(u.pos) {
		if p.Role == role && p.serving != nil {
			return p.serving
		}
	}
	return nil
}

// Backer is somebody a neighbour lead can turn to.
type Backer struct {
	Unit   *Unit
	Post   *Post
	Holder *Holder
}

// BackersOf returns who stands behind a cell: group lead, area lead and the
// linked officials of both, nearest first.
func (t *Tree) BackersOf(cellID string) []Backer {
	var out []Backer
	for u := t.Parent(t.ByID(cellID)); u != nil && u.Level >= Area; u = t.Parent(u) {
		for _, p := range t.Posts(u.ID) {
			if p.serving != nil && (p.Role == leadRole(u.Level) || p.Role == auth.LinkedOfficial) {
				out = append(out, Backer{Unit: u, Post: p, Holder: p.serving})
			}
		}
	}
	return out
}

// Departments returns the city's departments in order of code.
func (t *Tree) Departments() []Department { return t.departments }

// Department returns the department with that id, or nil.
func (t *Tree) Department(id string) *Department {
	for i := range t.departments {
		if t.departments[i].ID == id {
			return &t.departments[i]
		}
	}
	return nil
}

// Grants returns what a person's posts give them today. A holder keeps their
// rights while somebody stands in for them.
func (t *Tree) Grants(personID string) []auth.Grant {
	var out []auth.Grant
	for _, p := range t.PostsOf(personID) {
		standsIn := p.serving != nil && p.serving.Acting && p.serving.PersonID == personID
		holds := p.Holder.started(t.day) && p.Holder.PersonID == personID
		if !standsIn && !holds {
			continue
		}
		g := auth.Grant{Role: p.Role, UnitID: p.UnitID, DepartmentID: p.DepartmentID, PostID: p.ID, Acting: !holds}
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}
