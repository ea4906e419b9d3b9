package app

import (
	"bilin/internal/network"
	"bilin/internal/purpose"
)

// wirePurpose makes the one way to sealed data of households. The slices'
// sources are added when the slices are there.
func (a *App) wirePurpose() {
	a.Purpose = purpose.New(purpose.Options{
		DB: a.DB, Policy: a.Policy, Tree: a.Network, UnitOf: network.UnitOfHousehold, Audit: a.Audit, Live: a.Live, Now: a.Now,
	})
}
