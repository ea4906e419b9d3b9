package homeweb

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// Accounts is what somebody has to do about log-ins: set up one's own second
// step, and what takes a second person.
type Accounts struct {
	Auth    *auth.Service
	Network *network.Service
	Now     func() time.Time
}

// firstsShown is how many new accounts a start page names.
const firstsShown = 5

// HomeCards costs one query for officials, and one more for each of the three
// things that they may be the second person for.
func (a Accounts) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	var cards []Card
	due, err := a.Auth.FactorDue(ctx, actor)
	if errs.KindOf(err) == errs.NotFound && err != nil { // somebody who acts without an account
		err = nil
	}
	if err != nil {
		return nil, err
	}
	if !due.IsZero() {
		cards = append(cards, Card{Key: "factor", Rank: RankOpen, Title: t("home.factor"), Text: t("home.factor_why"),
			Items:   []Item{{Title: t("home.factor_days", "n", a.daysTo(due)), Href: "/account/factors"}},
			Actions: []Action{{Label: t("home.factor_go"), Href: "/account/factors", Icon: "shield-lock", Main: true}}})
	}
	seconds, err := a.seconds(ctx, actor, t)
	return append(cards, seconds...), err
}

// daysTo is how many days are left, the last one counted.
func (a Accounts) daysTo(due time.Time) int {
	left := due.Sub(a.Now())
	return max(0, int((left+24*time.Hour-1)/(24*time.Hour)))
}

func (a Accounts) seconds(ctx context.Context, actor auth.Actor, t translate) ([]Card, error) {
	var cards []Card
	resets, err := a.Auth.Resets(ctx, actor)
	if err != nil {
		return nil, err
	}
	if len(resets) > 0 {
		card := Card{Key: "resets", Rank: RankUrgent, Title: t("home.resets"), Text: t("home.resets_why")}
		for _, r := range resets {
			card.Items = append(card.Items, Item{Title: r.Name, Note: r.Login, Href: "/resets", At: r.AskedAt})
		}
		cards = append(cards, card)
	}
	firsts, waiting, err := a.Auth.FirstLogins(ctx, actor, auth.FirstCursor{}, firstsShown)
	if err != nil {
		return nil, err
	}
	if len(firsts) > 0 {
		card := Card{Key: "firsts", Rank: RankOpen, Title: t("home.firsts", "n", waiting), Text: t("home.firsts_why")}
		for _, f := range firsts {
			card.Items = append(card.Items, Item{Title: f.Name, Note: f.Login, Href: "/resets", At: f.At})
		}
		card.Actions = []Action{{Label: t("home.firsts_go"), Href: "/resets", Icon: "user-check"}}
		cards = append(cards, card)
	}
	asks, err := a.Network.SecondAsks(ctx, actor, "")
	if err != nil {
		return nil, err
	}
	card := Card{Key: "seconds", Rank: RankUrgent, Title: t("home.seconds"), Text: t("home.seconds_why")}
	for _, ask := range asks {
		if !actor.Is(ask.AskedBy) && !actor.Is(ask.PersonID) {
			card.Items = append(card.Items, Item{Title: ask.PersonName, Note: ask.AskedName, Href: "/network/posts/" + ask.PostID, At: ask.AskedAt})
		}
	}
	if len(card.Items) > 0 {
		cards = append(cards, card)
	}
	return cards, nil
}
