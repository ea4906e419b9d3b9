package auth_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// detours is a city where one administrator tries to be two people.
type detours struct {
	db *sqldb.DB
	*testing.T
	svc    *auth.Service
	c      *city
	admin  auth.Actor // alone, and means no good
	office auth.Actor // has been there for long
	target auth.Account
}

func tryDetours(t *testing.T, fn func(d *detours)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		for id, role := range map[string]auth.Role{"runner": auth.Admin, "second": auth.Admin, "office": auth.CityOffice, "deputy": auth.CityOffice, "other": auth.CityOffice} {
			c.posts[id] = []auth.Grant{{Role: role, UnitID: "c"}}
		}
		create(t, svc, "admin", "runner", auth.KindOfficial)
		create(t, svc, "office", "office", auth.KindOfficial)
		d := &detours{db: db, T: t, svc: svc, c: c, target: create(t, svc, "town", "official", auth.KindOfficial)}
		d.admin, d.office = d.as("admin"), d.as("office")
		fn(d)
	})
}

// as is whoever comes in by a login, with the rights that it gives.
func (d *detours) as(login string) auth.Actor {
	d.Helper()
	ctx := d.Context()
	_, secret, err := d.svc.IssueToken(ctx, auth.System("test"), auth.NewToken{Login: login, Scopes: []auth.Action{auth.AllScopes}})
	if err != nil {
		d.Fatal(err)
	}
	who, err := d.svc.Bearer(ctx, secret)
	if err != nil {
		d.Fatal(err)
	}
	return who
}

// opens has the administrator make an account and use its card himself.
func (d *detours) opens(login, person string) auth.Actor {
	d.Helper()
	comesIn(d.T, d.svc, d.admin, login, person)
	return d.as(login)
}

func (d *detours) asks(who auth.Actor) (resetID string) {
	d.Helper()
	if err := d.svc.AskReset(d.Context(), who, d.target.ID); err != nil {
		d.Fatal(err)
	}
	list, err := d.svc.Resets(d.Context(), d.office)
	if err != nil || len(list) != 1 {
		d.Fatalf("who has been there for long isn't asked: %v %v", list, err)
	}
	return list[0].ID
}

// mayNot holds that somebody neither sees a request nor can decide it.
func (d *detours) mayNot(who auth.Actor, resetID, code string) {
	d.Helper()
	if list, err := d.svc.Resets(d.Context(), who); err != nil || len(list) != 0 {
		d.Errorf("%s is asked: %v %v", who.Login, list, err)
	}
	_, err := d.svc.GrantReset(d.Context(), who, resetID)
	wantKind(d.T, err, errs.Forbidden, code)
	wantKind(d.T, d.svc.RefuseReset(d.Context(), who, resetID), errs.Forbidden, code)
}

// resets has an account reset by somebody who asks and the office that grants.
func (d *detours) resets(who auth.Actor, login string) {
	d.Helper()
	ctx := d.Context()
	if err := d.svc.AskReset(ctx, who, d.as(login).AccountID); err != nil {
		d.Fatal(err)
	}
	list, err := d.svc.Resets(ctx, d.office)
	if err != nil || len(list) != 1 {
		d.Fatal(list, err)
	}
	if _, err := d.svc.GrantReset(ctx, d.office, list[0].ID); err != nil {
		d.Fatal(err)
	}
}

func (d *detours) confirms(who, of auth.Actor) error {
	return d.svc.JudgeFirst(d.Context(), who, of.AccountID, auth.Theirs)
}

// The administrator asks for a reset, opens an account of somebody who has none,
// comes in by it and grants what he asked for.
func TestANewAccountVouchesForNobody(t *testing.T) {
	tryDetours(t, func(d *detours) {
		reset := d.asks(d.admin)
		deputy := d.opens("deputy", "deputy")
		if !deputy.Unconfirmed || d.office.Unconfirmed || d.admin.Unconfirmed {
			t.Error("who is known, and who isn't")
		}
		d.mayNot(deputy, reset, auth.CodeUnconfirmed)
		// Confirmed by a colleague, it still isn't the second person to who had its card in hand.
		if err := d.confirms(d.office, deputy); err != nil {
			t.Fatal(err)
		}
		deputy = d.as("deputy")
		d.mayNot(deputy, reset, "auth.vouch_opened")
		if _, err := d.svc.GrantReset(d.Context(), d.office, reset); err != nil {
			t.Errorf("who has been there for long: %v", err)
		}
	})
}

