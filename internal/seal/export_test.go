package seal

import (
	"context"
	"testing"
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
