package roster

import (
	"bilin/internal/network"
)

// houses are a village's households by folded address.
type houses map[string][]network.RosterHousehold

// Rosters go village by village, so a few are enough to keep.
const keptVillages = 8

// byAddress finds the household of a row without a number among those of its
// village that have one: the only one at the address, or of several the one
// with the same contact. Where that leaves it open, the row has to say more.
func (p *pass) byAddress(rec *record) (network.RosterHousehold, bool, *Issue, error) {
	list, err := p.housesOf(rec.home)
	if err != nil {
		return network.RosterHousehold{}, false, nil, err
	}
	found, same := list[rec.key], []network.RosterHousehold(nil)
	for _, h := range found {
		if rec.head != "" && rec.head == h.Head {
			same = append(same, h)
		}
	}
	switch {
	case len(same) == 1:
		return same[0], true, nil, nil
	case len(found) == 1:
		return found[0], true, nil, nil
	case len(found) > 1:
		i := p.src.h.issue(rec.row, Address, "several_at_address", rec.address, "n", len(found))
		return network.RosterHousehold{}, false, &i, nil
	}
	return network.RosterHousehold{}, false, nil, nil
}

func (p *pass) housesOf(village *node) (houses, error) {
	if list, ok := p.houses[village.id]; ok {
		return list, nil
	}
	var ids []string
	for _, u := range p.plan.tree.Subtree(village.unit) {
		if u.Households > 0 {
			ids = append(ids, u.ID)
		}
	}
	read, err := network.RosterHouseholdsIn(p.ctx, p.q, ids)
	if err != nil {
		return nil, err
	}
	list := houses{}
	for _, id := range ids {
		for _, h := range read[id] {
			list[h.AddressKey] = append(list[h.AddressKey], h)
		}
	}
	if len(p.houses) >= keptVillages {
		clear(p.houses)
	}
	p.houses[village.id] = list
	return list, nil
}
