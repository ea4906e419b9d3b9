package rollcall

import (
	"context"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// Part is how far a unit is.
type Part struct {
	Unit *network.Unit
	Totals
	Led bool // not a unit whose households no lead can report
}

// Board is how far a roll-call is, at one unit and what lies directly under it.
type Board struct {
	Call  *Call
	Unit  *network.Unit
	Whole []*network.Unit // what of the roll-call the reader sees; more than one for somebody with several posts
	Totals
	Parts []Part  // towns of the city, villages of a town, units with households under a village
	Curve []Point // in villages and above
	Unled int     // households that no lead can report
}

// Board costs five queries at most, whatever the city's size: it reads counters,
// and rows of one village alone. unitID is "" for the top of what the reader sees.
func (s *Service) Board(ctx context.Context, actor auth.Actor, callID, unitID string) (*Board, error) {
	c, err := s.Call(ctx, actor, callID)
	if err != nil {
		return nil, err
	}
	b := &Board{Call: c, Whole: s.parts(actor, c)}
	if b.Unit, err = s.at(actor, b, unitID); err != nil {
		return nil, err
	}
	b.Unled = s.o.Network.Tree().Coverage(b.Unit.ID).Uncovered
	if b.Unit.Level > network.Village {
		return b, s.inside(ctx, b)
	}
	if err := s.byVillage(ctx, b); err != nil {
		return nil, err
	}
	if b.Unit.Level == network.Village {
		t := b.Totals
		if err := s.inside(ctx, b); err != nil {
			return nil, err
		}
		b.Totals = t
	}
	return b, nil
}

// at is the unit that a board is asked for.
func (s *Service) at(actor auth.Actor, b *Board, unitID string) (*network.Unit, error) {
	tree := s.o.Network.Tree()
	if unitID == "" {
		return b.Whole[0], nil
	}
	unit := tree.Current(tree.ByID(unitID))
	if unit == nil || !tree.Contains(b.Call.UnitID, unit.ID) || s.o.Policy.Can(actor, ActView, auth.Object{UnitID: unit.ID}) != nil {
		return nil, errs.E(errs.NotFound, "rollcall.no_part")
	}
	return unit, nil
}

// byVillage adds up villages: for the city by town.
func (s *Service) byVillage(ctx context.Context, b *Board) error {
	all, err := s.ByVillage(ctx, b.Call.ID)
	if err != nil {
		return err
	}
	tree := s.o.Network.Tree()
	level := network.Village
	if b.Unit.Level == network.City {
		level = network.Town
	}
	var villages []string
	at := map[string]int{}
	for id, t := range all {
		if !tree.Contains(b.Unit.ID, id) {
			continue
		}
		b.Totals.add(t)
		villages = append(villages, id)
		under := tree.At(tree.Current(tree.ByID(id)), level)
		if under == nil || b.Unit.Level == network.Village {
			continue
		}
		i, ok := at[under.ID]
		if !ok {
			i = len(b.Parts)
			at[under.ID] = i
			b.Parts = append(b.Parts, Part{Unit: under, Led: true})
		}
		b.Parts[i].add(t)
	}
	slices.SortFunc(b.Parts, func(a, z Part) int { return compare(a.Unit.Code, z.Unit.Code) })
	if len(villages) == len(all) {
		villages = nil
	}
	b.Curve, err = s.curve(ctx, b.Call.ID, villages)
	return err
}

// inside counts the units with households under a village or a part of one.
func (s *Service) inside(ctx context.Context, b *Board) error {
	if !b.Call.HasRows() {
		return nil
	}
	units, err := s.units(ctx, b.Call, b.Unit)
	b.Totals, b.Parts = Totals{}, nil
	tree := s.o.Network.Tree()
	for _, u := range tree.Subtree(b.Unit) {
		t, ok := units[u.ID]
		if !ok {
			continue
		}
		b.Totals.add(t)
		b.Parts = append(b.Parts, Part{Unit: u, Totals: t, Led: u.Level == network.Cell && tree.LeadOf(u.ID) != nil})
	}
	return err
}

// units are the totals of each unit with households of a village, by today's units.
func (s *Service) units(ctx context.Context, c *Call, unit *network.Unit) (map[string]Totals, error) {
	tree := s.o.Network.Tree()
	village := tree.At(unit, network.Village)
	expected, err := readCells(ctx, s.o.DB.Reader(), c.ID, village.ID)
	if err != nil {
		return nil, err
	}
	counted, err := countUnits(ctx, s.o.DB.Reader(), c.ID, village.ID)
	if err != nil {
		return nil, err
	}
	out := map[string]Totals{}
	today := func(id string) string {
		if u := tree.Current(tree.ByID(id)); u != nil {
			return u.ID
		}
		return id
	}
	for id, n := range expected {
		t := out[today(id)]
		t.Expected += n
		out[today(id)] = t
	}
	for id, t := range counted {
		sum := out[today(id)]
		sum.add(t)
		out[today(id)] = sum
	}
	for id, t := range out {
		out[id] = t.settled()
	}
	return out, nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Gap is a unit where households are left, and whom to turn to.
type Gap struct {
	Part
	Lead   *network.Holder  // of a cell; nil if nobody leads it, or for a village
	LeadAt string           // the post
	Behind []network.Backer // who can report instead, nearest first
}

// Missing lists where households are left: villages of the city or a town,
// units of a village. Where nobody leads stands first, then where most is left.
func (s *Service) Missing(ctx context.Context, actor auth.Actor, callID, unitID string) (*Board, []Gap, error) {
	b, err := s.Board(ctx, actor, callID, unitID)
	if err != nil {
		return nil, nil, err
	}
	parts := b.Parts
	if b.Unit.Level == network.City {
		if parts, err = s.villages(ctx, b); err != nil {
			return nil, nil, err
		}
	}
	var gaps []Gap
	for _, p := range parts {
		if p.Left() > 0 {
			gaps = append(gaps, s.gap(p))
		}
	}
	slices.SortStableFunc(gaps, func(a, z Gap) int {
		switch {
		case a.Led == z.Led:
			return z.Left() - a.Left()
		case z.Led:
			return -1
		}
		return 1
	})
	return b, gaps, nil
}

func (s *Service) villages(ctx context.Context, b *Board) (parts []Part, err error) {
	tree := s.o.Network.Tree()
	all, err := s.ByVillage(ctx, b.Call.ID)
	for id, t := range all {
		if u := tree.Current(tree.ByID(id)); u != nil && tree.Contains(b.Unit.ID, u.ID) {
			parts = append(parts, Part{Unit: u, Totals: t, Led: true})
		}
	}
	slices.SortFunc(parts, func(a, z Part) int { return compare(a.Unit.Code, z.Unit.Code) })
	return parts, err
}

// gap finds who is to be called.
func (s *Service) gap(p Part) Gap {
	tree := s.o.Network.Tree()
	g := Gap{Part: p}
	if p.Unit.Level == network.Cell {
		g.Lead, g.LeadAt = s.serving(p.Unit, auth.Lead)
	}
	if g.Lead != nil {
		return g
	}
	if p.Unit.Level > network.Village {
		g.Behind = tree.BackersOf(p.Unit.ID)
		if p.Unit.Level < network.Cell { // its households are in no cell yet: whoever leads it is nearest
			g.Behind = append(s.backers(p.Unit), g.Behind...)
		}
	}
	if len(g.Behind) == 0 {
		g.Behind = s.backers(tree.At(p.Unit, network.Village))
	}
	g.Behind = onceEach(g.Behind)
	return g
}

// onceEach names somebody who serves twice where they are nearest.
func onceEach(list []network.Backer) (out []network.Backer) {
	for _, b := range list {
		if !slices.ContainsFunc(out, func(o network.Backer) bool { return o.Holder.PersonID == b.Holder.PersonID }) {
			out = append(out, b)
		}
	}
	return out
}

func (s *Service) serving(u *network.Unit, role auth.Role) (*network.Holder, string) {
	for _, post := range s.o.Network.Tree().Posts(u.ID) {
		if h := post.Serving(); h != nil && post.Role == role {
			return h, post.ID
		}
	}
	return nil, ""
}

// backers are those who serve at a unit and may report there.
func (s *Service) backers(u *network.Unit) (out []network.Backer) {
	for _, post := range s.o.Network.Tree().Posts(u.ID) {
		if h := post.Serving(); h != nil && slices.Contains(above, post.Role) {
			out = append(out, network.Backer{Unit: u, Post: post, Holder: h})
		}
	}
	return out
}
