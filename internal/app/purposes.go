package app

import (
	"time"

	"bilin/internal/network"
	"bilin/internal/purpose"
)

// wirePurpose makes the one way to sealed data of households.
func (a *App) wirePurpose() {
	a.Purpose = a.purposeAt(a.Now)
	a.Network.ReadThrough(a.Purpose)
}

// purposeAt returns it with a clock of its own, and no sources.
func (a *App) purposeAt(now func() time.Time) *purpose.Service {
	return purpose.New(purpose.Options{
		DB: a.DB, Policy: a.Policy, Tree: a.Network, UnitOf: network.UnitOfHousehold, Audit: a.Audit, Live: a.Live, Now: now,
	})
}

// askPurposes adds what each slice knows of open work about a household.
func (a *App) askPurposes() {
	a.Purpose.Ask(a.Demand.Grounds(), a.Monthly.Grounds(), a.Rollcalls.Grounds())
}
