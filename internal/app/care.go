package app

import (
	"context"
	"slices"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/monthly"
	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/demand"
	"bilin/internal/sqldb"
)

// Caring is the list of households that are owed contact, and its catalogue.
type Caring struct {
	Needs *need.Service
	Care  *care.Service
}

// wireCare makes them. Contacts go out through the monthly list.
func (a *App) wireCare(ctx context.Context) (err error) {
	a.Needs, err = need.Open(ctx, need.Options{DB: a.DB, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: a.Now, Logger: a.Log})
	if err != nil {
		return err
	}
	a.Care = a.careAt(a.Now, a.Monthly)
	a.Purpose.Ask(a.Care)
	return nil
}

// careAt returns the list with a clock and a gate of its own.
func (a *App) careAt(now func() time.Time, lists *monthly.Service) *care.Service {
	return care.New(care.Options{
		DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Needs: a.Needs, Seal: a.Sealer, Vault: a.Vault, Purpose: a.Purpose,
		Gate: careGate{a, lists}, Demand: a.careDemand, Alarm: a.Emergency.Paused, Now: now, Logger: a.Log,
	})
}

// owed is what admission reserves of leads' months before any matter.
func (a *App) owed(ctx context.Context, q sqldb.Querier, month string, unitIDs []string) (map[string]int, error) {
	if a.Care == nil {
		return nil, nil
	}
	return a.Care.Reserve(ctx, q, month, unitIDs)
}

// careGate is the monthly list as care sees it.
type careGate struct {
	a     *App
	lists *monthly.Service
}

func (g careGate) Permit(ctx context.Context, tx *sqldb.Tx, month string, cells []string) (bool, map[string]bool, error) {
	return g.lists.Permit(ctx, tx, admission.Month(month), cells)
}

func (g careGate) Budget(ctx context.Context, unitID string) (int, error) {
	budgets, err := g.a.Admission.AllBudgets(ctx)
	if err != nil {
		return 0, err
	}
	tree := g.a.Network.Tree()
	return budgets.For(tree, tree.ByID(unitID)), nil
}

func (g careGate) Close(ctx context.Context, month string, cells []string) error {
	return g.lists.CloseStanding(ctx, admission.Month(month), cells)
}

// careDemand raises a demand that a contact led to. It attaches to the household
// only once the household says so. Whoever stands in for a cell's lead, or had
// the contact handed on, raises it as that lead would.
func (a *App) careDemand(ctx context.Context, actor auth.Actor, r care.Raised) (string, error) {
	home, err := a.Network.Household(ctx, auth.System("care"), r.HouseholdID)
	if err != nil {
		return "", err
	}
	actor.Grants = append(slices.Clone(actor.Grants), auth.Grant{Role: auth.Lead, UnitID: r.CellID, Acting: true})
	receipt, err := a.Demand.Raise(ctx, actor, demand.Raise{Kind: demand.Help, Text: r.Text, DoorCode: home.Door, OnBehalf: true, Private: true, Key: r.Key,
		Along: func(ctx context.Context, tx *sqldb.Tx, d *demand.Demand) error { return r.Along(ctx, tx, d.Number) }})
	return receipt.Number, err
}

// scheduleCare lets entries lapse, contacts appear and climb.
func (a *App) scheduleCare() { a.Jobs.Every("care.tick", 2*time.Minute, a.Care.Tick) }

// askedFirst names the households of units that a roll-call asks first.
func (a *App) askedFirst(ctx context.Context, unitIDs []string) (map[string]bool, error) {
	if a.Care == nil {
		return nil, nil
	}
	return a.Care.First(ctx, unitIDs)
}