// By then its owner would have missed the card.
func TestANewAccountVouchesAfterAFortnight(t *testing.T) {
	tryDetours(t, func(d *detours) {
		deputy := d.opens("deputy", "deputy")
		if err := d.confirms(d.office, deputy); err != nil {
			t.Fatal(err)
		}
		enrol(t, d.svc, d.c, auth.Account{ID: deputy.AccountID, Login: deputy.Login}) // an official needs one by then
		d.c.pass(14*24*time.Hour - time.Minute)
		deputy = d.as("deputy")
		d.mayNot(deputy, d.asks(d.admin), "auth.vouch_opened")
		d.c.pass(8 * 24 * time.Hour) // that request is over
		reset := d.asks(d.admin)
		if _, err := d.svc.GrantReset(d.Context(), deputy, reset); err != nil {
			t.Error(err)
		}
	})
}

// Another administrator's request is no concern of the first one's card.
func TestAnotherAdministratorsRequest(t *testing.T) {
	tryDetours(t, func(d *detours) {
		create(t, d.svc, "second", "second", auth.KindOfficial)
		deputy := d.opens("deputy", "deputy")
		if err := d.confirms(d.office, deputy); err != nil {
			t.Fatal(err)
		}
		if _, err := d.svc.GrantReset(d.Context(), d.as("deputy"), d.asks(d.as("second"))); err != nil {
			t.Error(err)
		}
	})
}

// Two accounts that the same administrator opened don't confirm each other, nor
// does time, nor closing and opening them again.
func TestNewAccountsDoNotConfirmEachOther(t *testing.T) {
	tryDetours(t, func(d *detours) {
		ctx := d.Context()
		deputy, other := d.opens("deputy", "deputy"), d.opens("other", "other")
		wantKind(t, d.confirms(deputy, other), errs.Forbidden, auth.CodeUnconfirmed)
		wantKind(t, d.confirms(other, deputy), errs.Forbidden, auth.CodeUnconfirmed)
		wantKind(t, d.confirms(d.admin, deputy), errs.Forbidden, "auth.vouch_second")
		d.c.pass(400 * 24 * time.Hour)
		if err := d.svc.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if !d.as("deputy").Unconfirmed {
			t.Error("known by waiting")
		}
		if _, n, err := d.svc.FirstLogins(ctx, d.office, auth.FirstCursor{}, 1); err != nil || n != 2 {
			t.Errorf("%d wait: %v", n, err)
		}
		for _, off := range []bool{true, false} {
			if err := d.svc.SetDisabled(ctx, d.admin, deputy.AccountID, off, 0); err != nil {
				t.Fatal(err)
			}
		}
		if !d.as("deputy").Unconfirmed {
			t.Error("known by closing and opening")
		}
		if err := d.svc.JudgeFirst(ctx, d.office, deputy.AccountID, auth.NotTheirs); err != nil {
			t.Fatal(err)
		}
		if err := d.svc.SetDisabled(ctx, d.admin, deputy.AccountID, false, 0); err != nil {
			t.Fatal(err)
		}
		if !d.as("deputy").Unconfirmed {
			t.Error("known although it wasn't they")
		}
	})
}

