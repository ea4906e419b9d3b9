package seal

import (
	"bytes"
	"context"
	"testing"

	"bilin/internal/sqldb"
)

// WrappedKey returns a subject's key as the store has it.
func WrappedKey(t *testing.T, v *Vault, subject string) []byte {
	t.Helper()
	keys, err := v.store.keys(context.Background(), []string{subject})
	if err != nil || keys[subject] == nil {
		t.Fatal("no key", err)
	}
	return keys[subject]
}

// Damage alters a subject's key in the store.
func Damage(t *testing.T, v *Vault, subject string) {
	t.Helper()
	wrapped := WrappedKey(t, v, subject)
	was := bytes.Clone(wrapped)
	wrapped[len(wrapped)-1] ^= 1
	if err := v.store.replace(context.Background(), []wrappedRow{{subject: subject, wrapped: was, anew: wrapped}}); err != nil {
		t.Fatal(err)
	}
}

// LockRotation stands for a rotation that runs.
func LockRotation(t *testing.T, dir string) (unlock func()) {
	t.Helper()
	unlock, err := lockRotation(dir)
	if err != nil {
		t.Fatal(err)
	}
	return unlock
}

// WithoutWrap makes the key file one of an earlier release.
func WithoutWrap(t *testing.T, dir string) {
	t.Helper()
	err := editRing(dir, func(ring *keyring) error {
		ring.Wrap = nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Break has the store refuse to destroy keys until mend is called.
func Break(t *testing.T, v *Vault) (mend func()) {
	t.Helper()
	rename := func(from, to string) {
		t.Helper()
		err := v.store.db.Claim(context.Background(), func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(context.Background(), `ALTER TABLE `+v.store.prefix+from+` RENAME TO `+to)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rename("vault_erased", "broken")
	return func() { rename("broken", "vault_erased") }
}

// Wait waits for keys that are being destroyed.
func Wait(v *Vault) { v.work.Wait() }

// CacheLate stands for a reader who read a key before it was destroyed and keeps it after.
func CacheLate(t *testing.T, v *Vault, subject string, between func()) {
	t.Helper()
	_, _, seen := v.cache.get([]string{subject}, v.o.Now())
	keys, _, err := v.read(context.Background(), []string{subject})
	if err != nil || len(keys) != 1 {
		t.Fatal(len(keys), err)
	}
	between()
	v.cache.put(keys, v.o.Now(), seen)
}
