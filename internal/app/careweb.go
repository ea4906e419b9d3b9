package app

import (
	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/careweb"
	"bilin/internal/homeweb"
	"bilin/internal/networkweb"
	"bilin/internal/privacy"
	"bilin/internal/web"
)

func (a *App) careModule(server *web.Server) web.Module {
	return careweb.New(server, careweb.Options{Care: a.Care, Needs: a.Needs, Network: a.Network, Purpose: a.Purpose, Policy: a.Policy, Now: a.Now}).Module()
}

// careHome is what start pages say of contacts, renewals and emergencies.
func (a *App) careHome() homeweb.Section {
	return homeweb.Care{Service: a.Care, Needs: a.Needs, Tree: a.Network.Tree}
}

// besideHousehold is what a household's page leads to: listing it, and its code
// to see what is held, for those who may.
func (a *App) besideHousehold(actor auth.Actor, householdID, unitID string) (links []networkweb.Link) {
	if a.Care.May(actor, care.ActList, unitID) {
		links = append(links, networkweb.Link{Key: "careweb.enter_button", Href: "/care/new?household=" + householdID, Icon: "heart"})
	}
	if a.Policy.Can(actor, privacy.ActCode, auth.Object{UnitID: unitID}) == nil {
		links = append(links, networkweb.Link{Key: "privacyweb.hand_out", Href: "/privacy/desk/households/" + householdID + "/code", Icon: "shield-lock"})
	}
	return append(links, a.wishBeside(actor, householdID, unitID)...)
}
