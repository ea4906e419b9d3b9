package network_test

import (
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// somebody enters a person without a post.
func (w *world) somebody(t *testing.T, name string) string {
	t.Helper()
	id, err := w.CreatePerson(t.Context(), sys, network.CreatePerson{Name: name})
	ok(t, err)
	return id
}

func (w *world) vacantPost(t *testing.T, role auth.Role) string {
	t.Helper()
	id, err := w.CreatePost(t.Context(), sys, network.CreatePost{UnitID: w.RootID(), Role: role})
	ok(t, err)
	return id
}

func TestTwoPeopleAppointWhoWatches(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx := t.Context()
		admin := auth.Actor{AccountID: "admin-1", Name: "甲", Grants: []auth.Grant{{Role: auth.Admin, UnitID: w.RootID()}}}
		office := auth.Actor{AccountID: "office-1", Name: "乙", Grants: []auth.Grant{{Role: auth.CityOffice, UnitID: w.RootID()}}}
		post, person := w.vacantPost(t, auth.Auditor), w.somebody(t, "丁")
		ask, err := w.Appoint(ctx, admin, network.Appoint{PostID: post, PersonID: person})
		ok(t, err)
		if w.Tree().Post(post).Serving() != nil {
			t.Fatal("one person alone appointed an auditor")
		}
		_, err = w.Appoint(ctx, admin, network.Appoint{PostID: post, PersonID: person})
		refused(t, err, "second_asked")
		list, err := w.SecondAsks(ctx, office, post)
		ok(t, err)
		if len(list) != 1 || list[0].ID != ask || list[0].PersonName != "丁" {
			t.Fatalf("%+v", list)
		}
		refused(t, w.DecideSecond(ctx, admin, network.DecideSecond{AskID: ask, Agree: true}), "second_other")
		asker := auth.Actor{AccountID: "admin-2", PersonID: w.somebody(t, "戊"), Grants: admin.Grants}
		other := w.vacantPost(t, auth.PrivacyOfficer)
		own, err := w.Appoint(ctx, asker, network.Appoint{PostID: other, PersonID: w.somebody(t, "己")})
		ok(t, err)
		twin := auth.Actor{AccountID: "office-2", PersonID: asker.PersonID, Grants: office.Grants} // the same person by another account
		refused(t, w.DecideSecond(ctx, twin, network.DecideSecond{AskID: own, Agree: true}), "second_other")
		ok(t, w.DecideSecond(ctx, office, network.DecideSecond{AskID: own}))
		themself := auth.Actor{AccountID: "x", PersonID: person, Grants: office.Grants}
		refused(t, w.DecideSecond(ctx, themself, network.DecideSecond{AskID: ask, Agree: true}), "second_other")
		refused(t, w.DecideSecond(ctx, actor(auth.TownOfficial, w.unit(townA).ID), network.DecideSecond{AskID: ask, Agree: true}), "auth.forbidden")
		old := office
		old.Door = auth.Door{By: auth.BySession, Age: time.Hour}
		refused(t, w.DecideSecond(ctx, old, network.DecideSecond{AskID: ask, Agree: true}), "prove_needed")
		ok(t, w.DecideSecond(ctx, office, network.DecideSecond{AskID: ask, Agree: true}))
		if h := w.Tree().Post(post).Serving(); h == nil || h.PersonID != person {
			t.Fatalf("%+v", h)
		}
		refused(t, w.DecideSecond(ctx, office, network.DecideSecond{AskID: ask, Agree: true}), "second_over")

		next := w.somebody(t, "戊")
		ok(t, w.HandOver(ctx, admin, network.HandOver{PostID: post, ToPersonID: next, Reason: "轮岗"}))
		if h := w.Tree().Post(post).Serving(); h.PersonID != person {
			t.Fatal("handed over by one person alone")
		}
		list, err = w.SecondAsks(ctx, office, "")
		ok(t, err)
		ok(t, w.DecideSecond(ctx, office, network.DecideSecond{AskID: list[0].ID, Agree: true}))
		if h := w.Tree().Post(post).Serving(); h.PersonID != next {
			t.Errorf("%+v", h)
		}
	})
}

func TestRefusedAppointmentChangesNothing(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx := t.Context()
		admin := auth.Actor{AccountID: "admin-1", Grants: []auth.Grant{{Role: auth.Admin, UnitID: w.RootID()}}}
		other := auth.Actor{AccountID: "admin-2", Grants: admin.Grants}
		post, person := w.vacantPost(t, auth.PrivacyOfficer), w.somebody(t, "丁")
		ask, err := w.StandIn(ctx, admin, network.Appoint{PostID: post, PersonID: person, Until: "2099-01-01"})
		ok(t, err)
		ok(t, w.DecideSecond(ctx, other, network.DecideSecond{AskID: ask}))
		if w.Tree().Post(post).Serving() != nil {
			t.Error("appointed all the same")
		}
		ask, err = w.Appoint(ctx, admin, network.Appoint{PostID: post, PersonID: person})
		ok(t, err)
		w.now = w.now.Add(15 * 24 * time.Hour)
		refused(t, w.DecideSecond(ctx, other, network.DecideSecond{AskID: ask, Agree: true}), "second_over")
	})
}

