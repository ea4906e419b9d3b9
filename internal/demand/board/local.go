package board

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"bilin/internal/address"
	"bilin/internal/demand/board/redact"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// minHouseholds is how many households a place must have to be named.
const minHouseholds = 100

// redactor knows the people of the network over and around a demand, and those
// who had to do with it. Without a village it knows those of the town or city.
func (s *Service) redactor(ctx context.Context, q sqldb.Querier, demandID, villageID, townID string) (*redact.Redactor, error) {
	l, err := s.local(ctx, q, demandID, villageID, townID)
	return redact.New(l), err
}

// thorough knows the village's households too: their heads, and what the small
// places are called in which they live.
func (s *Service) thorough(ctx context.Context, e *Entry) (*redact.Redactor, error) {
	q := s.opt.DB.Reader()
	l, err := s.local(ctx, q, e.demandID, e.villageID, e.townID)
	if err != nil {
		return nil, err
	}
	tree := s.tree()
	var ids []string
	for _, u := range tree.Subtree(current(tree, e.villageID)) {
		ids = append(ids, u.ID)
	}
	found, err := network.RosterHouseholdsIn(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for _, list := range found {
		for _, h := range list {
			l.Names = append(l.Names, h.Head)
			at[address.Stem(h.AddressKey)]++
		}
	}
	for stem, households := range at {
		if households < minHouseholds && !isRoad(stem) {
			l.Places = append(l.Places, stem)
		}
	}
	return redact.New(l), nil
}

// isRoad reports whether a place is a road, which everybody uses and many demands are about.
func isRoad(stem string) bool {
	return strings.HasSuffix(stem, "路") || strings.HasSuffix(stem, "街") || strings.HasSuffix(stem, "大道")
}

func (s *Service) local(ctx context.Context, q sqldb.Querier, demandID, villageID, townID string) (redact.Local, error) {
	var l redact.Local
	var err error
	if l.Names, err = handlersOf(ctx, q, demandID); err != nil {
		return l, err
	}
	tree := s.tree()
	village, town := current(tree, villageID), current(tree, townID)
	for _, u := range tree.Subtree(village) {
		l.Names = append(l.Names, serving(tree, u)...)
		if u.Level > network.Village && utf8.RuneCountInString(u.Name) > 2 { // 一片 and 三组 are numbers, not names
			l.Places = append(l.Places, u.Name)
		}
	}
	for _, u := range []*network.Unit{town, tree.Root()} {
		if u != nil {
			l.Names = append(l.Names, serving(tree, u)...)
		}
	}
	if village != nil && households(tree, village) < minHouseholds {
		l.Places = append(l.Places, village.Name, address.Base(village.Name))
	}
	l.Keep = larger(tree)
	return l, nil
}

// larger are the names of the city and its towns and of the villages that may be named.
func larger(tree *network.Tree) []string {
	var names []string
	for _, u := range append(tree.Units(network.Town), tree.Units(network.Village)...) {
		names = append(names, u.Name)
	}
	if root := tree.Root(); root != nil {
		names = append(names, root.Name)
	}
	for _, d := range tree.Departments() {
		names = append(names, d.Name)
	}
	return names
}

// serving are the names of those who hold a unit's posts or stand in.
func serving(tree *network.Tree, u *network.Unit) []string {
	var names []string
	for _, p := range tree.Posts(u.ID) {
		for _, h := range []*network.Holder{p.Holder, p.StandIn} {
			if h != nil {
				names = append(names, h.Name)
			}
		}
	}
	return names
}

func current(tree *network.Tree, id string) *network.Unit { return tree.Current(tree.ByID(id)) }

func households(tree *network.Tree, u *network.Unit) int {
	n := 0
	for _, sub := range tree.Subtree(u) {
		n += sub.Households
	}
	return n
}

// place names where an entry comes from, no finer than a place of many households.
func place(tree *network.Tree, villageID, townID string) string {
	village, town := current(tree, villageID), current(tree, townID)
	switch {
	case village != nil && households(tree, village) >= minHouseholds:
		return tree.PathName(village, " · ")
	case town != nil && households(tree, town) >= minHouseholds:
		return town.Name
	}
	return ""
}

// handlersOf are the names on a demand's timeline.
func handlersOf(ctx context.Context, q sqldb.Querier, demandID string) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT name, to_name FROM demand_event WHERE demand_id = $1`, demandID)
	if err != nil {
		return nil, fmt.Errorf("board: who had it: %w", err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var by, to string
		if err := rows.Scan(&by, &to); err != nil {
			return nil, fmt.Errorf("board: who had it: %w", err)
		}
		names = append(names, by, to)
	}
	return names, rows.Err()
}
