package network

import (
	"context"
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
)

// HoleKind is a way in which the network can have a hole.
type HoleKind string

// The kinds of holes.
const (
	HoleNoLead     HoleKind = "no_lead"             // a cell that nobody leads or stands in for
	HoleVacantPost HoleKind = "vacant_post"         // a post that nobody serves in
	HoleNoOfficial HoleKind = "no_official"         // an area or group without a linked official
	HoleBigCell    HoleKind = "big_cell"            // a cell over 15 households
	HoleSmallCell  HoleKind = "small_cell"          // a cell under 5 households
	HoleLeadOfTwo  HoleKind = "lead_of_two"         // a cell whose lead also leads another
	HoleNoCell     HoleKind = "household_no_cell"   // a household that is in no cell yet
	HoleTwoCells   HoleKind = "household_two_cells" // a household that a second cell claims
	HoleTermOver   HoleKind = "term_over"           // a post whose term ran out
)

// Places of the kinds in a count.
const (
	holeNoLead = iota
	holeVacantPost
	holeNoOfficial
	holeBigCell
	holeSmallCell
	holeLeadOfTwo
	holeNoCell
	holeTwoCells
	holeTermOver
	holeKindCount
)

var holeKinds = [holeKindCount]HoleKind{HoleNoLead, HoleVacantPost, HoleNoOfficial, HoleBigCell,
	HoleSmallCell, HoleLeadOfTwo, HoleNoCell, HoleTwoCells, HoleTermOver}

// HoleKinds lists the kinds, gravest first.
func HoleKinds() []HoleKind { return slices.Clone(holeKinds[:]) }

// Hole is one hole: always at a unit, and depending on its kind about a post
// or a household.
type Hole struct {
	Kind      HoleKind
	Unit      *Unit
	Post      *Post      // vacant_post, term_over, lead_of_two
	Household *Household // household_no_cell, household_two_cells; the name masked. nil for those who may not list households
	Claims    []*Unit    // household_two_cells: the other cells
}

// Holes lists the holes of a kind in a unit's subtree, in the order of the
// tree. cursor is "" or what the page before returned; the cursor returned is
// "" at the end.
func (s *Service) Holes(ctx context.Context, actor auth.Actor, unitID string, kind HoleKind, cursor string, limit int) ([]Hole, string, error) {
	if err := s.policy.Can(actor, ActView, auth.Object{UnitID: unitID}); err != nil {
		return nil, "", err
	}
	k := slices.Index(holeKinds[:], kind)
	if k < 0 {
		return nil, "", errs.E(errs.Invalid, "network.unknown_hole", "kind", string(kind))
	}
	t := s.Tree()
	u := t.ByID(or(unitID, t.RootID()))
	if u == nil || !u.Active() {
		return nil, "", errNoUnit
	}
	if k == holeNoCell || k == holeTwoCells {
		return s.householdHoles(ctx, actor, t, u, k, cursor, limit)
	}
	holes, next := t.unitHoles(u, k, cursor, limit)
	return holes, next, nil
}

// unitHoles answers the kinds that the tree alone knows. The cursor is the code
// of the last unit shown; a unit's holes are never split over two pages.
func (t *Tree) unitHoles(root *Unit, k int, cursor string, limit int) ([]Hole, string) {
	var holes []Hole
	for pos := t.after(root, cursor); pos < root.end; pos++ {
		if t.sums.upTo[pos+1].holes[k] == t.sums.upTo[pos].holes[k] {
			continue
		}
		if len(holes) >= limit {
			return holes, holes[len(holes)-1].Unit.Code
		}
		holes = append(holes, t.holesAt(t.list[pos], k)...)
	}
	return holes, ""
}

// after returns the first place in root's subtree behind the unit with a code.
func (t *Tree) after(root *Unit, code string) int32 {
	if code == "" {
		return root.pos
	}
	if u := t.ByCode(code); u != nil && u.Active() {
		return max(root.pos, u.pos+1)
	}
	i, _ := slices.BinarySearchFunc(t.list, code, func(u *Unit, c string) int { return strings.Compare(u.Code, c) })
	return max(root.pos, int32(i))
}

func (t *Tree) holesAt(u *Unit, k int) []Hole {
	var posts []*Post
	for _, p := range t.postsAt(u.pos) {
		vacant := k == holeVacantPost && p.serving == nil
		over := k == holeTermOver && p.serving.Over(t.day)
		two := k == holeLeadOfTwo && p.Role == auth.Lead && p.serving != nil
		if vacant || over || two {
			posts = append(posts, p)
		}
	}
	if k == holeLeadOfTwo {
		posts = posts[:min(1, len(posts))]
	}
	if len(posts) == 0 {
		return []Hole{{Kind: holeKinds[k], Unit: u}}
	}
	holes := make([]Hole, len(posts))
	for i, p := range posts {
		holes[i] = Hole{Kind: holeKinds[k], Unit: u, Post: p}
	}
	return holes
}

// householdHoles answers the kinds that are about households. The tree says
// which units have any, so that one query reads a page.
func (s *Service) householdHoles(ctx context.Context, actor auth.Actor, t *Tree, root *Unit, k int, cursor string, limit int) ([]Hole, string, error) {
	code, lastID, _ := strings.Cut(cursor, "/")
	at := t.after(root, code)
	if lastID != "" && at > root.pos {
		at-- // the unit that the page before ended in
	}
	var units []string
	for pos, found := at, int32(0); pos < root.end && found <= int32(limit); pos++ {
		if n := t.sums.upTo[pos+1].holes[k] - t.sums.upTo[pos].holes[k]; n > 0 {
			units = append(units, t.list[pos].ID)
			if pos > at || lastID == "" {
				found += n
			}
		}
	}
	rows, err := holeHouseholds(ctx, s.db.Reader(), units, k == holeTwoCells, code, lastID, limit+1)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		next = t.ByID(last.UnitID).Code + "/" + last.ID
	}
	holes, err := s.householdHoleRows(ctx, t, rows, k)
	s.withoutHouseholds(actor, holes)
	return holes, next, err
}

// withoutHouseholds leaves of a hole only its unit for an actor who sees the
// network but not who lives there, such as a department.
func (s *Service) withoutHouseholds(actor auth.Actor, holes []Hole) {
	for i := range holes {
		if s.policy.Can(actor, ActHouseholds, auth.Object{UnitID: holes[i].Household.UnitID}) != nil {
			holes[i].Household = nil
		}
	}
}

func (s *Service) householdHoleRows(ctx context.Context, t *Tree, rows []Household, k int) ([]Hole, error) {
	holes := make([]Hole, len(rows))
	for i := range rows {
		rows[i].Head = MaskName(rows[i].Head)
		holes[i] = Hole{Kind: holeKinds[k], Unit: t.ByID(rows[i].UnitID), Household: &rows[i]}
	}
	if k != holeTwoCells {
		return holes, nil
	}
	claims, err := claimsOf(ctx, s.db.Reader(), rows)
	for i := range holes {
		for _, unitID := range claims[holes[i].Household.ID] {
			holes[i].Claims = append(holes[i].Claims, t.ByID(unitID))
		}
	}
	return holes, err
}
