package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/recovery"
)

// Backups is the administrator's: whether they succeed, and whether the city is held.
type Backups struct {
	Service *recovery.Service
	Policy  *auth.Policy
}

// HomeCards costs three queries for whoever runs the installation, and none for others.
func (b Backups) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	if !b.Policy.May(actor, recovery.ActView) {
		return nil, nil
	}
	s, err := b.Service.Status(ctx, actor)
	if err != nil {
		return nil, err
	}
	item := Item{Title: t("recoveryweb.home_ok"), Href: "/settings/backups", Status: t("recoveryweb.ok"), StatusKind: "ok", At: s.Last.StartedAt}
	switch {
	case s.Held != nil:
		item = Item{Title: t("recoveryweb.home_held"), Href: "/settings/backups", Status: t("recoveryweb.state_held"), StatusKind: "warn"}
	case !s.On:
		item = Item{Title: t("recoveryweb.home_off"), Href: "/settings/backups", Status: t("recoveryweb.state_off"), StatusKind: "warn"}
	case s.Trouble():
		item = Item{Title: t("recoveryweb.home_bad"), Href: "/settings/backups", Status: t("recoveryweb.bad"), StatusKind: "bad"}
	case s.Last.StartedAt.IsZero():
		item = Item{Title: t("recoveryweb.runs_none"), Href: "/settings/backups"}
	}
	rank := RankKnow
	if s.Trouble() {
		rank = RankOpen
	}
	return []Card{{Key: "backups", Rank: rank, Title: t("recoveryweb.home"), Items: []Item{item},
		Actions: []Action{{Label: t("recoveryweb.home_open"), Href: "/settings/backups", Icon: "database-export"}}}}, nil
}
