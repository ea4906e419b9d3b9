package homeweb

import (
	"context"
	"strings"

	"bilin/internal/audit"
	"bilin/internal/auth"
)

const firstRecords = 5

// Records is the auditor's, and who looks after accounts and leads' links.
type Records struct {
	Log    *audit.Log
	Policy *auth.Policy
}

// HomeCards costs one query for whoever may read the record, and none for others.
func (r Records) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	var cards []Card
	if r.Policy.May(actor, auth.ActAudit) {
		card, err := r.latest(ctx, t)
		if err != nil {
			return nil, err
		}
		cards = append(cards, card)
	}
	if r.Policy.May(actor, auth.ActManage) {
		cards = append(cards, Card{
			Key: "accounts", Rank: RankKnow, Title: t("home.accounts"), Text: t("home.accounts_why"),
			Actions: []Action{
				{Label: t("home.accounts_open"), Href: "/accounts", Icon: "users", Main: true},
				{Label: t("home.accounts_new"), Href: "/accounts/new", Icon: "user-plus"},
			},
		})
	}
	if r.Policy.May(actor, auth.ActLink) {
		cards = append(cards, Card{
			Key: "links", Rank: RankHelp, Title: t("home.links"), Text: t("home.links_why"),
			Actions: []Action{{Label: t("home.links_open"), Href: "/leads", Icon: "key"}},
		})
	}
	return cards, nil
}

func (r Records) latest(ctx context.Context, t translate) (Card, error) {
	card := Card{Key: "records", Rank: RankOpen, Title: t("home.records"), Text: t("home.records_why")}
	card.Actions = []Action{{Label: t("home.records_all"), Href: "/audit", Icon: "list-check", Main: true}}
	page, err := r.Log.Page(ctx, audit.Filter{}, "", firstRecords)
	if err != nil {
		return card, err
	}
	for _, rec := range page.Records {
		who := rec.ActorName
		if who == "" {
			who = t("home.records_resident")
		}
		card.Items = append(card.Items, Item{Title: deed(t, rec.Action), Note: who, Href: "/audit", At: rec.At})
	}
	if len(card.Items) == 0 {
		card.Empty = t("home.records_none")
	}
	return card, nil
}

// deed is an action in words, as the slice that does it puts it; its name where
// there is no word for it.
func deed(t translate, action string) string {
	for _, key := range []string{"audit.action.", "auth.page.did."} {
		if word := t(key + action); !strings.HasPrefix(word, "⟦") {
			return word
		}
	}
	return action
}
