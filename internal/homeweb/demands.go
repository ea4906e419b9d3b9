package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/network"
)

// How many lines a start page shows before it sends on to the list.
const (
	firstDemands = 5
	firstUnits   = 8
)

// Demands is what residents brought: a lead's own list, an office's by unit.
type Demands struct {
	Service *demand.Service
	Tree    func() *network.Tree
}

// HomeCards shows what waits, the first due first. It costs five queries whatever the scope.
func (d Demands) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	if !d.Service.Works(actor) {
		return nil, nil
	}
	scope := d.Service.Scope(actor)
	counts, err := d.Service.Counts(ctx, actor, "")
	if err != nil {
		return nil, err
	}
	card := Card{Key: "demands", Rank: RankIdle, Title: t("home.demands"), Live: join(d.Service.Topics(actor))}
	card.Actions = []Action{{Label: t("home.demands_all"), Href: "/demands", Icon: "list-details"}}
	switch {
	case counts.Overdue+counts.Open+counts.Reopened+counts.Incoming+counts.Owed > 0:
		card.Rank = RankUrgent
	case counts.Accepted > 0:
		card.Rank = RankOpen
	}
	if counts.Todo()+counts.Incoming+counts.Helping == 0 {
		card.Empty = t("home.demands_none")
	}
	card.Figures = demandFigures(counts, t)
	office := actor.Official() && len(scope) == 1 && d.Tree().ByID(scope[0]).Level <= network.Village
	if office {
		card.Items, err = d.byUnit(ctx, actor, scope[0], t)
	} else {
		card.Items, err = d.longest(ctx, actor, t)
	}
	return []Card{card}, err
}

// demandFigures are what is new, what is late, and what else asks for something;
// those that are nothing to most people show only where there is something.
func demandFigures(c demand.Counts, t func(key string, kv ...any) string) []Figure {
	figure := func(tab demand.Tab, key, kind string) Figure {
		f := Figure{Label: t(key), Value: c.Of(tab), Href: "/demands?tab=" + string(tab)}
		if f.Value > 0 {
			f.Kind = kind
		}
		return f
	}
	fresh := Figure{Label: t("home.demands_new"), Value: c.Open, Href: "/demands?state=open"}
	if c.Open > 0 {
		fresh.Kind = "warn"
	}
	list := []Figure{fresh, figure(demand.TabOverdue, "home.demands_overdue", "bad"),
		figure(demand.TabToday, "home.demands_today", "warn"), figure(demand.TabReopened, "home.demands_back", "bad")}
	for _, f := range []Figure{
		figure(demand.TabOwed, "home.demands_owed", "bad"),
		figure(demand.TabIncoming, "home.demands_incoming", "warn"), figure(demand.TabDisputed, "home.demands_disputed", "bad"),
		figure(demand.TabHelping, "home.demands_helping", ""), figure(demand.TabTell, "home.demands_tell", "warn"),
	} {
		if f.Value > 0 {
			list = append(list, f)
		}
	}
	return append(list, figure(demand.TabWaiting, "home.demands_waiting", ""))
}

// longest are the demands that are due first.
func (d Demands) longest(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Item, error) {
	page, err := d.Service.Queue(ctx, actor, demand.Filter{}, nil, firstDemands)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(page.Rows))
	for _, r := range page.Rows {
		items = append(items, Item{
			Title: demand.Excerpt(r.Text), Note: t("demand.kind."+string(r.Kind)) + " · " + r.Unit, Href: "/demands/" + r.Number,
			Status: t("demand.state." + string(r.State)), StatusKind: r.State.Look(), At: r.RaisedAt,
		})
	}
	return items, nil
}

// byUnit is where in an office's area demands pile up.
func (d Demands) byUnit(ctx context.Context, actor auth.Actor, unitID string, t func(key string, kv ...any) string) ([]Item, error) {
	tallies, err := d.Service.ByUnit(ctx, actor, unitID)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, firstUnits)
	for _, tally := range tallies[:min(firstUnits, len(tallies))] {
		items = append(items, Item{
			Title: tally.Unit.Name, Note: t("home.demands_todo", "n", tally.Todo), Href: "/demands?unit=" + tally.Unit.Code, At: tally.Oldest,
		})
	}
	return items, nil
}
