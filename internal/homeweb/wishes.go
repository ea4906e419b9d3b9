package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/volunteer/wish"
)

// Wishes is where a lead posts a small wish for a neighbour, and which wait for them.
type Wishes struct{ Service *wish.Service }

// HomeCards costs one query for leads, and none for others.
func (s Wishes) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	cells := s.Service.Cells(actor)
	if len(cells) == 0 {
		return nil, nil
	}
	todo, err := s.Service.Todo(ctx, actor)
	if err != nil {
		return nil, err
	}
	card := Card{Key: "wishes", Rank: RankHelp, Title: t("wishweb.title"), Actions: []Action{{Label: t("wishweb.home_new"), Href: "/wishes/new", Icon: "heart-handshake"}}}
	for _, cell := range cells {
		card.Live += " " + wish.Topic(cell.ID)
	}
	if todo.Now == 0 {
		return []Card{card}, nil
	}
	card.Rank = RankKnow
	card.Actions = append(card.Actions, Action{Label: t("wishweb.home_all"), Href: "/wishes", Icon: "list-details"})
	card.Figures = []Figure{{Label: t("wishweb.home_now"), Value: todo.Now, Href: "/wishes"}}
	if todo.Waits > 0 {
		card.Rank = RankOpen
		card.Figures = append(card.Figures, Figure{Label: t("wishweb.home_waits"), Value: todo.Waits, Kind: "warn", Href: "/wishes"})
	}
	return []Card{card}, nil
}
