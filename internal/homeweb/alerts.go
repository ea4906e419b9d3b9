package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/mobilise/alert"
)

const firstAlerts = 3

// Alerts is the urgent card of alerts that nobody has decided on, for those who do.
type Alerts struct {
	Service *alert.Service
	Policy  *auth.Policy
}

// HomeCards costs one query, and shows nothing while nothing waits.
func (s Alerts) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	if !s.Policy.May(actor, alert.ActDecide) {
		return nil, nil
	}
	waiting, err := s.Service.Waiting(ctx, actor)
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	card := Card{Key: "alerts", Rank: RankUrgent, Title: t("home.alerts"), Text: t("home.alerts_n", "n", len(waiting)), Live: alert.Topic,
		Actions: []Action{{Label: t("home.alerts_all"), Href: "/alerts", Icon: "bell-ringing", Main: true}}}
	for _, a := range waiting[:min(len(waiting), firstAlerts)] {
		item := Item{Title: a.Title(), Note: a.SenderName, Href: "/alerts/" + a.ID, At: a.Sent}
		if a.Severity != "" {
			item.Status, item.StatusKind = t("alertweb.severity."+a.Severity), "warn"
			if a.Severity == "Extreme" || a.Severity == "Severe" {
				item.StatusKind = "bad"
			}
		}
		if a.Drill() {
			item.Status, item.StatusKind = t("alertweb.drill"), "info"
		}
		card.Items = append(card.Items, item)
	}
	return []Card{card}, nil
}
