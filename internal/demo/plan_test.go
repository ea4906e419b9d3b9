package demo

import (
	"reflect"
	"strings"
	"testing"

	"bilin/internal/network"
)

// wholeCity plans every village at a scale and hands each to fn.
func wholeCity(t *testing.T, seed uint64, scale float64, fn func(villagePlan, network.Chunk)) {
	t.Helper()
	f, err := buildFrame(seed)
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range quotas(f.villages, f.towns, seed, scale) {
		p := f.villages[i]
		v := planVillage(p, q, seed)
		fn(v, villageChunk(v, f.units[p.Code], f.towns[p.ParentCode].Name, seed))
	}
}

func TestTheCityHasItsPublishedSize(t *testing.T) {
	households, residents, cells := 0, 0, 0
	officials, keys, codes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	wholeCity(t, 1, 1, func(v villagePlan, c network.Chunk) {
		for _, h := range c.Households {
			households++
			residents += h.Size
			if keys[h.RosterKey] {
				t.Fatalf("two households are %s", h.RosterKey)
			}
			keys[h.RosterKey] = true
		}
		for _, u := range c.Units {
			if codes[u.Code] || !strings.HasPrefix(u.Code, v.place.Code) {
				t.Fatalf("unit code %s", u.Code)
			}
			codes[u.Code] = true
			if u.Level == network.Cell {
				cells++
			}
		}
		for _, id := range linkedOfficials(c) {
			officials[id] = true
		}
	})
	if households != cityHouseholds || residents != cityResidents || len(officials) != cityLinkedOfficials {
		t.Errorf("%d households, %d residents, %d linked officials", households, residents, len(officials))
	}
	if cells != cityCells {
		t.Errorf("%d cells, want %d", cells, cityCells)
	}
}

func linkedOfficials(c network.Chunk) []string {
	linked := map[string]bool{}
	for _, p := range c.Posts {
		linked[p.ID] = p.Role == "linked_official"
	}
	var out []string
	for _, a := range c.Appointments {
		if linked[a.PostID] {
			out = append(out, a.PersonID)
		}
	}
	return out
}

func TestTheSameSeedMakesTheSameCity(t *testing.T) {
	draw := func(seed uint64) []network.Chunk {
		var out []network.Chunk
		wholeCity(t, seed, 0.02, func(_ villagePlan, c network.Chunk) { out = append(out, c) })
		return out
	}
	one, again, other := draw(7), draw(7), draw(8)
	if !reflect.DeepEqual(one, again) {
		t.Error("seed 7 made two different cities")
	}
	if reflect.DeepEqual(one, other) {
		t.Error("seeds 7 and 8 made the same city")
	}
}

func TestTheCityHasEveryKindOfHole(t *testing.T) {
	found := map[string]int{}
	wholeCity(t, 1, 1, func(v villagePlan, c network.Chunk) {
		found["claims"] += len(c.Claims)
		found["no cell"] += len(v.homeless)
		for _, a := range v.areas {
			for _, g := range a.groups {
				if g.official < 0 {
					found["no official"]++
				}
				for _, cell := range g.cells {
					for hole, is := range map[string]bool{
						"no lead": cell.lead == nil, "stand-in": cell.standIn != nil, "lead of two": cell.leadOf > 0,
						"term over": cell.termOver, "big": len(cell.homes) > 15, "small": len(cell.homes) < 5,
					} {
						if is {
							found[hole]++
						}
					}
				}
			}
		}
	})
	for _, hole := range []string{"claims", "no cell", "no official", "no lead", "stand-in", "lead of two", "term over", "big", "small"} {
		if found[hole] == 0 || found[hole] > 400 {
			t.Errorf("%d × %s: want a few", found[hole], hole)
		}
	}
}

func TestVillagesAreCalledWhatPeopleCallThem(t *testing.T) {
	for official, said := range map[string]string{
		"文中社区居委会": "文中社区", "金星社区居民委员会": "金星社区", "龙江社区": "龙江社区", "回龙铺居委会": "回龙铺社区",
		"天马新村村委会": "天马新村", "道林村委会": "道林村", "罗巷新村村民委委会": "罗巷新村", "玉潭街道": "玉潭街道",
	} {
		if got := shortName(official); got != said {
			t.Errorf("%s is called %s, want %s", official, got, said)
		}
	}
}

func TestChineseNumber(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 11: "十一", 20: "二十", 34: "三十四", 99: "九十九"} {
		if got := chineseNumber(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
