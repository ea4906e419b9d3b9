package privacy_test

import (
	"context"
	"slices"
	"testing"

	"bilin/internal/privacy"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// What one holder alone erased is erased again in data of a time before: the key
// store's ledger knows it.
func TestAPartIsErasedAgain(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db), t.Context()
		out, err := w.Send(ctx, w.paper(), privacy.Ask{Kind: privacy.Erase, Holder: "care"})
		w.OK(err)
		f, err := w.Get(ctx, w.officer(), out.Number)
		w.OK(err)
		w.OK(w.Reply(ctx, w.officer(), privacy.Answer{Number: out.Number, Outcome: privacy.Granted, Words: "好的好的", Version: f.Version, Plan: f.Plan.Mark}))
		if !slices.Equal(slices.Compact(w.shelf.gone), []string{"erase h-1"}) {
			t.Fatalf("erased %v", w.shelf.gone)
		}
		w.shelf.gone = w.shelf.gone[:1]
		w.OK(w.Vault.Settle(ctx))                     // the key store's ledger has it too
		w.OK(db.Write(ctx, func(tx *sqldb.Tx) error { // the data is of a time before
			_, err := tx.ExecContext(ctx, `DELETE FROM erasure`)
			return err
		}))
		_, err = w.Vault.Replay(ctx)
		w.OK(err)
		var gone []seal.Erased
		w.OK(w.Vault.Forget(ctx, func(ctx context.Context, tx *sqldb.Tx, lines []seal.Erased) error {
			gone = lines
			return w.EraseAgain(ctx, tx, lines[0].Subject)
		}))
		times := len(w.shelf.gone) // more than two when PostgreSQL lets a transaction run once more
		if len(gone) != 1 || gone[0].Why != privacy.ErasedPart || times < 2 || !slices.Equal(slices.Compact(w.shelf.gone), []string{"erase h-1"}) {
			t.Errorf("the ledger says %v, erased %d times", gone, times)
		}
		w.OK(db.Write(ctx, func(tx *sqldb.Tx) error { return w.EraseAgain(ctx, tx, "a later release/h-1") }))
	})
}
