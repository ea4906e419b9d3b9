package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/privacy"
	"bilin/internal/purpose"
)

// Privacy is what waits for an answer to a household, or for a review of who
// read about one.
type Privacy struct {
	Requests *privacy.Service
	Purpose  *purpose.Service
	Policy   *auth.Policy
}

// HomeCards costs a query for each of the two that concern the actor.
func (s Privacy) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	card := Card{Key: "privacy", Rank: RankIdle, Title: t("home.privacy"), Live: privacy.Topic + " " + purpose.Topic}
	answers := s.Policy.May(actor, privacy.ActAnswer)
	watches := s.Policy.May(actor, privacy.ActWatch)
	if !answers && !watches {
		return nil, nil
	}
	asked, err := s.Requests.Waiting(ctx, actor)
	if err != nil {
		return nil, err
	}
	var glass purpose.Waiting
	if s.Policy.May(actor, purpose.ActOverdue) {
		if glass, err = s.Purpose.Waiting(ctx, actor); err != nil {
			return nil, err
		}
	}
	late := asked.Late + glass.Overdue
	if !answers { // the city office hears of promises that were broken, and of nothing else
		if late == 0 {
			return nil, nil
		}
		card.Rank, card.Text = RankUrgent, t("home.privacy_watch")
		card.Figures = []Figure{{Label: t("home.privacy_late"), Value: asked.Late, Kind: "bad"}, {Label: t("home.privacy_glass_late"), Value: glass.Overdue, Kind: "bad"}}
		return []Card{card}, nil
	}
	card.Actions = []Action{{Label: t("home.privacy_open"), Href: "/privacy/desk", Icon: "shield-check", Main: asked.Open+glass.Open > 0}}
	if asked.Open+glass.Open == 0 {
		card.Empty = t("home.privacy_none")
		return []Card{card}, nil
	}
	card.Rank = RankOpen
	if late+asked.Soon > 0 {
		card.Rank = RankUrgent
	}
	card.Figures = append(card.Figures, Figure{Label: t("home.privacy_requests"), Value: asked.Open}, Figure{Label: t("home.privacy_soon"), Value: asked.Soon, Kind: kindIf(asked.Soon > 0, "warn")},
		Figure{Label: t("home.privacy_late"), Value: asked.Late, Kind: kindIf(asked.Late > 0, "bad")})
	if s.Policy.May(actor, purpose.ActReview) {
		card.Figures = append(card.Figures, Figure{Label: t("home.privacy_glass"), Value: glass.Open, Kind: kindIf(glass.Overdue > 0, "bad")})
	}
	return []Card{card}, nil
}

func kindIf(yes bool, kind string) string {
	if yes {
		return kind
	}
	return ""
}
