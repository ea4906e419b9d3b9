// Package sealtest opens vaults for tests.
package sealtest

import (
	"context"
	"testing"

	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// Vault opens a vault beside a test's database, with its keys; it is closed
// when the test ends.
func Vault(t testing.TB, db *sqldb.DB, keys *seal.Sealer) *seal.Vault {
	t.Helper()
	v, err := seal.OpenVault(context.Background(), seal.Options{DB: db, Keys: keys})
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
