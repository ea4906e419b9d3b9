package app

import (
	"bilin/internal/careweb"
	"bilin/internal/web"
)

func (a *App) careModule(server *web.Server) web.Module {
	return careweb.New(server, careweb.Options{Care: a.Care, Needs: a.Needs, Network: a.Network, Purpose: a.Purpose, Policy: a.Policy, Now: a.Now}).Module()
}
