package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/network"
)

const firstSelections = 5

// Selections is which candidates for a lead's post wait for the village's
// review or the town's filing.
type Selections struct {
	Service *network.Service
	Policy  *auth.Policy
}

// HomeCards costs one query for each state the actor decides on.
func (s Selections) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	card := Card{Key: "selections", Rank: RankIdle, Title: t("home.selections")}
	card.Actions = []Action{{Label: t("home.selections_all"), Href: selectionsPath, Icon: "users"}}
	concerned := false
	for _, task := range []struct {
		action auth.Action
		states []network.SelectionState
	}{
		{network.ActSelectReview, []network.SelectionState{network.Nominated}},
		{network.ActSelectFile, []network.SelectionState{network.Reviewed, network.Filed}},
	} {
		for _, unitID := range s.Policy.Scope(actor, task.action) {
			concerned = true
			for _, state := range task.states {
				list, _, err := s.Service.Selections(ctx, actor, state, unitID, "", firstSelections)
				if err != nil {
					return nil, err
				}
				card.Items = append(card.Items, s.items(list, t)...)
			}
		}
	}
	if !concerned {
		return nil, nil
	}
	if len(card.Items) > 0 {
		card.Rank = RankOpen
	} else {
		card.Empty = t("home.selections_none")
	}
	return []Card{card}, nil
}

const selectionsPath = "/network/selections"

func (s Selections) items(list []network.Selection, t translate) []Item {
	tree := s.Service.Tree()
	items := make([]Item, 0, len(list))
	for _, x := range list {
		note := t("auth.role." + string(x.Role))
		if u := tree.ByID(x.UnitID); u != nil {
			note += " · " + tree.PathName(u, " · ")
		}
		items = append(items, Item{
			Title: x.PersonName, Note: note, Href: selectionsPath + "/" + x.ID,
			Status: t("home.selection."+string(x.State), "until", x.NoticeUntil), StatusKind: "warn", At: x.UpdatedAt,
		})
	}
	return items
}
