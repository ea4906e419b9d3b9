package app

import (
	"bilin/internal/doorcard"
	"bilin/internal/homeweb"
	"bilin/internal/outcomeweb"
	"bilin/internal/outcomeweb/indicatorweb"
	"bilin/internal/outcomeweb/methodweb"
	"bilin/internal/outcomeweb/releaseweb"
	"bilin/internal/web"
)

// lightsHome is what start pages say of outcomes.
func (a *App) lightsHome() homeweb.Section {
	return homeweb.Outcomes{Service: a.Outcome, Tree: a.Network.Tree, Policy: a.Policy, Now: a.Now}
}

// lightModules are the pages of outcomes.
func (a *App) lightModules(server *web.Server) []web.Module {
	return []web.Module{
		outcomeweb.New(server, outcomeweb.Options{Outcome: a.Outcome, Tree: a.Network.Tree, DB: a.DB, Policy: a.Policy, Paper: doorcard.New(a.Now)}).Module(),
		releaseweb.New(server, a.Outcome, a.Network.Tree, a.Policy, a.Now).Module(),
		methodweb.New(server, a.Outcome, a.Network.Tree, a.Policy, a.Now).Module(),
		indicatorweb.New(server, a.Outcome, a.Network.Tree).Module(),
		a.feedModule(server),
	}
}
