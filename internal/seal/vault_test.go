package seal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const (
	house = "0190a0b0-0000-7000-8000-00000000000a"
	other = "0190a0b0-0000-7000-8000-00000000000b"
	place = "household/phone/" + house
	phone = "13900000001"
)

// town is a database with its keys and its vault.
type town struct {
	db    *sqldb.DB
	dir   string
	keys  *seal.Sealer
	vault *seal.Vault
}

func eachTown(t *testing.T, fn func(t *testing.T, c *town)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		dir := filepath.Join(t.TempDir(), "keys")
		c := &town{db: db, dir: dir, keys: open(t, dir)}
		c.vault = c.open(t)
		fn(t, c)
	})
}

// open opens one more vault on the same stores, as another replica has it.
func (c *town) open(t *testing.T) *seal.Vault {
	t.Helper()
	v, err := seal.OpenVault(context.Background(), seal.Options{DB: c.db, Keys: open(t, c.dir)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Errorf("close vault: %v", err)
		}
	})
	return v
}

func vaultSeal(t *testing.T, v *seal.Vault, subject, plain, binding string) string {
	t.Helper()
	sealed, err := v.Seal(context.Background(), subject, plain, binding)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func wantOpen(t *testing.T, v *seal.Vault, subject, sealed, binding, want string) {
	t.Helper()
	if got, err := v.Open(context.Background(), subject, sealed, binding); err != nil || got != want {
		t.Errorf("opened %q, %v; want %q", got, err, want)
	}
}

func wantErr(t *testing.T, v *seal.Vault, subject, sealed, binding string, want error) {
	t.Helper()
	if got, err := v.Open(context.Background(), subject, sealed, binding); !errors.Is(err, want) || got != "" {
		t.Errorf("opened %q, %v; want %v", got, err, want)
	}
}

func TestVault(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	eachTown(t, func(t *testing.T, c *town) {
		sealed := vaultSeal(t, c.vault, house, phone, place)
		wantOpen(t, c.vault, house, sealed, place, phone)
		wantOpen(t, c.open(t), house, sealed, place, phone)
		if vaultSeal(t, c.vault, house, "", place) != "" || !seal.Vaulted(sealed) || seal.Vaulted("") {
			t.Error("the form of a sealed text")
		}
		wantOpen(t, c.vault, house, "", place, "")
		legacy := mustSeal(t, c.keys, phone, place)
		wantOpen(t, c.vault, house, legacy, place, phone)
		if err := c.vault.Ensure(ctx, house, other, other); err != nil {
			t.Fatal(err)
		}
		wantOpen(t, c.vault, house, sealed, place, phone)
		wantErr(t, c.vault, house, sealed, "household/phone/"+other, seal.ErrAltered)
		wantErr(t, c.vault, other, sealed, place, seal.ErrErased)
		wantErr(t, c.vault, house, sealed[:len(sealed)-3]+"AAA", place, seal.ErrAltered)
		wantErr(t, c.vault, house, sealed[:8], place, seal.ErrAltered)
		wantErr(t, c.vault, house, phone, place, seal.ErrAltered)
	})
}

func TestErase(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), time.Now()
	eachTown(t, func(t *testing.T, c *town) {
		sealed, kept := vaultSeal(t, c.vault, house, phone, place), vaultSeal(t, c.vault, other, phone, place)
		for range 2 {
			if err := c.vault.Erase(ctx, house, "asked", now); err != nil {
				t.Fatal(err)
			}
			wantErr(t, c.vault, house, sealed, place, seal.ErrErased)
		}
		again := vaultSeal(t, c.vault, house, "13900000002", place)
		wantOpen(t, c.vault, house, again, place, "13900000002")
		wantErr(t, c.vault, house, sealed, place, seal.ErrErased)
		wantOpen(t, c.open(t), other, kept, place, phone)
		var why string
		var done int
		err := c.db.Reader().QueryRowContext(ctx, `SELECT why, done FROM erasure WHERE subject = $1`, house).Scan(&why, &done)
		if err != nil || why != "asked" || done != 1 {
			t.Errorf("ledger says %q, done %d, %v", why, done, err)
		}
	})
}

