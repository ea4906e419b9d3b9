package demo

import (
	"fmt"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/geo"
	"bilin/internal/network"
)

// frame is the city above its villages' insides: city, towns, villages,
// departments, and the officials at each.
type frame struct {
	chunkBuilder
	city     network.NewUnit
	units    map[string]network.NewUnit // by code
	towns    map[string]place
	villages []place
	logins   map[string]string // login → person
}

// showTown and showVillage are where the demo logins work.
const (
	showTown    = "430182001000"
	showVillage = "430182001003"
)

func buildFrame(seed uint64) (*frame, error) {
	places, err := divisions()
	if err != nil {
		return nil, err
	}
	f := &frame{units: map[string]network.NewUnit{}, towns: map[string]place{}, logins: map[string]string{}}
	f.ids, f.chunk.Source = newIDs(seed, "frame"), "demo"
	for _, p := range places {
		f.place(p)
	}
	if err := f.layOut(); err != nil {
		return nil, err
	}
	r := randFor(seed, "officials")
	for _, d := range departments {
		f.chunk.Departments = append(f.chunk.Departments, network.Department{ID: f.ids.next(), Code: d.Code, Name: d.Name})
	}
	someone := func() official { return newOfficial(r) }
	f.staffCity(someone)
	for _, p := range places {
		switch p.Level {
		case network.Town:
			f.staff(p.Code, auth.TownOfficial, []string{"镇街基层办主任", "镇街专干"}, "town", showTown, someone)
		case network.Village:
			f.staff(p.Code, auth.VillageOfficial, []string{"村（社区）书记", "村（社区）专干"}, "village", showVillage, someone)
		}
	}
	return f, nil
}

func (f *frame) place(p place) {
	u := network.NewUnit{ID: f.ids.next(), Code: p.Code, Name: p.Name, Level: p.Level, StartedOn: foundedOn}
	if p.Level != network.City {
		u.ParentID = f.units[p.ParentCode].ID
	} else {
		f.city = u
	}
	switch p.Level {
	case network.Town:
		f.towns[p.Code] = p
	case network.Village:
		f.villages = append(f.villages, p)
	}
	f.units[p.Code] = u
	f.chunk.Units = append(f.chunk.Units, u)
}

// staff gives a unit its officials; the first of the show unit gets the login.
func (f *frame) staff(code string, role auth.Role, names []string, login, show string, someone func() official) {
	for i, name := range names {
		person := f.person(someone())
		f.appoint(f.post(f.units[code].ID, "", role, name), person, "", false)
		if code == show && i == 0 {
			f.logins[login] = person
		}
	}
}

func (f *frame) staffCity(someone func() official) {
	at := func(login, department string, role auth.Role, name string) {
		person := f.person(someone())
		f.appoint(f.post(f.city.ID, department, role, name), person, "", false)
		if login != "" && f.logins[login] == "" {
			f.logins[login] = person
		}
	}
	at("city", "", auth.CityOffice, "市委基层办主任")
	at("", "", auth.CityOffice, "市委基层办综合科科长")
	at("", "", auth.CityOffice, "市委基层办专干")
	at("command", "", auth.Command, "指挥中心值班长")
	at("", "", auth.Command, "指挥中心值班员")
	at("privacy", "", auth.PrivacyOfficer, "隐私保护员")
	at("auditor", "", auth.Auditor, "审计员")
	at("admin", "", auth.Admin, "系统管理员")
	for i, d := range f.chunk.Departments {
		login := ""
		if departments[i].Code == "CG" {
			login = "department"
		}
		at(login, d.ID, auth.Department, d.Name+"联络员")
	}
}

// layOut puts towns and villages on the map: known seats where a source has
// them, the rest by rule and marked as approximate.
func (f *frame) layOut() error {
	outline, err := Outline()
	if err != nil {
		return err
	}
	shape, err := geo.ParseOutline(outline)
	if err != nil {
		return err
	}
	towns, codes, err := f.townsOnMap()
	if err != nil {
		return err
	}
	where := map[string]geo.Point{}
	approx := map[string]bool{}
	next := map[string][]geo.Point{}
	for i, p := range geo.LayOut(shape, towns) {
		where[codes[i]], approx[codes[i]], next[codes[i]] = p.Seat, p.Approx, p.Villages
	}
	for _, v := range f.villages {
		where[v.Code], next[v.ParentCode] = next[v.ParentCode][0], next[v.ParentCode][1:]
		approx[v.Code] = true
	}
	for i := range f.chunk.Units {
		u := &f.chunk.Units[i]
		if p, ok := where[u.Code]; ok {
			u.Lon, u.Lat, u.Placed, u.Approx = p.X, p.Y, true, approx[u.Code]
		}
	}
	return nil
}

// townsOnMap lists the towns in the order of their codes, with what the
// sources know of their seats and neighbours.
func (f *frame) townsOnMap() ([]geo.Town, []string, error) {
	var towns []geo.Town
	var codes []string
	index := map[string]int{}
	for _, u := range f.chunk.Units {
		if u.Level == network.Town {
			index[u.Code] = len(towns)
			towns, codes = append(towns, geo.Town{}), append(codes, u.Code)
		}
	}
	for _, v := range f.villages {
		towns[index[v.ParentCode]].Villages++
	}
	err := eachRecord("data/ningxiang_township_points.csv", func(rec map[string]string) error {
		i, ok := index[rec["code"]]
		if !ok || rec["lon"] == "" {
			return nil
		}
		lon, errLon := strconv.ParseFloat(rec["lon"], 64)
		lat, errLat := strconv.ParseFloat(rec["lat"], 64)
		if errLon != nil || errLat != nil {
			return fmt.Errorf("seat of %s: %q, %q", rec["code"], rec["lon"], rec["lat"])
		}
		towns[i].Seat, towns[i].Known = geo.Point{X: lon, Y: lat}, true
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return towns, codes, f.neighbours(towns, index)
}

// Outline returns the county's outline as GeoJSON.
func Outline() ([]byte, error) { return files.ReadFile("data/ningxiang_county.geojson") }

// neighbours reads which towns lie beside those whose seat isn't known.
func (f *frame) neighbours(towns []geo.Town, index map[string]int) error {
	return eachRecord("data/ningxiang_town_neighbours.csv", func(rec map[string]string) error {
		i, ok := index[rec["code"]]
		if !ok {
			return fmt.Errorf("neighbours of %s, which is no town", rec["code"])
		}
		for _, code := range strings.Fields(rec["near"]) {
			j, ok := index[code]
			if !ok {
				return fmt.Errorf("%s beside %s, which is no town", rec["code"], code)
			}
			towns[i].Near = append(towns[i].Near, j)
		}
		return nil
	})
}
