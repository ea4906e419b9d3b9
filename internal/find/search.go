package find

import (
	"context"
	"slices"
	"strings"

	"bilin/internal/address"
	"bilin/internal/auth"
	"bilin/internal/network"
)

// Hit is one thing the officials' search box found.
type Hit struct {
	Kind  string // "unit" or "household"
	ID    string
	Code  string // of the unit, or of the household's unit
	Name  string // of the unit by its path; of a household its address
	Level network.Level
	Note  string // of a household its contact, masked where the actor has no task with names
}

// The kinds of Hit.
const (
	KindUnit      = "unit"
	KindHousehold = "household"
)

// Search finds units by name, pinyin initials and code, cells by address, and,
// for those allowed, households by address and door code, all within the
// actor's units.
func (s *Service) Search(ctx context.Context, actor auth.Actor, typed string, limit int) ([]Hit, error) {
	scope := s.policy.Scope(actor, network.ActView)
	if len(scope) == 0 {
		return nil, auth.Denied(actor)
	}
	n := s.names()
	q, code := address.Fold(typed), codePrefix(typed)
	if q == "" || n.tree.Root() == nil {
		return nil, nil
	}
	hits := s.unitHits(n, scope, q, code, limit)
	if u := n.tree.ByCode(code); code != "" && len(hits) == 0 && u != nil && inside(n.tree, scope, u.ID) {
		hits = append(hits, unitHit(n.tree, u)) // a cell, or a code from before a move
	}
	if code != "" || len(hits) >= limit {
		return hits, nil
	}
	cells, err := s.cells(ctx, n, typed, 2*limit)
	if err != nil {
		return nil, err
	}
	for _, u := range cells {
		if len(hits) < limit && inside(n.tree, scope, u.ID) && !slices.ContainsFunc(hits, func(h Hit) bool { return h.ID == u.ID }) {
			hits = append(hits, unitHit(n.tree, u))
		}
	}
	return s.addHouseholds(ctx, actor, n, typed, hits, limit)
}

// codePrefix returns what was typed if it can begin a code.
func codePrefix(typed string) string {
	code := address.Fold(typed)
	if len(code) < 4 || len(code) > 18 || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}

func inside(tree *network.Tree, scope []string, id string) bool {
	return slices.ContainsFunc(scope, func(root string) bool { return tree.Contains(root, id) })
}

func unitHit(tree *network.Tree, u *network.Unit) Hit {
	return Hit{Kind: KindUnit, ID: u.ID, Code: u.Code, Name: tree.PathName(u, " "), Level: u.Level}
}

// ranked is a unit and how well it fits.
type ranked struct {
	unit *network.Unit
	rank int
}

// unitHits ranks all names in memory and keeps the best of the scope.
func (s *Service) unitHits(n *names, scope []string, q, code string, limit int) []Hit {
	best := make([]ranked, 0, limit+1)
	list := n.all
	if len(code) > 16 || strings.Contains(q, "邻") {
		list = n.cells
	}
	for i := range list {
		u, r := list[i].unit, list[i].rank(q, code)
		if r == 0 || len(best) == limit && r <= best[limit-1].rank || !inside(n.tree, scope, u.ID) {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, r, func(b ranked, r int) int {
			if b.rank >= r {
				return -1 // equals stay in the order of the tree
			}
			return 1
		})
		best = slices.Insert(best, at, ranked{u, r})
		best = best[:min(limit, len(best))]
	}
	hits := make([]Hit, len(best))
	for i, b := range best {
		hits[i] = unitHit(n.tree, b.unit)
	}
	return hits
}

// addHouseholds looks for the very house, in units whose households the actor
// may list.
func (s *Service) addHouseholds(ctx context.Context, actor auth.Actor, n *names, typed string, hits []Hit, limit int) ([]Hit, error) {
	q := n.parse(typed)
	if len(hits) >= limit || q.rest == "" || !s.policy.May(actor, network.ActHouseholds) {
		return hits, nil
	}
	scope := s.policy.Scope(actor, network.ActHouseholds)
	doors, err := doorsAt(ctx, s.db.Reader(), q.rest)
	if err != nil {
		return nil, err
	}
	var units []string
	for _, d := range doors {
		fits := len(q.scope) == 0 || slices.ContainsFunc(q.scope, func(u *network.Unit) bool { return n.tree.Contains(u.ID, d.unitID) })
		if fits && inside(n.tree, scope, d.unitID) && !slices.Contains(units, d.unitID) && len(units) < limit {
			units = append(units, d.unitID)
		}
	}
	found, err := network.RosterHouseholdsIn(ctx, s.db.Reader(), units)
	if err != nil {
		return nil, err
	}
	for _, id := range units {
		for _, h := range found[id] {
			if len(hits) < limit && strings.HasPrefix(h.AddressKey, q.rest) {
				hits = append(hits, s.householdHit(actor, n.tree, &h))
			}
		}
	}
	return hits, nil
}

func (s *Service) householdHit(actor auth.Actor, tree *network.Tree, h *network.RosterHousehold) Hit {
	hit := Hit{Kind: KindHousehold, ID: h.ID, Name: h.Address, Note: h.Head}
	if u := tree.ByID(h.UnitID); u != nil {
		hit.Code, hit.Level = u.Code, u.Level
	}
	if s.policy.Can(actor, network.ActNames, auth.Object{UnitID: h.UnitID}) != nil {
		hit.Note = network.MaskName(h.Head)
	}
	return hit
}
