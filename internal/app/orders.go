package app

import (
	"context"
	"io"
	"strings"
	"sync"

	"bilin/internal/auth"
	"bilin/internal/homeweb"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/capout"
	"bilin/internal/mobilise/team"
	"bilin/internal/mobiliseweb/answerweb"
	"bilin/internal/mobiliseweb/orderweb"
	"bilin/internal/network"
	"bilin/internal/volunteer"
	"bilin/internal/web"
)

// orderModules are the pages of orders, and the one that their links lead to.
func (a *App) orderModules(server *web.Server) []web.Module {
	return []web.Module{
		orderweb.New(server, orderweb.Options{
			Orders: a.Orders, Tree: a.Network.Tree, Policy: a.Policy, Sample: a.Dispatch.Sample, Serves: a.Dispatch.Serves, Now: a.Now,
			Phone: a.phoneForOrder, Skills: skillOptions, Teams: a.teamOptions, TeamNames: a.Teams.Names, Suggest: a.suggestOrder, CAP: a.capOfOrders(), Alert: a.Alerts.StandingOf,
		}).Module(),
		answerweb.New(server, answerweb.Options{Orders: a.Orders, Tree: a.Network.Tree, Shown: a.Network.ShownPhones, Now: a.Now}).Module(),
	}
}

// phoneForOrder opens the number of somebody whom an order calls.
func (a *App) phoneForOrder(ctx context.Context, actor auth.Actor, personID, purpose string) (string, error) {
	return a.Network.ReadPhone(ctx, actor, network.PhoneOfPerson, personID, purpose)
}

func skillOptions(say orderweb.Say) []web.Option {
	var out []web.Option
	for _, s := range volunteer.CallSkills() {
		out = append(out, web.Option{Value: string(s), Label: say("volunteer.skill." + string(s))})
	}
	return out
}

// mostTeams bounds what a search for teams finds.
const mostTeams = 12

func (a *App) teamOptions(ctx context.Context, actor auth.Actor, text string) ([]web.Option, error) {
	rows, err := a.Teams.List(ctx, actor, team.Filter{Text: text}, nil, mostTeams)
	out := make([]web.Option, 0, len(rows))
	for _, t := range rows {
		out = append(out, web.Option{Value: t.ID, Label: t.Name})
	}
	return out, err
}

// suggestOrder is what an alert makes of an order's form.
func (a *App) suggestOrder(ctx context.Context, actor auth.Actor, alertID string) (orderweb.Suggestion, error) {
	s, err := a.Alerts.Suggest(ctx, actor, alertID)
	return orderweb.Suggestion(s), err
}

// capOfOrders writes orders as alerts. The words for that are put together once,
// when the first is asked for.
func (a *App) capOfOrders() func(context.Context, io.Writer, auth.Actor, string) error {
	writer := sync.OnceValues(func() (*capout.Service, error) {
		catalog, err := Catalog()
		if err != nil {
			return nil, err
		}
		return capout.New(capout.Options{Orders: a.Orders, Policy: a.Policy, Tree: a.Network.Tree, Catalog: catalog, PublicURL: strings.TrimRight(a.Config.BaseURL(), "/")}), nil
	})
	return func(ctx context.Context, w io.Writer, actor auth.Actor, number string) error {
		out, err := writer()
		if err != nil {
			return err
		}
		return out.Write(ctx, w, actor, number)
	}
}

// mayFollowOrders says who hears that an order moved, or that one was issued.
func (a *App) mayFollowOrders(actor auth.Actor, one bool) bool {
	if !one {
		return !actor.Anonymous() // it may call them
	}
	return a.Policy.May(actor, mobilise.ActView) || a.Policy.May(actor, mobilise.ActReview)
}

// ordersHome is what start pages say of orders.
func (a *App) ordersHome() homeweb.Section {
	return homeweb.Orders{Service: a.Orders, Policy: a.Policy}
}
