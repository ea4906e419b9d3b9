package app

import (
	"context"
	"time"

	"bilin/internal/network"
	"bilin/internal/privacy"
	"bilin/internal/programme"
	"bilin/internal/programmeweb"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// Programming is towns' and villages' own points.
type Programming struct {
	Programmes *programme.Service
}

func (a *App) wireProgrammes() { a.Programmes = a.programmesAt(a.Now) }

// programmesAt returns programmes with a clock of their own.
func (a *App) programmesAt(now func() time.Time) *programme.Service {
	return programme.New(programme.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Vault: a.Vault, Now: now})
}

func (a *App) scheduleProgrammes() {
	a.Jobs.Every("programme.tick", time.Hour, func(ctx context.Context) error {
		_, err := a.Programmes.Tick(ctx)
		return err
	})
}

// programmeModule is the pages of programmes.
func (a *App) programmeModule(server *web.Server) web.Module {
	return programmeweb.New(server, a.Programmes, a.Network.Tree).Limit(a.Config.PublicRate).Module()
}

// programmeHolder is who of the household takes part in programmes.
type programmeHolder struct{ a *App }

func (programmeHolder) Name() string { return "programme" }

func (h programmeHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Programmes.HeldOf(ctx, q, householdID)
	var out []privacy.Item
	for _, m := range list {
		out = append(out, privacy.Item{
			ID: m.ID, Since: m.JoinedAt, Title: said("held.programme", "name", m.Programme), Why: "held.why.programme", Basis: "held.basis.consent", Until: said("held.until.programme"),
			Asks:  []privacy.Kind{privacy.Correct, privacy.Erase},
			Facts: []privacy.Fact{fact("head", plain(network.MaskName(m.Name))), fact("member", plain(m.Number)), fact("joined", on(m.JoinedAt))},
		})
	}
	return out, err
}

func (h programmeHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return h.a.Programmes.Erase(ctx, tx, householdID)
}

func (h programmeHolder) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, item string) error {
	return h.a.Programmes.EraseOne(ctx, tx, householdID, item)
}
