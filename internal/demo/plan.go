package demo

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// villagePlan is one village of the demo city, drawn but not yet stored. It
// depends on the seed, the village and its share of the totals, on nothing else.
type villagePlan struct {
	place     place
	officials []official // linked officials of this village
	areas     []areaPlan
	homeless  []home // households that nobody has put into a cell yet: a hole
}

type official struct {
	name, phone string
}

type areaPlan struct {
	name     string
	lead     *official // nil: vacant
	official int       // index of the linked official, -1: vacant
	groups   []groupPlan
}

type groupPlan struct {
	name     string
	lead     *official
	official int
	cells    []cellPlan
}

type cellPlan struct {
	name      string
	lead      *official
	standIn   *official // serves in the lead's place
	leadOf    int       // this cell's lead is that of the n-th cell before it, 0: their own
	termOver  bool
	homes     []home
	alsoClaim bool // one of its households is also on another cell's list
}

type home struct {
	ref, address, head, phone string
	size                      int
}

// quota is what one village gets of the city's totals.
type quota struct {
	households, residents, cells, officials int
}

// quotas splits the city's totals over its villages, by the towns' populations.
// They add up exactly. scale is the share of the true city, over 0 up to 1.
func quotas(villages []place, towns map[string]place, seed uint64, scale float64) []quota {
	perTown := map[string]int{}
	for _, v := range villages {
		perTown[v.ParentCode]++
	}
	r := rand.New(rand.NewPCG(seed, 0))
	weights := around(r, len(villages), 0.35)
	for i, v := range villages {
		weights[i] *= towns[v.ParentCode].Population / float64(perTown[v.ParentCode])
	}
	// However small the scale, a village has a few cells and an official.
	at := func(total, least int) int { return max(int(math.Round(float64(total)*scale)), least*len(villages)) }
	households := shares(at(cityHouseholds, 33), weights, 30)
	byHousehold := make([]float64, len(villages))
	for i, n := range households {
		byHousehold[i] = float64(n)
	}
	cells := shares(at(cityCells, 3), byHousehold, 3)
	officials := shares(at(cityLinkedOfficials, 1), byHousehold, 1)
	people := shares(at(cityResidents, 80), byHousehold, 30)
	out := make([]quota, len(villages))
	for i := range out {
		out[i] = quota{households[i], people[i], cells[i], officials[i]}
	}
	return out
}

// randFor gives each village its own stream, so that villages can be drawn in
// any order and side by side.
func randFor(seed uint64, code string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(code))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// planVillage draws a village.
func planVillage(p place, q quota, seed uint64) villagePlan {
	r := randFor(seed, p.Code)
	v := villagePlan{place: p}
	for range q.officials {
		v.officials = append(v.officials, newOfficial(r))
	}
	groups := max(1, int(math.Round(float64(q.cells)/5)))
	areas := max(1, int(math.Round(float64(groups)/6)))
	perArea := shares(groups, around(r, areas, 0.2), 1)
	perGroup := shares(q.cells, around(r, groups, 0.3), 1)
	perCell := shares(q.households, around(r, q.cells, 0.28), 1)
	homes := planHomes(r, p, perGroup, perCell, householdSizes(r, q.households, q.residents))
	cellAt, groupAt := 0, 0
	for a, n := range perArea {
		area := areaPlan{name: fmt.Sprintf("第%s片", chineseNumber(a+1)), lead: ptr(newOfficial(r))}
		for range n {
			g := groupPlan{name: groupName(p, homes[groupAt].stem, groupAt+1), lead: ptr(newOfficial(r))}
			for c := range perGroup[groupAt] {
				g.cells = append(g.cells, cellPlan{
					name: fmt.Sprintf("%d邻", c+1), lead: ptr(newOfficial(r)), homes: homes[groupAt].cells[c],
				})
				cellAt++
			}
			area.groups = append(area.groups, g)
			groupAt++
		}
		v.areas = append(v.areas, area)
	}
	v.linkOfficials()
	v.makeHoles(r)
	return v
}

func ptr[T any](v T) *T { return &v }

func newOfficial(r *rand.Rand) official {
	return official{name: personName(r), phone: phoneNumber(r)}
}

// linkOfficials gives every area and group a linked official and every
// official at least one of them, neighbours together.
func (v *villagePlan) linkOfficials() {
	posts := len(v.areas)
	for _, a := range v.areas {
		posts += len(a.groups)
	}
	next := 0
	take := func() int {
		i := next * len(v.officials) / posts
		next++
		return i
	}
	for a := range v.areas {
		v.areas[a].official = take()
		for g := range v.areas[a].groups {
			v.areas[a].groups[g].official = take()
		}
	}
}

// makeHoles leaves what a real city has: here a lead who moved away, there a
// cell grown too large, a household on two lists.
func (v *villagePlan) makeHoles(r *rand.Rand) {
	held := map[int]int{}
	for _, a := range v.areas {
		held[a.official]++
		for _, g := range a.groups {
			held[g.official]++
		}
	}
	for a := range v.areas {
		area := &v.areas[a]
		if r.IntN(400) == 0 {
			area.lead = nil
		}
		for g := range area.groups {
			group := &area.groups[g]
			if r.IntN(500) == 0 {
				group.lead = nil
			}
			if r.IntN(900) == 0 && held[group.official] > 1 {
				held[group.official]--
				group.official = -1
			}
			for c := range group.cells {
				group.cells[c].makeHole(r, c)
				if c > 0 && r.IntN(1500) == 0 {
					crowd(&group.cells[c-1], &group.cells[c])
				}
			}
		}
	}
	if r.IntN(12) == 0 {
		cell := &v.areas[0].groups[0].cells[0]
		if n := len(cell.homes); n > 6 {
			v.homeless = append(v.homeless, cell.homes[n-1])
			cell.homes = cell.homes[:n-1]
		}
	}
}

// crowd moves households from one cell to its neighbour until one is too small
// and the other too large: people moved house, and nobody drew the line anew.
func crowd(from, to *cellPlan) {
	const left = 4
	if n := len(from.homes); n-left+len(to.homes) > 15 && n > left {
		to.homes = append(to.homes[:len(to.homes):len(to.homes)], from.homes[left:]...)
		from.homes = from.homes[:left]
	}
}

func (c *cellPlan) makeHole(r *rand.Rand, at int) {
	switch draw := r.IntN(2000); {
	case draw < 2: // the lead moved away and nobody follows yet
		c.lead = nil
	case draw < 7: // a neighbour stands in
		c.standIn = ptr(newOfficial(r))
	case draw < 8 && at > 0: // one lead looks after two cells
		c.leadOf = 1
	case draw < 9:
		c.termOver = true
	case draw < 10 && at > 0:
		c.alsoClaim = true
	}
}

var chineseDigits = []rune("零一二三四五六七八九十")

// chineseNumber writes 1 to 99 as Chinese numerals.
func chineseNumber(n int) string {
	switch {
	case n <= 10:
		return string(chineseDigits[n])
	case n < 20:
		return "十" + string(chineseDigits[n-10])
	case n%10 == 0:
		return string(chineseDigits[n/10]) + "十"
	}
	return string(chineseDigits[n/10]) + "十" + string(chineseDigits[n%10])
}
