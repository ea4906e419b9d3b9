package network_test

import (
	"context"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// teams reaches one person through a village and a team's leader.
type teams map[string]network.Reached

func (r teams) ReachOf(_ context.Context, _ sqldb.Querier, personID string) (network.Reached, error) {
	return r[personID], nil
}

func TestANumberIsReachedThroughAVillageOrALeader(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := newWorld(t, db, small)
		member, nobody := sqldb.NewID(), sqldb.NewID()
		chunk := network.Chunk{Persons: []network.NewPerson{{ID: member, Name: "肖队员", Phone: "12900000077"}, {ID: nobody, Name: "肖路人", Phone: "12900000078"}}}
		ok(t, c.ImportChunk(t.Context(), sys, chunk))
		village := c.Tree().Units(network.Village)[0]
		other := c.Tree().Units(network.Village)[1]
		c.ReachThrough(teams{member: {UnitIDs: []string{village.ID}, PersonIDs: []string{"p-leader"}}})
		at := func(person string, role auth.Role, unit string) auth.Actor {
			return auth.Actor{AccountID: person, PersonID: person, Grants: []auth.Grant{{Role: role, UnitID: unit}}}
		}
		cell := c.Tree().Units(network.Cell)[0]
		for name, read := range map[string]struct {
			who    auth.Actor
			person string
			kind   errs.Kind
		}{
			"the village":             {at("p-v", auth.VillageOfficial, village.ID), member, 0},
			"another village":         {at("p-w", auth.VillageOfficial, other.ID), member, errs.Forbidden},
			"the team's leader":       {at("p-leader", auth.Lead, cell.ID), member, 0},
			"a lead of the village":   {at("p-l", auth.Lead, cell.ID), member, errs.Forbidden},
			"the command":             {at("p-c", auth.Command, c.RootID()), member, 0},
			"nobody's":                {at("p-c", auth.Command, c.RootID()), nobody, errs.NotFound},
			"nobody's, by the system": {sys, nobody, errs.NotFound},
		} {
			phone, err := c.ReadPhone(t.Context(), read.who, network.PhoneOfPerson, read.person, "叫人")
			if read.kind == 0 && (err != nil || phone != "12900000077") || read.kind != 0 && errs.KindOf(err) != read.kind {
				t.Errorf("%s: %q, %v", name, phone, err)
			}
		}
		reads, err := c.PhoneReads(t.Context(), auth.Actor{AccountID: "a", PersonID: member})
		if err != nil || len(reads) != 3 || reads[0].Purpose != "叫人" || reads[0].At.IsZero() {
			t.Errorf("who opened one's number: %+v, %v", reads, err)
		}
		if other, err := c.PhoneReads(t.Context(), auth.Actor{AccountID: "b", PersonID: nobody}); err != nil || len(other) != 0 {
			t.Errorf("somebody else's: %+v, %v", other, err)
		}
		if _, err := c.PhoneReads(t.Context(), auth.Actor{}); errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("anybody: %v", err)
		}
		names, err := network.PersonNames(t.Context(), db.Reader(), []string{member, nobody, "x"})
		if err != nil || len(names) != 2 || names[member] != "肖队员" {
			t.Errorf("%v, %v", names, err)
		}
		ok(t, db.Write(t.Context(), func(tx *sqldb.Tx) error { return network.DropPhone(t.Context(), tx, member) }))
		if _, err := c.ReadPhone(t.Context(), at("p-v", auth.VillageOfficial, village.ID), network.PhoneOfPerson, member, "叫人"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("an erased number: %v", err)
		}
	})
}

func TestWithinKnowsUnitsThatEnded(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), small)
	villages := w.Tree().Units(network.Village)
	town := w.Tree().Parent(villages[0])
	ok(t, w.MergeUnits(t.Context(), actor(auth.TownOfficial, town.ID), network.MergeUnits{Key: "m", UnitID: villages[1].ID, IntoID: villages[0].ID}))
	got := w.Tree().Within([]string{villages[0].ID}, network.Village)
	if len(got) != 2 || got[0] != villages[0].ID || got[1] != villages[1].ID {
		t.Errorf("%v", got)
	}
	if got = w.Tree().Within([]string{town.ID}, network.Village); len(got) != 3 {
		t.Errorf("the town: %v", got)
	}
	if got = w.Tree().Within([]string{villages[2].ID, "nowhere"}, network.Village); len(got) != 1 {
		t.Errorf("another: %v", got)
	}
}
