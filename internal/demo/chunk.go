package demo

import (
	"fmt"

	"bilin/internal/address"
	"bilin/internal/auth"
	"bilin/internal/network"
)

// The demo city's network began, and its leads' terms run, on these days.
const (
	foundedOn   = "2024-03-01"
	termFrom    = "2025-03-01"
	termUntil   = "2028-02-29"
	overdueTerm = "2026-06-30"
)

// chunkBuilder turns a plan into rows for the registry.
type chunkBuilder struct {
	ids     *ids
	chunk   network.Chunk
	admin   address.Admin
	village string // code
}

// person adds somebody and returns their id.
func (b *chunkBuilder) person(o official) string {
	id := b.ids.next()
	b.chunk.Persons = append(b.chunk.Persons, network.NewPerson{ID: id, Name: o.name, Phone: o.phone})
	return id
}

func (b *chunkBuilder) unit(level network.Level, parent network.NewUnit, n int, name string) network.NewUnit {
	u := network.NewUnit{
		ID: b.ids.next(), Code: fmt.Sprintf("%s%02d", parent.Code, n), Name: name,
		ParentID: parent.ID, Level: level, StartedOn: foundedOn,
	}
	b.chunk.Units = append(b.chunk.Units, u)
	return u
}

func (b *chunkBuilder) post(unitID, departmentID string, role auth.Role, name string) string {
	id := b.ids.next()
	b.chunk.Posts = append(b.chunk.Posts, network.NewPost{
		ID: id, UnitID: unitID, DepartmentID: departmentID, Role: role, Name: name,
	})
	return id
}

func (b *chunkBuilder) appoint(postID, personID, until string, acting bool) {
	b.chunk.Appointments = append(b.chunk.Appointments, network.NewAppointment{
		ID: b.ids.next(), PostID: postID, PersonID: personID, From: termFrom, Until: until, Acting: acting,
	})
}

// lead adds a lead's post, held by somebody unless they are nil.
func (b *chunkBuilder) lead(unitID string, role auth.Role, name string, who *official) string {
	post := b.post(unitID, "", role, name)
	if who != nil {
		b.appoint(post, b.person(*who), termUntil, false)
	}
	return post
}

// villageChunk makes the rows of a village that itself exists already.
func villageChunk(v villagePlan, unit network.NewUnit, townName string, seed uint64) network.Chunk {
	b := &chunkBuilder{ids: newIDs(seed, v.place.Code), village: unit.Code,
		admin: address.NewAdmin("宁乡市", townName, v.place.Name)}
	b.chunk.UnitID, b.chunk.Source = unit.ID, "demo"
	linked := make([]string, len(v.officials))
	for i, o := range v.officials {
		linked[i] = b.person(o)
	}
	for i, a := range v.areas {
		area := b.unit(network.Area, unit, i+1, a.name)
		b.lead(area.ID, auth.AreaLead, "片长", a.lead)
		b.link(area.ID, "联片干部", linked, a.official)
		for j, g := range a.groups {
			group := b.unit(network.Group, area, j+1, g.name)
			b.lead(group.ID, auth.GroupLead, "组长", g.lead)
			b.link(group.ID, "联组干部", linked, g.official)
			b.cells(group, g.cells)
		}
	}
	for _, h := range v.homeless {
		b.household(unit.ID, h)
	}
	return b.chunk
}

func (b *chunkBuilder) link(unitID, name string, linked []string, official int) {
	post := b.post(unitID, "", auth.LinkedOfficial, name)
	if official >= 0 {
		b.appoint(post, linked[official], "", false)
	}
}

// cells adds a group's cells with their leads and households.
func (b *chunkBuilder) cells(group network.NewUnit, cells []cellPlan) {
	people := make([]string, len(cells)) // who leads each cell, "" for nobody
	units := make([]network.NewUnit, len(cells))
	for i, c := range cells {
		units[i] = b.unit(network.Cell, group, i+1, c.name)
		post := b.post(units[i].ID, "", auth.Lead, "邻长")
		switch {
		case c.leadOf > 0 && people[i-c.leadOf] != "":
			people[i] = people[i-c.leadOf]
		case c.lead != nil:
			people[i] = b.person(*c.lead)
		}
		if people[i] != "" {
			until := termUntil
			if c.termOver {
				until = overdueTerm
			}
			b.appoint(post, people[i], until, false)
		}
		if c.standIn != nil {
			b.appoint(post, b.person(*c.standIn), "", true)
		}
		first := len(b.chunk.Households)
		for _, h := range c.homes {
			b.household(units[i].ID, h)
		}
		if c.alsoClaim && i > 0 && len(c.homes) > 0 {
			b.chunk.Claims = append(b.chunk.Claims, network.NewClaim{
				HouseholdID: b.chunk.Households[first].ID, UnitID: units[i-1].ID, Source: "2026年春季花名册",
			})
		}
	}
}

func (b *chunkBuilder) household(unitID string, h home) {
	key := b.admin.Key(h.address)
	b.chunk.Households = append(b.chunk.Households, network.NewHousehold{
		ID: b.ids.next(), UnitID: unitID, Ref: h.ref, Door: b.ids.door(), Address: h.address, AddressKey: key,
		Head: h.head, Phone: h.phone, Size: h.size, RosterKey: network.RosterKey(b.village, h.ref, key),
	})
}
