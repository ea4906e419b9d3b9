package app

import (
	"bilin/internal/doorcard"
	"bilin/internal/outcomeweb"
	"bilin/internal/web"
)

// lightModules are the pages of outcomes.
func (a *App) lightModules(server *web.Server) []web.Module {
	return []web.Module{
		outcomeweb.New(server, outcomeweb.Options{Outcome: a.Outcome, Tree: a.Network.Tree, DB: a.DB, Policy: a.Policy, Paper: doorcard.New(a.Now)}).Module(),
	}
}
