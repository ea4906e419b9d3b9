package homeweb

import (
	"context"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/network"
)

const firstContacts = 3

// Care is which households somebody looks after next, what they are to renew,
// and in an emergency which doors come first. It says what to do, never why.
type Care struct {
	Service *care.Service
	Needs   *need.Service
	Tree    func() *network.Tree
}

// HomeCards costs four queries at most.
func (s Care) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	cards := s.alarms(actor, t)
	todo, err := s.Service.Todo(ctx, actor, firstContacts)
	if err != nil {
		return nil, err
	}
	if todo.Today+todo.Late+todo.Ahead+todo.Renewals > 0 {
		cards = append(cards, contactCard(actor, todo, t))
	}
	waiting, err := s.Needs.Waiting(ctx, actor)
	if waiting > 0 {
		cards = append(cards, Card{Key: "care-needs", Rank: RankOpen, Title: t("careweb.home_proposals"), Live: need.Topic,
			Figures: []Figure{{Label: t("careweb.home_proposals"), Value: waiting, Kind: "warn", Href: "/care/needs"}}, Actions: []Action{{Label: t("careweb.home_look"), Href: "/care/needs", Icon: "list-details"}}})
	}
	return cards, err
}

// alarms are the emergencies where somebody serves: the doors that come first.
func (s Care) alarms(actor auth.Actor, t translate) (cards []Card) {
	for _, g := range actor.Grants {
		u := s.Tree().ByID(g.UnitID)
		if u == nil || u.Level < network.Village || !s.Service.May(actor, care.ActContact, u.ID) || !s.Service.Alarm(u.ID) {
			continue
		}
		cards = append(cards, Card{Key: "care-first-" + u.Code, Rank: RankUrgent, Title: t("careweb.home_alarm"), Text: t("careweb.home_alarm_text", "unit", u.Name), Live: care.Topic(u.ID),
			Actions: []Action{{Label: t("careweb.home_alarm_do"), Href: "/contacts/emergency?unit=" + u.Code, Icon: "home-exclamation", Main: true}}})
	}
	return cards
}

func contactCard(actor auth.Actor, todo care.Todo, t translate) Card {
	card := Card{Key: "care", Rank: RankOpen, Title: t("careweb.home_title"), Live: contactTopics(actor),
		Actions: []Action{{Label: t("careweb.home_all"), Href: "/contacts", Icon: "heart-handshake", Main: todo.Today+todo.Late > 0}}}
	if actor.Official() {
		card.Title = t("careweb.home_official")
	}
	card.Figures = []Figure{{Label: t("careweb.home_due"), Value: todo.Today + todo.Late, Kind: warnIf(todo.Today + todo.Late), Href: "/contacts"}}
	if todo.Late > 0 {
		card.Figures = append(card.Figures, Figure{Label: t("careweb.home_late"), Value: todo.Late, Kind: "bad", Href: "/contacts"})
	}
	card.Figures = append(card.Figures, Figure{Label: t("careweb.home_ahead"), Value: todo.Ahead, Href: "/contacts"})
	if todo.Renewals > 0 {
		card.Figures = append(card.Figures, Figure{Label: t("careweb.home_ends"), Value: todo.Renewals, Kind: "warn", Href: "/care?ends=1"})
	}
	if todo.Today+todo.Late == 0 {
		card.Empty = t("careweb.home_none")
		if todo.Renewals == 0 {
			card.Rank = RankKnow
		}
		return card
	}
	for _, c := range todo.First[:min(len(todo.First), todo.Today+todo.Late)] {
		card.Items = append(card.Items, Item{Title: c.Address, Note: t("need.do." + string(c.Do)), Href: "/contacts#c-" + c.ID})
	}
	return card
}

// contactTopics are those on which somebody's own posts hear of their contacts.
func contactTopics(actor auth.Actor) string {
	var topics []string
	for _, g := range actor.Grants {
		if g.Role == auth.Lead || g.Role == auth.LinkedOfficial || g.Role == auth.VillageOfficial {
			topics = append(topics, care.Topic(g.UnitID))
		}
	}
	return strings.Join(topics, " ")
}