func TestEraseIsPartOfTheCommand(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), time.Now()
	eachTown(t, func(t *testing.T, c *town) {
		sealed := vaultSeal(t, c.vault, house, phone, place)
		failed := errors.New("no")
		err := c.db.Write(ctx, func(tx *sqldb.Tx) error {
			return errors.Join(c.vault.EraseIn(ctx, tx, "asked", now, house), failed)
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		wantOpen(t, c.vault, house, sealed, place, phone)
		err = c.db.Write(ctx, func(tx *sqldb.Tx) error { return c.vault.EraseIn(ctx, tx, "asked", now, house) })
		if err != nil {
			t.Fatal(err)
		}
		wantErr(t, c.vault, house, sealed, place, seal.ErrErased)
		next := vaultSeal(t, c.vault, house, "13900000002", place) // not lost with the key that goes
		wantErr(t, c.vault, house, sealed, place, seal.ErrErased)
		wantOpen(t, c.vault, house, next, place, "13900000002")
	})
}

// TestReplay: a command whose program ended before the key went, and stores
// that come from backups, end where the ledger says.
func TestReplay(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), time.Now()
	eachTown(t, func(t *testing.T, c *town) {
		sealed := vaultSeal(t, c.vault, house, phone, place)
		write := func(statement string, args ...any) {
			t.Helper()
			err := c.db.Write(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.ExecContext(ctx, statement, args...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		write(`INSERT INTO erasure (subject, why, at) VALUES ($1, 'left', $2)`, house, sqldb.Millis(now))
		wantErr(t, c.open(t), house, sealed, place, seal.ErrErased)

		write(`DELETE FROM erasure`) // the data of a time before
		v := c.open(t)
		wantErr(t, v, house, sealed, place, seal.ErrErased)
		var lines int
		if err := c.db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM erasure WHERE done = 1`).Scan(&lines); err != nil || lines != 1 {
			t.Errorf("%d lines in the ledger of the data, %v; want 1", lines, err)
		}
		if learned, err := v.Replay(ctx); err != nil || len(learned) != 0 {
			t.Errorf("learned %v, %v; want nothing new", learned, err)
		}
	})
}

func TestRestoredKeysAreDestroyedAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := sqldbtest.Open(t, sqldb.SQLite)
	c := &town{db: db, dir: filepath.Join(t.TempDir(), "keys")}
	c.keys, c.vault = open(t, c.dir), nil
	first, err := seal.OpenVault(ctx, seal.Options{DB: db, Keys: c.keys})
	if err != nil {
		t.Fatal(err)
	}
	sealed := vaultSeal(t, first, house, phone, place)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(c.dir, seal.VaultFile)
	backup, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.open(t).Erase(ctx, house, "asked", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, rest := range []string{"-wal", "-shm"} {
		_ = os.Remove(name + rest)
	}
	wantErr(t, c.open(t), house, sealed, place, seal.ErrErased)
}

// TestNothingOfAKeyIsLeft looks for the wrapped key in the files.
func TestNothingOfAKeyIsLeft(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := &town{db: sqldbtest.Open(t, sqldb.SQLite), dir: filepath.Join(t.TempDir(), "keys")}
	v := c.open(t)
	ids := make([]string, 300)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%03d", house, i)
	}
	if err := v.Ensure(ctx, ids...); err != nil {
		t.Fatal(err)
	}
	if !c.filesHold(t, ids[7]) {
		t.Fatal("the key store doesn't hold the subject in plain, so this test proves nothing")
	}
	wrapped := seal.WrappedKey(t, v, ids[7])
	if !c.filesHold(t, string(wrapped)) {
		t.Fatal("the wrapped key isn't found before")
	}
	if err := v.Erase(ctx, ids[7], "asked", time.Now()); err != nil {
		t.Fatal(err)
	}
	if c.filesHold(t, string(wrapped)) {
		t.Error("the wrapped key is still in a file")
	}
}

func (c *town) filesHold(t *testing.T, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.dir, seal.VaultFile+"*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(text)) {
			return true
		}
	}
	return false
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	eachTown(t, func(t *testing.T, c *town) {
		items := make([]seal.Item, 1300)
		for i := range items {
			id := fmt.Sprintf("%s-%04d", house, i)
			items[i] = seal.Item{Subject: id, Text: fmt.Sprintf("139%08d", i), Binding: "household/phone/" + id}
		}
		items[5].Text = ""
		sealed, err := c.vault.SealAll(ctx, items)
		if err != nil {
			t.Fatal(err)
		}
		asked := make([]seal.Item, len(items))
		for i := range items {
			asked[i] = items[i]
			asked[i].Text = sealed[i]
		}
		asked[9].Binding = place
		texts, failed, err := c.open(t).OpenAll(ctx, asked)
		if err != nil {
			t.Fatal(err)
		}
		for i := range items {
			if bad := i == 9; bad != (failed[i] != nil) || !bad && texts[i] != items[i].Text {
				t.Errorf("%d: opened %q, %v", i, texts[i], failed[i])
			}
		}
		again, err := c.open(t).SealAll(ctx, items) // all but one have their keys
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{0, 7, 1299} {
			wantOpen(t, c.vault, items[i].Subject, sealed[i], items[i].Binding, items[i].Text)
			wantOpen(t, c.vault, items[i].Subject, again[i], items[i].Binding, items[i].Text)
		}
		if strings.Contains(strings.Join(sealed, " "), "139000") {
			t.Error("shows through")
		}
	})
}

// A household that was erased twice: data from between the two knows the first
// alone, and a key store from between them has the second key.
func TestTheLaterErasureCounts(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), time.Now()
	eachTown(t, func(t *testing.T, c *town) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(c.vault.Erase(ctx, house, "asked", now.Add(-time.Hour)))
		sealed := vaultSeal(t, c.vault, house, phone, place)
		var backup []seal.Record
		must(c.vault.Dump(ctx, func(r seal.Record) error {
			backup = append(backup, r)
			return nil
		}))
		must(c.vault.Erase(ctx, house, "left", now.Add(time.Hour)))
		must(c.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE erasure SET why = 'asked', at = $1`, sqldb.Millis(now.Add(-time.Hour)))
			return err
		}))
		must(c.vault.Load(ctx, backup))
		again := c.open(t) // as the program does at its start, with no more lines here than there
		var gone []seal.Erased
		must(again.Forget(ctx, func(_ context.Context, _ *sqldb.Tx, lines []seal.Erased) error {
			gone = lines
			return nil
		}))
		if len(gone) != 1 || gone[0] != (seal.Erased{Subject: house, Why: "left"}) {
			t.Errorf("learned %v; want the later line", gone)
		}
		wantErr(t, again, house, sealed, place, seal.ErrErased)
		must(c.vault.Load(ctx, backup)) // and the vault's own line stays the later one
		_, err := again.Replay(ctx)
		must(err)
		wantErr(t, again, house, sealed, place, seal.ErrErased)
	})
}

