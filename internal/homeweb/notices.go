package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/outreach"
)

const firstNotices = 3

// Notices is what a lead can pass on, the newest first.
type Notices struct{ Service *outreach.Service }

// HomeCards costs one query for those who lead a cell, none for others.
func (s Notices) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	list, err := s.Service.Fresh(ctx, actor, firstNotices)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	card := Card{Key: "notices", Rank: RankKnow, Title: t("outreachweb.home_lead"), Actions: []Action{{Label: t("outreachweb.home_lead_do"), Href: "/notices/mine", Icon: "ear"}}}
	for _, n := range list {
		item := Item{Title: n.Title, Note: t("outreach.kind." + string(n.Kind)), Href: "/notices/" + n.Number + "/tell", At: n.SentAt}
		if n.State == outreach.Recalled {
			item.Href, item.Status, item.StatusKind = "/notices/"+n.Number, t("outreach.state.recalled"), "bad"
		}
		card.Items = append(card.Items, item)
	}
	return []Card{card}, nil
}
