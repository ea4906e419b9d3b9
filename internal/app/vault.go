package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"bilin/internal/admission/offlist"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/feedback"
	"bilin/internal/honour"
	"bilin/internal/mediation"
	"bilin/internal/meeting"
	"bilin/internal/mobilise/push"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/outcome/pull"
	"bilin/internal/privacy"
	"bilin/internal/programme"
	"bilin/internal/roster"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
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

// forgetAgain erases again, in data that came from a backup, those who were
// erased since: what was sealed can't be opened any more, and this drops the rest.
func (a *App) forgetAgain(ctx context.Context) error {
	return a.Vault.Forget(ctx, func(ctx context.Context, tx *sqldb.Tx, gone []seal.Erased) error {
		for _, e := range gone {
			if err := a.forget(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *App) forget(ctx context.Context, tx *sqldb.Tx, e seal.Erased) error {
	home, number := network.NumberOf(e.Subject)
	of := func(prefix string) bool { return strings.HasPrefix(e.Why, prefix) }
	switch {
	case e.Why == network.ErasedHome:
		return network.Forget(ctx, tx, []string{home})
	case number:
		return network.ForgetNumbers(ctx, tx, []string{home})
	case e.Why == privacy.ErasedPart:
		return a.Privacy.EraseAgain(ctx, tx, e.Subject)
	case of(honour.ErasedPrefix):
		return a.Honours.EndAgain(ctx, tx, e.Subject)
	case of(programme.ErasedPrefix):
		return a.Programmes.EndAgain(ctx, tx, e.Subject)
	case of(mediation.ErasedPrefix):
		return a.Mediation.EndAgain(ctx, tx, e.Subject)
	case of(feedback.ErasedPrefix):
		return a.Feedback.EndAgain(ctx, tx, e.Subject)
	case e.Why == network.ErasedAsked:
		if err := a.Privacy.EraseAll(ctx, tx, e.Subject); err != nil {
			return err
		}
		return network.Forget(ctx, tx, []string{e.Subject})
	case e.Why == network.ErasedLeft:
		return network.Forget(ctx, tx, []string{e.Subject})
	}
	return a.Care.EndAgain(ctx, tx, e.Subject)
}

// scheduleVault ends keys whose term is over, and destroys what wasn't yet.
func (a *App) scheduleVault() {
	a.Network.KeepKeys(a.Demand)
	a.Jobs.Every("network.end_keys", 6*time.Hour, a.Network.EndKeys)
	a.Jobs.Every("seal.settle", time.Hour, a.Vault.Settle)
	a.Jobs.Every("seal.anew", 24*time.Hour, func(ctx context.Context) error {
		_, err := a.Rotator(OldKeysRest, nil).Settle(ctx)
		return err
	})
}

// OldKeysRest is how long a key that was replaced is kept: what a form or a kept
// answer still holds is sealed with it.
const OldKeysRest = 24 * time.Hour

// SealedFields are the columns of the whole house that the city's keys seal.
func SealedFields() []seal.Field {
	return slices.Concat(auth.Sealed, network.Sealed, roster.Sealed, volunteer.Sealed, team.Sealed, push.Sealed, offlist.Sealed,
		pull.Sealed, demand.Sealed, meeting.Sealed)
}

// Rotator replaces the city's keys. tell may be nil.
func (a *App) Rotator(keep time.Duration, tell func(seal.Progress)) *seal.Rotator {
	return seal.NewRotator(seal.RotatorOptions{DB: a.DB, Keys: a.Sealer, Vault: a.Vault, Fields: SealedFields(), Keep: keep, Now: a.Now, Logger: a.Log, Tell: tell})
}
