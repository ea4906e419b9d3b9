package network_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// kept is what the database holds of a household.
type kept struct{ head, phone, index string }

func (w *world) kept(id string) (k kept) {
	w.t.Helper()
	err := w.db.Reader().QueryRowContext(context.Background(), `SELECT head, COALESCE(phone, ''), COALESCE(phone_index, '') FROM household WHERE id = $1`, id).
		Scan(&k.head, &k.phone, &k.index)
	ok(w.t, err)
	return k
}

func (w *world) enter(cell *network.Unit, phone string) string {
	w.t.Helper()
	id, err := w.CreateHousehold(context.Background(), sys, network.CreateHousehold{UnitID: cell.ID, Address: "新屋湾" + phone + "号", Head: "王小明", Phone: phone, Size: 2})
	ok(w.t, err)
	return id
}

func (w *world) opens(id, sealed string) error {
	_, err := w.vault.Open(context.Background(), "tel:"+id, sealed, "household/phone/"+id)
	return err
}

func TestEraseHousehold(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db, small), t.Context()
		cell := w.Tree().Units(network.Cell)[0]
		id, other := w.enter(cell, "12900000001"), w.enter(cell, "12900000002")
		before := w.kept(id)
		if !seal.Vaulted(before.phone) || before.index == "" {
			t.Fatalf("kept %+v", before)
		}
		if err := w.opens(id, before.phone); err != nil {
			t.Fatal(err)
		}
		count := w.Tree().Coverage(cell.ID).Households
		ok(t, db.Write(ctx, func(tx *sqldb.Tx) error { return w.EraseHousehold(ctx, tx, id, network.ErasedAsked) }))
		ok(t, w.Refresh(ctx))
		if got := w.kept(id); got != (kept{}) {
			t.Errorf("still kept: %+v", got)
		}
		if err := w.opens(id, before.phone); !errors.Is(err, seal.ErrErased) {
			t.Errorf("the number of before: %v", err)
		}
		if err := w.opens(other, w.kept(other).phone); err != nil {
			t.Errorf("the neighbour's number: %v", err)
		}
		if got := w.Tree().Coverage(cell.ID).Households; got != count {
			t.Errorf("coverage counts %d households, before %d", got, count)
		}
		h, err := w.Household(ctx, sys, id)
		if err != nil || h.Address == "" || h.Left || h.HasPhone {
			t.Errorf("household %+v, %v", h, err)
		}
		var why string
		ok(t, db.Reader().QueryRowContext(ctx, `SELECT why FROM erasure WHERE subject = $1`, id).Scan(&why))
		var rows int
		ok(t, db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM audit_pending WHERE action = 'network.erase_household' AND object_id = $1`, id).Scan(&rows))
		if why != network.ErasedAsked || rows != 1 {
			t.Errorf("ledger %q, %d audit rows", why, rows)
		}

		number := "12900000003" // it is their wish again
		ok(t, w.UpdateHousehold(ctx, sys, network.UpdateHousehold{ID: id, Version: h.Version, Address: h.Address, Head: "王小明", Phone: &number, Size: 2}))
		if err := w.opens(id, w.kept(id).phone); err != nil {
			t.Errorf("the new number: %v", err)
		}
	})
}

// open is a capability with which one household still has something open.
type open string

func (o open) OpenOf(_ context.Context, _ sqldb.Querier, ids []string) ([]string, error) {
	return []string{string(o)}, nil
}

func TestKeysEndAfterLeaving(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db, small), t.Context()
		cell := w.Tree().Units(network.Cell)[0]
		left, busy, back, stays := w.enter(cell, "12900000001"), w.enter(cell, "12900000002"), w.enter(cell, "12900000003"), w.enter(cell, "12900000004")
		sealed := map[string]string{}
		for _, id := range []string{left, busy, back, stays} {
			text, err := w.vault.Seal(ctx, id, "how to reach them", "demand/contact/"+id)
			ok(t, err)
			sealed[id] = text
		}
		number := w.kept(left).phone
		for _, id := range []string{left, busy, back} {
			ok(t, w.HouseholdLeft(ctx, sys, network.OneHousehold{ID: id, Version: 1}))
		}
		w.KeepKeys(open(busy))
		want := func(when string, gone ...string) {
			t.Helper()
			ok(t, w.EndKeys(ctx))
			for id, text := range sealed {
				is := false
				for _, g := range gone {
					is = is || g == id
				}
				if _, err := w.vault.Open(ctx, id, text, "demand/contact/"+id); errors.Is(err, seal.ErrErased) != is {
					t.Errorf("%s: %s: %v", when, map[string]string{left: "left", busy: "busy", back: "back", stays: "stays"}[id], err)
				}
			}
		}
		want("at once")
		if err := w.opens(left, number); !errors.Is(err, seal.ErrErased) {
			t.Errorf("the number of who moved out: %v", err)
		}
		chunk := network.Chunk{Updates: []network.NewHousehold{{ID: back, UnitID: cell.ID, Address: "回来的", AddressKey: "回来的", Head: "王", RosterKey: "back"}}}
		ok(t, w.ImportChunk(ctx, sys, chunk))
		w.now = w.now.Add(29 * 24 * time.Hour)
		want("after 29 days")
		w.now = w.now.Add(2 * 24 * time.Hour)
		want("after 31 days", left)
		w.now = w.now.Add(365 * 24 * time.Hour)
		want("after a year", left, busy)
		var rows int
		ok(t, db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM household_gone`).Scan(&rows))
		if rows != 0 {
			t.Errorf("%d households are still waited for", rows)
		}
	})
}

