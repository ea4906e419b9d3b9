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