// A second administrator whom two people appointed has no account yet: the
// first one opens it, asks from there and vouches as himself; or sends a new
// account's link out anew from there, so that he isn't who made it.
func TestANewAdministratorAsksForNothing(t *testing.T) {
	tryDetours(t, func(d *detours) {
		ctx := d.Context()
		second := d.opens("second", "second")
		wantKind(t, d.svc.AskReset(ctx, second, d.target.ID), errs.Forbidden, auth.CodeUnconfirmed)
		unused := fresh(t, d.svc, d.admin, "deputy", "deputy")
		_, err := d.svc.IssuePasswordLink(ctx, second, unused.ID)
		wantKind(t, err, errs.Forbidden, auth.CodeUnconfirmed)
		_, err = d.svc.CreateAccount(ctx, second, auth.NewAccount{Login: "other", Name: "名", PersonID: "other", Kind: auth.KindOfficial})
		wantKind(t, err, errs.Forbidden, auth.CodeUnconfirmed)
		_, err = d.svc.IssueLink(ctx, d.opens("village", "both"), "lead", "名")
		wantKind(t, err, errs.Forbidden, auth.CodeUnconfirmed)
	})
}

// Whom the administrator had reset, by two, isn't at once his second for the next.
func TestWhoWasResetIsNotWhoAskedsSecond(t *testing.T) {
	tryDetours(t, func(d *detours) {
		create(t, d.svc, "other", "other", auth.KindOfficial)
		d.resets(d.admin, "other")
		d.mayNot(d.as("other"), d.asks(d.admin), "auth.vouch_opened")
	})
}

// Nor is it the second of who granted that: they held its link.
func TestWhoWasResetIsNotWhoGrantedsSecond(t *testing.T) {
	tryDetours(t, func(d *detours) {
		ctx := d.Context()
		create(t, d.svc, "second", "second", auth.KindOfficial)
		create(t, d.svc, "other", "other", auth.KindOfficial)
		honest := d.as("second")
		d.resets(honest, "other")
		wantKind(t, auth.NotOpenedBy(ctx, d.db.Reader(), d.as("other"), d.c.now(), d.office.AccountID, "office"), errs.Forbidden, "auth.vouch_opened")
		wantKind(t, auth.NotOpenedBy(ctx, d.db.Reader(), d.as("other"), d.c.now(), honest.AccountID, ""), errs.Forbidden, "auth.vouch_opened")
		if err := auth.NotOpenedBy(ctx, d.db.Reader(), d.as("other"), d.c.now(), d.admin.AccountID, "runner"); err != nil {
			t.Errorf("whoever had no part in it: %v", err)
		}
	})
}

// Who opened two accounts doesn't confirm one by the other, though a colleague
// believed the first.
func TestTwoCardsOfOneHandDontConfirmEachOther(t *testing.T) {
	tryDetours(t, func(d *detours) {
		first, second := d.opens("deputy", "deputy"), d.opens("other", "other")
		if err := d.confirms(d.office, first); err != nil {
			t.Fatal(err)
		}
		first = d.as("deputy")
		if list, _, err := d.svc.FirstLogins(d.Context(), first, auth.FirstCursor{}, 10); err != nil || len(list) != 0 {
			t.Errorf("is asked: %v, %v", list, err)
		}
		wantKind(t, d.confirms(first, second), errs.Forbidden, "auth.vouch_opened")
		if err := d.confirms(d.office, second); err != nil {
			t.Errorf("who has been there for long: %v", err)
		}
	})
}

