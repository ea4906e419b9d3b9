package app

import (
	"time"

	"bilin/internal/mobilise/situation"
	"bilin/internal/mobiliseweb/situationweb"
	"bilin/internal/web"
)

// Situation is what a command post looks at.
type Situation struct{ Boards *situation.Service }

func (a *App) wireSituation() { a.Boards = situation.New(a.situationOptions()) }

func (a *App) situationOptions() situation.Options {
	return situation.Options{
		DB: a.DB, Network: a.Network, Orders: a.Orders, RollCalls: a.Rollcalls, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: a.Now, Logger: a.Log,
	}
}

func (a *App) situationModule(server *web.Server) web.Module {
	return situationweb.New(server, situationweb.Options{Boards: a.Boards, Tree: a.Network.Tree, DB: a.DB, Now: a.Now}).Module()
}

// scheduleSituation keeps the milestones of orders whose board nobody looks at.
func (a *App) scheduleSituation() {
	a.Jobs.Every("situation.tick", 10*time.Second, a.Boards.Tick)
}
