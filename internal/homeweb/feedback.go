package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/feedback"
)

// Feedback is what the desk owes an answer to: it reminds until it is answered.
type Feedback struct{ Service *feedback.Service }

// HomeCards costs one query for the desk, none for others.
func (s Feedback) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	open, late, err := s.Service.Waiting(ctx, actor)
	if err != nil || open == 0 {
		return nil, err
	}
	card := Card{Key: "feedback", Rank: RankOpen, Title: t("feedbackweb.home"), Live: feedback.Topic,
		Items:   []Item{{Title: t("feedbackweb.home_wait", "n", open), Href: "/feedback/desk"}},
		Actions: []Action{{Label: t("feedbackweb.home_do"), Href: "/feedback/desk", Icon: "message-2"}}}
	if late > 0 {
		card.Rank = RankUrgent
		card.Items = append(card.Items, Item{Title: t("feedbackweb.home_late", "n", late), Href: "/feedback/desk", Status: t("feedbackweb.overdue"), StatusKind: "bad"})
	}
	return []Card{card}, nil
}
