package app

import (
	"context"

	"bilin/internal/seal"
)

// wireVault opens the store of the households' and care entries' keys.
func (a *App) wireVault(ctx context.Context) (err error) {
	a.Vault, err = seal.OpenVault(ctx, seal.Options{DB: a.DB, Keys: a.Sealer, Now: a.Now, Logger: a.Log})
	return err
}

func (a *App) closeVault() error {
	if a.Vault == nil { // opening failed before it
		return nil
	}
	return a.Vault.Close()
}