// Two people who reset an account say whose it is: its owner stands before one of them.
func TestAResetConfirms(t *testing.T) {
	tryDetours(t, func(d *detours) {
		ctx := d.Context()
		deputy := d.opens("deputy", "deputy")
		if err := d.svc.AskReset(ctx, d.admin, deputy.AccountID); err != nil {
			t.Fatal(err)
		}
		list, err := d.svc.Resets(ctx, d.office)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		link, err := d.svc.GrantReset(ctx, d.office, list[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.svc.UseLink(ctx, link.Secret, "seven yellow ducks", auth.Origin{}); err != nil || d.as("deputy").Unconfirmed {
			t.Error(err)
		}
	})
}

// Administrators are appointed by two, and nobody is given a password: an
// account of another kind isn't a way around either.
func TestAdministratorsMakeOfficialsAccountsOnly(t *testing.T) {
	tryDetours(t, func(d *detours) {
		for name, cmd := range map[string]auth.NewAccount{
			"an administrator": {Login: "x", Name: "名", Kind: auth.KindAdmin},
			"a lead":           {Login: "x", Name: "名", PersonID: "lead", Kind: auth.KindLead},
			"with a password":  {Login: "x", Name: "名", PersonID: "deputy", Kind: auth.KindOfficial, Password: goodPassword},
			"of the demo":      {Login: "x", Name: "名", PersonID: "deputy", Kind: auth.KindOfficial, Demo: true},
		} {
			if _, err := d.svc.CreateAccount(d.Context(), d.admin, cmd); errs.CodeOf(err) != "auth.console_only" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// However many wait elsewhere, everybody is asked about their own.
func TestFirstLoginsOfOthersHideNone(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		ctx, admin := t.Context(), auth.Actor{AccountID: "admin", Name: "管理员", Grants: []auth.Grant{{Role: auth.Admin, UnitID: "c"}}}
		const elsewhere = 620
		manyFirsts(ctx, t, db, c, elsewhere)
		comesIn(t, svc, admin, "village", "both")
		list, n, err := svc.FirstLogins(ctx, actor(auth.TownOfficial, "c/1"), auth.FirstCursor{}, 25)
		if err != nil || n != 1 || len(list) != 1 || list[0].Login != "village" {
			t.Errorf("the town is asked about %d: %v %v", n, list, err)
		}
		seen, after := map[string]bool{}, auth.FirstCursor{}
		for range elsewhere {
			list, n, err := svc.FirstLogins(ctx, actor(auth.CityOffice, "c"), after, 100)
			if err != nil || n != elsewhere+1-len(seen) {
				t.Fatalf("%d wait behind %d: %v", n, len(seen), err)
			}
			for _, f := range list {
				seen[f.AccountID] = true
			}
			if n == len(list) {
				break
			}
			after = list[len(list)-1].Cursor()
		}
		if len(seen) != elsewhere+1 {
			t.Errorf("the city office is asked about %d", len(seen))
		}
	})
}

// manyFirsts has accounts of another town wait, all of them earlier.
func manyFirsts(ctx context.Context, t *testing.T, db *sqldb.DB, c *city, n int) {
	t.Helper()
	at := sqldb.Millis(c.now().Add(-time.Hour))
	err := db.Write(ctx, func(tx *sqldb.Tx) error {
		for i := range n {
			id := fmt.Sprintf("far-%04d", i)
			c.posts[id] = []auth.Grant{{Role: auth.VillageOfficial, UnitID: "c/2/1"}}
			if _, err := tx.ExecContext(ctx, `INSERT INTO person (id, name, show_phone, created_at, rev) VALUES ($1, $1, 0, 0, 0)`, id); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO account (id, login, person_id, name, kind, password, demo, disabled, created_at, version)
				VALUES ($1, $1, $1, $1, 'official', '', 0, 0, 0, 1)`, id); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO first_login (account_id, made_by, made_name, made_at, at, device, outcome, decided_by, decided_name)
				VALUES ($1, 'admin', '', 0, $2, '', '', '', '')`, id, at+int64(i/3)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The first official of a city is confirmed by whoever has the server, once.
func TestTheServerConfirmsTheFirst(t *testing.T) {
	tryDetours(t, func(d *detours) {
		ctx := d.Context()
		deputy := d.opens("deputy", "deputy")
		if _, err := d.svc.ConfirmFirst(ctx, d.admin, "deputy"); err == nil {
			t.Error("an administrator said it")
		}
		_, err := d.svc.ConfirmFirst(ctx, auth.System("cli"), "nobody")
		wantKind(t, err, errs.NotFound, "auth.no_account")
		if _, err := d.svc.ConfirmFirst(ctx, auth.System("cli"), " Deputy"); err != nil || d.as("deputy").Unconfirmed {
			t.Error(err)
		}
		wantKind(t, d.svc.JudgeFirst(ctx, d.office, deputy.AccountID, auth.NotTheirs), errs.Gone, "auth.first_over")
	})
}
