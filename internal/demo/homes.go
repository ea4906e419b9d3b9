package demo

import (
	"fmt"
	"math/rand/v2"
)

// groupHomes is one group's households by cell, with the name of the place
// they share.
type groupHomes struct {
	stem  string
	cells [][]home
}

// planHomes draws every household of a village: its address, contact and size.
// perGroup is the number of cells of each group, perCell of households of each
// cell.
func planHomes(r *rand.Rand, p place, perGroup, perCell, sizes []int) []groupHomes {
	out := make([]groupHomes, len(perGroup))
	var names []string
	if p.Urban {
		names = pick(r, append(pick(r, compounds, 12), pick(r, streets, 12)...), len(perGroup))
	} else {
		names = hamlets(r, min(len(perGroup), 300))
	}
	cell, serial := 0, 0
	for g := range out {
		stem := names[g%len(names)]
		round := g / len(names) // a large place has several groups
		addresses := ruralAddresses(stem, round)
		if p.Urban {
			addresses = urbanAddresses(r, stem, round)
		}
		out[g].stem = stem
		for range perGroup[g] {
			homes := make([]home, perCell[cell])
			addresses.nextCell()
			for i := range homes {
				homes[i] = home{
					ref:     fmt.Sprintf("%s%05d", p.Code[6:], serial+1),
					address: addresses.next(),
					head:    personName(r),
					size:    sizes[serial],
				}
				if r.IntN(25) != 0 {
					homes[i].phone = phoneNumber(r)
				}
				serial++
			}
			out[g].cells = append(out[g].cells, homes)
			cell++
		}
	}
	return out
}

// addresser hands out the addresses of a group in the order one walks them.
type addresser struct {
	nextCell func()
	next     func() string
}

func ruralAddresses(hamlet string, round int) addresser {
	n := round * 200
	return addresser{
		nextCell: func() {},
		next: func() string {
			n++
			return fmt.Sprintf("%s%d号", hamlet, n)
		},
	}
}

// urbanAddresses fills a compound stairwell by stairwell, or a street house by
// house: a cell is the people who meet on the same stairs.
func urbanAddresses(r *rand.Rand, stem string, round int) addresser {
	building, stair, floor, door := round*12, 1, 1, 0
	perFloor := 2 + r.IntN(2)
	if isStreet(stem) {
		n := round * 120
		return addresser{nextCell: func() {}, next: func() string {
			n++
			return fmt.Sprintf("%s%d号", stem, n)
		}}
	}
	return addresser{
		nextCell: func() {
			floor, door = 1, 0
			if stair++; stair > 3 || building == round*12 {
				building, stair = building+1, 1
			}
		},
		next: func() string {
			if door++; door > perFloor {
				floor, door = floor+1, 1
			}
			return fmt.Sprintf("%s%d栋%d单元%d%02d", stem, building, stair, floor, door)
		},
	}
}

func isStreet(stem string) bool {
	for _, s := range streets {
		if s == stem {
			return true
		}
	}
	return false
}

func groupName(p place, stem string, n int) string {
	if p.Urban {
		return fmt.Sprintf("%s第%s组", stem, chineseNumber((n-1)%99+1))
	}
	return fmt.Sprintf("%s组", stem)
}
