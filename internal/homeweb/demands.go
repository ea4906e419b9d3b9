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

// HomeCards shows what waits, longest first. It costs two queries whatever the scope.
func (d Demands) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	scope := d.Service.Scope(actor)
	if len(scope) == 0 {
		return nil, nil
	}
	counts, err := d.Service.Counts(ctx, actor, "")
	if err != nil {
		return nil, err
	}
	card := Card{Key: "demands", Rank: RankIdle, Title: t("home.demands"), Live: join(d.Service.Topics(actor))}
	card.Actions = []Action{{Label: t("home.demands_all"), Href: "/demands", Icon: "list-details"}}
	switch {
	case counts.Open+counts.Reopened > 0:
		card.Rank = RankUrgent
	case counts.Accepted > 0:
		card.Rank = RankOpen
	}
	if counts.Todo() == 0 {
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

func demandFigures(c demand.Counts, t func(key string, kv ...any) string) []Figure {
	fresh := Figure{Label: t("home.demands_new"), Value: c.Open, Href: "/demands?state=open"}
	back := Figure{Label: t("home.demands_back"), Value: c.Reopened, Href: "/demands?state=reopened"}
	if c.Open > 0 {
		fresh.Kind = "warn"
	}
	if c.Reopened > 0 {
		back.Kind = "bad"
	}
	return []Figure{fresh, back,
		{Label: t("home.demands_working"), Value: c.Accepted, Href: "/demands?state=accepted"},
		{Label: t("home.demands_waiting"), Value: c.Resolved, Href: "/demands?stage=waiting"}}
}

// longest are the demands that wait longest.
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