// Nobody holds two of administrator, privacy officer and auditor, by whatever path.
func TestRolesThatStandApart(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx := t.Context()
		person, other := w.somebody(t, "丁"), w.somebody(t, "己")
		auditor, privacy := w.vacantPost(t, auth.Auditor), w.vacantPost(t, auth.PrivacyOfficer)
		_, err := w.Appoint(ctx, sys, network.Appoint{PostID: auditor, PersonID: person})
		ok(t, err)
		_, err = w.Appoint(ctx, sys, network.Appoint{PostID: privacy, PersonID: person})
		refused(t, err, "auth.apart")
		_, err = w.StandIn(ctx, sys, network.Appoint{PostID: privacy, PersonID: person, Until: "2099-01-01"})
		refused(t, err, "auth.apart")
		_, err = w.Appoint(ctx, sys, network.Appoint{PostID: privacy, PersonID: person, From: "2098-01-01"})
		refused(t, err, "auth.apart")
		refused(t, w.HandOver(ctx, sys, network.HandOver{PostID: privacy, ToPersonID: person, Reason: "x"}), "auth.apart")
		admin := auth.Actor{AccountID: "a", Grants: []auth.Grant{{Role: auth.Admin, UnitID: w.RootID()}}}
		_, err = w.Appoint(ctx, admin, network.Appoint{PostID: privacy, PersonID: person})
		refused(t, err, "auth.apart")
		refused(t, w.ImportChunk(ctx, sys, network.Chunk{Source: "test",
			Appointments: []network.NewAppointment{{PostID: privacy, PersonID: person}}}), "auth.apart")
		refused(t, w.ImportChunk(ctx, sys, network.Chunk{Source: "test",
			Posts:        []network.NewPost{{ID: "p-1", UnitID: w.RootID(), Role: auth.Admin}, {ID: "p-2", UnitID: w.RootID(), Role: auth.Auditor}},
			Appointments: []network.NewAppointment{{PostID: "p-1", PersonID: other}, {PostID: "p-2", PersonID: other}}}), "auth.apart")
		ok(t, w.Refresh(ctx))
		if n := len(w.Tree().Grants(other)); n != 0 {
			t.Errorf("half of a refused import stayed: %d", n)
		}
	})
}

// Who runs the machine appoints nobody alone, not even to stand in: the next
// moment they would read residents. Nor do they publish or replace a number.
func TestAnAdministratorNeedsASecondPersonEverywhere(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, small)
		ctx := t.Context()
		admin := auth.Actor{AccountID: "admin-1", Name: "甲", Grants: []auth.Grant{{Role: auth.Admin, UnitID: w.RootID()}}}
		office := auth.Actor{AccountID: "office-1", Name: "乙", Grants: []auth.Grant{{Role: auth.CityOffice, UnitID: w.RootID()}}}
		village, self := w.post(villageA, auth.VillageOfficial), w.somebody(t, "甲")
		until := "2030-12-31"
		_, err := w.StandIn(ctx, admin, network.Appoint{PostID: village.ID, PersonID: self, Until: until})
		ok(t, err)
		ok(t, w.HandOver(ctx, admin, network.HandOver{PostID: w.post(cellA, auth.Lead).ID, ToPersonID: self, Reason: "轮岗"}))
		if len(w.Tree().PostsOf(self)) != 0 {
			t.Fatal("an administrator alone made somebody a reader of residents")
		}
		asks, err := w.SecondAsks(ctx, office, village.ID)
		ok(t, err)
		refused(t, w.DecideSecond(ctx, admin, network.DecideSecond{AskID: asks[0].ID, Agree: true}), "second_other")
		ok(t, w.DecideSecond(ctx, office, network.DecideSecond{AskID: asks[0].ID, Agree: true}))
		if h := w.Tree().Post(village.ID).StandIn; h == nil || h.PersonID != self {
			t.Errorf("%+v", h)
		}
		_, err = w.StandIn(ctx, office, network.Appoint{PostID: w.post(cellNext, auth.Lead).ID, PersonID: self, Until: until})
		ok(t, err) // who isn't an administrator needs nobody

		lead := w.post(cellA, auth.Lead).Holder.PersonID
		p, err := w.Person(ctx, admin, lead)
		ok(t, err)
		change, number := network.UpdatePerson{ID: lead, Rev: p.Rev, Name: p.Name, ShowPhone: !p.ShowPhone, HouseholdID: p.HouseholdID}, "00099999999"
		refused(t, w.UpdatePerson(ctx, admin, change), "phone_not_yours")
		change.ShowPhone, change.Phone = p.ShowPhone, &number
		if p.HasPhone {
			refused(t, w.UpdatePerson(ctx, admin, change), "phone_not_yours")
		}
		change.Phone, change.ShowPhone = nil, !p.ShowPhone
		ok(t, w.UpdatePerson(ctx, actor(auth.VillageOfficial, w.unit(villageA).ID), change))
	})
}