// A number that is deleted ends in every copy; how to reach them about a demand
// does not.
func TestADeletedNumberEnds(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db, small), t.Context()
		id := w.enter(w.Tree().Units(network.Cell)[0], "12900000001")
		before := w.kept(id)
		contact, err := w.vault.Seal(ctx, id, "how to reach them", "demand/contact/x")
		ok(t, err)
		h, err := w.Household(ctx, sys, id)
		ok(t, err)
		update := network.UpdateHousehold{ID: id, Version: h.Version, Address: h.Address, Head: "王小明", Phone: new(string), Size: 2}
		ok(t, w.UpdateHousehold(ctx, sys, update))
		if err := w.opens(id, before.phone); !errors.Is(err, seal.ErrErased) {
			t.Errorf("the number that was deleted: %v", err)
		}
		if _, err := w.vault.Open(ctx, id, contact, "demand/contact/x"); err != nil {
			t.Errorf("how to reach them: %v", err)
		}
		restored := func(statement string, args ...any) {
			t.Helper()
			ok(t, db.Write(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.ExecContext(ctx, statement, args...)
				return err
			}))
		}
		restored(`UPDATE household SET phone = $1, phone_index = $2 WHERE id = $3`, before.phone, before.index, id)
		restored(`DELETE FROM erasure`)
		if learned, err := w.vault.Replay(ctx); err != nil || len(learned) != 1 {
			t.Fatalf("learned %v, %v", learned, err)
		}
		ok(t, w.vault.Forget(ctx, func(ctx context.Context, tx *sqldb.Tx, gone []seal.Erased) error {
			home, is := network.NumberOf(gone[0].Subject)
			if !is || home != id || gone[0].Why != network.ErasedPhone {
				t.Errorf("the ledger says %+v", gone)
			}
			return network.ForgetNumbers(ctx, tx, []string{home})
		}))
		if got := w.kept(id); got.phone != "" || got.index != "" || got.head == "" {
			t.Errorf("after a restore: %+v", got)
		}
	})
}

// TestWhoWasErasedIsForgottenAgain: the data is of before the erasure, the key store of after it.
func TestWhoWasErasedIsForgottenAgain(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db, small), t.Context()
		id := w.enter(w.Tree().Units(network.Cell)[0], "12900000001")
		ok(t, w.vault.Erase(ctx, id, network.ErasedAsked, w.now))
		ok(t, db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM erasure`)
			return err
		}))
		learned, err := w.vault.Replay(ctx)
		if err != nil || len(learned) != 1 || learned[0] != id {
			t.Fatalf("learned %v, %v", learned, err)
		}
		for range 2 {
			ok(t, w.vault.Forget(ctx, func(ctx context.Context, tx *sqldb.Tx, gone []seal.Erased) error {
				return network.Forget(ctx, tx, []string{gone[0].Subject})
			}))
			if got := w.kept(id); got != (kept{}) {
				t.Errorf("still kept: %+v", got)
			}
		}
	})
}