// A key that couldn't be destroyed at once opens nothing and seals nothing: what
// was sealed with it would be lost when it goes.
func TestAKeyThatWaitsForItsEnd(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), time.Now()
	eachTown(t, func(t *testing.T, c *town) {
		sealed := vaultSeal(t, c.vault, house, phone, place)
		mend := seal.Break(t, c.vault)
		err := c.db.Write(ctx, func(tx *sqldb.Tx) error { return c.vault.EraseIn(ctx, tx, "asked", now, house) })
		if err != nil {
			t.Fatal(err)
		}
		seal.Wait(c.vault)
		wantErr(t, c.vault, house, sealed, place, seal.ErrErased)
		if _, err := c.vault.Seal(ctx, house, "13900000002", place); err == nil {
			t.Error("sealed with a key that goes")
		}
		mend()
		if err := c.vault.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		next := vaultSeal(t, c.vault, house, "13900000003", place)
		wantOpen(t, c.vault, house, next, place, "13900000003")
		wantErr(t, c.vault, house, sealed, place, seal.ErrErased)
	})
}

func TestAReaderBringsNoKeyBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	eachTown(t, func(t *testing.T, c *town) {
		sealed := vaultSeal(t, c.vault, house, phone, place)
		seal.CacheLate(t, c.vault, house, func() {
			if err := c.vault.Erase(ctx, house, "asked", time.Now()); err != nil {
				t.Fatal(err)
			}
		})
		wantErr(t, c.vault, house, sealed, place, seal.ErrErased)
	})
}

// A replica ended between its commit and the key's end, or couldn't shred: the
// others destroy the key before they use it, and what is sealed then stays.
func TestAnotherReplicasUnfinishedErasure(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), time.Now()
	eachTown(t, func(t *testing.T, c *town) {
		write := func(statement string, args ...any) {
			t.Helper()
			err := c.db.Write(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.ExecContext(ctx, statement, args...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		sealed := vaultSeal(t, c.vault, house, phone, place)
		there := c.open(t)
		write(`INSERT INTO erasure (subject, why, at, done) VALUES ($1, 'asked', $2, 0)`, house, sqldb.Millis(now.Add(-time.Second)))
		wantErr(t, there, house, sealed, place, seal.ErrErased)
		next := vaultSeal(t, there, house, "13900000002", place)
		for range 2 {
			if err := there.Settle(ctx); err != nil {
				t.Fatal(err)
			}
			wantOpen(t, c.open(t), house, next, place, "13900000002")
			write(`UPDATE erasure SET done = 0`) // as if its pages were still to be shredded
		}
		wantErr(t, c.open(t), house, sealed, place, seal.ErrErased)
	})
}
