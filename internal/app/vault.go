package app

import (
	"context"
	"time"

	"bilin/internal/network"
	"bilin/internal/seal"
)

// wireVault opens the store of the households' and care entries' keys.
func (a *App) wireVault(ctx context.Context) (err error) {
	a.Vault, err = seal.OpenVault(ctx, seal.Options{DB: a.DB, Keys: a.Sealer, Now: a.Now, Logger: a.Log})
	if err != nil {
		return err
	}
	return a.forgetAgain(ctx)
}

func (a *App) closeVault() error {
	if a.Vault == nil { // opening failed before it
		return nil
	}
	return a.Vault.Close()
}

// forgetAgain drops the names of those who were erased since the backup that
// the data came from, if it came from one.
func (a *App) forgetAgain(ctx context.Context) error { return a.Vault.Forget(ctx, network.Forget) }

// scheduleVault ends keys whose term is over, and destroys what wasn't yet.
func (a *App) scheduleVault() {
	a.Network.KeepKeys(a.Demand)
	a.Jobs.Every("network.end_keys", 6*time.Hour, a.Network.EndKeys)
	a.Jobs.Every("seal.settle", time.Hour, a.Vault.Settle)
}
