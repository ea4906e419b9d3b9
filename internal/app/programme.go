package app

import (
	"context"
	"time"

	"bilin/internal/programme"
	"bilin/internal/programmeweb"
	"bilin/internal/web"
)

// Programming is towns' and villages' own points.
type Programming struct {
	Programmes *programme.Service
}

func (a *App) wireProgrammes() { a.Programmes = a.programmesAt(a.Now) }

// programmesAt returns programmes with a clock of their own.
func (a *App) programmesAt(now func() time.Time) *programme.Service {
	return programme.New(programme.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Vault: a.Vault, Now: now})
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
